//! A run from its claim to its report, step by step; each step can be repeated (RL section 3).

use std::sync::Arc;

use chrono::TimeDelta;
use futures::StreamExt as _;
use store::ids::RunId;
use store::lease::Phase;
use store::run::{Finish, Run, RunEnding, RunKind, RunState};

use store::Conn;
use store::write::WriteState;
use tracing::{error, warn};

use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::mail;
use crate::night::{Lease, Night};
use crate::pipeline::{Pipeline, RunOptions};
use crate::report::{Outcome, Summary};
use crate::settings::Settings;

/// What became of an attempt to carry a run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    /// The run has come to an end, or waits for an approval; its row says which.
    Through,
    /// Another process, or another run of this school, is at work; try again later.
    Busy,
    /// The process is to end: the run keeps its state and goes on with the next start (RL R32).
    Interrupted,
}

const ALL_PHASES: [Phase; 3] = [Phase::Download, Phase::Apply, Phase::Push];
const BEFORE_PUSHING: [RunState; 7] = [
    RunState::Requested,
    RunState::Claimed,
    RunState::Recovering,
    RunState::Downloading,
    RunState::Applying,
    RunState::Merging,
    RunState::Planned,
];

impl Pipeline {
    /// Carries a run out from wherever it stands: a fresh one from its claim, one that a crash interrupted from its last
    /// committed step, a held one that was approved from its gate.
    ///
    /// # Errors
    /// When the database fails, the settings or systems cannot be used, or the lease is lost. What cannot be merged or
    /// written is not an error: it is in the report.
    pub async fn execute(&self, run: RunId) -> Result<Executed> {
        kill::reach(KillPoint::K0);
        if self.is_over(run).await? {
            // Its report may still wait: it was queued with the run's end, and the process died before it went out.
            self.deliver_mail().await?;
            return Ok(Executed::Through);
        }
        let night = match self.claim(run).await {
            Ok(Some(night)) => night,
            Ok(None) => return Ok(Executed::Busy),
            Err(problem) => {
                self.fail_unclaimed(run, &problem).await?;
                return Err(problem);
            }
        };
        kill::reach(KillPoint::K1);
        let outcome = night.carry_out().await;
        if let Err(problem) = &outcome {
            night.give_up(problem).await;
        }
        night.lease.release(self).await?;
        match outcome {
            Ok(()) => Ok(Executed::Through),
            Err(PipelineError::Interrupted) => Ok(Executed::Interrupted),
            Err(problem) => Err(problem),
        }
    }

    async fn is_over(&self, run: RunId) -> Result<bool> {
        let mut reader = self.store.read().await?;
        Ok(store::run::get(&mut reader, run).await?.state == RunState::Reported)
    }

    /// T8: hands queued mails to the mail server. A mail that cannot go now is tried again later; the run is over.
    pub(crate) async fn deliver_mail(&self) -> Result<()> {
        if let Some(mailer) = &self.mailer {
            mail::deliver_due(&self.store, mailer, self.clock.as_ref()).await?;
        }
        Ok(())
    }

    /// T0: the leases of all three phases and the run, in one transaction.
    async fn claim(&self, id: RunId) -> Result<Option<Night>> {
        let mut tx = self.store.begin().await?;
        let run = store::run::get(&mut tx, id).await?;
        let (settings, revision) = self.settings_of(&mut tx, &run).await?;
        let systems = self.open_systems(run.school, &settings)?;
        let Some(lease) = Lease::claim(self, &mut tx, run.school, &ALL_PHASES).await? else {
            return Ok(None);
        };
        let guard = lease.guard(Phase::Push)?;
        let claimed = match run.state {
            RunState::Requested => {
                store::run::claim(&mut tx, guard, id, revision, &settings.hash, self.clock.now()).await?
            }
            _ => store::run::adopt(&mut tx, guard, id).await?,
        };
        if !claimed {
            return Ok(None);
        }
        if run.state == RunState::Requested {
            store::run::note_state(&mut tx, id, RunState::Claimed, self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(Some(Night {
            mapping_hash: Night::mapping_hash_of(&settings),
            pipeline: self.clone(),
            school: run.school,
            settings: Arc::new(settings),
            systems,
            lease,
            run: id,
            number: run.number,
            kind: run.kind,
            options: RunOptions::of(&run)?,
        }))
    }

    /// The settings a run goes by: those it was claimed under, else the newest.
    async fn settings_of(&self, conn: &mut Conn, run: &Run) -> Result<(Settings, i64)> {
        let revision = match run.settings_revision {
            0 => store::settings_revision::current(conn, run.school).await?,
            number => Some(store::settings_revision::get(conn, run.school, number).await?),
        };
        let revision = revision.ok_or(PipelineError::NoSettings)?;
        Ok((Settings::parse(&revision.document)?, revision.number))
    }

    /// A run that could not even begin ends with the reason, so that nobody waits for it.
    async fn fail_unclaimed(&self, id: RunId, problem: &PipelineError) -> Result<()> {
        let reason = problem.to_string();
        error!(run = %id, reason, "a merge could not begin");
        let mut tx = self.store.begin().await?;
        let run = store::run::get(&mut tx, id).await?;
        if let Some(lease) = Lease::claim(self, &mut tx, run.school, &ALL_PHASES).await? {
            let finish = Finish {
                state: RunState::Aborted,
                ended: RunEnding::Failed,
                error: Some(&reason),
                summary: None,
            };
            let guard = lease.guard(Phase::Push)?.clone();
            let now = self.clock.now();
            store::run::finish(&mut tx, &guard, id, &BEFORE_PUSHING, &finish, now).await?;
            store::run::note_outcome(&mut tx, id, Outcome::Failed.as_str(), &Summary::default().to_json())
                .await?;
            tx.commit().await?;
            lease.release(self).await?;
        }
        Ok(())
    }
}

impl Night {
    async fn carry_out(&self) -> Result<()> {
        loop {
            let run = self.reload().await?;
            let unsent = run.state == RunState::Held || BEFORE_PUSHING.contains(&run.state);
            if run.stop_asked_by.is_some() && unsent {
                self.stop(&run).await?;
                return Ok(());
            }
            match run.state {
                RunState::Requested | RunState::Claimed => {
                    self.advance(&[run.state], RunState::Recovering).await?;
                }
                RunState::Recovering => {
                    self.recover().await?;
                    self.advance(&[RunState::Recovering], RunState::Downloading).await?;
                    kill::reach(KillPoint::K2);
                }
                RunState::Downloading => {
                    self.download().await?;
                    self.advance(&[RunState::Downloading], RunState::Applying).await?;
                    kill::reach(KillPoint::K4);
                }
                RunState::Applying => {
                    self.apply().await?;
                    // After a first listing the planner of the database knows nothing of what is there now.
                    self.pipeline.store.refresh_statistics().await?;
                    self.advance(&[RunState::Applying], RunState::Merging).await?;
                    kill::reach(KillPoint::K5);
                }
                RunState::Merging => {
                    let draft = self.draft_plan().await?;
                    self.close_plan(&draft).await?;
                    kill::reach(KillPoint::K7);
                }
                RunState::Planned if self.kind == RunKind::Trial => self.commit(&run).await?,
                RunState::Planned => {
                    self.advance(&[RunState::Planned], RunState::Pushing).await?;
                    kill::reach(KillPoint::K8);
                }
                RunState::Held if run.approved_plan_hash.is_some() => self.release_held(&run).await?,
                RunState::Held => return self.report_hold().await,
                RunState::Pushing => {
                    self.recover_own().await?;
                    self.push().await?;
                    self.advance(&[RunState::Pushing], RunState::Confirming).await?;
                }
                RunState::Confirming => {
                    self.confirm_open(|write| write.run == Some(self.run)).await?;
                    self.join_rest().await?;
                    if self.plan_read_back().await? == 0 {
                        kill::reach(KillPoint::K10);
                        self.commit(&run).await?;
                    }
                }
                RunState::Committed | RunState::Aborted => {
                    self.advance(&[run.state], RunState::Reported).await?;
                    return self.pipeline.deliver_mail().await;
                }
                RunState::Reported => return Ok(()),
            }
        }
    }

    async fn reload(&self) -> Result<Run> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(store::run::get(&mut reader, self.run).await?)
    }

    /// G28: an approval covers the plan that was seen. Every record of it is read again; when one has changed, the run
    /// plans anew and asks again.
    async fn release_held(&self, run: &Run) -> Result<()> {
        let day = TimeDelta::hours(24);
        let too_late = run.approved_at.is_none_or(|at| self.now() - at > day);
        let to = if too_late || self.moved_since_planned().await? {
            warn!(run = self.number, "the records have changed since the approval: planning anew");
            RunState::Downloading
        } else {
            RunState::Pushing
        };
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        if to == RunState::Downloading {
            store::write::drop_pending(&mut tx, guard, self.run, self.now()).await?;
            store::write::forget_dropped(&mut tx, guard, self.run).await?;
            store::run_step::clear(&mut tx, self.run).await?;
        }
        self.move_to(&mut tx, &[RunState::Held], to).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a record that the plan would write is no longer as the plan read it.
    async fn moved_since_planned(&self) -> Result<bool> {
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let mut reader = self.pipeline.store.read().await?;
            let (states, batch) = ([WriteState::Pending], self.pipeline.bounds.batch);
            let writes = store::write::list_for_run(&mut reader, self.run, &states, after, batch).await?;
            drop(reader);
            let Some(last) = writes.last() else { return Ok(false) };
            after = Some(last.position);
            let looks = writes.iter().map(|write| self.is_as_planned(write));
            let mut looks =
                futures::stream::iter(looks).buffer_unordered(self.pipeline.bounds.writes_at_once);
            while let Some(as_planned) = looks.next().await {
                if !as_planned? {
                    return Ok(true);
                }
            }
        }
    }

    /// Something failed in the middle. The run keeps its state and goes on from there when it is started again, unless
    /// nothing was written yet and going on would meet the same obstacle.
    async fn give_up(&self, problem: &PipelineError) {
        error!(run = self.number, %problem, "merge interrupted");
        if matches!(problem, PipelineError::Store(_) | PipelineError::LostLease | PipelineError::Interrupted)
        {
            return;
        }
        let Ok(run) = self.reload().await else { return };
        if BEFORE_PUSHING.contains(&run.state)
            && let Err(second) = self.abort(RunEnding::Failed, &problem.to_string(), run.state).await
        {
            error!(run = self.number, %second, "the failed merge could not be closed");
        }
    }
}
