//! What a visitor may ask around signing in: the part of the server that knows sessions.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Bound to the session of one request.
#[async_trait]
pub trait Door: Send + Sync {
    /// What the page before wanted to be said on this one; it is said once.
    async fn flash(&self) -> Option<Flash>;
    /// Keeps what the next page has to say.
    async fn say(&self, flash: Flash);
}

/// A message about what was just done, shown once on the next page (UX 6.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Whether it went well.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// The decision that a press of Undo takes back, and the conflict it belongs to.
    pub undo: Option<(String, i64)>,
    /// A place to look: address and words.
    pub link: Option<(String, String)>,
}

/// How a message sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It was done.
    Ok,
    /// It was not done, or only in part.
    Warn,
}

impl Flash {
    /// Something went well.
    #[must_use]
    pub fn ok(text: impl Into<String>) -> Self {
        Self { tone: Tone::Ok, text: text.into(), undo: None, link: None }
    }

    /// Something did not go.
    #[must_use]
    pub fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, ..Self::ok(text) }
    }

    /// With a button that takes the decision back.
    #[must_use]
    pub fn with_undo(self, decision: impl Into<String>, conflict: i64) -> Self {
        Self { undo: Some((decision.into(), conflict)), ..self }
    }

    /// With a place to look.
    #[must_use]
    pub fn with_link(self, address: impl Into<String>, words: impl Into<String>) -> Self {
        Self { link: Some((address.into(), words.into())), ..self }
    }
}
