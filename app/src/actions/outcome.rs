use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::components::response;
use crate::door::Flash;
use crate::visit::Visit;

/// How an action went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was done.
    Saved,
    /// What was typed cannot be used; the draft keeps it, with what is wrong.
    Invalid,
    /// The record has changed since it was seen; the draft keeps the choices.
    Changed,
    /// It cannot be done, or not by this person.
    Refused,
}

/// The answer to an action: how it went, and where to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it went.
    pub verdict: Verdict,
    /// The page that shows what became of it.
    pub next: String,
    /// What that page says once.
    pub flash: Option<Flash>,
}

impl Outcome {
    /// It was done; `next` shows it.
    #[must_use]
    pub fn saved(next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Saved, next: next.into(), flash: None }
    }

    /// It was not done, for this reason; `next` is where it can be done otherwise.
    #[must_use]
    pub fn not(verdict: Verdict, next: impl Into<String>) -> Self {
        Self { verdict, next: next.into(), flash: None }
    }

    /// With a message on the next page.
    #[must_use]
    pub fn say(self, flash: Flash) -> Self {
        Self { flash: Some(flash), ..self }
    }

    /// What a refused call leads to: a page with the right status, or back to `here` with the reason.
    #[must_use]
    pub fn refused(error: &ApiError, school: &str, here: impl Into<String>) -> Self {
        let to = |page: String| Self::not(Verdict::Refused, page);
        match error {
            ApiError::NotFound { .. } => to(format!("/{school}/not-found")),
            ApiError::Forbidden { needs } => to(format!("/{school}/not-allowed?needs={}", needs.as_str())),
            ApiError::Internal { incident } => to(format!("/{school}/failed?incident={incident}")),
            ApiError::Invalid { .. } | ApiError::Stale { .. } | ApiError::NotNow { .. } => {
                to(here.into()).say(Flash::warn(sentence(&error.to_string())))
            }
        }
    }
}

impl Visit {
    /// Answers an action: a plain form is sent to the next page, an island is told.
    ///
    /// # Errors
    /// None; the type is that of a server function.
    pub async fn answer(&self, outcome: Outcome) -> Result<Outcome, ActError> {
        if let Some(flash) = &outcome.flash {
            self.door.say(flash.clone()).await;
        }
        if self.plain {
            response::see_other(&outcome.next);
        }
        Ok(outcome)
    }
}

/// The first letter large, and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', ':']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// A real failure of an action. It says nothing of the inside (RL S5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ActError {
    /// The form could not be read.
    #[error("this form could not be read; nothing was saved")]
    Malformed,
    /// The server could not be reached, or could not answer.
    #[error("no answer; it is not known whether anything was saved")]
    NoAnswer,
}

impl FromServerFnError for ActError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Malformed,
            _ => Self::NoAnswer,
        }
    }
}
