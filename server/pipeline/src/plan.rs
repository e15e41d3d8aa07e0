//! The plan: merges every record that differs and writes down what should happen (RL 3.2 T4).
//!
//! Rows are added in batches while the run is `merging`; nothing of it is real until [`Night::close_plan`] turns rows into
//! writes and conflicts in one transaction. A crash before that repeats the whole plan, which gives the same rows (R8).

use std::collections::{BTreeMap, HashSet};
use std::panic;
use std::sync::Arc;

use merge::Side;
use store::Conn;
use store::candidate::Candidate;
use store::ids::LinkId;
use store::plan_change::{self, BoundRows, Operation};
use store::run::RunKind;
use store::staged::StagedState;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinError;

use crate::apply::KEPT_OUT;
use crate::draft::Draft;
use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::planner::{Batch, Merged};
use crate::references::{RemoteIds, Target};
use crate::report::Summary;
use crate::settings::TypeSettings;
use crate::wish::Wish;

/// Remote ids of records that have to wait (G30).
pub(crate) type KeptOut = HashSet<(Side, String)>;

/// Batches that are read, or merged, and wait for the next step.
const AHEAD: usize = 1;

/// So many batches are read and merged at once. Only what is written is bound to one (R8): to begin a reading costs the
/// pages that lead to the first row, and each change from task to task costs as well.
const READ_AT_ONCE: u32 = 4;

impl Night {
    /// Merges all types that could be read, in dependency order, and fills the plan.
    pub(crate) async fn draft_plan(&self) -> Result<Draft> {
        let mut tx = self.begin_planning().await?;
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
        let kept_out = Arc::new(self.kept_out(&mut reader, merge_type).await?);
        drop(reader);
        self.index_unique(merge_type, &kept_out).await?;
        draft.begin_type();
        // While some records are merged, the next ones are read and the rows of those before are written.
        let ((read, batches), (merged, rows)) = (mpsc::channel(AHEAD), mpsc::channel(AHEAD));
        let ((), differing, ()) = tokio::try_join!(
            self.read_ahead(merge_type, read),
            self.merge_all(merge_type, batches, &kept_out, draft, merged),
            self.write_behind(rows),
        )?;
        self.plan_drawn_in(merge_type, &kept_out, draft).await?;
        draft.end_type(&merge_type.name);
        self.sweep(merge_type, differing).await
    }

    /// Reads every record of a type that differs. Whoever takes them no longer does so only when it has failed.
    async fn read_ahead(&self, merge_type: &TypeSettings, to: Sender<Batch>) -> Result<()> {
        let mut differing = self.differing(merge_type, READ_AT_ONCE);
        while let Some(candidates) = differing.next_batch().await? {
            if to.send(self.batch(merge_type, candidates).await?).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Merges them and answers how many they were.
    async fn merge_all(
        &self,
        merge_type: &TypeSettings,
        mut from: Receiver<Batch>,
        kept_out: &Arc<KeptOut>,
        draft: &mut Draft,
        to: Sender<Vec<BoundRows>>,
    ) -> Result<usize> {
        let mut differing = 0;
        while let Some(batch) = from.recv().await {
            differing += batch.candidates.len();
            let rows = self.rows(merge_type, batch, kept_out, draft).await?;
            if to.send(rows).await.is_err() {
                break;
            }
        }
        Ok(differing)
    }

    async fn write_behind(&self, mut from: Receiver<Vec<BoundRows>>) -> Result<()> {
        while let Some(batches) = from.recv().await {
            self.add_rows(batches).await?;
        }
        Ok(())
    }

    /// Where rows stand in the order of sending: creates, parents first; updates; deletes, children first; then what is
    /// not sent at all.
    pub(crate) fn stage_of(&self, type_name: &str, operation: Operation) -> i64 {
        let types = &self.settings.types;
        let count = i64::try_from(types.len()).unwrap_or(i64::MAX);
        let place = types.iter().position(|one| one.name == type_name).unwrap_or(types.len());
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
        let (outcomes, warnings) = (draft.outcomes(), draft.warnings.counts());
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

    /// Adds to the plan what should happen to these records.
    pub(crate) async fn plan_batch(
        &self,
        merge_type: &TypeSettings,
        candidates: Vec<Candidate>,
        kept_out: &Arc<KeptOut>,
        draft: &mut Draft,
    ) -> Result<()> {
        let batch = self.batch(merge_type, candidates).await?;
        let rows = self.rows(merge_type, batch, kept_out, draft).await?;
        self.add_rows(rows).await
    }

    async fn batch(&self, merge_type: &TypeSettings, candidates: Vec<Candidate>) -> Result<Batch> {
        let refused = candidates.iter().filter(|candidate| candidate.was_refused);
        let links: Vec<LinkId> = refused.map(|candidate| candidate.link).collect();
        let mut refusals = Vec::new();
        if !links.is_empty() {
            let mut reader = self.pipeline.store.read().await?;
            refusals = store::write::refusals_for(&mut reader, &links).await?;
        }
        let collisions = self.collisions(merge_type, &candidates).await?;
        Ok(Batch { candidates, refusals, collisions })
    }

    /// The rows of the plan for some records, ready to be added: those of one transaction together.
    async fn rows(
        &self,
        merge_type: &TypeSettings,
        batch: Batch,
        kept_out: &Arc<KeptOut>,
        draft: &mut Draft,
    ) -> Result<Vec<BoundRows>> {
        let planner = self.planner();
        let (name, kept_out, mut filled) =
            (merge_type.name.clone(), Arc::clone(kept_out), std::mem::take(draft));
        // Merging takes a processor for a while: on a thread of its own it stops neither the reading nor the writing.
        let work = tokio::task::spawn_blocking(move || {
            let merged = planner.merge(&name, &batch, &kept_out, &mut filled);
            (merged, filled)
        });
        let (merged, filled) = work.await.map_err(cut_off)?;
        *draft = filled;
        let Merged { conflicts: mut rows, mut wishes } = merged?;
        self.settle_references(&mut wishes, draft).await?;
        rows.extend(wishes.into_iter().map(|wish| wish.row));
        for row in &mut rows {
            let stage = self.stage_of(&merge_type.name, row.operation);
            draft.take(row, stage);
        }
        let (store, school, at_once) =
            (self.pipeline.store.clone(), self.school, self.pipeline.bounds.batch as usize);
        let bound = tokio::task::spawn_blocking(move || BoundRows::batches(&store, school, rows, at_once));
        bound.await.map_err(cut_off)
    }

    async fn add_rows(&self, batches: Vec<BoundRows>) -> Result<()> {
        for rows in batches {
            let mut tx = self.begin_planning().await?;
            plan_change::add_bound(&mut tx, rows).await?;
            tx.commit().await?;
            kill::reach(KillPoint::K6);
        }
        Ok(())
    }

    /// Finds out, for every wish, whether what it refers to is there on its side, will be made by this plan, or is
    /// neither: then the wish is blocked (MS K6).
    async fn settle_references(&self, wishes: &mut [Wish], draft: &mut Draft) -> Result<()> {
        for side in [Side::Ours, Side::Theirs] {
            let targets: HashSet<&Target> =
                wishes.iter().filter(|wish| wish.row.side == side).flat_map(|wish| &wish.targets).collect();
            let mut ids = RemoteIds::default();
            if !targets.is_empty() {
                let mut reader = self.pipeline.store.read().await?;
                ids = RemoteIds::load(&mut reader, self.school, side, targets).await?;
            }
            for wish in wishes.iter_mut().filter(|wish| wish.row.side == side) {
                draft.place(wish, side, &ids);
            }
        }
        Ok(())
    }
}

/// A panic while merging goes on in the run; a thread that was never let begin means that the process ends.
pub(crate) fn cut_off(error: JoinError) -> PipelineError {
    match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(_) => PipelineError::Interrupted,
    }
}
