//! The router in process: what a browser gets, and what it does not.

mod between;
mod conflicts;
mod decisions;
mod house;
mod live;
mod merges;
mod own_records;
mod records;
mod settings;

use app::api::Api as _;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use house::{TestHouse, text};

#[tokio::test]
async fn a_page_of_a_school_stands_in_its_frame_and_names_are_text() {
    let house = TestHouse::open().await;
    let response = house.get("/one/not-found").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let page = text(response).await;
    assert!(page.contains("Page not found") && page.contains("School of tests"), "{page}");
    assert!(page.contains("<title>Error: Page not found · School of tests · Tiebreak</title>"), "{page}");
}

#[tokio::test]
async fn ux_5_2_the_root_leads_to_the_school_last_used_if_it_can_still_be_entered() {
    let house = TestHouse::open().await;
    let two = include_str!("../../src/desk/tests/local.toml").replacen("\"one\"", "\"two\"", 1);
    let desk = &house.installation.desk;
    desk.import_settings(&house.installation.actor(), &two, "test").await.expect("a second school");
    let page = house.get("/two/overview").await;
    let cookie = page.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("school=two; Path=/"), "{cookie}");
    for (last, to) in [("two", "/two/overview"), ("one", "/one/overview"), ("three", "/one/overview")] {
        let request = Request::builder().uri("/").header(header::COOKIE, format!("school={last}"));
        let response = house.ask(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(response.headers()[header::LOCATION], to, "{last}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_sign_in() {
    let house = TestHouse::open().await.signed_out();
    for (path, to) in
        [("/", "/sign-in"), ("/one/not-allowed?a=b", "/sign-in?return_to=%2Fone%2Fnot-allowed%3Fa%3Db")]
    {
        let response = house.get(path).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(response.headers()[header::LOCATION], to, "{path}");
    }
}

#[tokio::test]
async fn s09_every_page_has_a_policy_with_a_nonce_of_its_own() {
    let policy = async || {
        let response = TestHouse::open().await.get("/x").await;
        response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned()
    };
    let (one, other) = (policy().await, policy().await);
    assert!(one.contains("'nonce-") && one.contains("frame-ancestors 'none'"), "{one}");
    assert_ne!(one, other, "a nonce is used once");
}

#[tokio::test]
async fn s10_every_answer_carries_the_security_headers() {
    let house = TestHouse::open().await;
    for path in ["/", "/healthz", "/nothing/here", "/favicon.svg"] {
        let response = house.get(path).await;
        for name in
            ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "permissions-policy"]
        {
            assert!(response.headers().contains_key(name), "{path} lacks {name}");
        }
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
    }
}

#[tokio::test]
async fn s49_health_says_up_and_nothing_more() {
    assert_eq!(text(TestHouse::open().await.get("/healthz").await).await, "up\n");
}

#[tokio::test]
async fn an_unknown_address_is_a_page_that_leads_back() {
    let house = TestHouse::open().await;
    let response = house.get("/no/such/page").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("Page not found"));
    for hidden in ["/manifest.json", "/../Cargo.toml", "/pkg/style.css.br"] {
        assert_eq!(house.get(hidden).await.status(), StatusCode::NOT_FOUND, "{hidden}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said_so_without_internals() {
    let house = TestHouse::open().await;
    house.installation.pipeline.store.close().await;
    let response = house.get("/one/not-found").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = text(response).await;
    assert!(page.contains("Nothing was saved") && !page.to_lowercase().contains("sqlx"), "{page}");
}

#[tokio::test]
async fn s03_nothing_but_get_and_head_is_answered() {
    let house = TestHouse::open().await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/favicon.svg")
            .header("sec-fetch-site", "same-origin")
            .body(Body::empty());
        let response = house.ask(request.expect("a request")).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[tokio::test]
async fn s06_a_body_over_the_limit_is_refused() {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_LENGTH, 300 * 1024)
        .body(Body::from(vec![b'x'; 300 * 1024]))
        .expect("a request");
    let response = TestHouse::open().await.ask(request).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn ux_4_a_refusal_names_the_role_that_can_and_who_holds_it() {
    let mut house = TestHouse::open().await;
    let pipeline = house.installation.pipeline.clone();
    let mut tx = pipeline.store.begin().await.expect("a transaction");
    let school = store::school::find_by_slug(&mut tx, "one").await.expect("asked").expect("a school");
    let now = pipeline.clock.now();
    let people = [
        ("Vi Viewer", store::person_role::Role::Viewer),
        ("Lea Lead", store::person_role::Role::Lead),
        ("Ada Admin", store::person_role::Role::Admin),
    ];
    for (name, role) in people {
        let id = store::ids::PersonId::new(now, pipeline.clock.random());
        let email = format!("{}@example.edu", name.replace(' ', "."));
        let new = store::person::NewPerson { id, email: &email, name, password_hash: None };
        assert!(store::person::add(&mut tx, &new, now).await.expect("added"));
        store::person_role::set(&mut tx, id, Some(school.id), role).await.expect("a role");
    }
    tx.commit().await.expect("kept");
    house.signed_in_as(app::api::Role::Viewer);
    let response = house.get("/one/settings/types").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let page = text(response).await;
    assert!(page.contains("Only leads and admins can do this."), "{page}");
    assert!(page.contains("Lea Lead and Ada Admin can.") && !page.contains("Vi Viewer"), "{page}");
}
