//! The plan: merges every record that differs and writes down what should happen (RL 3.2 T4).
//!
//! Rows are added in batches while the run is `merging`; nothing of it is real until [`Night::close_plan`] turns rows into
//! writes and conflicts in one transaction. A crash before that repeats the whole plan, which gives the same rows (R8).

use std::collections::{BTreeMap, HashSet};

use merge::{Outcome, Side, Verdict, merge_record};
use sha2::{Digest, Sha256};
use store::Conn;
use store::candidate::{self, Candidate};
use store::ids::{DifferenceId, LinkId, PlanChangeId};
use store::plan_change::{self, Operation, PlanChange, PlanVerdict};
use store::run::RunKind;
use store::staged::StagedState;
use store::write::Refusals;

use crate::apply::KEPT_OUT;
use crate::duplicate::Duplicate;
use crate::error::Result;
use crate::gate::Tally;
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::planned::PlannedConflict;
use crate::references::{RemoteIds, Target};
use crate::report::{Summary, Warnings};
use crate::settings::TypeSettings;
use crate::wish::{Record, WantedChange, Wish, writes};

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

/// What became of some records in a row.
struct Merged {
    /// The last of them.
    last: LinkId,
    /// How many they were.
    records: usize,
    /// Their rows of the plan, not yet written.
    rows: Vec<PlanChange>,
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
    warnings: Warnings,
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

    fn take(&mut self, row: &mut PlanChange, stage: i64) {
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

    fn tally(&mut self, wanted: &WantedChange, record: &Record<'_>, merge_type: &str, side: Side) {
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
}

impl Night {
    /// Merges all types that could be read, in dependency order, and fills the plan.
    pub(crate) async fn draft_plan(&self) -> Result<Draft> {
        let mut tx = self.begin().await?;
        plan_change::delete_for_run(&mut tx, self.run).await?;
        tx.commit().await?;
        if self.kind != RunKind::Trial {
            self.end_expired_differences().await?;
        }
        let mut draft = Draft::default();
        let stopped = self.stopped_types().await?;
        for merge_type in self.types() {
            if !stopped.contains(&merge_type.name) {
                self.plan_type(merge_type, &mut draft).await?;
            }
        }
        self.count_held(&mut draft).await?;
        Ok(draft)
    }

    async fn plan_type(&self, merge_type: &TypeSettings, draft: &mut Draft) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let kept_out = self.kept_out(&mut reader, merge_type).await?;
        drop(reader);
        self.index_unique(merge_type, &kept_out).await?;
        draft.outcomes.clear();
        let (mut after, mut differing, mut rows) = (None, 0, Vec::new());
        loop {
            // Records are read and merged while the rows of those before them are written.
            let (merged, ()) = tokio::try_join!(
                self.merge_next(merge_type, after, &kept_out, draft),
                self.write_rows(&rows),
            )?;
            let Some(merged) = merged else { break };
            (after, rows) = (Some(merged.last), merged.rows);
            differing += merged.records;
        }
        self.plan_drawn_in(merge_type, &kept_out, draft).await?;
        let counts = draft.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect();
        draft.summary.insert(merge_type.name.clone(), counts);
        self.sweep(merge_type, differing).await
    }

    async fn merge_next(
        &self,
        merge_type: &TypeSettings,
        after: Option<LinkId>,
        kept_out: &HashSet<(Side, String)>,
        draft: &mut Draft,
    ) -> Result<Option<Merged>> {
        self.keep_lease().await?;
        let candidates = self.candidates(merge_type, after).await?;
        let Some(last) = candidates.last() else { return Ok(None) };
        let rows = self.merge_batch(merge_type, &candidates, kept_out, draft).await?;
        Ok(Some(Merged { last: last.link, records: candidates.len(), rows }))
    }

    async fn write_rows(&self, rows: &[PlanChange]) -> Result<()> {
        if !rows.is_empty() {
            self.add_rows(rows).await?;
            kill::reach(KillPoint::K6);
        }
        Ok(())
    }

    /// The next records of a type that differ from what was last agreed on.
    pub(crate) async fn candidates(
        &self,
        merge_type: &TypeSettings,
        after: Option<LinkId>,
    ) -> Result<Vec<Candidate>> {
        let mut reader = self.pipeline.store.read().await?;
        let batch = self.pipeline.bounds.batch;
        let mut found = candidate::list(&mut reader, self.school, &merge_type.name, after, batch).await?;
        self.leave_out_expired(&mut found);
        Ok(found)
    }

    /// Where rows stand in the order of sending: creates, parents first; updates; deletes, children first; then what is
    /// not sent at all.
    pub(crate) fn stage_of(&self, merge_type: &TypeSettings, operation: Operation) -> i64 {
        let types = &self.settings.types;
        let count = i64::try_from(types.len()).unwrap_or(i64::MAX);
        let place = types.iter().position(|one| one.name == merge_type.name).unwrap_or(types.len());
        let place = i64::try_from(place).unwrap_or(count);
        match operation {
            Operation::Create => place,
            Operation::Update => count + place,
            Operation::Delete => 3 * count - 1 - place,
            Operation::None => 3 * count,
        }
    }

    /// How many records each side holds now, for the shares of the limits; and the outcomes, for the report.
    async fn count_held(&self, draft: &mut Draft) -> Result<()> {
        let mut tx = self.begin().await?;
        for count in store::staged::counts(&mut tx, self.school).await? {
            if count.state == StagedState::Live {
                let tally = draft.tallies.entry((count.type_name, count.side)).or_default();
                tally.held = u64::try_from(count.count).unwrap_or(0);
            }
        }
        let mut records = BTreeMap::new();
        for merge_type in self.types() {
            let count = store::link::count(&mut tx, self.school, &merge_type.name).await?;
            records.insert(merge_type.name.clone(), u64::try_from(count).unwrap_or(0));
        }
        let outcomes = draft.summary.iter().map(|(name, counts)| {
            (name.clone(), counts.iter().map(|(outcome, count)| (outcome.to_string(), *count)).collect())
        });
        let (outcomes, warnings) = (outcomes.collect(), draft.warnings.counts());
        let summary = Summary { outcomes, records, warnings, ..Summary::default() }.to_json();
        store::run::set_summary(&mut tx, self.lease.guard(store::lease::Phase::Push)?, self.run, &summary)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Remote ids that this run could not use: their records wait, on both sides.
    pub(crate) async fn kept_out(
        &self,
        conn: &mut Conn,
        merge_type: &TypeSettings,
    ) -> Result<HashSet<(Side, String)>> {
        let rows = self.poisoned(conn, merge_type).await?.into_iter();
        let kept_out = rows.filter(|row| KEPT_OUT.contains(&row.code.as_str()));
        Ok(kept_out.map(|row| (row.side, row.remote_id)).collect())
    }

    pub(crate) async fn plan_batch(
        &self,
        merge_type: &TypeSettings,
        candidates: &[Candidate],
        kept_out: &HashSet<(Side, String)>,
        draft: &mut Draft,
    ) -> Result<()> {
        let rows = self.merge_batch(merge_type, candidates, kept_out, draft).await?;
        self.add_rows(&rows).await
    }

    /// The rows of the plan for these records.
    async fn merge_batch(
        &self,
        merge_type: &TypeSettings,
        candidates: &[Candidate],
        kept_out: &HashSet<(Side, String)>,
        draft: &mut Draft,
    ) -> Result<Vec<PlanChange>> {
        let refusals = self.refusals(candidates).await?;
        let collisions = self.collisions(merge_type, candidates).await?;
        let mut rows = Vec::new();
        let mut wishes = Vec::new();
        for candidate in candidates {
            if waits(candidate, kept_out) {
                *draft.outcomes.entry(Outcome::Blocked).or_default() += 1;
                continue;
            }
            let record = Record::read(candidate)?;
            let mut verdict = merge_record(&merge_type.policy, &record.input(merge_type));
            let duplicates = collisions.settle(merge_type, &record, &mut verdict)?;
            draft.ended_differences.extend(record.ended_differences(merge_type));
            *draft.outcomes.entry(verdict.outcome).or_default() += 1;
            draft.warnings.add(&merge_type.name, &candidate.label, &verdict);
            if let Some(conflict) = planned_conflict(candidate, &verdict, &duplicates) {
                rows.push(self.conflict_row(merge_type, &record, &verdict, &conflict));
            }
            for (side, write) in writes(&verdict) {
                let Some(wanted) = WantedChange::of(merge_type, side, write) else { continue };
                let refused = refused(&refusals, candidate.link, side, &wanted);
                draft.tally(&wanted, &record, &merge_type.name, side);
                let mut wish = self.wish(merge_type, &record, &verdict, side, &wanted, refused);
                if wanted.operation == Operation::Delete && record.hides_an_edit(side) {
                    draft.block(&mut wish, side, unreadable());
                }
                wishes.push(wish);
            }
        }
        self.settle_references(&mut wishes, draft).await?;
        rows.extend(wishes.into_iter().map(|wish| wish.row));
        for row in &mut rows {
            let stage = self.stage_of(merge_type, row.operation);
            draft.take(row, stage);
        }
        Ok(rows)
    }

    async fn add_rows(&self, rows: &[PlanChange]) -> Result<()> {
        let mut tx = self.begin().await?;
        plan_change::add_many(&mut tx, self.school, rows).await?;
        Ok(tx.commit().await?)
    }

    /// How often the other system refused a change of these records (R2).
    async fn refusals(&self, candidates: &[Candidate]) -> Result<Vec<Refusals>> {
        let links: Vec<LinkId> = candidates.iter().map(|candidate| candidate.link).collect();
        let mut reader = self.pipeline.store.read().await?;
        Ok(store::write::refusals_for(&mut reader, &links).await?)
    }

    /// Finds out, for every wish, whether what it refers to is there on its side, will be made by this plan, or is
    /// neither: then the wish is blocked (MS K6).
    async fn settle_references(&self, wishes: &mut [Wish], draft: &mut Draft) -> Result<()> {
        for side in [Side::Ours, Side::Theirs] {
            let targets: HashSet<&Target> =
                wishes.iter().filter(|wish| wish.row.side == side).flat_map(|wish| &wish.targets).collect();
            let mut reader = self.pipeline.store.read().await?;
            let ids = RemoteIds::load(&mut reader, self.school, side, targets).await?;
            drop(reader);
            for wish in wishes.iter_mut().filter(|wish| wish.row.side == side) {
                draft.place(wish, side, &ids);
            }
        }
        Ok(())
    }
}

impl Draft {
    /// Takes a wish out of what is sent, with the reason in the place of its decisions.
    fn block(&mut self, wish: &mut Wish, side: Side, why: String) {
        wish.row.verdict = PlanVerdict::Blocked;
        wish.row.decisions = why;
        if let Some(tally) = self.tallies.get_mut(&(wish.own.merge_type.clone(), side)) {
            tally.forget(wish.row.operation);
        }
    }

    fn place(&mut self, wish: &mut Wish, side: Side, ids: &RemoteIds) {
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

/// Whether a record has to wait: a write of it is still open (R5), or a side's copy could not be used (G30).
pub(crate) fn waits(candidate: &Candidate, kept_out: &HashSet<(Side, String)>) -> bool {
    let unusable = |side: Side| {
        let id = candidate.remote_id(side);
        id.is_some_and(|id| kept_out.contains(&(side, id.to_owned())))
    };
    candidate.open_ours || candidate.open_theirs || unusable(Side::Ours) || unusable(Side::Theirs)
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

fn refused(refusals: &[Refusals], link: LinkId, side: Side, wanted: &WantedChange) -> i64 {
    refusals
        .iter()
        .find(|one| {
            one.link == link
                && one.side == side
                && one.operation == wanted.operation
                && one.post_hash == wanted.post_hash
        })
        .map_or(0, |one| one.count)
}

/// CN C55: a delete waits while the record holds a value that could not be taken, which may be somebody's edit.
fn unreadable() -> String {
    serde_json::json!([{ "blocked_by": "unreadable_field" }]).to_string()
}

fn blocked_by(missing: &Target) -> String {
    serde_json::json!([{ "blocked_by": { "type": missing.merge_type, "key": missing.key } }]).to_string()
}
