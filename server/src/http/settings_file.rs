//! The settings of a school as a file.

use app::api::ApiError;
use app::visit::Visit;
use axum::Extension;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

/// `/{school}/settings/export.toml`: the document that is in use, byte for byte.
pub(super) async fn export(Path(school): Path<String>, Extension(visit): Extension<Visit>) -> Response {
    let Some(actor) = visit.actor else { return Redirect::to("/sign-in").into_response() };
    match visit.api.export_settings(&actor, &school).await {
        Ok(document) => {
            let named = format!("attachment; filename=\"{}.toml\"", file_name(&school));
            let headers = [
                (header::CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, named),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, document).into_response()
        }
        Err(ApiError::Forbidden { needs }) => {
            Redirect::to(&format!("/{school}/not-allowed?needs={}", needs.as_str())).into_response()
        }
        Err(ApiError::NotFound { .. }) => StatusCode::NOT_FOUND.into_response(),
        Err(ApiError::NotNow { message }) => (StatusCode::CONFLICT, message).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The letters of a slug and nothing else: a file name in a header.
fn file_name(school: &str) -> String {
    school.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}
