//! What is asked of every key: the engine's answer, and the staff's decisions about it.

use merge::listing::{Answer, Group, decide_group, merge_group};
use merge::{Choice, FieldPath, Policy, RecordKey, Warning, WarningCode};

use super::MergeArgs;
use super::staff::{Staff, StaffLine};
use crate::cli::files::Format;

/// Everything that is the same for all keys of a merge.
pub(super) struct Job<'a> {
    pub(super) args: &'a MergeArgs,
    pub(super) policy: &'a Policy,
    pub(super) staff: Staff,
    /// How the merged records are written, if they are.
    pub(super) out_format: Option<Format>,
}

impl Job<'_> {
    pub(super) fn type_name(&self) -> &str {
        self.args.type_name.as_deref().unwrap_or_default()
    }

    /// The engine's answer about the rows of a key.
    pub(super) fn answer(&self, group: &Group) -> Answer {
        let (type_name, lines) = (self.type_name(), self.staff.about(&group.key));
        let asked = merge_group(self.policy, type_name, group);
        if lines.is_empty() {
            return asked;
        }
        let conflict = asked.verdict.conflict.as_ref();
        let fresh = |line: &&StaffLine| conflict.is_some_and(|conflict| conflict.revision == line.revision);
        let (fresh, stale_lines): (Vec<&StaffLine>, Vec<&StaffLine>) = lines.iter().partition(fresh);
        let mut warnings: Vec<Warning> = stale_lines.into_iter().map(stale).collect();
        let mut choices: Vec<(FieldPath, Choice)> = Vec::new();
        let mut answer = asked;
        for line in fresh {
            choices.push((line.path.clone(), line.choice.clone()));
            match decide_group(self.policy, type_name, group, &choices) {
                Ok(decided) => answer = decided,
                Err(_) => {
                    choices.pop();
                    warnings.push(warning(WarningCode::NotContested, line));
                }
            }
        }
        answer.verdict.warnings.extend(warnings);
        answer
    }

    /// The decisions about records from `lower` on and below `upper`.
    pub(super) fn unseen(&self, lower: Option<&RecordKey>, upper: Option<&RecordKey>) -> Unseen<'_> {
        Unseen { records: self.staff.between(lower, upper).collect::<Vec<_>>().into_iter().peekable() }
    }
}

/// The records with decisions that have not come up yet, in the order of their keys.
pub(super) struct Unseen<'a> {
    records: std::iter::Peekable<std::vec::IntoIter<(&'a RecordKey, &'a [StaffLine])>>,
}

impl<'a> Unseen<'a> {
    pub(super) fn is_empty(&mut self) -> bool {
        self.records.peek().is_none()
    }

    /// C6: hands over the decisions about records before this one, which no listing has. Those about this one are left to
    /// [`Job::answer`].
    pub(super) fn pass(&mut self, key: &RecordKey, mut stale_about: impl FnMut(&RecordKey, Warning)) {
        while let Some((record, lines)) = self.records.next_if(|(record, _)| *record < key) {
            lines.iter().for_each(|line| stale_about(record, stale(line)));
        }
        self.records.next_if(|(record, _)| *record == key);
    }

    /// The same at the end of all listings.
    pub(super) fn rest(self, mut stale_about: impl FnMut(&RecordKey, Warning)) {
        for (record, lines) in self.records {
            lines.iter().for_each(|line| stale_about(record, stale(line)));
        }
    }
}

/// C6: the decision saw another revision, or a conflict that is no more.
pub(super) fn stale(line: &StaffLine) -> Warning {
    warning(WarningCode::StaleDecision, line)
}

fn warning(code: WarningCode, line: &StaffLine) -> Warning {
    Warning { code, path: line.path.clone(), side: None }
}
