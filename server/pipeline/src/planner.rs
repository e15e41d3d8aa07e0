//! From records to rows of the plan: what the engine says of each, in the form in which it is stored. Nothing here asks
//! the database or a system, so that it is done beside what does.

use std::collections::HashSet;
use std::sync::Arc;

use connect::Clock;
use merge::{Object, Outcome, Side, Verdict, merge_record};
use store::candidate::Candidate;
use store::ids::{LinkId, PlanChangeId, RunId, SchoolId};
use store::plan_change::{Operation, PlanChange, PlanVerdict};
use store::write::Refusals;

use crate::apart::apart;
use crate::collide::Collisions;
use crate::draft::Draft;
use crate::duplicate::Duplicate;
use crate::error::Result;
use crate::idempotency::{self, Wanted};
use crate::journal::journal;
use crate::night::Night;
use crate::planned::PlannedConflict;
use crate::record::Record;
use crate::references::{Target, targets_of};
use crate::settings::{Settings, TypeSettings};
use crate::wish::{WantedChange, Wish, stored, take_writes};

/// Records to be planned, with all that the store knows of them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) candidates: Vec<Candidate>,
    /// How often the other system refused a change of them (R2).
    pub(crate) refusals: Vec<Refusals>,
    /// What they share with others that must be unique (MS K1).
    pub(crate) collisions: Collisions,
}

/// What became of them, before their references are looked up.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Rows that keep conflicts.
    pub(crate) conflicts: Vec<PlanChange>,
    /// Rows for writes.
    pub(crate) wishes: Vec<Wish>,
}

/// Makes the rows of one run.
#[derive(Clone)]
pub(crate) struct Planner {
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    school: SchoolId,
    run: RunId,
}

impl Night {
    pub(crate) fn planner(&self) -> Planner {
        Planner {
            clock: Arc::clone(&self.pipeline.clock),
            settings: Arc::clone(&self.settings),
            school: self.school,
            run: self.run,
        }
    }
}

impl Planner {
    /// Merges records of a type. Those that cannot be used now wait (`kept_out`: G30).
    pub(crate) fn merge(
        &self,
        type_name: &str,
        batch: &Batch,
        kept_out: &HashSet<(Side, String)>,
        draft: &mut Draft,
    ) -> Result<Merged> {
        let wishes = Vec::with_capacity(batch.candidates.len());
        let mut merged = Merged { wishes, ..Merged::default() };
        let Some(merge_type) = self.settings.merge_type(type_name) else { return Ok(merged) };
        for candidate in &batch.candidates {
            if waits(candidate, kept_out) {
                draft.count_outcome(Outcome::Blocked);
                continue;
            }
            let record = Record::read_to_merge(candidate, &merge_type.policy)?;
            let mut verdict = merge_record(&merge_type.policy, &record.input(merge_type));
            let duplicates = batch.collisions.settle(merge_type, &record, &mut verdict)?;
            draft.note(&record, merge_type, &verdict);
            if let Some(conflict) = planned_conflict(candidate, &verdict, &duplicates) {
                merged.conflicts.push(self.conflict_row(merge_type, &record, &verdict, &conflict));
            }
            for (side, write) in take_writes(&mut verdict) {
                let Some(wanted) = WantedChange::of(merge_type, side, write) else { continue };
                draft.tally(&wanted, &record, &merge_type.name, side);
                let mut wish = self.wish(merge_type, &record, &verdict, side, &wanted, &batch.refusals);
                if wanted.operation == Operation::Delete && record.hides_an_edit(side) {
                    draft.block(&mut wish, side, unreadable());
                }
                merged.wishes.push(wish);
            }
        }
        Ok(merged)
    }

    /// A row of the plan for one side of a record, or for its conflict (`side` none).
    fn row(
        &self,
        merge_type: &TypeSettings,
        record: &Record<'_>,
        verdict: &Verdict,
        side: Side,
    ) -> PlanChange {
        let staged = record.candidate.side(side);
        let candidate = record.candidate;
        PlanChange {
            id: PlanChangeId::new(self.clock.now(), self.clock.random()),
            run: self.run,
            type_name: merge_type.name.clone(),
            link: candidate.link,
            position: 0,
            key: candidate.key.clone(),
            label: candidate.label.clone(),
            side,
            operation: Operation::None,
            outcome: verdict.outcome,
            verdict: PlanVerdict::Planned,
            remote_id: candidate.remote_id(side).map(str::to_owned),
            changed: "[]".to_owned(),
            decisions: journal(verdict),
            pre_hash: staged.and_then(|staged| staged.hash).map(|hash| hash.to_string()),
            pre_version: staged.and_then(|staged| staged.version.clone()),
            post_hash: None,
            idempotency_key: None,
            correlation: None,
            refusals: 0,
            conflict: None,
            apart: None,
            before: None,
            after: None,
        }
    }

    /// The row that keeps a conflict, or that it healed, until the plan closes.
    fn conflict_row(
        &self,
        merge_type: &TypeSettings,
        record: &Record<'_>,
        verdict: &Verdict,
        conflict: &PlannedConflict,
    ) -> PlanChange {
        let mut row = self.row(merge_type, record, verdict, Side::Ours);
        row.verdict = PlanVerdict::Held;
        row.conflict = Some(conflict.to_json());
        row
    }

    /// The row for a wanted write, with what it refers to.
    fn wish(
        &self,
        merge_type: &TypeSettings,
        record: &Record<'_>,
        verdict: &Verdict,
        side: Side,
        wanted: &WantedChange,
        refusals: &[Refusals],
    ) -> Wish {
        let mut row = self.row(merge_type, record, verdict, side);
        let (after, post_hash) = stored(wanted.post.as_ref().map(|post| record.to_store(side, post)));
        let refusals = refused(refusals, row.link, side, wanted.operation, post_hash.as_deref());
        let key = idempotency::key(&Wanted {
            school: self.school,
            link: row.link,
            side,
            operation: wanted.operation,
            post_hash: post_hash.as_deref().unwrap_or_default(),
            base_generation: record.candidate.base.as_ref().map_or(0, |base| base.generation),
            refusals,
        });
        row.operation = wanted.operation;
        row.refusals = refusals;
        row.changed = serde_json::to_string(&wanted.changed).unwrap_or_else(|_| "[]".to_owned());
        row.post_hash = post_hash;
        let creates = wanted.operation == Operation::Create;
        row.correlation = creates.then(|| idempotency::correlation(&key).to_owned());
        row.idempotency_key = Some(key);
        row.before = before(record, side, wanted);
        row.apart = apart(wanted.post.as_ref(), record.known(side.other()));
        let targets = targets_of(merge_type, side, &wanted.sent());
        row.after = after;
        Wish { own: Target::new(&merge_type.name, &row.key), row, targets }
    }
}

/// Whether a record has to wait: a write of it is still open (R5), or a side's copy could not be used (G30).
pub(crate) fn waits(candidate: &Candidate, kept_out: &HashSet<(Side, String)>) -> bool {
    let unusable = |side: Side| {
        let id = candidate.remote_id(side);
        id.is_some_and(|id| kept_out.contains(&(side, id.to_owned())))
    };
    candidate.open_ours || candidate.open_theirs || unusable(Side::Ours) || unusable(Side::Theirs)
}

/// What a write replaces: of an update the fields that change, which are few.
fn before(record: &Record<'_>, side: Side, wanted: &WantedChange) -> Option<String> {
    if wanted.operation != Operation::Update {
        return record.candidate.side(side)?.body.clone();
    }
    let held = record.body(side)?;
    let value = |name: &String| Some((name.clone(), held.get(name)?.clone()));
    Some(wanted.changed.iter().filter_map(value).collect::<Object>().to_canonical())
}

fn planned_conflict(
    candidate: &Candidate,
    verdict: &Verdict,
    duplicates: &[Duplicate],
) -> Option<PlannedConflict> {
    match &verdict.conflict {
        Some(conflict) => Some(PlannedConflict::open(conflict, duplicates, candidate.uncertain)),
        None => candidate.conflict.map(|_| PlannedConflict::Healed),
    }
}

fn refused(
    refusals: &[Refusals],
    link: LinkId,
    side: Side,
    operation: Operation,
    post_hash: Option<&str>,
) -> i64 {
    let is_same = |one: &&Refusals| {
        one.link == link
            && one.side == side
            && one.operation == operation
            && one.post_hash.as_deref() == post_hash
    };
    refusals.iter().find(is_same).map_or(0, |one| one.count)
}

/// CN C55: a delete waits while the record holds a value that could not be taken, which may be somebody's edit.
fn unreadable() -> String {
    serde_json::json!([{ "blocked_by": "unreadable_field" }]).to_string()
}
