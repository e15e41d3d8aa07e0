//! The append-only log: every request received, every change applied. It is the witness of the tests (CN C103).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    schema::KindNumber,
    table::{Fields, Row},
};

/// One line of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Position, from 1, without gaps.
    pub n: u64,
    /// The server's time.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a line of the log tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A request under `/sis` was received; nothing was done yet.
    Request(Request),
    /// A record was changed.
    Change(Change),
    /// How a request was answered, if it was.
    Answer(Answer),
    /// A scripted fault was used on a request.
    Fault(FaultUse),
    /// A control route other than a read was used.
    Control(Control),
}

/// A request as it was received.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Whether the bearer token was right.
    pub authorized: bool,
    /// `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `external_ref` in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// `X-Run-Fence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<i64>,
    /// `X-Run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// `If-Match` as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// The body, when it is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// Who caused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A request of the API, while it was being answered.
    Api,
    /// A request of the API that was applied after its connection was gone (`late_apply`).
    Late,
    /// A user of the SIS (`/__sim/edit`).
    User,
    /// A backup was put back.
    Restore,
}

/// What was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// A new record, or a removed one brought back.
    Create,
    /// New values.
    Update,
    /// Removed, softly or for good.
    Delete,
}

/// One change of one record, with everything before and after.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// Position of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// Who caused it.
    pub by: By,
    /// What was done.
    pub op: Op,
    /// The record's type, such as `section`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Remote id.
    pub id: String,
    /// Revision after the change; revisions of a record grow by one.
    pub revision: u64,
    /// Fields before; absent for a create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Fields>,
    /// Fields after; absent for a delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Fields>,
    /// `Idempotency-Key` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `external_ref` of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// `X-Run-Fence` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<i64>,
}

/// How much of an answer left the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// All of it was handed to the connection.
    Whole,
    /// It was cut, dripped or broken.
    Part,
    /// Nothing.
    None,
}

/// How a request was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Position of the request.
    pub request: u64,
    /// Status, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How much was sent.
    pub delivery: Delivery,
    /// The answer was kept under the idempotency key; nothing was applied this time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// The record versions the answer showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Read>,
}

/// Record versions that an answer showed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Read {
    /// The type of the records.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Remote id and revision.
    pub items: Vec<(String, u64)>,
}

/// A scripted fault that was used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultUse {
    /// Position of the request.
    pub request: u64,
    /// Number of the rule, from 1, in the order the rules were added.
    pub rule: u64,
    /// The fault.
    pub fault: Value,
}

/// A use of a control route.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Control {
    /// The route, such as `/__sim/clock`.
    pub path: String,
    /// What was asked, shortened for bulk loads.
    pub body: Value,
}

/// What undoes one change exactly; kept beside the log for replicas that lag and backups that are put back.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub at: DateTime<Utc>,
    pub kind: KindNumber,
    pub id: String,
    pub before: Option<Arc<Row>>,
    pub seq: u64,
    pub next_number: u64,
}

/// The log itself.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<Entry>,
    history: Vec<Past>,
}

impl Log {
    /// Adds a line and gives its position.
    pub fn add(&mut self, at: DateTime<Utc>, event: Event) -> u64 {
        let n = self.entries.len() as u64 + 1;
        self.entries.push(Entry { n, at, event });
        n
    }

    /// Adds a change with what undoes it.
    pub fn change(&mut self, at: DateTime<Utc>, change: Change, past: Past) {
        self.history.push(past);
        self.add(at, Event::Change(change));
    }

    /// The changes since an instant, oldest first.
    pub fn since(&self, at: DateTime<Utc>) -> &[Past] {
        let from = self.history.iter().rposition(|past| past.at <= at).map_or(0, |last| last + 1);
        &self.history[from..]
    }

    /// The lines after a position.
    pub fn after(&self, n: u64) -> &[Entry] {
        let from = usize::try_from(n).unwrap_or(usize::MAX).min(self.entries.len());
        &self.entries[from..]
    }

    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }
}
