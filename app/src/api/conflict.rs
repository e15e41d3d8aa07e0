use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Page;

/// Which conflicts are wanted; an empty filter means the open ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictFilter {
    /// Only these merge types.
    pub types: Vec<String>,
    /// Only these kinds (words of the engine, `merge::ConflictKind`).
    pub kinds: Vec<String>,
    /// Only these states; empty means `open`.
    pub statuses: Vec<String>,
    /// Only those that contest one of these fields.
    pub fields: Vec<String>,
    /// Text that the record's label contains.
    pub q: Option<String>,
    /// Only those that have waited for so many days.
    pub age_days: Option<u32>,
    /// Only those that this merge found.
    pub merge: Option<i64>,
    /// The order.
    pub sort: ConflictSort,
}

/// The order of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictSort {
    /// What waits longest comes first.
    #[default]
    Waiting,
    /// What was found last comes first.
    Newest,
    /// By the record's name.
    Record,
}

/// The queue: a part of it, and what the filters have to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The lines.
    pub page: Page<ConflictLine>,
    /// Record types with their headings, and how many of those that match are of each.
    pub types: Vec<Facet>,
    /// Kinds, and how many of those that match are of each.
    pub kinds: Vec<Facet>,
    /// Contested fields, and how many of those that match contest each; the most contested first.
    pub fields: Vec<Facet>,
    /// Open conflicts whatever the filter.
    pub open: i64,
}

/// One word that a filter may choose, and what it would leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// The word in the address.
    pub word: String,
    /// What people read.
    pub label: String,
    /// How many match.
    pub count: i64,
}

/// A conflict as a line of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictLine {
    /// The number people say aloud.
    pub number: i64,
    /// Merge type.
    pub merge_type: String,
    /// The record's key as people read it.
    pub label: String,
    /// Kind, as the engine names it.
    pub kind: String,
    /// Its state.
    pub status: String,
    /// Contested paths.
    pub fields: Vec<String>,
    /// What both sides hold of the first of them, JSON text, `ours` first; a list shows no more.
    pub first: (Option<String>, Option<String>),
    /// When it was found.
    pub opened_at: DateTime<Utc>,
    /// When its values last changed.
    pub changed_at: DateTime<Utc>,
}

/// One contested field: values as JSON text, `None` where the side has no such member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// The field's path.
    pub path: String,
    /// The last agreed value.
    pub base: Option<String>,
    /// What `ours` holds.
    pub ours: Option<String>,
    /// What `theirs` holds.
    pub theirs: Option<String>,
    /// Why it is contested.
    pub reason: String,
    /// What the field holds, as the settings say it, such as `list(text)`.
    pub kind: String,
}

/// Fields that must be unique, and what other records hold too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateView {
    /// `DUPLICATE_…`
    pub code: String,
    /// The fields, each with what the record comes to hold in it as JSON text.
    pub fields: Vec<(String, Option<String>)>,
    /// The first of the other records, in the order of their keys.
    pub others: Vec<OtherRecord>,
    /// How many other records are not among them.
    pub more: u64,
    /// Choices for the first field with which the record would hold the same: they help nobody.
    pub useless: Vec<String>,
}

/// Another record of the same type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRecord {
    /// Its key in canonical form, as addresses have it.
    pub key: String,
    /// Its key for people.
    pub label: String,
}

/// A field that nobody has to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledField {
    /// The field's name.
    pub path: String,
    /// The last agreed value, JSON text.
    pub base: Option<String>,
    /// What `ours` holds.
    pub ours: Option<String>,
    /// What `theirs` holds.
    pub theirs: Option<String>,
    /// What it becomes by the rules.
    pub result: Option<String>,
}

/// Which of the three versions of a record exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// The last agreed one.
    pub base: bool,
    /// That of `ours`.
    pub ours: bool,
    /// That of `theirs`.
    pub theirs: bool,
}

/// A conflict with everything needed to decide it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictView {
    /// The line of the queue.
    pub line: ConflictLine,
    /// What was seen; a decision carries it back (MS C6).
    pub revision: String,
    /// Name of the system on each side, `ours` first.
    pub systems: (String, String),
    /// The contested fields.
    pub fields: Vec<FieldView>,
    /// All causes as the engine names them, the one that names the conflict first (MS C9).
    pub causes: Vec<String>,
    /// What the record shares with others that must be unique (MS K1).
    pub duplicates: Vec<DuplicateView>,
    /// The other fields, in the order of the settings.
    pub settled: Vec<SettledField>,
    /// Which versions of the record exist.
    pub present: Present,
    /// Whether the whole record waits, or only the contested fields.
    pub holds_record: bool,
    /// When both sides last agreed.
    pub agreed_at: Option<DateTime<Utc>>,
    /// Whole record as last agreed, JSON text.
    pub base: Option<String>,
    /// Whole record on `ours`, JSON text; `None` when it is not there.
    pub ours: Option<String>,
    /// Whole record on `theirs`, JSON text; `None` when it is not there.
    pub theirs: Option<String>,
    /// Run that found it, by number.
    pub opened_run: Option<i64>,
    /// Earlier decisions on it, newest first.
    pub decisions: Vec<DecisionView>,
    /// What was chosen when the record last had the three values it has now, one for each path: offered, never applied
    /// (MS C8).
    pub earlier: Vec<EarlierChoice>,
    /// Where the record differs on purpose (MS C10).
    pub differences: Vec<super::DifferenceLine>,
    /// What the settings cannot make of a contested field, for people: path and words that follow its name.
    pub notes: Vec<(String, String)>,
}

/// A choice that was made before on the same three values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierChoice {
    /// What was chosen, and for which path.
    pub choice: FieldChoice,
    /// Who decided, as people see it.
    pub person: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Number of the conflict it was chosen for.
    pub conflict: i64,
}

impl ConflictView {
    /// Whether the question is what becomes of the whole record, because one side has deleted it (MS X13).
    #[must_use]
    pub fn is_about_existence(&self) -> bool {
        matches!(self.line.kind.as_str(), "delete_update" | "update_delete")
    }

    /// Whether it can be decided.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.line.status.as_str(), "open" | "snoozed")
    }

    /// Whether a choice for a path would leave the record with what another one has.
    #[must_use]
    pub fn is_useless(&self, path: &str, choose: &str) -> bool {
        let about =
            self.duplicates.iter().filter(|one| one.fields.first().is_some_and(|(first, _)| first == path));
        about.flat_map(|one| &one.useless).any(|useless| useless == choose)
    }

    /// What was chosen before for a path on the same three values.
    #[must_use]
    pub fn earlier(&self, path: &str) -> Option<&EarlierChoice> {
        self.earlier.iter().find(|earlier| earlier.choice.path == path)
    }

    /// What a person is asked: the contested fields, or the one question about the whole record, whose path is empty.
    #[must_use]
    pub fn asked(&self) -> Vec<FieldView> {
        if !self.is_about_existence() {
            return self.fields.clone();
        }
        vec![FieldView {
            path: String::new(),
            base: self.base.clone(),
            ours: self.ours.clone(),
            theirs: self.theirs.clone(),
            reason: "deleted".to_owned(),
            kind: "record".to_owned(),
        }]
    }
}

/// What a person chose for one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChoice {
    /// The path; empty for the whole record (deleted on one side).
    pub path: String,
    /// `ours`, `theirs`, `base`, `value` or `clear`.
    pub choose: String,
    /// JSON text of another value, with `value`.
    pub value: Option<String>,
}

/// A decision as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Number of the conflict.
    pub conflict: i64,
    /// The revision that was seen.
    pub revision: String,
    /// One choice for each contested path.
    pub choices: Vec<FieldChoice>,
    /// Send it past the other system's collision check (MS C7, UX 7.4.8).
    pub force: bool,
    /// With `force`: only over the values that were seen (UX 12.32).
    #[serde(default)]
    pub check_revision: bool,
    /// Why; required with `force`.
    pub reason: Option<String>,
}

/// A stored decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Identity of the decision.
    pub decision: String,
    /// What will be written, and where.
    pub writes: Vec<QueuedWrite>,
    /// The writes wait until then, or until the next merge where there is no such time; before that they can be taken back.
    pub held_until: Option<DateTime<Utc>>,
}

/// One write that a decision caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedWrite {
    /// Name of the system that will change.
    pub system: String,
    /// `create`, `update` or `delete`.
    pub operation: String,
    /// Changed paths.
    pub changed: Vec<String>,
    /// State of the write.
    pub state: String,
    /// What the other system said, if it said something.
    pub message: Option<String>,
}

/// A decision and how it has fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// Identity of the decision.
    pub decision: String,
    /// The revision that was seen.
    pub revision: String,
    /// Who decided, as people see it.
    pub person: String,
    /// Who decided, told apart from others of the same name; empty at the command line.
    pub person_id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was forced, and why.
    pub force: bool,
    /// The reason that was given.
    pub reason: Option<String>,
    /// `decided`, `applied`, `partly`, `refused` or `undone`.
    pub state: String,
    /// One choice for each path.
    pub choices: Vec<FieldChoice>,
    /// Its writes.
    pub writes: Vec<QueuedWrite>,
    /// What a forced apply wrote over, one entry for each system.
    pub overwrote: Vec<Overwrote>,
}

/// What a forced apply wrote over in one system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwrote {
    /// Name of the system.
    pub system: String,
    /// JSON text: the values by field.
    pub values: String,
}
