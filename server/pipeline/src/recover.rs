//! Recovery: settles every write whose fate is unknown, before anything is read or planned (RL R12, T1).

use store::lease::Phase;
use store::run::{Finish, Run, RunEnding, RunKind, RunState};
use store::write::{self, Write, WriteState};
use tracing::{info, warn};

use crate::error::{PipelineError, Result};
use crate::night::Night;
use crate::report::{self, Outcome, Summary};

impl Night {
    /// Settles the open writes of earlier runs and of people's decisions, moves the base by what is known of them, and
    /// closes the runs they belonged to.
    pub(crate) async fn recover(&self) -> Result<()> {
        for run in self.earlier_runs().await? {
            info!(run = self.number, earlier = run.number, "recovering an earlier run");
            let mut tx = self.begin().await?;
            write::drop_pending(&mut tx, self.lease.guard(Phase::Push)?, run.id, self.now()).await?;
            tx.commit().await?;
        }
        self.settle_open(|write| write.run != Some(self.run)).await?;
        self.confirm_open(|write| write.run != Some(self.run)).await?;
        self.finish_decisions().await?;
        for run in self.earlier_runs().await? {
            self.close_earlier(&run).await?;
        }
        self.carry_out_waiting().await
    }

    /// UX 6.7: decisions that wait for the next merge go out with this one, before anything is read. A trial writes nothing.
    async fn carry_out_waiting(&self) -> Result<()> {
        if self.kind == RunKind::Trial {
            return Ok(());
        }
        let types: Vec<&str> = self.types().into_iter().map(|merge_type| merge_type.name.as_str()).collect();
        let mut tx = self.begin().await?;
        let due = write::due_at_merge(&mut tx, self.school, &types).await?;
        let left = write::has_decided(&mut tx, self.school, self.now()).await?;
        tx.commit().await?;
        if due > 0 || left {
            info!(run = self.number, due, "decisions that waited for this merge go out");
            self.carry_out_decisions().await?;
        }
        Ok(())
    }

    /// After a crash in the middle of pushing: what was under way is settled before the rest goes on.
    pub(crate) async fn recover_own(&self) -> Result<()> {
        self.settle_open(|write| write.run == Some(self.run)).await
    }

    async fn earlier_runs(&self) -> Result<Vec<Run>> {
        let mut reader = self.pipeline.store.read().await?;
        let runs = store::run::unfinished(&mut reader, self.school, 1_000).await?;
        Ok(runs.into_iter().filter(|run| run.id != self.run).collect())
    }

    /// Settles the open writes that `is_ours` picks: those sent or of unknown fate, and those parked by earlier runs.
    pub(crate) async fn settle_open(&self, is_ours: impl Fn(&Write) -> bool) -> Result<()> {
        let states = [WriteState::Sending, WriteState::Unknown, WriteState::Retry, WriteState::Parked];
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let writes = self.open_writes(&states, after).await?;
            let Some(last) = writes.last() else { return Ok(()) };
            after = Some(last.id);
            for write in writes.iter().filter(|write| is_ours(write)) {
                self.settle(write).await?;
            }
        }
    }

    pub(crate) async fn open_writes(
        &self,
        states: &[WriteState],
        after: Option<store::ids::WriteId>,
    ) -> Result<Vec<Write>> {
        let mut reader = self.pipeline.store.read().await?;
        let batch = self.pipeline.bounds.batch;
        Ok(write::open_for_school(&mut reader, self.school, states, after, batch).await?)
    }

    async fn close_earlier(&self, run: &Run) -> Result<()> {
        let note = format!("ended by merge #{}, which began after it", self.number);
        let finish = Finish {
            state: RunState::Aborted,
            ended: if run.state == RunState::Held { RunEnding::Held } else { RunEnding::Stopped },
            error: Some(&note),
            summary: None,
        };
        let mut tx = self.begin().await?;
        let guard = self.lease.guard(Phase::Push)?;
        store::run::finish(&mut tx, guard, run.id, &[run.state], &finish, self.now()).await?;
        let (outcome, summary) = match report::assemble(&mut tx, run.id).await {
            Ok(report) => (report.outcome_code.clone(), Summary::of(run).with(&report)),
            // P36: settings that an older version accepted may be beyond this one; the run ends all the same.
            Err(PipelineError::Settings(error)) => {
                warn!(run = self.number, earlier = run.number, %error, "an earlier run ends without a report");
                let closed = store::run::get(&mut tx, run.id).await?;
                (Outcome::of(&closed, false, 0).as_str().to_owned(), Summary::of(run))
            }
            Err(error) => return Err(error),
        };
        store::run::note_outcome(&mut tx, run.id, &outcome, &summary.to_json()).await?;
        Ok(tx.commit().await?)
    }
}
