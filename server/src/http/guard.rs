//! What is looked at before anything else: where a request comes from, what it carries, and that whatever happens to it
//! inside becomes an answer (RL S1, S2, S5, S6).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use connect::Clock;
use futures::FutureExt as _;
use tracing::{Instrument as _, error, info_span, warn};

use super::Public;
use super::layers::BODY_BYTES;
use super::refusal::Refusal;

/// Where server functions live.
pub(super) const ACT: &str = "/act/";
const FORM: &str = "application/x-www-form-urlencoded";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The number under which the log has a request. Made here; what a request says of itself is not asked.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The number of a request, for answers that name it.
pub(super) fn id_of(extensions: &axum::http::Extensions) -> String {
    extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Numbers a request, and turns a panic into an answer.
pub(super) async fn number(
    State(clock): State<Arc<dyn Clock>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = format!("{:016x}", clock.random());
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = info_span!("request", %id, method = %request.method(), path = shown(request.uri()));
    let answered = AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        span.in_scope(|| error!("a request has panicked"));
        Refusal::Failed.page(&id)
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// A path as the log has it: the link of an invitation is a secret while it works (RL S37).
pub(super) fn shown(uri: &Uri) -> &str {
    let path = uri.path();
    if path.starts_with("/invite/") { "/invite/…" } else { path }
}

/// Lets in what reads, and what one of our own pages has sent as a form.
pub(super) async fn look(State(public): State<Public>, request: Request, next: Next) -> Response {
    match judge(&public, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            warn!(path = shown(request.uri()), ?refusal, "a request was refused");
            refusal.page(&id_of(request.extensions()))
        }
    }
}

fn judge(public: &Public, request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    let is_action = request.uri().path().starts_with(ACT);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if (is_action || !reads) && !is_same_origin(public, headers) {
        return Err(Refusal::Foreign);
    }
    if announced(headers).is_some_and(|bytes| bytes > BODY_BYTES) {
        return Err(Refusal::TooLarge);
    }
    if is_action && request.method() == Method::POST && !is_form(headers) {
        return Err(Refusal::NoForm);
    }
    Ok(())
}

/// The browser says that one of our pages sent it; one that does not say so names our origin (RL S1).
fn is_same_origin(public: &Public, headers: &HeaderMap) -> bool {
    let one = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        (values.next().map(|value| value.to_str().unwrap_or_default()), values.next().is_some())
    };
    match (one(SEC_FETCH_SITE), one(header::ORIGIN)) {
        ((_, true), _) | (_, (_, true)) => false,
        ((Some(site), _), _) => site == "same-origin",
        ((None, _), (origin, _)) => origin.is_some_and(|origin| public.knows(origin)),
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A form as browsers send it, and nothing that reads like one (RL S2).
fn is_form(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else { return false };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    let (kind, parameters) = kind.split_once(';').unwrap_or((&kind, "charset=utf-8"));
    kind.trim() == FORM && parameters.trim() == "charset=utf-8"
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use connect::SystemClock;
    use tower::ServiceExt as _;

    use super::*;

    async fn broken() -> &'static str {
        panic!("canary")
    }

    #[tokio::test]
    async fn s05_a_panic_is_a_page_with_the_number_of_the_request() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let router = Router::new().route("/", get(broken)).layer(from_fn_with_state(clock, number));
        let request = Request::builder().uri("/").header("x-request-id", "forged").body(Body::empty());
        let response = router.oneshot(request.expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
        let body = to_bytes(response.into_body(), 1 << 16).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(id != "forged" && body.contains(&id) && !body.contains("canary"), "{body}");
    }

    #[test]
    fn s37_the_link_of_an_invitation_is_not_logged() {
        assert_eq!(shown(&Uri::from_static("/invite/0123456789abcdef")), "/invite/…");
        assert_eq!(shown(&Uri::from_static("/one/people?q=x")), "/one/people");
    }
}
