//! Everything the server answers over HTTP: the pages and server functions of `app`, the built files, and `/healthz`, behind one
//! set of layers.

mod act;
mod activity;
mod assets;
mod closed;
mod csv;
mod export;
mod guard;
mod layers;
mod live;
mod public;
mod refusal;
mod settings_file;
mod visit;

use app::shell;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list, render_app_async_with_context};

pub use self::closed::Closed;
pub use self::public::Public;
pub use self::visit::{Doors, House, Unreadable};

/// The whole router: pages and server functions that ask `house`, the built files, and the routes of `health`.
pub fn router(house: House, health: Router) -> Router {
    let options = LeptosOptions::builder().output_name("tiebreak").build();
    let routes = generate_route_list(app::routes::App);
    let (clock, public, doors) = (house.clock.clone(), house.doors.public(), house.doors.clone());
    let pages: Router = Router::new()
        .route("/{school}/activity.csv", get(activity::csv))
        .route("/{school}/merges/current/status", get(live::status))
        .route("/{school}/merges/current/events", get(live::events))
        .route("/{school}/merges/{number}/changes.csv", get(export::csv))
        .route("/{school}/merges/{number}/changes.json", get(export::json))
        .route("/{school}/settings/export.toml", get(settings_file::export))
        .leptos_routes_with_context(&options, routes, provide, shell)
        .fallback(asset_or_page)
        .with_state(options);
    // The framework brings a route for each server function that answers as X3 says; ours stands before them.
    let pages: Router = Router::new()
        .route("/act/{*name}", post(act::act))
        .with_state(public.clone())
        .fallback_service(pages)
        .layer(axum::middleware::from_fn_with_state(house, visit::enter));
    layers::around(health.merge(doors.wrap(pages)), clock, &public)
}

/// What pages and server functions find in their context.
fn provide() {
    if let Some(visit) = use_context::<axum::http::request::Parts>().and_then(|parts| visit::of(&parts)) {
        provide_context(visit);
    }
    provide_context(assets::site());
}

/// A built file, or the page that says that there is nothing here.
async fn asset_or_page(State(_): State<LeptosOptions>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let Some(file) = assets::find(request.uri().path(), request.headers()) {
        return file;
    }
    render_app_async_with_context(provide, shell)(request).await.into_response()
}
