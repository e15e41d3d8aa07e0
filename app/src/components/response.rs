//! What a page says about itself in the status line of its answer.

/// The status lines a page may ask for; without asking it is 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// There is nothing at this address.
    NotFound,
    /// The answer cannot be given now.
    Unavailable,
}

/// Says what the page may load: its own files, and scripts and styles with the nonce of this answer (RL S9). In the browser
/// it does nothing.
pub fn set_policy() {
    #[cfg(feature = "ssr")]
    if let (Some(response), Some(nonce)) =
        (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), leptos::nonce::use_nonce())
    {
        use axum::http::{HeaderValue, header};
        let policy = format!(
            "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
             style-src 'self' 'nonce-{nonce}'; object-src 'none'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; connect-src 'self'"
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// Sets the status line of the answer that is being rendered. In the browser it does nothing.
pub fn set_status(code: Code) {
    #[cfg(feature = "ssr")]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::StatusCode;
        response.set_status(match code {
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        });
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}
