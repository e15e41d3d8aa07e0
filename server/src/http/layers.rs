//! What every answer goes through: bounds on what comes in, headers on what goes out (RL S4, S6, S9, S10, S13, S18).

use std::sync::Arc;
use std::time::Duration;

use app::components::response::is_local;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use connect::Clock;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::{Span, debug_span, warn};

use super::{Public, guard};

/// The largest body of a request.
pub(super) const BODY_BYTES: usize = 256 * 1024;
/// The longest a request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// For answers that are not pages; a page says its own, with its nonce.
const NO_PAGE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// A year (RL S11).
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Puts the layers around a router.
pub(super) fn around(router: Router, clock: Arc<dyn Clock>, public: &Public) -> Router {
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let hsts = public.is_https().then(|| set(header::STRICT_TRANSPORT_SECURITY, HSTS));
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(set(header::CONTENT_SECURITY_POLICY, NO_PAGE_POLICY))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "same-origin"))
        .layer(set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(set(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .option_layer(hsts)
        .layer(from_fn_with_state(public.clone(), finish))
        .layer(from_fn_with_state(clock, guard::number))
        .layer(from_fn_with_state(public.clone(), guard::look))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LIMIT));
    router.layer(layers)
}

/// What the log says of a request: nothing that lets anybody in, and nothing that somebody searched for (RL S37).
fn span(request: &Request) -> Span {
    debug_span!("request", method = %request.method(), path = guard::shown(request.uri()))
}

/// The last look at an answer: it leads to no other site, and its cookies are whole.
async fn finish(State(public): State<Public>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let location = headers.get(header::LOCATION).map(|value| value.to_str().unwrap_or_default());
    if location.is_some_and(|location| !is_local(location)) {
        warn!("an answer would have led to another site");
        headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    }
    if headers.contains_key(header::SET_COOKIE) {
        finish_cookies(headers, &public);
    }
    response
}

/// Every cookie has its attributes, also the one that removes another: browsers ignore a `__Host-` cookie without them
/// (RL S13, X7).
fn finish_cookies(headers: &mut HeaderMap, public: &Public) {
    let cookies: Vec<String> = headers
        .get_all(header::SET_COOKIE)
        .into_iter()
        .filter_map(|value| Some(finished(value.to_str().ok()?, public)))
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

fn finished(cookie: &str, public: &Public) -> String {
    let mut cookie = cookie.to_owned();
    let wanted =
        [("Path=/", true), ("HttpOnly", true), ("SameSite=Lax", true), ("Secure", public.is_https())];
    for (attribute, _) in wanted.into_iter().filter(|(_, wanted)| *wanted) {
        let name = attribute.split('=').next().unwrap_or(attribute);
        let has =
            |part: &str| part.trim().split('=').next().is_some_and(|part| part.eq_ignore_ascii_case(name));
        if !cookie.split(';').skip(1).any(has) {
            cookie.push_str("; ");
            cookie.push_str(attribute);
        }
    }
    cookie
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Mutex, PoisonError};

    use axum::body::Body;
    use connect::SystemClock;
    use tower::ServiceExt as _;

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn s37_no_log_holds_the_link_of_an_invitation_or_a_query() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        for path in ["/invite/5ecre7?a=canary", "/one/people?q=canary"] {
            let router = around(Router::new(), Arc::clone(&clock), &Public::default());
            let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
            router.oneshot(request).await.expect("an answer");
        }
        let text = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("/one/people") && text.contains("/invite/…"), "{text}");
        assert!(!text.contains("5ecre7") && !text.contains("canary"), "{text}");
    }

    #[test]
    fn s13_a_cookie_that_removes_another_has_the_same_attributes() {
        let public = Public::at("https://t.example.edu").expect("an address");
        let cookie = finished("__Host-sid=; Path=/; Max-Age=0", &public);
        assert_eq!(cookie, "__Host-sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(finished(&cookie, &public), cookie);
        assert!(!finished("sid=1", &Public::default()).contains("Secure"), "browsers would drop it");
    }
}
