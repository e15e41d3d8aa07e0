//! What goes on right now, for scripts and for the other systems' own pages (UX 6.2, 10.5): `/merges/current/status` once,
//! `/merges/current/events` as it changes.

use std::convert::Infallible;
use std::time::Duration;

use app::api::{Actor, ApiError, Now};
use app::visit::Visit;
use axum::Extension;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use serde::Serialize;

/// How often the database is asked. Events are fewer: only what has changed is sent.
const PERIOD: Duration = Duration::from_secs(1);
/// A browser comes again after this long while nothing runs, and notices that a merge has begun.
const IDLE: Duration = Duration::from_secs(15);
/// A sign of life is sent after so many periods without an event.
const HEARTBEAT: u32 = 10;
/// A stream ends after so many periods and the browser comes again, so that it never holds up a stop of the process
/// (RL R32) and rights are checked anew.
const PERIODS: u32 = 20;
/// Characters of a sentence in an event, which stays below 512 bytes.
const SENTENCE: usize = 110;

/// The same line as the banner's, as JSON.
#[derive(Serialize)]
struct Status {
    state: String,
    merge: i64,
    step: u8,
    of: u8,
    text: String,
    detail: String,
    at: String,
}

impl Status {
    fn of(now: Option<Now>) -> Self {
        let now = now.unwrap_or_else(idle);
        Self {
            state: now.state,
            merge: now.merge,
            step: now.step,
            of: now.of,
            text: now.text,
            detail: now.detail,
            at: now.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }
    }

    fn is_idle(&self) -> bool {
        self.state == "idle"
    }

    /// Short enough for an event.
    fn short(self) -> Self {
        let cut = |text: String| match text.char_indices().nth(SENTENCE) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        Self { text: cut(self.text), detail: cut(self.detail), ..self }
    }
}

fn idle() -> Now {
    Now {
        merge: 0,
        state: "idle".to_owned(),
        step: 0,
        of: 8,
        text: "No merge is running.".to_owned(),
        detail: String::new(),
        count: String::new(),
        silent: 0,
        at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// `/{school}/merges/current/status`.
pub(super) async fn status(Extension(visit): Extension<Visit>, Path(school): Path<String>) -> Response {
    let Some(actor) = &visit.actor else { return StatusCode::UNAUTHORIZED.into_response() };
    match visit.api.get_now(actor, &school).await {
        Ok(now) => {
            let at = visit.now;
            Json(Status::of(Some(now.unwrap_or(Now { at, ..idle() })))).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// `/{school}/merges/current/events`. The first event says everything, so a browser that comes again with a `Last-Event-ID`
/// has missed nothing.
pub(super) async fn events(Extension(visit): Extension<Visit>, Path(school): Path<String>) -> Response {
    let Some(actor) = visit.actor.clone() else { return StatusCode::UNAUTHORIZED.into_response() };
    if let Err(error) = visit.api.get_now(&actor, &school).await {
        return refused(&error);
    }
    Sse::new(stream(Watch { visit, actor, school, said: None, periods: 0, quiet: 0, over: false }))
        .into_response()
}

fn refused(error: &ApiError) -> Response {
    match error {
        ApiError::NotFound { .. } => StatusCode::NOT_FOUND,
        ApiError::Forbidden { .. } => StatusCode::FORBIDDEN,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
    .into_response()
}

/// One browser that watches.
struct Watch {
    visit: Visit,
    actor: Actor,
    school: String,
    /// What was said last: state, merge, step, and how far it was.
    said: Option<(String, i64, u8, String)>,
    periods: u32,
    quiet: u32,
    over: bool,
}

fn stream(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok(event), watch))
    })
}

impl Watch {
    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Event> {
        while !self.over && self.periods < PERIODS {
            if self.periods > 0 {
                tokio::time::sleep(PERIOD).await;
            }
            self.periods += 1;
            // A database that does not answer ends the stream; the browser comes again.
            let now = self.visit.api.get_now(&self.actor, &self.school).await.ok()?;
            if let Some(event) = self.event(now) {
                return Some(event);
            }
        }
        None
    }

    fn event(&mut self, now: Option<Now>) -> Option<Event> {
        let count = now.as_ref().map(|now| now.count.clone()).unwrap_or_default();
        let status = Status::of(now).short();
        let told = (status.state.clone(), status.merge, status.step, count);
        let name = match &self.said {
            _ if status.is_idle() => "done",
            Some((state, merge, step, count)) if (state, merge, step) == (&told.0, &told.1, &told.2) => {
                if *count != told.3 {
                    "count"
                } else if self.quiet + 1 >= HEARTBEAT {
                    "heartbeat"
                } else {
                    self.quiet += 1;
                    return None;
                }
            }
            _ => "phase",
        };
        self.over = status.is_idle();
        self.quiet = 0;
        self.said = Some(told);
        let retry = if self.over { IDLE } else { PERIOD };
        let id = format!("{}-{}", status.merge, self.periods);
        let data = serde_json::to_string(&status).unwrap_or_default();
        Some(Event::default().id(id).event(name).retry(retry).data(data))
    }
}
