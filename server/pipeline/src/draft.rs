//! What a plan has come to while it is made: counts, hash, creates and what waits for them; never bodies.

use std::collections::{BTreeMap, HashSet};

use merge::{Outcome, Side, Verdict};
use sha2::{Digest, Sha256};
use store::ids::{DifferenceId, PlanChangeId};
use store::plan_change::{Operation, PlanChange, PlanVerdict};

use crate::gate::Tally;
use crate::record::Record;
use crate::references::{RemoteIds, Target};
use crate::report::Warnings;
use crate::settings::TypeSettings;
use crate::wish::{WantedChange, Wish};

/// Places of one stage of the plan: rows of one operation and type, which are sent together (R11).
pub(crate) const STAGE: i64 = 1_000_000_000;

/// A row that other rows wait for, or that waits for others, because one makes what the other refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) row: PlanChangeId,
    pub(crate) side: Side,
    /// The record the row is about.
    pub(crate) own: Target,
    /// Whether the row makes it.
    pub(crate) creates: bool,
    /// Planned creates that must come first.
    pub(crate) parents: Vec<Target>,
}

/// What the plan has come to so far, in memory: counts and creates, never bodies.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// What would be done, per type and side.
    pub(crate) tallies: BTreeMap<(String, Side), Tally>,
    /// Creates, and the rows that need them.
    pub(crate) needs: Vec<Need>,
    created: HashSet<(Side, Target)>,
    outcomes: BTreeMap<Outcome, u64>,
    count: i64,
    hash: Sha256,
    summary: BTreeMap<String, BTreeMap<&'static str, u64>>,
    pub(crate) warnings: Warnings,
    /// Declared differences that have ended because a side's value changed (MS C10).
    pub(crate) ended_differences: Vec<DifferenceId>,
}

impl Draft {
    /// A draft whose rows are counted from `first` on.
    pub(crate) fn counting_from(first: i64) -> Self {
        Self { count: first, ..Self::default() }
    }

    /// The hash that an approval names: over all writes and the values they expect (MS G1).
    pub(crate) fn plan_hash(&self) -> String {
        let digest = self.hash.clone().finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// A type begins: its outcomes are counted from nothing.
    pub(crate) fn begin_type(&mut self) {
        self.outcomes.clear();
    }

    /// A type has been planned.
    pub(crate) fn end_type(&mut self, name: &str) {
        let counts = self.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect();
        self.summary.insert(name.to_owned(), counts);
    }

    /// Outcomes of all types planned so far.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let counts = |counts: &BTreeMap<&'static str, u64>| {
            counts.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect()
        };
        self.summary.iter().map(|(name, of)| (name.clone(), counts(of))).collect()
    }

    /// Takes in what the engine said of a record.
    pub(crate) fn note(&mut self, record: &Record<'_>, merge_type: &TypeSettings, verdict: &Verdict) {
        self.ended_differences.extend(record.ended_differences(merge_type));
        self.count_outcome(verdict.outcome);
        self.warnings.add(&merge_type.name, &record.candidate.label, verdict);
    }

    pub(crate) fn count_outcome(&mut self, outcome: Outcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Gives a row its place and takes it into the hash.
    pub(crate) fn take(&mut self, row: &mut PlanChange, stage: i64) {
        row.position = stage * STAGE + self.count;
        self.count += 1;
        if row.operation == Operation::None || row.verdict != PlanVerdict::Planned {
            return;
        }
        for part in [&row.type_name, &row.key, row.operation.as_str(), row.side.as_str()] {
            self.hash.update(part.as_bytes());
            self.hash.update([0]);
        }
        for part in [&row.pre_hash, &row.post_hash] {
            self.hash.update(part.as_deref().unwrap_or_default().as_bytes());
            self.hash.update([1]);
        }
    }

    /// Counts a wanted change for the limits.
    pub(crate) fn tally(&mut self, wanted: &WantedChange, record: &Record<'_>, merge_type: &str, side: Side) {
        let tally = self.tallies.entry((merge_type.to_owned(), side)).or_default();
        match wanted.operation {
            Operation::None => {}
            Operation::Create => tally.created += 1,
            Operation::Delete => tally.deleted += 1,
            Operation::Update => {
                tally.updated += 1;
                let before = record.body(side);
                for (field, value) in wanted.sent().iter() {
                    let blank = before.and_then(|body| body.get(field)).is_none_or(merge::Value::is_null);
                    tally.note_field(field, blank, Some(&value.to_json()));
                }
            }
        }
    }

    /// Takes a wish out of what is sent, with the reason in the place of its decisions.
    pub(crate) fn block(&mut self, wish: &mut Wish, side: Side, why: String) {
        wish.row.verdict = PlanVerdict::Blocked;
        wish.row.decisions = why;
        if let Some(tally) = self.tallies.get_mut(&(wish.own.merge_type.clone(), side)) {
            tally.forget(wish.row.operation);
        }
    }

    /// Finds out what a wish waits for, of what is not on its side (MS K6).
    pub(crate) fn place(&mut self, wish: &mut Wish, side: Side, ids: &RemoteIds) {
        if wish.row.verdict == PlanVerdict::Blocked {
            return;
        }
        let creates = wish.row.operation == Operation::Create;
        let parents: Vec<Target> = wish.targets.iter().filter(|target| !ids.knows(target)).cloned().collect();
        if let Some(missing) =
            parents.iter().find(|target| !self.created.contains(&(side, (*target).clone())))
        {
            let why = blocked_by(missing);
            self.block(wish, side, why);
            return;
        }
        if creates {
            self.created.insert((side, wish.own.clone()));
        }
        if creates || !parents.is_empty() {
            let own = wish.own.clone();
            self.needs.push(Need { row: wish.row.id, side, own, creates, parents });
        }
    }
}

fn blocked_by(missing: &Target) -> String {
    serde_json::json!([{ "blocked_by": { "type": missing.merge_type, "key": missing.key } }]).to_string()
}
