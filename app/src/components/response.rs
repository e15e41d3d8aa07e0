//! What a page says about itself in the status line of its answer.

/// The status lines a page may ask for; without asking it is 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// What was typed cannot be used.
    Invalid,
    /// What was seen has changed since.
    Conflict,
    /// This person may not.
    Forbidden,
    /// There is nothing at this address.
    NotFound,
    /// Too many tries.
    TooMany,
    /// Something failed inside.
    Failed,
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
            Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Conflict => StatusCode::CONFLICT,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        });
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}

/// Sends the browser to another page with 303, so that a reload does not post again (UX 10.3). The address is one of ours:
/// a path, never another host (RL S4). In the browser it does nothing.
pub fn see_other(address: &str) {
    #[cfg(feature = "ssr")]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::{HeaderValue, StatusCode, header};
        let ours = Some(address).filter(|address| is_local(address)).unwrap_or("/");
        response.set_status(StatusCode::SEE_OTHER);
        if let Ok(location) = HeaderValue::from_str(ours) {
            response.insert_header(header::LOCATION, location);
        }
    }
    #[cfg(not(feature = "ssr"))]
    let _ = address;
}

/// Makes the browser forget what it kept of this person (RL S18). In the browser it does nothing.
pub fn clear_site_data() {
    set_header("clear-site-data", "\"cache\", \"storage\"");
}

/// Keeps a choice about the look of pages in a cookie for a year; an empty value removes it. The server adds the attributes
/// that every cookie has (RL S13). In the browser it does nothing.
pub fn set_choice(name: &str, value: &str) {
    let age = if value.is_empty() { 0 } else { 365 * 24 * 60 * 60 };
    append_header("set-cookie", &format!("{name}={value}; Path=/; Max-Age={age}"));
}

fn set_header(name: &'static str, value: &str) {
    #[cfg(feature = "ssr")]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::{HeaderName, HeaderValue};
        if let Ok(value) = HeaderValue::from_str(value) {
            response.insert_header(HeaderName::from_static(name), value);
        }
    }
    #[cfg(not(feature = "ssr"))]
    let _ = (name, value);
}

fn append_header(name: &'static str, value: &str) {
    #[cfg(feature = "ssr")]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::{HeaderName, HeaderValue};
        if let Ok(value) = HeaderValue::from_str(value) {
            response.append_header(HeaderName::from_static(name), value);
        }
    }
    #[cfg(not(feature = "ssr"))]
    let _ = (name, value);
}

/// Whether an address stays on this server: a path that no browser takes for a host (RL S4).
#[must_use]
pub fn is_local(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains('\\')
        && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn s04_only_paths_of_this_server_are_followed() {
        for address in ["/", "/one/conflicts/3?draft=1", "/sign-in?return_to=%2Fone"] {
            assert!(is_local(address), "{address}");
        }
        for address in
            ["", "one", "//evil.test", "/\\evil.test", "https://evil.test", "/\tx", "/\n/x", "javascript:x"]
        {
            assert!(!is_local(address), "{address}");
        }
    }
}
