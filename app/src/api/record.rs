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
    /// The type as people read it.
    pub type_label: String,
    /// Its fields in the order of the settings, each with what a merge would make of it.
    pub fields: Vec<RecordField>,
    /// What a merge would make of the record as a whole (words of the engine, `merge::Outcome`); none when no merge has
    /// read it, or when it is gone.
    pub outcome: Option<String>,
    /// A change of it is on its way; merges leave it alone until it has arrived.
    pub on_its_way: bool,
    /// Since when it is in neither system.
    pub ended_at: Option<DateTime<Utc>>,
}

/// One field of a record: values as JSON text, `None` where the version has no such member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordField {
    /// Its name.
    pub name: String,
    /// Whether it is part of the key.
    pub key: bool,
    /// The last agreed value.
    pub base: Option<String>,
    /// What `ours` holds.
    pub ours: Option<String>,
    /// What `theirs` holds.
    pub theirs: Option<String>,
    /// What the next merge makes of it.
    pub state: FieldState,
    /// Who wins (words of the engine, `merge::Mode`).
    pub mode: String,
    /// Where that was set (words of the engine, `merge::Level`).
    pub level: String,
}

/// What the next merge makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldState {
    /// Both sides hold the same.
    Same,
    /// Both sides hold what compares equal, written differently (MS N1).
    SameMeaning,
    /// A person is asked.
    Conflict,
    /// The value of `theirs` goes to `ours`.
    ToOurs,
    /// The value of `ours` goes to `theirs`.
    ToTheirs,
    /// Both sides get a value that neither holds now.
    ToBoth,
    /// It differs and waits with the record.
    Waits,
    /// It differs and stays so: it is not merged, or not that way.
    Apart,
    /// Only one side has the record.
    OneSided,
}

impl FieldState {
    /// Whether the two sides hold something else.
    #[must_use]
    pub fn differs(self) -> bool {
        !matches!(self, Self::Same | Self::SameMeaning)
    }
}

/// One thing that happened to a record, as its history tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum RecordEvent {
    /// A merge planned a change of it, or found a question.
    Change(RecordChange),
    /// A person decided.
    Decision {
        /// Number of the conflict.
        conflict: i64,
        /// What was chosen, and how it has fared.
        decision: super::DecisionView,
    },
}

/// What a merge planned for a record on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// When it was planned.
    pub at: DateTime<Utc>,
    /// Number of the merge.
    pub merge: i64,
    /// Its kind: `nightly`, `manual`, `trial` …
    pub kind: String,
    /// Name of the system that was to change.
    pub system: String,
    /// `create`, `update`, `delete`, or `none` where only a question was found.
    pub operation: String,
    /// What became of it.
    pub verdict: String,
    /// What the engine said of the record.
    pub outcome: String,
    /// The values that were to change.
    pub fields: Vec<ChangedField>,
}

/// One value that a merge was to change: JSON text, `None` where there was, or should be, no such member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedField {
    /// The field.
    pub name: String,
    /// What the side held.
    pub before: Option<String>,
    /// What it was to hold.
    pub after: Option<String>,
    /// Who won (`merge::Mode`), where the field was settled by the settings.
    pub mode: Option<String>,
    /// Where that was set (`merge::Level`).
    pub level: Option<String>,
    /// What both sides held, `ours` first, where the value is made of both (MS T3).
    pub made_of: Option<(Option<String>, Option<String>)>,
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
