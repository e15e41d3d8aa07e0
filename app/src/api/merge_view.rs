//! Merges as people read them: the history, one merge, what it changed, and what is going on now (UX 7.2, 7.7).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, Systems};
use crate::query::Query;

/// How a merge ended or where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// One word, in addresses and JSON.
    pub code: String,
    /// The phrase of UX 3.
    pub words: String,
}

impl Outcome {
    /// Its mark (UX 8.4).
    #[must_use]
    pub fn mark(&self) -> &'static str {
        match self.code.as_str() {
            "finished" => "✓",
            "conflicts" => "◐",
            "errors" | "nothing-read" | "lost" => "▲",
            "held" | "limit" | "part-held" => "⏸",
            "failed" => "✗",
            "running" | "requested" => "⟳",
            _ => "○",
        }
    }

    /// How it is coloured: `ok`, `warn`, `danger` or `info`; empty for what is neither.
    #[must_use]
    pub fn tone(&self) -> &'static str {
        match self.code.as_str() {
            "finished" => "ok",
            "conflicts" | "part-held" | "held" | "limit" | "errors" => "warn",
            "failed" | "nothing-read" | "lost" => "danger",
            "running" | "requested" => "info",
            _ => "idle",
        }
    }
}

/// What a merge comes to in numbers. Two numbers are those of the two systems, ours first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Records read.
    pub read: [u64; 2],
    /// Records changed; of a trial those that would be.
    pub changed: [u64; 2],
    /// Records deleted, among the changed ones.
    pub deleted: u64,
    /// Conflicts that it found.
    pub new_conflicts: u64,
    /// Things that went wrong.
    pub errors: u64,
    /// Changes that wait because of a limit.
    pub held: u64,
}

impl Facts {
    /// Records changed in both systems.
    #[must_use]
    pub fn all_changed(&self) -> u64 {
        self.changed.iter().sum()
    }
}

/// Which merges are wanted; empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeFilter {
    /// Only these kinds: `nightly`, `manual`, `trial`.
    pub kinds: Vec<String>,
    /// Only these outcomes, by their word.
    pub outcomes: Vec<String>,
    /// Only those of this day or later, in the school's zone.
    pub from: Option<NaiveDate>,
    /// Only those of this day or earlier.
    pub to: Option<NaiveDate>,
}

/// A merge as a line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeLine {
    /// The number people say aloud.
    pub number: i64,
    /// `nightly`, `manual` or `trial`.
    pub kind: String,
    /// Labels of the record types it was asked for; empty for all.
    pub types: Vec<String>,
    /// Whether its limits were off.
    pub limits_off: bool,
    /// Who or what asked for it.
    pub by: String,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it began to work.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was through.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Outcome,
    /// What it came to; none while it has not ended.
    pub facts: Option<Facts>,
    /// Why it failed, was skipped or was stopped.
    pub reason: Option<String>,
}

/// A line of the history: what was changed in the settings stands between the merges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryLine {
    /// A merge.
    Merge(Box<MergeLine>),
    /// A revision of the settings.
    Settings {
        /// Its number.
        revision: i64,
        /// When it was saved.
        at: DateTime<Utc>,
        /// Who saved it.
        by: String,
        /// Why.
        reason: String,
    },
}

/// A part of the history, with the bars of its chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The lines; `total` and `before` count merges.
    pub page: Page<HistoryLine>,
    /// The zone of the school, in which days are counted.
    pub zone: String,
}

/// One of the eight steps of a merge (UX 7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// 1 to 8.
    pub number: u8,
    /// What is done, with the name of the system.
    pub name: String,
    /// Where it is.
    pub state: StepState,
    /// Seconds it took; none where it has not ended, or was part of another step.
    pub took: Option<i64>,
    /// How far it is or what it came to, in words.
    pub count: String,
    /// Done and to do, where both are known and it is at work.
    pub progress: Option<(u64, u64)>,
    /// What went wrong in it, one sentence each.
    pub problems: Vec<String>,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// At work.
    Running,
    /// Over.
    Done,
    /// The merge ended in it.
    Failed,
}

/// What a merge did to one record type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeLine {
    /// Its name in addresses; empty for the totals.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Records read.
    pub read: [u64; 2],
    /// Records that were the same on both sides; none where it was not compared.
    pub same: Option<u64>,
    /// Records changed in each system.
    pub updated: [u64; 2],
    /// Records added, in both.
    pub added: u64,
    /// Records deleted, in both.
    pub deleted: u64,
    /// Conflicts found.
    pub conflicts: u64,
    /// Things that went wrong.
    pub errors: u64,
    /// Changes that were not sent.
    pub held: u64,
}

impl TypeLine {
    /// Records changed, added or deleted.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.updated.iter().sum::<u64>() + self.added + self.deleted
    }
}

/// Why a merge waits for a person, and what it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// What the plan would do, by record type.
    pub plan: Vec<TypeLine>,
    /// Hash of the plan; an approval covers it and no other.
    pub plan_hash: String,
    /// Who has approved it already, so that it goes on in a moment.
    pub approved_by: Option<String>,
    /// Words that an approval has to be given with (UX 6.6, level 3).
    pub words: String,
}

/// One merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeView {
    /// The line of the history.
    pub line: MergeLine,
    /// What it did, in one sentence: the one the mail carries.
    pub sentence: String,
    /// Revision of the settings it went by; 0 before it began.
    pub settings_revision: i64,
    /// Why it was asked for.
    pub reason: Option<String>,
    /// The eight steps.
    pub steps: Vec<StepLine>,
    /// What it did, by record type.
    pub types: Vec<TypeLine>,
    /// The sum of them.
    pub totals: TypeLine,
    /// Values changed: the rows of the CSV.
    pub values: u64,
    /// Why it waits.
    pub hold: Option<HoldView>,
    /// Who has asked it to stop.
    pub stop_asked_by: Option<String>,
    /// Seconds since its last sign of life, while it is at work.
    pub silent: Option<i64>,
}

impl MergeView {
    /// Whether it is at work or waits to begin.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.line.ended_at.is_none() && self.hold.is_none()
    }
}

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
    /// Writes that were refused or are not certain.
    pub writes: Page<ChangeLine>,
    /// How many things went wrong when the merge ended.
    pub total: u64,
}

/// What is going on right now (UX 6.2), as `/merges/current/status` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Number of the merge.
    pub merge: i64,
    /// `requested`, `running`, `held`, `lost` (no sign of life), `failed` (none for long) or `overdue`.
    pub state: String,
    /// The step it is in, 1 to 8; 0 before the first.
    pub step: u8,
    /// Steps of a merge.
    pub of: u8,
    /// What happens, in one sentence.
    pub text: String,
    /// Since when, how far, last sign of life.
    pub detail: String,
    /// How far the step is, in words; empty where it cannot be said.
    pub count: String,
    /// Seconds since the last sign of life.
    pub silent: i64,
    /// When this was so.
    pub at: DateTime<Utc>,
}

/// What a merge can be asked for (UX 7.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartView {
    /// The record types that are switched on.
    pub types: Vec<StartType>,
    /// The settings that would hold.
    pub settings_revision: i64,
    /// Minutes that a real merge of everything usually takes; none before the first.
    pub usual: Option<i64>,
    /// The same for a trial.
    pub usual_trial: Option<i64>,
    /// The merge that is at work or waits.
    pub now: Option<Now>,
    /// What the limits held back in the last trial: number of the trial, and one sentence each.
    pub last_trial: Option<(i64, Vec<String>)>,
}

/// A record type that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartType {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Labels of the types that are taken along with it.
    pub needs: Vec<String>,
}
