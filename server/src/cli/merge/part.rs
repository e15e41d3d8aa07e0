//! What neighbouring keys add to the outputs, before it is written.

use merge::listing::{Answer, Group, Summary, Unchanged};

use super::checks::Checks;
use super::job::{Job, Unseen, stale};
use super::lines;
use crate::cli::files::{Format, RecordStyle};

/// A part of this size is worth writing.
const ENOUGH_BYTES: usize = 1 << 18;
/// So is one about this many keys.
const ENOUGH_KEYS: u64 = 4096;

/// What neighbouring keys add to the outputs.
#[derive(Default)]
pub(super) struct Part {
    pub(super) merged: String,
    pub(super) conflicts: String,
    pub(super) decisions: String,
    pub(super) summary: Summary,
}

impl Part {
    /// Forgets what it holds and keeps the room.
    pub(super) fn clear(&mut self) {
        self.merged.clear();
        self.conflicts.clear();
        self.decisions.clear();
        self.summary = Summary::default();
    }

    /// Whether it should be written before more is added.
    pub(super) fn is_full(&self) -> bool {
        self.merged.len() + self.conflicts.len() + self.decisions.len() > ENOUGH_BYTES
            || self.summary.records > ENOUGH_KEYS
    }

    /// Adds a record that is the same text everywhere; the summary has counted it.
    pub(super) fn add_unchanged(&mut self, job: &Job<'_>, record: &Unchanged<'_>, unseen: &mut Unseen<'_>) {
        match job.out_format {
            Some(Format::Json) => {
                self.merged.push_str(",\n");
                record.write(&mut self.merged);
            }
            Some(_) => {
                record.write(&mut self.merged);
                self.merged.push('\n');
            }
            None => {}
        }
        if !unseen.is_empty() {
            let key = record.key();
            unseen.pass(&key, |key, warning| self.summary.warn(key, warning));
            job.staff.about(&key).iter().for_each(|line| self.summary.warn(&key, stale(line)));
        }
    }

    /// Merges the rows of a key and adds what comes of it.
    pub(super) fn add_group(
        &mut self,
        job: &Job<'_>,
        style: &RecordStyle,
        group: &Group,
        checks: &Checks<'_>,
        unseen: &mut Unseen<'_>,
    ) {
        unseen.pass(&group.key, |key, warning| self.summary.warn(key, warning));
        let mut answer = job.answer(group);
        checks.hold(job, group, &mut answer);
        self.summary.add(job.type_name(), group, &answer);
        self.add_lines(job, style, group, &answer);
    }

    fn add_lines(&mut self, job: &Job<'_>, style: &RecordStyle, group: &Group, answer: &Answer) {
        let (args, verdict) = (job.args, &answer.verdict);
        if args.out.is_some() {
            let rows = group.ours.iter().filter(|row| row.is_there() && answer.rows.is_some());
            let record = verdict.merged.iter().filter(|_| answer.rows.is_none());
            for record in rows.map(|row| &row.record).chain(record) {
                style.append(&mut self.merged, record);
            }
        }
        if let (Some(_), Some(conflict)) = (&args.conflicts, &verdict.conflict) {
            let line = lines::conflict(&group.key, conflict, answer, &args.key);
            self.conflicts.push_str(&format!("{line}\n"));
        }
        if args.decisions.is_some() {
            for decision in &verdict.decisions {
                let line = lines::decision(&group.key, decision, verdict.blocked.as_ref(), &args.key);
                self.decisions.push_str(&format!("{line}\n"));
            }
        }
    }
}
