//! Who asks: puts a [`Visit`] on every request before a page or a server function sees it.

use std::sync::Arc;

use app::actions::ActError;
use app::api::{Actor, Api};
use app::door::Door;
use app::visit::{Display, Visit};
use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use connect::Clock;

use super::refusal::Refusal;
use super::{Public, guard};

/// Who a request comes from cannot be told at the moment. That is not nobody: whoever is signed in stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Knows who a request comes from.
#[async_trait]
pub trait Doors: Send + Sync {
    /// Who is signed in, and the door of the session.
    async fn open(&self, parts: &Parts) -> Result<(Option<Actor>, Arc<dyn Door>), Unreadable>;

    /// Puts what they need around the pages.
    fn wrap(&self, router: Router) -> Router {
        router
    }

    /// Under which address browsers know the house.
    fn public(&self) -> Public {
        Public::default()
    }
}

/// What pages are made from.
#[derive(Clone)]
pub struct House {
    /// Everything that may be asked.
    pub api: Arc<dyn Api>,
    /// Who asks.
    pub doors: Arc<dyn Doors>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Puts the visit on the request.
pub(super) async fn enter(State(house): State<House>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let plain = parts.method == Method::POST && takes_html(&parts.headers);
    let Ok((actor, door)) = house.doors.open(&parts).await else {
        // An island reads what a server function says.
        return match parts.uri.path().starts_with(guard::ACT) && !plain {
            true => (StatusCode::SERVICE_UNAVAILABLE, Json(ActError::NoAnswer)).into_response(),
            false => Refusal::Busy.page(&guard::id_of(&parts.extensions)),
        };
    };
    let visit = Visit {
        actor,
        api: house.api,
        door,
        path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        plain,
        now: house.clock.now(),
        origin: house.doors.public().origin().to_owned(),
        display: display(&parts.headers),
    };
    parts.extensions.insert(visit);
    next.run(Request::from_parts(parts, body)).await
}

/// The visit of a request.
pub(super) fn of(parts: &Parts) -> Option<Visit> {
    parts.extensions.get::<Visit>().cloned()
}

fn takes_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The display choices of the cookies; what is not one of ours is no choice.
fn display(headers: &HeaderMap) -> Display {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut display = Display::default();
    for (name, value) in
        cookies.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='))
    {
        match (name, value) {
            ("theme", "light") => display.theme = Some("light"),
            ("theme", "dark") => display.theme = Some("dark"),
            ("density", "compact") => display.density = Some("compact"),
            ("keys", "off") => display.no_single_keys = true,
            ("school", slug) => display.school = Some(slug.to_owned()),
            _ => {}
        }
    }
    display
}
