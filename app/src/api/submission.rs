//! A conflict as one person has it open: its place in their list, what they have chosen so far, and what they send.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ConflictView;

/// A conflict on the desk of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConflict {
    /// The conflict.
    pub view: ConflictView,
    /// Heading of its record type.
    pub type_label: String,
    /// Where it stands in the list the person came from.
    pub place: ListPlace,
    /// What this person has chosen and not saved.
    pub draft: Option<ConflictDraft>,
    /// Others who have begun: name, when, how many fields.
    pub others: Vec<(String, DateTime<Utc>, usize)>,
    /// For a record that one side has deleted: what a delete on the other side would take away.
    pub losses: Option<Losses>,
    /// How long a decision waits before it is written; none waits for the next merge.
    pub hold_seconds: Option<u64>,
}

/// Where a conflict stands in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPlace {
    /// How many of the list stand before it.
    pub before: i64,
    /// How many there are.
    pub total: i64,
    /// The one before it.
    pub previous: Option<i64>,
    /// The one after it.
    pub next: Option<i64>,
}

/// What a delete would take away (UX 7.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Fields changed since both sides last agreed.
    pub changes: usize,
    /// Records that point at it: heading of their type, and how many.
    pub pointing: Vec<(String, i64)>,
}

/// Choices that were made and not saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictDraft {
    /// Its identity in the address.
    pub id: String,
    /// What became of it.
    pub state: DraftState,
    /// The revision that was seen when the choices were made.
    pub revision: String,
    /// The choices, one for each field that was on the page.
    pub choices: Vec<FieldForm>,
    /// The reason that was typed for Force apply.
    pub reason: Option<String>,
    /// What is wrong: path and words that follow the field's name; with an empty path or [`REASON`] a sentence of its own.
    pub problems: Vec<(String, String)>,
}

/// In place of a path: what is wrong is the reason of Force apply. No path begins like this.
pub const REASON: &str = "[reason]";

/// Why choices were not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// They were kept for later.
    Kept,
    /// Something in them cannot be used.
    Invalid,
    /// The record has changed since it was seen.
    Changed,
}

/// The form of a conflict as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Number of the conflict.
    pub conflict: i64,
    /// The revision that was seen.
    pub revision: String,
    /// The fields of the page.
    #[serde(default)]
    pub choices: Vec<FieldForm>,
    /// `next` decides and goes on, `stay` keeps what is not complete; the button that was pressed.
    #[serde(default)]
    pub go: Option<String>,
    /// The list the person came from, as a query.
    #[serde(default)]
    pub view: Option<String>,
    /// Saves on top of newer values that the person has just been shown (UX 6.8); for leads.
    #[serde(default)]
    pub anyway: Option<String>,
    /// The tick that a delete and a save anyway need.
    #[serde(default)]
    pub confirm: Option<String>,
    /// The ticks of Force apply: the sides, `theirs` and `ours`, of which the person has seen what changes there.
    #[serde(default)]
    pub seen: Vec<String>,
    /// Force apply: past the other system's collision check.
    #[serde(default)]
    pub force: Option<String>,
    /// Why, for Force apply.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One field of that form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldForm {
    /// The path; empty for the whole record.
    #[serde(default)]
    pub path: String,
    /// `theirs`, `ours`, `base`, `other` or `leave`; none is undecided.
    #[serde(default)]
    pub choose: Option<String>,
    /// What was typed for `other`.
    #[serde(default)]
    pub value: String,
    /// What `ours` held on the page, when it was short.
    #[serde(default)]
    pub saw_ours: String,
    /// What `theirs` held on the page, when it was short.
    #[serde(default)]
    pub saw_theirs: String,
}

/// What became of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "became")]
pub enum Submitted {
    /// It is decided.
    Decided {
        /// Identity of the decision.
        decision: String,
        /// Names of the systems that will change.
        systems: Vec<String>,
        /// Its writes leave then, unless it is undone before; none is at the next merge.
        held_until: Option<DateTime<Utc>>,
        /// The same form had been sent before: nothing was done twice.
        again: bool,
    },
    /// Both records stay as they are until one of them changes.
    Left,
    /// It was not decided; a draft keeps it.
    Kept {
        /// The draft.
        draft: String,
        /// Why.
        state: DraftState,
        /// How many fields are chosen.
        chosen: usize,
        /// How many there are.
        of: usize,
    },
}

/// A decision to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// Number of its conflict; where the person is sent.
    pub conflict: i64,
    /// Identity of the decision.
    pub decision: String,
}

/// What taking a decision back took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Undone {
    /// Nothing: it was never written.
    NeverWritten,
    /// The values from before are written back.
    WritesBack {
        /// The writes leave then; none is at the next merge.
        held_until: Option<DateTime<Utc>>,
    },
}

/// A conflict about to be forced: read again on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForceView {
    /// The conflict with the values of now.
    pub open: OpenConflict,
    /// When it was last asked to be read again.
    pub asked_at: Option<DateTime<Utc>>,
    /// When it was last read again.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// Whether what is shown is new enough to be written over.
    pub is_fresh: bool,
}
