//! Carries out what people decided: a small push of its own, under the Push lease (RL R13).

use std::collections::HashMap;
use std::sync::Arc;

use merge::{Object, Value};
use store::Conn;
use store::conflict::{self, ConflictStatus};
use store::decision::{self, Decision, DecisionState};
use store::ids::{DecisionId, RunId, SchoolId};
use store::lease::Phase;
use store::plan_change::Operation;
use store::run::RunKind;
use store::write::{Write, WriteState};
use uuid::Uuid;

use crate::error::{PipelineError, Result};
use crate::night::{Lease, Night};
use crate::pipeline::{Pipeline, RunOptions};
use crate::send::{changed_fields, post_fields, pre_fields};
use crate::settings::Settings;

impl Pipeline {
    /// Sends the decided writes of a school whose undo time is over, settles what an earlier start left behind, and reads
    /// again what people asked for. `None` when a run or another process is at work there: it waits until that has ended.
    /// Answers how many writes were sent.
    ///
    /// # Errors
    /// As for [`Pipeline::execute`].
    pub async fn push_decided(&self, school: SchoolId) -> Result<Option<u64>> {
        let mut tx = self.store.begin().await?;
        if !self.has_work_of_people(&mut tx, school).await? {
            return Ok(Some(0));
        }
        let Some(lease) = Lease::claim(self, &mut tx, school, &[Phase::Push]).await? else { return Ok(None) };
        let revision = store::settings_revision::current(&mut tx, school).await?;
        let settings = Settings::parse(&revision.ok_or(PipelineError::NoSettings)?.document)?;
        store::write::due_decided(&mut tx, school, self.clock.now()).await?;
        tx.commit().await?;
        let desk = Night {
            systems: self.open_systems(school, &settings)?,
            mapping_hash: Night::mapping_hash_of(&settings),
            pipeline: self.clone(),
            school,
            settings: Arc::new(settings),
            lease,
            run: RunId(Uuid::nil()),
            number: 0,
            kind: RunKind::Manual,
            options: RunOptions::default(),
        };
        let outcome = desk.carry_out_work_of_people().await;
        desk.lease.release(self).await?;
        outcome.map(Some)
    }

    /// Whether there is something for [`Pipeline::push_decided`] to do in a school.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_work_of_people(&self, conn: &mut Conn, school: SchoolId) -> Result<bool> {
        Ok(store::write::has_decided(conn, school, self.clock.now()).await?
            || decision::has_ended(conn, school).await?
            || store::read_request::has_open(conn, school).await?)
    }
}

/// What became of a decision whose writes have all ended.
pub(crate) fn state_of(writes: &[Write]) -> DecisionState {
    match writes.iter().filter(|write| write.state == WriteState::Confirmed).count() {
        count if count == writes.len() => DecisionState::Applied,
        0 => DecisionState::Refused,
        _ => DecisionState::Partly,
    }
}

/// Writes that a person caused.
fn is_decided(write: &Write) -> bool {
    write.run.is_none()
}

/// What a forced decision wrote over, and what with, for whoever asks later (UX 7.4.8).
fn overwritten(decision: &Decision, writes: &[Write]) -> Result<Vec<serde_json::Value>> {
    let mut values = Vec::new();
    for write in writes.iter().filter(|write| decision.force && write.state == WriteState::Confirmed) {
        let (before, after) = (pre_fields(write)?, post_fields(write)?.unwrap_or_default());
        let value = |object: &Object, name: &str| object.get(name).map(Value::to_json);
        let names = match write.operation {
            Operation::Delete => before.keys().map(str::to_owned).collect(),
            _ => changed_fields(write)?,
        };
        for name in names {
            values.push(serde_json::json!({
                "side": write.side.as_str(),
                "field": name,
                "was": value(&before, &name),
                "written": value(&after, &name),
                "version": write.pre_version,
            }));
        }
    }
    Ok(values)
}

impl Night {
    async fn carry_out_work_of_people(&self) -> Result<u64> {
        let sent = self.carry_out_decisions().await?;
        self.carry_out_requests().await?;
        Ok(sent)
    }

    /// Sends the decided writes whose time has come, and settles what is under way. Answers how many were sent.
    pub(crate) async fn carry_out_decisions(&self) -> Result<u64> {
        self.settle_open(is_decided).await?;
        let mut sent = 0;
        let mut after = None;
        loop {
            let writes = self.open_writes(&[WriteState::Pending], after).await?;
            let Some(last) = writes.last() else { break };
            after = Some(last.id);
            for write in writes.iter().filter(|write| is_decided(write)) {
                self.send_decided(write).await?;
                sent += 1;
            }
        }
        self.settle_open(is_decided).await?;
        self.confirm_open(is_decided).await?;
        self.finish_decisions().await?;
        Ok(sent)
    }

    async fn send_decided(&self, write: &Write) -> Result<()> {
        if self.look_before(write).await? {
            let mut reader = self.pipeline.store.read().await?;
            // With the version that the look may have brought.
            let write = store::write::get(&mut reader, write.id).await?;
            drop(reader);
            self.send(&write).await?;
        }
        Ok(())
    }

    /// Ends every decision whose writes have ended: applied, partly applied, or refused; the conflict is settled or opens
    /// again with the values of now.
    pub(crate) async fn finish_decisions(&self) -> Result<()> {
        loop {
            // Those that are ended leave the list, so the next page is the first one again.
            let mut reader = self.pipeline.store.read().await?;
            let batch = self.pipeline.bounds.batch;
            let decisions = decision::list_ended(&mut reader, self.school, batch).await?;
            let ids: Vec<DecisionId> = decisions.iter().map(|decision| decision.id).collect();
            let mut writes: HashMap<DecisionId, Vec<Write>> = HashMap::new();
            for write in store::write::list_for_decisions(&mut reader, &ids).await? {
                if let Some(id) = write.decision {
                    writes.entry(id).or_default().push(write);
                }
            }
            drop(reader);
            if decisions.is_empty() {
                return Ok(());
            }
            for decision in decisions {
                self.keep_lease().await?;
                let writes = writes.remove(&decision.id).unwrap_or_default();
                match decision.undoes {
                    Some(undone) => self.finish_undo(&decision, undone, &writes).await?,
                    None => self.finish_decision(&decision, &writes).await?,
                }
            }
        }
    }

    async fn finish_decision(&self, decision: &Decision, writes: &[Write]) -> Result<()> {
        let state = state_of(writes);
        if state != DecisionState::Applied {
            for link in writes.iter().map(|write| write.link).collect::<std::collections::BTreeSet<_>>() {
                // What could not be read again is shown as it was known.
                let _ = self.read_again(link).await?;
            }
        }
        let mut tx = self.begin().await?;
        decision::set_state(&mut tx, decision.id, state, None).await?;
        let status = match state {
            DecisionState::Applied => ConflictStatus::Settled,
            _ => ConflictStatus::Open,
        };
        let found = conflict::get(&mut tx, decision.conflict).await?;
        let decided = [ConflictStatus::Decided];
        conflict::set_status(&mut tx, found.id, &found.revision, &decided, status, self.now()).await?;
        if let (ConflictStatus::Open, Some(write)) = (status, writes.first()) {
            self.refresh_conflict(&mut tx, write.link).await?;
        }
        let detail = serde_json::json!({
            "decision": decision.id.to_string(),
            "state": state.as_str(),
            "overwrote": overwritten(decision, writes)?,
            "errors": writes.iter().filter_map(|write| write.error_message.clone()).collect::<Vec<_>>(),
        });
        let action = if decision.force { "force.end" } else { "decision.end" };
        let target = format!("conflict {}", found.number);
        self.pipeline.audit(&mut tx, self.school, &decision.person, action, &target, &detail).await?;
        Ok(tx.commit().await?)
    }
}
