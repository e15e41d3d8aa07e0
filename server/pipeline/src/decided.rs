//! Carries out what people decided: a small push of its own, under the Push lease (RL R13).

use std::sync::Arc;

use connect::{RemoteId, TypeName};
use merge::merge_record;
use store::Tx;
use store::conflict::{self, ConflictStatus};
use store::decision::{self, Decision, DecisionState};
use store::ids::{ConflictId, LinkId, RunId, SchoolId};
use store::lease::Phase;
use store::link::Link;
use store::run::RunKind;
use store::staged::{Origin, Staged, StagedState};
use store::write::{Why, Write, WriteState};
use uuid::Uuid;

use crate::error::{PipelineError, Result};
use crate::night::{Lease, Night};
use crate::pipeline::{Pipeline, RunOptions};
use crate::planned::{ConflictRecord, PlannedConflict};
use crate::send::changed_fields;
use crate::settings::Settings;
use crate::wish::Record;

impl Pipeline {
    /// Sends the decided writes of a school whose undo time is over, and settles what an earlier start left behind. `None`
    /// when a run or another process is at work there: they go out when it has ended.
    ///
    /// # Errors
    /// As for [`Pipeline::execute`].
    pub async fn push_decided(&self, school: SchoolId) -> Result<Option<u64>> {
        let mut tx = self.store.begin().await?;
        if !store::write::has_decided(&mut tx, school, self.clock.now()).await? {
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
        let outcome = desk.carry_out_decisions().await;
        desk.lease.release(self).await?;
        outcome.map(Some)
    }
}

/// Writes that a person caused.
fn is_decided(write: &Write) -> bool {
    write.run.is_none()
}

impl Night {
    async fn carry_out_decisions(&self) -> Result<u64> {
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
        let mut write = write.clone();
        if write.why == Why::Force {
            self.refresh_forced(&mut write).await?;
        }
        self.send(&write).await?;
        Ok(())
    }

    /// R13: a forced write takes the newest version right before it is sent, and keeps what it will write over.
    async fn refresh_forced(&self, write: &mut Write) -> Result<()> {
        let (Some(merge_type), Some(id)) = (self.settings.merge_type(&write.type_name), &write.remote_id)
        else {
            return Ok(());
        };
        let name = TypeName::from(merge_type.name.as_str());
        let cx = self.cx();
        let read =
            self.holding(self.system(write.side).get(&cx, &name, &RemoteId::from(id.as_str()))).await?;
        let Ok(record) = read else { return Ok(()) };
        let now = self.map_record(merge_type, write.side, &record.fields).await?;
        let overwritten: merge::Object = changed_fields(write)?
            .into_iter()
            .filter_map(|name| Some((name.clone(), now.body.get(&name)?.clone())))
            .collect();
        write.pre_version = record.version.map(|version| version.to_string());
        write.pre_body = Some(now.encode());
        write.pre_hash = Some(now.body.hash().to_string());
        let (version, hash, body) =
            (write.pre_version.as_deref(), write.pre_hash.as_deref(), write.pre_body.as_deref());
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        store::write::refresh_guard(&mut tx, guard, write.id, version, hash, body).await?;
        if let Some(decision) = write.decision {
            let overwrote = overwritten.to_json();
            decision::set_state(&mut tx, decision, DecisionState::Decided, Some(&overwrote)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends every decision whose writes have ended: applied, partly applied, or refused; the conflict is settled or opens
    /// again with the values of now.
    pub(crate) async fn finish_decisions(&self) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let decisions = decision::list_unfinished(&mut reader, self.school, 1_000).await?;
        drop(reader);
        for decision in decisions {
            let mut reader = self.pipeline.store.read().await?;
            let writes = store::write::list_for_decision(&mut reader, decision.id).await?;
            drop(reader);
            if writes.iter().all(|write| !write.state.is_open()) {
                self.finish_decision(&decision, &writes).await?;
            }
        }
        Ok(())
    }

    async fn finish_decision(&self, decision: &Decision, writes: &[Write]) -> Result<()> {
        let applied = writes.iter().filter(|write| write.state == WriteState::Confirmed).count();
        let state = match applied {
            count if count == writes.len() => DecisionState::Applied,
            0 => DecisionState::Refused,
            _ => DecisionState::Partly,
        };
        if state != DecisionState::Applied {
            for link in writes.iter().map(|write| write.link).collect::<std::collections::BTreeSet<_>>() {
                self.read_again(link).await?;
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
            self.reopen(&mut tx, write.link).await?;
        }
        let detail = serde_json::json!({
            "decision": decision.id.to_string(),
            "state": state.as_str(),
            "overwrote": decision.overwrote,
            "errors": writes.iter().filter_map(|write| write.error_message.clone()).collect::<Vec<_>>(),
        });
        let action = if decision.force { "force.end" } else { "decision.end" };
        let target = format!("conflict {}", found.number);
        self.pipeline.audit(&mut tx, self.school, &decision.person, action, &target, &detail).await?;
        Ok(tx.commit().await?)
    }

    /// Reads one record again on both sides, so that a person sees the values of now.
    async fn read_again(&self, link: LinkId) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let link: Link = store::link::get(&mut reader, link).await?;
        drop(reader);
        let Some(merge_type) = self.settings.merge_type(&link.type_name) else { return Ok(()) };
        let name = TypeName::from(merge_type.name.as_str());
        for side in [merge::Side::Ours, merge::Side::Theirs] {
            let Some(remote_id) = link.remote_id(side) else { continue };
            let cx = self.cx();
            let read = self.holding(self.system(side).get(&cx, &name, &RemoteId::from(remote_id))).await?;
            let Ok(record) = read else { continue };
            let mapped = self.map_record(merge_type, side, &record.fields).await?;
            let row = Staged {
                link: link.id,
                side,
                remote_id: remote_id.to_owned(),
                state: StagedState::Live,
                hash: Some(mapped.body.hash()),
                raw_hash: mapped.violations.is_empty().then(|| self.raw_hash(&record.fields)),
                version: record.version.map(|version| version.to_string()),
                modified: record.modified,
                origin: Origin::Read,
                run: None,
                missing_runs: 0,
                missing_since: None,
                body: Some(mapped.encode()),
            };
            let mut tx = self.begin().await?;
            store::staged::upsert_many(&mut tx, self.school, &merge_type.name, &[row]).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Merges one record again and refreshes its conflict (MS C2), or closes it when the question has gone away.
    async fn reopen(&self, tx: &mut Tx, link: LinkId) -> Result<()> {
        let candidates = store::candidate::get_many(tx, &[link]).await?;
        let Some(candidate) = candidates.first() else { return Ok(()) };
        let Some(merge_type) = self.settings.merge_type(&candidate.type_name) else { return Ok(()) };
        let record = Record::read(candidate)?;
        let verdict = merge_record(&merge_type.policy, &record.input(merge_type));
        match &verdict.conflict {
            Some(conflict) => {
                let PlannedConflict::Open(found) = PlannedConflict::open(conflict, false) else {
                    return Ok(());
                };
                let id = ConflictId::new(self.now(), self.pipeline.clock.random());
                let record = ConflictRecord {
                    link,
                    type_name: &candidate.type_name,
                    key: &candidate.key,
                    label: &candidate.label,
                };
                let new = found.into_new(id, record)?;
                conflict::open_or_refresh_many(tx, self.school, None, &[new], self.now()).await?;
            }
            None => {
                let living = conflict::find_living_for_links(tx, &[link]).await?;
                let ids: Vec<ConflictId> = living.iter().map(|conflict| conflict.id).collect();
                conflict::close_many(tx, &ids, ConflictStatus::Healed, self.now()).await?;
            }
        }
        Ok(())
    }
}
