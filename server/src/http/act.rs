//! Server functions: what a form posts to `/act/{name}`.
//!
//! The framework answers a form that it cannot read, or a function that failed, with a redirect to whatever page the
//! request says it came from, with the error's text in its address (RL X3). So it is shown neither where a request came
//! from nor that a browser wants a page; what it answers is looked at here, and only what is ours goes out.

use app::actions::{ActError, OPEN, Outcome, Verdict};
use app::components::response::is_local;
use app::door::KeptPost;
use app::query::Query;
use app::visit::Visit;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::TimeDelta;
use leptos::server_fn::axum::get_server_fn_service;
use leptos_axum::handle_server_fns_with_context;
use tracing::error;

use super::guard::{ACT, id_of};
use super::layers::BODY_BYTES;
use super::refusal::Refusal;
use super::{Public, provide};

/// A form is kept so long for somebody whose sign-in has ended (UX 6.5).
const KEPT_FOR: TimeDelta = TimeDelta::minutes(15);
/// The largest form that is kept: anybody can send one.
const KEPT_BYTES: usize = 16 * 1024;
/// Most characters of a value of it. One with more is not kept at all: cut short it would choose something else.
const KEPT_LETTERS: usize = 200;
/// The actions whose forms are kept: work that would be lost. None of them holds a secret.
const KEPT: [&str; 1] = ["decide"];
/// The largest answer of a server function that has failed.
const ANSWER_BYTES: usize = 64 * 1024;

/// Runs a server function.
pub(super) async fn act(State(public): State<Public>, request: Request) -> Response {
    let id = id_of(request.extensions());
    match run(&public, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.page(&id),
    }
}

async fn run(public: &Public, request: Request) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    get_server_fn_service(&path, Method::POST).ok_or(Refusal::Unknown)?;
    let body = read(body).await?;
    let visit = parts.extensions.get::<Visit>().cloned().ok_or(Refusal::Failed)?;
    let name = path.strip_prefix(ACT).unwrap_or_default();
    if visit.actor.is_none() && !OPEN.contains(&name) {
        return Ok(signed_out(&visit, public, &parts, name, &body).await);
    }
    if KEPT.contains(&name) {
        visit.door.forget_post().await;
    }
    parts.headers.remove(header::ACCEPT);
    parts.headers.remove(header::REFERER);
    let request = Request::from_parts(parts, Body::from(body));
    let response = handle_server_fns_with_context(provide, request).await.into_response();
    if visit.plain { plain(response).await } else { Ok(data(response).await) }
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    to_bytes(body, BODY_BYTES).await.map_err(|error| {
        let cause = std::error::Error::source(&error);
        let is_length = cause.is_some_and(|cause| cause.to_string().contains("length limit"));
        if is_length { Refusal::TooLarge } else { Refusal::Malformed }
    })
}

/// A plain form gets a redirect to a page of ours, or the page that says what is wrong.
async fn plain(response: Response) -> Result<Response, Refusal> {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    if response.status() == StatusCode::SEE_OTHER && location.is_some_and(is_local) {
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    let status = response.status();
    if failure(response).await == ActError::Malformed {
        return Err(Refusal::Malformed);
    }
    error!(%status, "a server function has answered a form with something else than a redirect");
    Err(Refusal::Failed)
}

/// An island gets what the function answers; what went wrong is one of the words that [`ActError`] has.
async fn data(response: Response) -> Response {
    if response.status() == StatusCode::OK {
        return response;
    }
    let failure = failure(response).await;
    let status = match failure {
        ActError::Malformed => StatusCode::BAD_REQUEST,
        ActError::NoAnswer => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(failure)).into_response()
}

/// What went wrong, as far as it is ours to say.
async fn failure(response: Response) -> ActError {
    let body = to_bytes(response.into_body(), ANSWER_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or(ActError::NoAnswer)
}

/// Where somebody goes whose sign-in has ended: to sign in, and back. What they chose is kept (UX 6.5).
async fn signed_out(visit: &Visit, public: &Public, parts: &Parts, name: &str, body: &Bytes) -> Response {
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let from = referer.and_then(|referer| public.local(referer)).filter(|from| is_local(from)).unwrap_or("/");
    if visit.plain && KEPT.contains(&name) && body.len() <= KEPT_BYTES {
        let fields = Query::of(&format!("?{}", String::from_utf8_lossy(body))).pairs().to_vec();
        if fields.iter().all(|(_, value)| value.chars().count() <= KEPT_LETTERS) {
            let action = format!("{ACT}{name}");
            let post = KeptPost { action, fields, from: from.to_owned(), until: visit.now + KEPT_FOR };
            visit.door.keep_post(post).await;
        }
    }
    let next = Query::default().with("return_to", from).with("ended", 1).at("/sign-in");
    if visit.plain {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, next)]).into_response();
    }
    Json(Outcome::not(Verdict::Refused, next)).into_response()
}
