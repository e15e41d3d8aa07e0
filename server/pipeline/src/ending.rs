//! How a run ends: what its ending is, the transaction that closes it, and its report.

use store::ids::MessageId;
use store::lease::Phase;
use store::message::NewMessage;
use store::plan_change::PlanVerdict;
use store::run::{Finish, Run, RunEnding, RunState};
use store::run_step::RunStep;
use store::write::WriteState;
use store::{Conn, Tx};
use tracing::info;

use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::report::{self, Report, Summary};

impl Night {
    /// T7's closing transaction: the run's end, its report, the audit row.
    pub(crate) async fn commit(&self, run: &Run) -> Result<()> {
        let ended = self.ending(run).await?;
        let finish =
            Finish { state: RunState::Committed, ended, error: None, summary: run.summary.as_deref() };
        let store = self.pipeline.store.clone();
        let finish = &finish;
        store
            .repeat(|mut tx| async move {
                self.finish(&mut tx, &[run.state], finish).await?;
                Ok::<_, PipelineError>(tx.commit().await?)
            })
            .await?;
        info!(run = self.number, %ended, "merge finished");
        kill::reach(KillPoint::K12);
        Ok(())
    }

    /// How a run that came through ended.
    async fn ending(&self, run: &Run) -> Result<RunEnding> {
        if run.stop_asked_by.is_some() {
            return Ok(RunEnding::Stopped);
        }
        let mut reader = self.pipeline.store.read().await?;
        let steps = store::run_step::list(&mut reader, self.run).await?;
        let downloads = || steps.iter().filter(|step| step.phase == Phase::Download);
        if downloads().all(|step| step.items_seen == 0 && step.issue.is_none()) {
            return Ok(RunEnding::NothingRead);
        }
        if downloads().all(|step| step.issue.is_some()) {
            return Ok(RunEnding::Failed);
        }
        if self.read_hardly_anything(&mut reader, &steps).await? {
            return Ok(RunEnding::NothingRead);
        }
        let stopped = steps.iter().any(|step| step.issue.is_some());
        let poisoned = !store::quarantine::counts(&mut reader, self.run).await?.is_empty();
        let verdicts = store::plan_change::counts(&mut reader, self.run).await?;
        let unclean = [PlanVerdict::HeldByLimit, PlanVerdict::Blocked];
        let held = verdicts.iter().any(|count| unclean.contains(&count.verdict));
        let writes = store::write::counts(&mut reader, self.run).await?;
        let failed = writes.iter().any(|count| count.state != WriteState::Confirmed);
        let issues = stopped || poisoned || held || failed;
        Ok(if issues { RunEnding::FinishedWithIssues } else { RunEnding::Finished })
    }

    /// Whether less than a fifth was read of what the last complete listings had: that is no finished merge (UX 7.2).
    async fn read_hardly_anything(&self, conn: &mut Conn, steps: &[RunStep]) -> Result<bool> {
        let (mut read, mut usual) = (0, 0);
        for step in steps.iter().filter(|step| step.phase == Phase::Download) {
            let (name, side) = (&step.type_name, step.side);
            let before = store::run_step::last_complete(conn, self.school, name, side, self.number).await?;
            read += step.items_seen;
            usual += before.map_or(0, |before| before.items_seen);
        }
        Ok(read * 5 < usual)
    }

    pub(crate) async fn stop(&self, run: &Run) -> Result<()> {
        let who = run.stop_asked_by.as_deref().unwrap_or_default();
        let reason = format!("stopped by {who} before anything was written");
        self.abort(RunEnding::Stopped, &reason, run.state).await
    }

    pub(crate) async fn abort(&self, ended: RunEnding, reason: &str, from: RunState) -> Result<()> {
        let finish = Finish { state: RunState::Aborted, ended, error: Some(reason), summary: None };
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        store::write::drop_pending(&mut tx, guard, self.run, self.now()).await?;
        self.finish(&mut tx, &[from], &finish).await?;
        tx.commit().await?;
        self.advance(&[RunState::Aborted], RunState::Reported).await?;
        self.pipeline.deliver_mail().await
    }

    /// Ends the run and queues its report, together (T7, R14).
    async fn finish(&self, tx: &mut Tx, from: &[RunState], finish: &Finish<'_>) -> Result<()> {
        let guard = self.lease.guard(Phase::Push)?;
        if !store::run::finish(tx, guard, self.run, from, finish, self.now()).await? {
            return Err(PipelineError::LostLease);
        }
        store::run::note_state(tx, self.run, finish.state, self.now()).await?;
        store::plan_change::follow_writes(tx, self.run).await?;
        let report = report::assemble(tx, self.run).await?;
        let run = store::run::get(tx, self.run).await?;
        let summary = Summary::of(&run).with(&report).to_json();
        store::run::note_outcome(tx, self.run, &report.outcome_code, &summary).await?;
        self.queue_report(tx, &report, "").await?;
        store::inbox::clear_run(tx, self.run).await?;
        let target = format!("merge #{}", self.number);
        let detail = serde_json::json!({ "ended": finish.ended.as_str(), "error": finish.error });
        self.pipeline.audit(tx, self.school, "the pipeline", "run.end", &target, &detail).await
    }

    /// G9: the run waits for a person, who is told at once.
    pub(crate) async fn report_hold(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        let report = report::assemble(&mut tx, self.run).await?;
        self.queue_report(&mut tx, &report, ".held").await?;
        tx.commit().await?;
        self.pipeline.deliver_mail().await
    }

    /// Queues the run's report as a mail; a repeat finds it queued already (R14).
    async fn queue_report(&self, tx: &mut Tx, report: &Report, suffix: &str) -> Result<()> {
        if self.settings.mail.to.is_empty() {
            return Ok(());
        }
        let recipients = serde_json::to_string(&self.settings.mail.to).unwrap_or_default();
        let message_id = format!("<{}{suffix}@{}>", self.run, self.pipeline.mail_host);
        let message = NewMessage {
            id: MessageId::new(self.now(), self.pipeline.clock.random()),
            school: Some(self.school),
            run: Some(self.run),
            message_id: &message_id,
            recipients: &recipients,
            subject: &report.subject(),
            text_body: &report.text(),
            html_body: &report.html(),
        };
        store::message::add(tx, &message, self.now()).await?;
        Ok(())
    }
}
