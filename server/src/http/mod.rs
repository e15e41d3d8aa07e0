//! Everything the server answers over HTTP: the pages of `app`, the built files, and `/healthz`, behind one set of layers.

mod assets;
mod layers;
mod status;

use app::shell;
use app::status::SharedStatus;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list, render_app_async_with_context};

pub use self::status::StoreStatus;

/// What the pages are given.
#[derive(Clone)]
struct Pages {
    options: LeptosOptions,
    status: SharedStatus,
}

impl axum::extract::FromRef<Pages> for LeptosOptions {
    fn from_ref(pages: &Pages) -> Self {
        pages.options.clone()
    }
}

/// The whole router: pages that read their state from `status`, the built files, and the routes of `health`.
pub fn router(status: SharedStatus, health: Router) -> Router {
    let pages = Pages { options: LeptosOptions::builder().output_name("tiebreak").build(), status };
    let source = pages.status.clone();
    let routes = generate_route_list(app::routes::App);
    let pages: Router = Router::new()
        .leptos_routes_with_context(&pages, routes, move || provide(&source), shell)
        .fallback(asset_or_page)
        .with_state(pages);
    layers::around(health.merge(pages))
}

fn provide(status: &SharedStatus) {
    provide_context(status.clone());
    provide_context(assets::site());
}

/// A built file, or the page that says that there is nothing here.
async fn asset_or_page(State(pages): State<Pages>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let Some(file) = assets::find(request.uri().path(), request.headers()) {
        return file;
    }
    let source = pages.status;
    render_app_async_with_context(move || provide(&source), shell)(request).await.into_response()
}
