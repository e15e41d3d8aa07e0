//! An answer as it came, and the JSON in it.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use merge::Value;
use reqwest::header::HeaderMap;
use url::Url;

use super::pace::read_http_date;
use super::pointer::Pointer;
use crate::error::SystemError;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, unpacked.
    pub body: Bytes,
    /// The URL that answered.
    pub url: Url,
    /// The wait that it asked for.
    pub slow_down: Option<Duration>,
}

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The system's clock when it answered.
    pub fn server_time(&self) -> Option<DateTime<Utc>> {
        read_http_date(&self.header("date")?)
    }

    /// True when there is nothing in the body but blanks.
    pub fn is_empty(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// Refuses a body whose media type says that it is no JSON.
    pub fn expect_json(&self, accept_types: &[String]) -> Result<(), SystemError> {
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = kind.is_empty()
            || kind == "application/json"
            || kind.ends_with("+json")
            || accept_types.iter().any(|accepted| accepted.eq_ignore_ascii_case(&kind));
        if !is_json {
            return Err(malformed("body", format!("it is `{kind}` and not JSON")));
        }
        Ok(())
    }

    /// The body as JSON, when the media type says that it is some.
    pub fn json(&self, accept_types: &[String]) -> Result<Value, SystemError> {
        self.expect_json(accept_types)?;
        merge::json::parse(&self.body).map_err(|error| malformed("body", error.to_string()))
    }

    /// The body as JSON if it is some, for error texts and rules.
    pub fn any_json(&self) -> Option<Value> {
        merge::json::parse(&self.body).ok()
    }

    /// The value at a place of the body that must be there.
    pub fn at<'a>(body: &'a Value, pointer: &Pointer) -> Result<&'a Value, SystemError> {
        match pointer.find(body) {
            Some(Value::Null) | None => Err(malformed(&pointer.to_string(), "nothing is there".to_owned())),
            Some(value) => Ok(value),
        }
    }
}

/// An answer that could not be understood.
pub fn malformed(at: &str, message: String) -> SystemError {
    SystemError::Malformed { at: if at.is_empty() { "body" } else { at }.to_owned(), message }
}
