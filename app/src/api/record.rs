use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which records are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFilter {
    /// Only this merge type.
    pub merge_type: Option<String>,
    /// Text that the label contains.
    pub q: Option<String>,
    /// Only records kept in Tiebreak itself, as they are now, whether or not a merge has read them; needs `merge_type`.
    pub own: bool,
}

/// A record as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLine {
    /// Merge type.
    pub merge_type: String,
    /// Key as people read it.
    pub label: String,
    /// Key as commands and links carry it (JSON array).
    pub key: String,
    /// Remote id on `ours`, if it is there.
    pub ours_id: Option<String>,
    /// Remote id on `theirs`, if it is there.
    pub theirs_id: Option<String>,
}

/// What one side held when last read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSide {
    /// Name of the system.
    pub system: String,
    /// Remote id.
    pub id: String,
    /// Version as the system states it.
    pub version: Option<String>,
    /// The record, JSON text; `None` when it is missing or deleted there.
    pub body: Option<String>,
}

/// One record, all three versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordView {
    /// The line of the list.
    pub line: RecordLine,
    /// Last agreed values, JSON text.
    pub base: Option<String>,
    /// What `ours` held.
    pub ours: Option<RecordSide>,
    /// What `theirs` held.
    pub theirs: Option<RecordSide>,
    /// Number of its open conflict.
    pub conflict: Option<i64>,
    /// When the base last moved.
    pub agreed_at: Option<DateTime<Utc>>,
}

/// One record to add or edit in Tiebreak's own records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutRecord {
    /// Where it stands in what the caller was given, such as `rooms.ndjson:17`; errors begin with it.
    pub place: String,
    /// Merge type.
    pub merge_type: String,
    /// Its fields, a JSON object; the key fields are required, the other members replace those of the same name.
    pub fields: String,
}
