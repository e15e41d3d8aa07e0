//! What every page carries, and what pages of people show.

use std::collections::BTreeSet;

use app::api::Role;
use axum::http::{StatusCode, header};
use server::http::Public;

use crate::world::World;

const PATHS: [&str; 13] = [
    "/",
    "/sign-in",
    "/setup",
    "/invite/00",
    "/kept",
    "/healthz",
    "/favicon.svg",
    "/nothing/here",
    "/one/people",
    "/one/account",
    "/one/activity",
    "/one/activity.csv",
    "/one/nothing",
];

#[tokio::test]
async fn s09_the_nonce_of_a_page_is_that_of_its_header_and_is_used_once() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let mut seen = BTreeSet::new();
    for path in ["/sign-in", "/one/people", "/one/people", "/one/account", "/one/nothing"] {
        let answer = world.get(path, &admin).await;
        let policy = answer.text("content-security-policy");
        if answer.status == StatusCode::SEE_OTHER {
            continue;
        }
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        assert!(seen.insert(nonce.to_owned()), "{path}: used twice");
        for wanted in [
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
        for tag in answer.body.split("<script").skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        assert!(!answer.body.contains(" style=\"") && !answer.body.contains(" onclick"), "{path}");
    }
    assert!(seen.len() >= 4);
}

#[tokio::test]
async fn s10_every_answer_carries_the_headers_whatever_it_is() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let mut answers = Vec::new();
    for path in PATHS {
        answers.push((path, world.get(path, &admin).await));
        answers.push((path, world.get(path, "").await));
    }
    answers.push(("a refused form", world.post("sign_in", "", "x").await));
    answers.push(("a form", world.post("sign_out", &admin, "").await));
    for (path, answer) in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.text(name), value, "{path}");
        }
        assert!(answer.text("permissions-policy").contains("camera=()"), "{path}");
        assert!(answer.text("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!answer.text("cache-control").is_empty(), "{path}");
        assert!(answer.headers.get(header::STRICT_TRANSPORT_SECURITY).is_none(), "{path}: no TLS here");
        assert!(answer.headers.get(header::SERVER).is_none() && answer.headers.get("x-powered-by").is_none());
    }
}

#[tokio::test]
async fn s11_browsers_stay_with_tls_where_there_is_tls() {
    let world = World::known_as(Public::at("https://t.example.edu").expect("an address")).await;
    for path in ["/sign-in", "/healthz", "/nothing"] {
        assert!(
            world.get(path, "").await.text("strict-transport-security").contains("max-age=31536000"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn s30_pages_of_people_show_no_hash_and_no_secret() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let person = world.person("mara@one.test", Role::Lead, Some("one")).await;
    world.post("invite", &admin, "school=one&invite[email]=a%40b.c&invite[name]=A&invite[role]=lead").await;
    let paths = [
        "/one/people".to_owned(),
        format!("/one/people/{person}"),
        "/one/activity".to_owned(),
        "/one/account".to_owned(),
    ];
    for path in &paths {
        let page = world.get(path, &admin).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for secret in ["argon2", "password_hash", "token_hash"] {
            assert!(!page.body.contains(secret), "{path}: {secret}");
        }
    }
}

#[tokio::test]
async fn s27_pages_ask_for_the_right_they_need() {
    let world = World::open().await;
    for (path, least) in [
        ("/one/account", Role::Viewer),
        ("/one/roles", Role::Viewer),
        ("/one/people", Role::Lead),
        ("/one/activity", Role::Lead),
        ("/one/activity.csv", Role::Lead),
    ] {
        assert!(world.get(path, "").await.wants_sign_in(), "{path} for nobody");
        for role in Role::ALL {
            let cookie = world.signed_in(role, "one").await;
            let answer = world.get(path, &cookie).await;
            let wanted = if role < least { StatusCode::FORBIDDEN } else { StatusCode::OK };
            let got = if answer.location().contains("/not-allowed") {
                StatusCode::FORBIDDEN
            } else {
                answer.status
            };
            assert_eq!(got, wanted, "{path} for {role:?}");
        }
        let stranger = world.signed_in(Role::Admin, "two").await;
        let answer = world.get(path, &stranger).await;
        let is_gone = answer.status == StatusCode::NOT_FOUND || answer.location() == "/one/not-found";
        assert!(is_gone, "S28: {path}: {}", answer.status);
    }
}

/// UX 4: who may not change people sees no way to.
#[tokio::test]
async fn a_lead_sees_people_and_no_controls() {
    let world = World::open().await;
    let lead = world.signed_in(Role::Lead, "one").await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    for path in ["/one/people".to_owned(), format!("/one/people/{person}")] {
        let page = world.get(&path, &lead).await.body;
        assert!(page.contains("mara@one.test"), "{page}");
        assert!(!page.contains("/act/invite") && !page.contains("/act/role_set"), "{path}");
        assert!(!page.contains("/act/person_remove"), "{path}");
    }
}

/// UX 7.9: what a change of role gives and takes is shown before it is saved.
#[tokio::test]
async fn a_change_of_role_shows_what_it_gives_and_takes() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let person = world.person("mara@one.test", Role::Lead, Some("one")).await;
    let down = world.get(&format!("/one/people/{person}?role=viewer"), &admin).await.body;
    assert!(down.contains("Cannot any more") && down.contains("Run a real merge"), "{down}");
    let up = world.get(&format!("/one/people/{person}?role=admin"), &admin).await.body;
    assert!(up.contains("Can from then on") && up.contains("Change the settings"), "{up}");
    let form = format!("school=one&change[person]={person}&change[role]=viewer");
    assert_eq!(world.post("role_set", &admin, &form).await.location(), format!("/one/people/{person}"));
    let rows = world.get("/one/activity?kind=person", &admin).await.body;
    assert!(rows.contains("role changed") && rows.contains("mara@one.test"), "{rows}");
}

#[tokio::test]
async fn s40_no_filter_reaches_the_database_as_more_than_text() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    for hostile in
        ["' or 1=1 --", "\"; drop table person; --", "%", "_", "\\", "';select 1", "\u{0}", "a'||'b"]
    {
        let escaped: String = hostile.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for path in [
            "/one/people?q=",
            "/one/people?role=",
            "/one/activity?who=",
            "/one/activity?kind=",
            "/one/activity?from=",
        ] {
            let answer = world.get(&format!("{path}{escaped}"), &admin).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}{hostile:?}: {}", answer.body);
        }
    }
    for place in ["x", "-1", "9999999999999999999999", "1;2"] {
        let answer = world.get(&format!("/one/activity?after={place}"), &admin).await;
        assert!(
            answer.status == StatusCode::OK || answer.status == StatusCode::UNPROCESSABLE_ENTITY,
            "{place}"
        );
    }
}

#[tokio::test]
async fn s41_s42_the_download_of_activity_is_safe_to_open() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    let name = "%3Dcmd%7C%27%2Fc+calc%27%21A1";
    let form = format!("school=one&invite[email]=a%40b.c&invite[name]={name}&invite[role]=viewer");
    world.post("invite", &admin, &form).await;
    let file = world.get("/one/activity.csv?kind=person", &admin).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.text("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.text("content-disposition"), "attachment; filename=\"one-activity.csv\"");
    assert!(file.body.starts_with("row,at,who,what,on_what,particulars\r\n"), "{}", file.body);
    assert!(file.body.contains("\"'=cmd|'/c calc'!A1\""), "{}", file.body);
    let exports = world.get("/one/activity?kind=export", &admin).await.body;
    assert!(exports.contains("activity downloaded"), "S45: {exports}");
}

#[tokio::test]
async fn s04_a_school_that_looks_like_a_host_leads_nowhere() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    for path in [
        "/%2Fevil.test/activity.csv",
        "/%5Cevil.test/activity.csv",
        "/%09%2Fevil.test/people",
        "//evil.test/account",
    ] {
        for cookie in [admin.as_str(), ""] {
            let answer = world.get(path, cookie).await;
            let to = answer.location();
            assert!(
                !to.starts_with("//") && !to.contains('\\') && !to.contains("evil.test/n"),
                "{path}: {to}"
            );
        }
    }
}
