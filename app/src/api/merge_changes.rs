//! What a merge changed, found and could not do, record by record (UX 7.7.2).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, Systems};
use crate::query::Query;

/// Which of a merge's changes are wanted; empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFilter {
    /// What became of them.
    pub group: ChangeGroup,
    /// Only these record types.
    pub types: Vec<String>,
    /// Only this side: `ours` or `theirs`.
    pub side: Option<String>,
    /// Only these operations: `create`, `update`, `delete`.
    pub operations: Vec<String>,
    /// Only those that change this field.
    pub field: Option<String>,
    /// Text that the record's label contains.
    pub q: Option<String>,
}

impl ChangeFilter {
    /// The filter of an address.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        Self {
            group: match query.get("state") {
                Some("failed") => ChangeGroup::Failed,
                Some("held") => ChangeGroup::Held,
                _ => ChangeGroup::Written,
            },
            types: query.list("type"),
            side: query.get("side").map(str::to_owned),
            operations: query.list("op"),
            field: query.get("field").map(str::to_owned),
            q: query.get("q").map(|text| text.trim().to_owned()),
        }
    }
}

/// What became of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeGroup {
    /// They were written; of a trial, they would be.
    #[default]
    Written,
    /// They were refused, or their fate is not known.
    Failed,
    /// They were not sent.
    Held,
}

/// One value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// The field; empty for a record that was deleted as a whole.
    pub field: String,
    /// JSON text of what the side held; none where it had no such value.
    pub before: Option<String>,
    /// JSON text of what it was to hold.
    pub after: Option<String>,
    /// Why, in a few words.
    pub because: String,
    /// What both sides held, `ours` first, where the value is made of both (MS T3).
    pub made_of: Option<(Option<String>, Option<String>)>,
}

/// A record that a merge changed in one system, or was to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    /// Place in the plan.
    pub position: i64,
    /// Record type, in addresses.
    pub merge_type: String,
    /// Record type for people.
    pub type_label: String,
    /// The record's key in canonical form.
    pub key: String,
    /// The record's key as people read it.
    pub label: String,
    /// `ours` or `theirs`.
    pub side: String,
    /// `create`, `update` or `delete`.
    pub operation: String,
    /// What became of it, in a few words.
    pub state: String,
    /// When it was written.
    pub at: Option<DateTime<Utc>>,
    /// What the other system said, word for word.
    pub answer: Option<String>,
    /// Its values.
    pub values: Vec<ValueChange>,
}

/// A part of the changes of a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The records.
    pub page: Page<ChangeLine>,
    /// Values of all records that match, not only of this part.
    pub values: i64,
    /// Revision of the settings the merge went by.
    pub settings_revision: i64,
}

/// A piece of a file of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPart {
    /// The records.
    pub lines: Vec<ChangeLine>,
    /// Where the next piece begins, if there is more.
    pub next: Option<i64>,
    /// Revision of the settings the merge went by.
    pub settings_revision: i64,
    /// The names of the two systems.
    pub systems: Systems,
}

impl ExportPart {
    /// The name of a side.
    #[must_use]
    pub fn system(&self, side: &str) -> &str {
        if side == "ours" { &self.systems.ours } else { &self.systems.theirs }
    }
}

/// A conflict that a merge found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundConflict {
    /// Its number.
    pub number: i64,
    /// Record type for people.
    pub type_label: String,
    /// The record.
    pub label: String,
    /// What kind it is, in the words of UX 3.
    pub kind: String,
    /// Where it stands now: `open`, `decided`, `settled` …
    pub status: String,
    /// Contested fields.
    pub fields: Vec<String>,
}

/// A record that could not be used, or a listing that was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Record type for people.
    pub type_label: String,
    /// `ours` or `theirs`.
    pub side: String,
    /// The record, as the system names it; empty for a whole listing.
    pub record: String,
    /// What is wrong, and what it means for the data.
    pub text: String,
    /// What was read, word for word.
    pub raw: Option<String>,
}

/// What went wrong in a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Listings that were stopped, so that nothing of their type was merged.
    pub listings: Vec<Fault>,
    /// Records that could not be used and have not failed again since.
    pub records: Vec<Fault>,
    /// What is worth a look although it stopped nothing, in sentences.
    pub notes: Vec<String>,
    /// Writes that were refused or are not certain.
    pub writes: Page<ChangeLine>,
    /// How many things went wrong when the merge ended.
    pub total: u64,
}
