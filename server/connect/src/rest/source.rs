//! A place in an answer: in its body or in its headers.

use merge::Value;
use reqwest::header::{HeaderMap, HeaderName};

use super::config::Place;
use super::pointer::Pointer;
use super::template::plain_text;

/// Where a token, cursor or version is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the body.
    Body(Pointer),
    /// In a header.
    Header(HeaderName),
}

impl Source {
    /// The place a configuration names.
    pub fn new(place: Place, at: &str) -> Result<Self, String> {
        match place {
            Place::Body => Pointer::parse(at).map(Self::Body),
            Place::Header => HeaderName::from_bytes(at.as_bytes())
                .map(Self::Header)
                .map_err(|_| format!("`{at}` is no header name")),
        }
    }

    /// What the answer tells there; `null`, nothing and an empty text are all nothing.
    pub fn read(&self, body: &Value, headers: &HeaderMap) -> Option<String> {
        let text = match self {
            Self::Body(pointer) => pointer.find(body).map(plain_text)?,
            Self::Header(name) => headers.get(name)?.to_str().ok()?.trim().to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }
}
