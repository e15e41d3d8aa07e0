//! Requests and answers of `/sis/v1`, as values.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::log::Read;

/// A request to the API, read in full.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Its position in the log.
    pub n: u64,
    pub method: String,
    /// The parts of the path after `/sis/v1/`, decoded.
    pub path: Vec<String>,
    pub params: Vec<(String, String)>,
    pub authorized: bool,
    pub key: Option<String>,
    pub fence: Option<i64>,
    pub if_match: Option<String>,
    pub json: bool,
    pub body: Bytes,
}

impl Call {
    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_read(&self) -> bool {
        self.method == "GET"
    }
}

/// An answer before it goes over the wire.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub content_type: &'static str,
    pub body: Bytes,
    /// The versions it shows, for the log.
    pub read: Option<Read>,
    /// It was kept under an idempotency key.
    pub replayed: bool,
}

impl Reply {
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        Self::bytes(status, serde_json::to_vec(value).unwrap_or_default().into())
    }

    pub fn bytes(status: u16, body: Bytes) -> Self {
        let content_type = "application/json";
        Self { status, headers: Vec::new(), content_type, body, read: None, replayed: false }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn showing(mut self, read: Read) -> Self {
        self.read = Some(read);
        self
    }
}

/// A definite no: what is wrong, with which field, and what stands in the way.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub field: Option<String>,
    /// Further members of the answer: `current`, `existing`.
    pub more: Option<Box<(&'static str, Value)>>,
    pub read: Option<Box<Read>>,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, more: None, read: None }
    }

    pub fn on(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more = Some(Box::new((name, value)));
        self
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let error = json!({ "code": refusal.code, "message": refusal.message, "field": refusal.field });
        let mut body = json!({ "error": error });
        if let (Some(more), Value::Object(members)) = (refusal.more, &mut body) {
            members.insert(more.0.into(), more.1);
        }
        let mut reply = Self::json(refusal.status, &body);
        reply.read = refusal.read.map(|read| *read);
        if refusal.status == 401 {
            reply = reply.header("WWW-Authenticate", "Bearer realm=\"sis\"");
        }
        reply
    }
}
