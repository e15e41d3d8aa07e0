//! How a run ended, and what it comes to in one sentence: the same words in the mail, on the pages and in JSON (UX 7.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::run::{Run, RunEnding, RunKind, RunState};

use super::warnings::WarningCount;
use super::words::many;
use super::{Report, TypeReport, WriteCounts};

/// How a run ended or where it stands; one word for each phrase of UX 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Asked for, or at work.
    Running,
    /// Waits for an approval.
    Held,
    /// Everything clear was done.
    Finished,
    /// Done, and people have something to decide.
    Conflicts,
    /// Done, with something that went wrong.
    Errors,
    /// Done, with a type that waits because of its limit.
    PartHeld,
    /// Its plan waited for an approval that did not come.
    Limit,
    /// A person stopped it.
    Stopped,
    /// It could not go on.
    Failed,
    /// It was not due after all.
    Skipped,
    /// It read nothing, or next to nothing.
    NothingRead,
    /// It only looked.
    Trial,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 12] = [
        Self::Running,
        Self::Held,
        Self::Finished,
        Self::Conflicts,
        Self::Errors,
        Self::PartHeld,
        Self::Limit,
        Self::Stopped,
        Self::Failed,
        Self::Skipped,
        Self::NothingRead,
        Self::Trial,
    ];

    /// The outcome of a run. `limited` says whether a type waits because of its limit, `conflicts` how many are open.
    #[must_use]
    pub fn of(run: &Run, limited: bool, conflicts: u64) -> Self {
        match (run.state, run.ended) {
            (RunState::Held, _) => Self::Held,
            (_, None) => Self::Running,
            (_, Some(RunEnding::Held)) => Self::Limit,
            (_, Some(RunEnding::Stopped)) => Self::Stopped,
            (_, Some(RunEnding::Failed)) => Self::Failed,
            (_, Some(RunEnding::Skipped)) => Self::Skipped,
            (_, Some(RunEnding::NothingRead)) => Self::NothingRead,
            _ if run.kind == RunKind::Trial => Self::Trial,
            _ if limited => Self::PartHeld,
            (_, Some(RunEnding::FinishedWithIssues)) => Self::Errors,
            _ if conflicts > 0 => Self::Conflicts,
            _ => Self::Finished,
        }
    }

    /// The outcome of a run by its row alone: as it was written down when the run ended.
    #[must_use]
    pub fn of_row(run: &Run) -> Self {
        let noted = run.outcome.as_deref().and_then(Self::parse);
        match noted.filter(|_| run.ended.is_some()) {
            Some(outcome) => outcome,
            None => Self::of(run, false, 0),
        }
    }

    /// The outcome of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// The word kept with the run, in addresses and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Held => "held",
            Self::Finished => "finished",
            Self::Conflicts => "conflicts",
            Self::Errors => "errors",
            Self::PartHeld => "part-held",
            Self::Limit => "limit",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::NothingRead => "nothing-read",
            Self::Trial => "trial",
        }
    }

    /// The phrase of UX 3.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Held => "Stopped by a safety limit, waits for an approval",
            Self::Finished => "Finished",
            Self::Conflicts => "Finished, conflicts to decide",
            Self::Errors => "Finished with errors",
            Self::PartHeld => "Finished, part held by a safety limit",
            Self::Limit => "Stopped by a safety limit",
            Self::Stopped => "Stopped by a person",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::NothingRead => "Ran, read nothing",
            Self::Trial => "Trial. Nothing was saved",
        }
    }
}

/// What a run comes to in numbers; kept with its row, so that a history need not count. Two numbers are those of the two
/// systems, ours first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Records read.
    pub read: [u64; 2],
    /// Records changed; of a trial those that would be.
    pub changed: [u64; 2],
    /// Records deleted, among the changed ones.
    pub deleted: u64,
    /// Conflicts that the run found.
    pub new_conflicts: u64,
    /// Conflicts that were open when it ended.
    pub open_conflicts: u64,
    /// Things that went wrong.
    pub errors: u64,
    /// Changes that wait because of a limit.
    pub held: u64,
    /// Whether it only looked.
    pub trial: bool,
}

impl Facts {
    /// What a report comes to.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let trial = report.kind == RunKind::Trial.as_str();
        let sum = |of: &dyn Fn(&WriteCounts) -> u64| -> [u64; 2] {
            [0, 1].map(|side| report.types.iter().map(|one| of(&one.writes[side])).sum())
        };
        let changed = |counts: &WriteCounts| if trial { counts.planned } else { counts.written() };
        Self {
            read: [0, 1].map(|side| report.types.iter().map(|one| one.read[side]).sum()),
            changed: sum(&changed),
            deleted: sum(&|counts| counts.deleted).iter().sum(),
            new_conflicts: report.new_conflict_count,
            open_conflicts: report.conflict_count,
            errors: report.issue_count - report.earlier_issue_count,
            held: sum(&|counts| counts.held_by_limit).iter().sum(),
            trial,
        }
    }

    /// What was done, in one line: "1,204 records changed: 1,180 in Scheduler, 24 in Banner. No deletes. 2 errors."
    #[must_use]
    pub fn sentence(&self, systems: [&str; 2]) -> String {
        let all: u64 = self.changed.iter().sum();
        let parts = systems.iter().zip(self.changed).filter(|(_, number)| *number > 0);
        let parts: Vec<String> =
            parts.map(|(system, number)| format!("{} in {system}", grouped(number))).collect();
        let done = if self.trial { "would change" } else { "changed" };
        let mut line = match all {
            0 if self.trial => "No record would change".to_owned(),
            0 => "No record was changed".to_owned(),
            _ => format!("{} {done}: {}", many(all, "record"), parts.join(", ")),
        };
        match self.deleted {
            0 if self.trial => {}
            0 => line += ". No deletes",
            deleted => line += &format!(". {}", many(deleted, "delete")),
        }
        if self.errors > 0 {
            line += &format!(". {}", many(self.errors, "error"));
        }
        line + "."
    }
}

/// What is kept with a run as JSON: what its plan found, and when it has ended what it came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Records that differed, by type and outcome of the engine.
    pub outcomes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Records known, by type.
    pub records: BTreeMap<String, u64>,
    /// What the engine warned of: alike warnings are counted.
    pub warnings: Vec<WarningCount>,
    /// What it came to, once it has ended.
    pub facts: Option<Facts>,
    /// The same by type.
    pub types: Vec<TypeReport>,
}

impl Summary {
    /// What is kept with a run so far.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        run.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The same with what the run's report says.
    #[must_use]
    pub(crate) fn with(self, report: &Report) -> Self {
        Self { facts: Some(Facts::of(report)), types: report.types.clone(), ..self }
    }

    /// The text kept with the run.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// A number in groups of three digits.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_7_2_a_run_comes_to_one_sentence() {
        let facts = Facts { changed: [1_180, 24], errors: 2, ..Facts::default() };
        let sentence = facts.sentence(["Scheduler", "Banner"]);
        assert_eq!(
            sentence,
            "1,204 records changed: 1,180 in Scheduler, 24 in Banner. No deletes. 2 errors."
        );
        let trial = Facts { changed: [0, 96], trial: true, ..Facts::default() };
        assert_eq!(trial.sentence(["Scheduler", "Banner"]), "96 records would change: 96 in Banner.");
    }

    #[test]
    fn every_outcome_is_found_by_its_word() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
