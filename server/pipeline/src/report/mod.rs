//! What a run did, as people read it: mail (HTML and text), JSON, and the command line, all from the same rows.
//!
//! [`assemble`] reads the run's rows; [`Report`] renders them. Systems have their own names here; the words of the engine
//! (ours, theirs, base) never appear (UX 3).

mod assemble;
mod holds;
mod html;
mod issues;
mod outcome;
mod text;
mod warnings;
mod words;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use assemble::assemble;
pub use outcome::{Facts, Outcome, Summary, grouped};
pub(crate) use warnings::Warnings;
pub use warnings::{WarningCount, meaning};
pub use words::conflict_kind;

/// Lines of a list shown at most; the rest is counted.
pub(crate) const SHOWN: usize = 20;

/// What one run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The school's name.
    pub school: String,
    /// Its short name in commands.
    pub slug: String,
    /// The run's number.
    pub number: i64,
    /// `nightly`, `manual` or `trial`.
    pub kind: String,
    /// Where the run is.
    pub state: String,
    /// How it ended, in the words of UX 3.
    pub outcome: String,
    /// The same as one word.
    pub outcome_code: String,
    /// What it did, in one sentence.
    pub sentence: String,
    /// Why it ended that way, if there is more to say.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Zone in which the texts show times.
    pub zone: String,
    /// Names of the two systems, ours first.
    pub systems: [String; 2],
    /// Hash of the plan; an approval names it.
    pub plan_hash: Option<String>,
    /// Why the run waits for a person.
    pub holds: Vec<HoldLine>,
    /// Which types wait for a person because of their limit, with the rest of the run gone on (RL G3).
    pub limits: Vec<LimitLine>,
    /// What is worth a look although nothing was held (RL G14).
    pub notes: Vec<String>,
    /// Nights before this one that did not run (RL R33), as dates.
    pub missed: Vec<String>,
    /// What was done, per record type.
    pub types: Vec<TypeReport>,
    /// What went wrong: stopped listings, unusable records, refused and parked writes.
    pub issues: Vec<IssueLine>,
    /// How many issues there are in all.
    pub issue_count: u64,
    /// How many of them are uncertain writes that earlier merges left.
    pub earlier_issue_count: u64,
    /// Open conflicts: those that this run found first, then the oldest.
    pub conflicts: Vec<ConflictSummary>,
    /// How many open conflicts there are in all.
    pub conflict_count: u64,
    /// How many of them this run found.
    pub new_conflict_count: u64,
    /// Commands that come next.
    pub next_steps: Vec<String>,
    /// End of the audit chain when the report was made (RL S46).
    pub audit_head: String,
}

/// One reason to wait.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoldLine {
    /// The rule.
    pub guard: String,
    /// What would have been done, in a sentence.
    pub text: String,
}

/// A type that waits on one system because of its limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitLine {
    /// Record type.
    pub merge_type: String,
    /// The system that would be written.
    pub system: String,
    /// Changes that would have been sent.
    pub changes: u64,
    /// The limit; none where the type waits only because it needs what waits.
    pub limit: Option<String>,
    /// Revision of the settings that set it.
    pub settings_revision: i64,
}

impl LimitLine {
    /// What waits and why, in a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        let changes = words::many(self.changes, "change");
        let were = if self.changes == 1 { "was" } else { "were" };
        let what = format!("{}: {changes} for {} {were} not sent", self.merge_type, self.system);
        match &self.limit {
            Some(limit) => {
                format!("{what}; at most {limit} go without a person (settings {})", self.settings_revision)
            }
            None => format!("{what}, because it needs records that wait"),
        }
    }
}

/// What was done to one record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct TypeReport {
    /// Its name in commands.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Records read, per system.
    pub read: [u64; 2],
    /// Records that differed and were merged, by outcome.
    pub outcomes: Vec<(String, u64)>,
    /// Writes, per system.
    pub writes: [WriteCounts; 2],
    /// Open conflicts.
    pub conflicts: u64,
    /// Conflicts that the run found.
    pub new_conflicts: u64,
    /// What went wrong in this run: stopped listings, unusable records, refused and parked writes.
    pub errors: u64,
    /// Why nothing of it was merged.
    pub stopped: Option<String>,
}

/// Writes to one system, by what was wanted and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct WriteCounts {
    /// Records made.
    pub created: u64,
    /// Records changed.
    pub updated: u64,
    /// Records removed.
    pub deleted: u64,
    /// Planned and not sent yet, or not sent because it is a trial.
    pub planned: u64,
    /// Over the limit of the type: nothing was sent.
    pub held_by_limit: u64,
    /// Waiting for something they refer to.
    pub blocked: u64,
    /// Refused by the system.
    pub refused: u64,
    /// Of unknown fate, or tried too often; settled by the next merge.
    pub parked: u64,
    /// Planned anew by the next merge, because the record moved.
    pub moved: u64,
}

impl WriteCounts {
    /// Writes that took effect.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.created + self.updated + self.deleted
    }

    /// Writes that were wanted and did not take effect.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.planned + self.held_by_limit + self.blocked + self.refused + self.parked + self.moved
    }
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueLine {
    /// Record type.
    pub merge_type: String,
    /// The system.
    pub system: String,
    /// The record, by its key or remote id; empty when it is about the whole type.
    pub record: String,
    /// What happened, and what it means for the data.
    pub text: String,
}

/// One open conflict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictSummary {
    /// Its number.
    pub number: i64,
    /// Record type.
    pub merge_type: String,
    /// The record.
    pub label: String,
    /// What kind it is, in the words of UX 3.
    pub kind: String,
    /// Contested fields.
    pub fields: Vec<String>,
    /// Whether this run found it.
    pub new: bool,
}

impl Report {
    /// The subject of the mail: the outcome first.
    #[must_use]
    pub fn subject(&self) -> String {
        words::subject(self)
    }

    /// The report as plain text, at most 100 columns wide where the values allow it.
    #[must_use]
    pub fn text(&self) -> String {
        text::render(self)
    }

    /// The report as a mail of its own: no remote content, every value escaped and cut (RL S43).
    #[must_use]
    pub fn html(&self) -> String {
        html::render(self)
    }

    /// The report as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Writes that took effect, in all.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.types.iter().flat_map(|one| &one.writes).map(WriteCounts::written).sum()
    }

    /// Whether a person has something to do: conflicts, issues, holds, or changes that wait.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        let waiting = self.types.iter().flat_map(|one| &one.writes).any(|writes| writes.waiting() > 0);
        self.conflict_count > 0 || self.issue_count > 0 || !self.holds.is_empty() || waiting
    }
}

/// A value as a report shows it: one line, without control characters, at most 200 characters.
pub(crate) fn cut(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if text.chars().count() > 200 { line + "…" } else { line }
}

#[cfg(test)]
mod tests;
