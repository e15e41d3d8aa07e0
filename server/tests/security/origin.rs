//! Where a request may come from, and what it may carry.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::world::{World, functions};

const OURS: &str = "http://127.0.0.1:7800";

fn from(function: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder()
        .method("POST")
        .uri(format!("/act/{function}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from("school=one")).expect("a request")
}

#[tokio::test]
async fn s01_no_function_is_entered_from_another_site() {
    let world = World::open().await;
    let before = world.audit_rows().await;
    for function in functions() {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", OURS)],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null")],
            &[("origin", "http://127.0.0.1:7800.evil.test")],
            &[("origin", "https://127.0.0.1:7800")],
            &[("origin", "http://127.0.0.1:78000")],
            &[("origin", "http://evil.test")],
            &[("origin", OURS), ("origin", "http://evil.test")],
            &[],
        ] {
            let answer = world.ask(from(&function, headers)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{function} {headers:?}");
            assert!(answer.body.contains("Nothing was saved"), "{function} {headers:?}");
            assert!(answer.headers.get(header::SET_COOKIE).is_none(), "{function} {headers:?}");
        }
    }
    assert_eq!(world.audit_rows().await, before);
}

#[tokio::test]
async fn s01_our_own_pages_are_known_by_either_header() {
    let world = World::open().await;
    for headers in [
        &[("sec-fetch-site", "same-origin")][..],
        &[("origin", OURS)],
        &[("origin", "http://localhost:7800")],
    ] {
        let answer = world.ask(from("sign_in", headers)).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{headers:?}: entered, and the form lacks its fields"
        );
    }
}

#[tokio::test]
async fn s02_a_body_that_is_no_form_is_refused() {
    let world = World::open().await;
    for function in functions() {
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencodedx",
            "",
        ] {
            let request = Request::builder()
                .method("POST")
                .uri(format!("/act/{function}"))
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, kind)
                .body(Body::from("{\"school\":\"one\"}"))
                .expect("a request");
            let answer = world.ask(request).await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{function} as {kind:?}");
        }
    }
}

#[tokio::test]
async fn s03_reading_changes_nothing() {
    let world = World::open().await;
    let before = world.audit_rows().await;
    for function in functions() {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            let request = Request::builder()
                .method(method)
                .uri(format!("/act/{function}?school=one"))
                .header("sec-fetch-site", "same-origin")
                .body(Body::empty());
            let answer = world.ask(request.expect("a request")).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {function}");
        }
    }
    assert_eq!(world.audit_rows().await, before);
}

#[tokio::test]
async fn s06_too_large_a_body_is_a_page_that_says_so() {
    let world = World::open().await;
    let large = "x".repeat(300 * 1024);
    let announced = world.form("sign_in", "").header(header::CONTENT_LENGTH, large.len());
    let announced = world.ask(announced.body(Body::from(large.clone())).expect("a request")).await;
    let pieces = futures::stream::iter((0..300).map(|_| Ok::<_, std::io::Error>("x".repeat(1024))));
    let unannounced = world.form("sign_in", "").body(Body::from_stream(pieces)).expect("a request");
    for answer in [announced, world.ask(unannounced).await] {
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.body.contains("Nothing was saved"), "{}", answer.body);
    }
}

#[tokio::test]
async fn s12_no_other_origin_is_let_in_to_read() {
    let world = World::open().await;
    for (method, path) in [("OPTIONS", "/one/account"), ("OPTIONS", "/act/sign_in"), ("GET", "/sign-in")] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, "https://evil.test")
            .header("access-control-request-method", "POST");
        let answer = world.ask(request.body(Body::empty()).expect("a request")).await;
        assert!(answer.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none(), "{method} {path}");
    }
}

#[tokio::test]
async fn s49_an_unknown_function_is_a_plain_404() {
    let world = World::open().await;
    for name in ["nothing", "sign_in/", "sign_in/x", "../sign-in", "%2e%2e/x"] {
        let answer = world.post(name, "", "a=b").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        assert!(!answer.body.contains("server function"), "{}", answer.body);
    }
}
