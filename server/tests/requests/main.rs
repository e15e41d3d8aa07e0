//! The router in process: what a browser gets, and what it does not.

use std::sync::Arc;

use app::status::{School, Status, StatusSource, Unavailable};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use tower::ServiceExt as _;

/// A source that answers, or fails.
struct Source(Result<Status, Unavailable>);

#[async_trait]
impl StatusSource for Source {
    async fn status(&self) -> Result<Status, Unavailable> {
        self.0.clone()
    }
}

fn status() -> Status {
    Status {
        version: "0.1.0".to_owned(),
        database: "SQLite".to_owned(),
        read_at: chrono::DateTime::from_timestamp(1_760_000_000, 0).expect("in range"),
        schools: vec![School {
            name: "</td><script>alert(1)</script>".to_owned(),
            ours: "Scheduler".to_owned(),
            theirs: "Banner".to_owned(),
            open_conflicts: 3,
            last_run: None,
            next_run: None,
        }],
    }
}

fn router(source: Result<Status, Unavailable>) -> Router {
    let health = Router::new().route("/healthz", get(|| async { "up\n" }));
    server::http::router(Arc::new(Source(source)), health)
}

async fn ask(method: Method, path: &str, source: Result<Status, Unavailable>) -> Response {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
    router(source).oneshot(request).await.expect("an answer")
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn the_status_page_shows_the_schools_and_escapes_their_names() {
    let response = ask(Method::GET, "/", Ok(status())).await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(page.contains("Banner") && page.contains("Scheduler"), "{page}");
    assert!(!page.contains("<script>alert"), "S7: a name is text: {page}");
}

#[tokio::test]
async fn s09_every_page_has_a_policy_with_a_nonce_of_its_own() {
    let policy = async || {
        let response = ask(Method::GET, "/", Ok(status())).await;
        response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned()
    };
    let (one, other) = (policy().await, policy().await);
    assert!(one.contains("'nonce-") && one.contains("frame-ancestors 'none'"), "{one}");
    assert_ne!(one, other, "a nonce is used once");
}

#[tokio::test]
async fn s10_every_answer_carries_the_security_headers() {
    for path in ["/", "/healthz", "/nothing/here", "/favicon.svg"] {
        let response = ask(Method::GET, path, Ok(status())).await;
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
    assert_eq!(text(ask(Method::GET, "/healthz", Ok(status())).await).await, "up\n");
}

#[tokio::test]
async fn an_unknown_address_is_a_page_that_leads_back() {
    let response = ask(Method::GET, "/no/such/page", Ok(status())).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("Page not found"));
    for hidden in ["/manifest.json", "/../Cargo.toml", "/pkg/style.css.br"] {
        assert_eq!(ask(Method::GET, hidden, Ok(status())).await.status(), StatusCode::NOT_FOUND, "{hidden}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said_so_without_internals() {
    let response = ask(Method::GET, "/", Err(Unavailable)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = text(response).await;
    assert!(page.contains("Nothing is lost") && !page.to_lowercase().contains("sqlx"), "{page}");
}

#[tokio::test]
async fn s03_nothing_but_get_and_head_is_answered() {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let response = ask(method.clone(), "/favicon.svg", Ok(status())).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[tokio::test]
async fn s06_a_body_over_the_limit_is_refused() {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/")
        .header(header::CONTENT_LENGTH, 300 * 1024)
        .body(Body::from(vec![b'x'; 300 * 1024]))
        .expect("a request");
    let response = router(Ok(status())).oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
