//! The trait `System`, the only thing the pipeline knows of an outside system (CN C1), and the nouns it speaks in.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::Stream;
use merge::{Object, Value};
use serde::{Deserialize, Serialize};

use crate::capability::{Capabilities, Class};
use crate::clock::Clock;
use crate::error::SystemError;

/// One of the two systems of record.
#[async_trait]
pub trait System: Send + Sync {
    /// What the system can do for a type, as declared by its configuration (CN C13).
    fn capabilities(&self, t: &TypeName) -> Capabilities;

    /// Reaches the system, shows the credentials and reads one page of every type. Writes nothing.
    async fn check(&self, cx: &Cx) -> Result<CheckReport, SystemError>;

    /// A full listing. An id that comes again replaces what came earlier; a `Bad` item with an id takes an earlier item
    /// of that id back. The stream ends after the page with `last`, or after an error.
    fn list(&self, cx: &Cx, t: &TypeName, part: &Partition) -> PageStream;

    /// What changed since the mark, bounds included. Absence from it means nothing (CN C68).
    fn changes(&self, cx: &Cx, t: &TypeName, part: &Partition, since: &Mark) -> PageStream;

    /// The record as it is now; `NotFound` when the system says that it is missing or removed.
    async fn get(&self, cx: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError>;

    /// All records whose fields equal the key's; none is a good answer.
    async fn find(&self, cx: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError>;

    /// The records that carry the correlation reference of a create of ours (RL R3); always none where the system has
    /// no room for one.
    async fn find_by_correlation(
        &self,
        cx: &Cx,
        t: &TypeName,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        let _ = (cx, t, reference);
        Ok(Vec::new())
    }

    /// Makes one record.
    async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError>;

    /// Changes fields of one record, provided that they still are as seen.
    async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError>;

    /// Removes one record, provided that it still is as seen.
    async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError>;
}

/// Pages of one listing, in the order the system gave them.
pub type PageStream = Pin<Box<dyn Stream<Item = Result<Page, SystemError>> + Send>>;

/// Remote member names and the values that together name one record for people.
pub type NaturalKey = Object;

/// What a call needs from its caller besides its arguments.
#[derive(Clone)]
pub struct Cx {
    /// The run the call belongs to, for the request log and the byte budget of a run.
    pub run: Option<String>,
    /// The lease's fence, sent along with writes as `X-Run-Fence`.
    pub fence: Option<i64>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
}

impl Cx {
    /// A context outside any run.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { run: None, fence: None, clock }
    }
}

impl fmt::Debug for Cx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("run", &self.run).field("fence", &self.fence).finish_non_exhaustive()
    }
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_newtype! {
    /// The name of a record type at this system, such as `section`.
    TypeName
}
text_newtype! {
    /// The system's own id of a record: opaque text (CN C4).
    RemoteId
}
text_newtype! {
    /// A record's version: opaque text compared byte for byte (CN C5).
    Version
}
text_newtype! {
    /// The key under which a write is recognised when it comes twice (CN C7).
    IdempotencyKey
}

const LOCAL_VERSION: &str = "local:";

impl Version {
    /// The version of a record whose system keeps none: the hash of its fields, marked as ours (CN C5).
    pub fn local(fields: &Object) -> Self {
        Self(format!("{LOCAL_VERSION}{}", fields.hash()))
    }

    /// True when the version was computed by us and cannot be sent as a guard.
    pub fn is_local(&self) -> bool {
        self.0.starts_with(LOCAL_VERSION)
    }
}

/// A slice of a type that is listed by itself, such as one term; `None` is the whole type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Partition(pub Option<String>);

impl Partition {
    /// The whole type.
    pub fn whole() -> Self {
        Self(None)
    }
}

/// A record as one system holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The system's id.
    pub id: RemoteId,
    /// Its version; none where only single reads tell it (CN C28).
    pub version: Option<Version>,
    /// When the system says it changed last.
    pub modified: Option<DateTime<Utc>>,
    /// The business members, as the system names and holds them.
    pub fields: Object,
}

/// One item of a page.
#[derive(Debug, Clone)]
pub enum Item {
    /// A record.
    Live(Record),
    /// The notice that a record was removed.
    Tombstone {
        /// The removed record.
        id: RemoteId,
        /// The version of the removal, when told.
        version: Option<Version>,
        /// When it was removed, when told.
        at: Option<DateTime<Utc>>,
    },
    /// An item that cannot be used; the others can (CN C35: also an id that came twice with different content).
    Bad {
        /// Its id, when that much could be read.
        id: Option<RemoteId>,
        /// What is wrong, for people.
        why: String,
        /// The item as JSON text.
        raw: Bytes,
    },
}

/// One page of a listing.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its items, in no order to rely on (CN C2).
    pub items: Vec<Item>,
    /// How many records the system says there are in all.
    pub total: Option<u64>,
    /// The system's clock when it answered.
    pub server_time: Option<DateTime<Utc>>,
    /// From where `changes` goes on once everything up to here is stored; on the last page only.
    pub next_mark: Option<Mark>,
    /// True on the last page.
    pub last: bool,
    /// On the last page: why the listing is not complete (CN C3). `None` there means complete, so that a record
    /// that did not come is absent.
    pub incomplete: Option<String>,
}

/// How far `changes` has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Nothing was read yet.
    Beginning,
    /// Up to an instant of the system's clock.
    Time(DateTime<Utc>),
    /// Up to an opaque cursor of the system.
    Cursor(String),
    /// Up to a sequence number.
    Seq(u64),
}

/// A record to be made.
#[derive(Debug, Clone)]
pub struct Create {
    /// Its type.
    pub type_name: TypeName,
    /// Its members, as the system names them.
    pub fields: Object,
    /// The members by which it is found again.
    pub natural_key: NaturalKey,
    /// The key of this write.
    pub key: IdempotencyKey,
    /// The first 22 characters of the key: the reference by which the new record is known again (RL R3).
    pub correlation: String,
}

/// Fields to be changed. Top-level members are the unit.
#[derive(Debug, Clone)]
pub struct Update {
    /// The record's type.
    pub type_name: TypeName,
    /// The record.
    pub id: RemoteId,
    /// The record as the plan saw it: the guard. Members that the caller does not know may be left out; the version
    /// speaks for them.
    pub seen: Record,
    /// Members with their new values.
    pub changed: Object,
    /// Members to be emptied.
    pub cleared: Vec<String>,
    /// The key of this write.
    pub key: IdempotencyKey,
}

/// A record to be removed.
#[derive(Debug, Clone)]
pub struct Delete {
    /// The record's type.
    pub type_name: TypeName,
    /// The record.
    pub id: RemoteId,
    /// The record as the plan saw it: the guard. Members that the caller does not know may be left out; the version
    /// speaks for them.
    pub seen: Record,
    /// The key of this write.
    pub key: IdempotencyKey,
}

/// A create or update that took effect.
#[derive(Debug, Clone)]
pub struct Written {
    /// The record.
    pub id: RemoteId,
    /// Its version after the write, when it could be learnt.
    pub version: Option<Version>,
    /// The record after the write, when it could be learnt.
    pub record: Option<Record>,
    /// How the effect is known.
    pub proof: Proof,
    /// Members that the system did not keep as sent (CN C44); never sent again until their value changes.
    pub not_kept: Vec<NotKept>,
    /// Other records that have the same natural key, found when a create was verified.
    pub twins: Vec<RemoteId>,
}

/// A member that came back differently from what was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NotKept {
    /// The member.
    pub field: String,
    /// What was sent; `None` when it was cleared.
    pub sent: Option<Value>,
    /// What the system holds; `None` when it holds nothing.
    pub held: Option<Value>,
}

/// How the effect of a write is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The system said so.
    Replied,
    /// The record was read back. What it holds is what was sent, what the answer showed or what was there before: nobody
    /// has edited it meanwhile, and a member that differs from what was sent is in a form of the system's own.
    ReadBack,
    /// The record was read back, and a member holds something else than was sent, answered or there before: somebody may
    /// have edited it meanwhile, or the system may have a form of its own. Nothing proves either (RL R21).
    ReadOtherwise,
}

/// A delete that took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The record was removed.
    Removed(Proof),
    /// The record was gone already, as a read proved (CN C12).
    WasAbsent,
}

/// What `check` found.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// One line per type, in the order of the configuration.
    pub types: Vec<TypeCheck>,
    /// What an administrator should know, such as plain http.
    pub warnings: Vec<String>,
    /// The system's clock minus ours, in milliseconds, when it tells its time.
    pub clock_offset_ms: Option<i64>,
}

/// What `check` found for one type.
#[derive(Debug, Clone)]
pub struct TypeCheck {
    /// The type.
    pub type_name: TypeName,
    /// How many records the first page held.
    pub read: usize,
    /// How many of its items could not be used.
    pub bad: usize,
    /// How many records the system says there are.
    pub total: Option<u64>,
    /// The class for this type.
    pub class: Class,
    /// Why the page could not be read.
    pub error: Option<SystemError>,
}
