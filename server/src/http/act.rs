//! Server functions: what a form posts to `/act/{name}`.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use leptos_axum::handle_server_fns_with_context;

use super::provide;

/// Runs a server function.
pub(super) async fn act(request: Request) -> Response {
    handle_server_fns_with_context(provide, request).await.into_response()
}
