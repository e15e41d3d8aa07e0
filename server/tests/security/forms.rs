//! Forms that cannot be read, and answers that must not lead away.

use app::api::Role;
use axum::body::Body;
use axum::http::{StatusCode, header};

use crate::world::{PASSWORD, World, functions};

/// What must never be said: words of the framework, the database, the language.
const CANARIES: [&str; 16] = [
    "sqlx",
    "sqlite",
    "panicked",
    "RUST_BACKTRACE",
    "server_fn",
    "ServerFn",
    "leptos",
    "serde",
    "missing field",
    "unknown field",
    "invalid type",
    ".rs:",
    "argon2",
    "select ",
    "/tmp/",
    "Deserialization",
];

#[tokio::test]
async fn s05_a_form_that_cannot_be_read_is_a_page_of_ours_and_never_a_way_elsewhere() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let before = world.audit_rows().await;
    for function in functions().iter().filter(|name| *name != "sign_out") {
        for body in [
            "x[=1&[]=2",
            "%ff%fe=%00",
            "school[a]=1&school[b]=2&document[x]=1&email[x]=2&code[z]=1&token[a]=1",
        ] {
            let request = world
                .form(function, &admin)
                .header(header::REFERER, "https://evil.test/?x=1")
                .body(Body::from(body))
                .expect("a request");
            let answer = world.ask(request).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{function} {body}: {}", answer.body);
            assert!(answer.body.contains("This form could not be read. Nothing was saved."), "{function}");
            assert!(answer.body.contains(&answer.text("x-request-id")), "{function}");
            assert_eq!(answer.location(), "", "{function}");
            for canary in CANARIES {
                assert!(!answer.body.contains(canary), "{function}: {canary} in {}", answer.body);
            }
        }
    }
    assert_eq!(world.audit_rows().await, before);
}

#[tokio::test]
async fn s05_a_database_that_fails_is_a_number_and_nothing_of_the_inside() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    world.installation.pipeline.store.close().await;
    let form = format!("school=one&email=a%40b.c&password={PASSWORD}&return_to=%2F");
    for path in ["/sign-in", "/setup", "/one/people", "/one/account", "/"] {
        let answer = world.get(path, &admin).await;
        for canary in CANARIES {
            assert!(!answer.body.contains(canary), "{path}: {canary} in {}", answer.body);
        }
    }
    for function in functions() {
        let answer = world.post(&function, &admin, &form).await;
        for canary in CANARIES {
            assert!(!answer.body.contains(canary), "{function}: {canary} in {}", answer.body);
            assert!(!answer.location().contains(canary), "{function}: {canary} in {}", answer.location());
        }
    }
}

#[tokio::test]
async fn s04_nobody_is_led_to_another_site() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    for payload in [
        "//evil.test",
        "///evil.test",
        "////evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\\/evil.test",
        "https://evil.test",
        "HTTPS://evil.test",
        "http:evil.test",
        "https:/evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\tevil",
        "/\t/evil.test",
        "/\n/evil.test",
        "/\r\nLocation: https://evil.test",
        "\t//evil.test",
        " //evil.test",
        "//evil.test/%2f..",
        "/%09/evil\u{7f}",
        "evil.test",
        "@evil.test",
        ".evil.test",
        "",
        "?x=//evil.test",
        "#//evil.test",
        "//127.0.0.1:7800@evil.test",
        "http://127.0.0.1:7800.evil.test",
        "/\u{0}/evil.test",
        "/one\\..\\evil",
    ] {
        let escaped: String = payload.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let shown = world.get(&format!("/sign-in?return_to={escaped}"), "").await;
        assert!(!shown.body.contains("value=\"//") && !shown.body.contains("value=\"http"), "{payload:?}");
        let form =
            format!("email=mara%40one.test&password={}&return_to={escaped}", PASSWORD.replace(' ', "+"));
        let answer = world.post("sign_in", "", &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{payload:?}");
    }
}

#[tokio::test]
async fn s04_the_page_a_form_came_from_counts_only_when_it_is_ours() {
    let world = World::open().await;
    for (referer, to) in [
        ("https://evil.test/one/conflicts/1", "/sign-in?return_to=%2F&ended=1"),
        ("http://127.0.0.1:7800.evil.test/x", "/sign-in?return_to=%2F&ended=1"),
        ("http://127.0.0.1:7800//evil.test", "/sign-in?return_to=%2F&ended=1"),
        ("http://127.0.0.1:7800/one/account", "/sign-in?return_to=%2Fone%2Faccount&ended=1"),
    ] {
        let request =
            world.form("sessions_end", "").header(header::REFERER, referer).body(Body::from("school=one"));
        let answer = world.ask(request.expect("a request")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, to), "{referer}");
    }
}

/// UX 12.34: what was typed comes back as text, whatever it is; the password does not.
#[tokio::test]
async fn s07_what_was_typed_comes_back_as_text() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    for hostile in [
        "</textarea><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "a\u{202e}b\u{2066}c",
        "' onfocus='alert(1)' autofocus='",
        "&lt;script&gt;",
    ] {
        let escaped: String = hostile.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let form = format!("school=one&invite[email]={escaped}&invite[name]={escaped}&invite[role]=viewer");
        let answer = world.post("invite", &admin, &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/one/people"), "{hostile}");
        let page = world.get("/one/people", &admin).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{hostile}");
        for element in ["<script>alert", "<img src=x", "\" onfocus", "\"><img"] {
            assert!(!page.body.contains(element), "{hostile}: {}", page.body);
        }
        assert_eq!(world.get("/one/people", &admin).await.status, StatusCode::OK, "shown once");
        let answer = world.sign_in(hostile, "a secret canary", "").await;
        let page = world.get("/sign-in", &answer.cookie().expect("a session")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.body.contains("canary") && !page.body.contains("<img src=x"), "{}", page.body);
    }
}

#[tokio::test]
async fn s29_members_that_a_form_does_not_have_change_nothing() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let viewer = world.person("viewer@one.test", Role::Viewer, Some("one")).await;
    let extra = "roles=admin&person_role=admin&password_hash=x&id=1&owner=me&actor=admin&disabled_at=";
    for form in [
        format!("school=one&change[person]={viewer}&change[role]=lead&change[owner]=me"),
        "school=one&invite[email]=a%40b.c&invite[name]=A&invite[role]=viewer&invite[password_hash]=x"
            .to_owned(),
    ] {
        let function = if form.contains("invite") { "invite" } else { "role_set" };
        let answer = world.post(function, &admin, &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form}: {}", answer.location());
    }
    let cookie = world.session(viewer).await;
    let form = format!("school=one&theme=dark&density=&keys=&{extra}");
    assert_eq!(world.post("account_save", &cookie, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/one/people", &cookie).await.status, StatusCode::FORBIDDEN, "still a viewer");
}
