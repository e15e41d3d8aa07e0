//! What every answer goes through: bounds on what comes in, headers on what goes out (RL S6, S9, S10).

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// The largest body of a request.
const BODY_BYTES: usize = 256 * 1024;
/// The longest a request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// For answers that are not pages; a page says its own, with its nonce.
const NO_PAGE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Puts the layers around a router.
pub(super) fn around(router: Router) -> Router {
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(set(header::CONTENT_SECURITY_POLICY, NO_PAGE_POLICY))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "same-origin"))
        .layer(set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(set(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .layer(CatchPanicLayer::new())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LIMIT));
    router.layer(layers)
}
