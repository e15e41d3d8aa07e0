//! Merges as people read them: the history, and one merge with its steps and counts (UX 7.2, 7.7).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Page;

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
