//! One run at work: its school, settings, systems, and the lease under which it may change anything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use connect::{Cx, System};
use merge::Side;
use store::ids::{RunId, SchoolId};
use store::lease::{Guard, Phase};
use store::run::{Run, RunKind, RunState};
use store::{Conn, Tx};

use crate::error::{PipelineError, Result};
use crate::pipeline::{Pipeline, RunOptions};
use crate::settings::{Pair, Settings, TypeSettings};

/// How often a lease is renewed while an outside system keeps us waiting (R28).
pub(crate) const RENEWAL: Duration = Duration::from_secs(15);

/// The leases of one holder, claimed and renewed together.
#[derive(Debug)]
pub(crate) struct Lease {
    guards: Vec<Guard>,
    /// The newest moment at which a write of an earlier holder may still be under way (R29).
    pub(crate) earlier_holder_until: Option<DateTime<Utc>>,
    renewed_at: Mutex<DateTime<Utc>>,
}

impl Lease {
    /// Claims the phases, all or none; `None` when another process holds one of them. Nothing is claimed until the
    /// caller commits.
    pub(crate) async fn claim(
        pipeline: &Pipeline,
        conn: &mut Conn,
        school: SchoolId,
        phases: &[Phase],
    ) -> Result<Option<Self>> {
        let now = pipeline.clock.now();
        let mut guards = Vec::with_capacity(phases.len());
        let mut earlier_holder_until = None;
        for phase in phases {
            let claimed =
                store::lease::claim(conn, school, *phase, &pipeline.holder, now, pipeline.bounds.lease)
                    .await?;
            let Some(claimed) = claimed else { return Ok(None) };
            earlier_holder_until = earlier_holder_until.max(claimed.previous_expires_at);
            guards.push(claimed.guard);
        }
        Ok(Some(Self { guards, earlier_holder_until, renewed_at: Mutex::new(now) }))
    }

    /// What the guarded statements of a phase show (R4).
    pub(crate) fn guard(&self, phase: Phase) -> Result<&Guard> {
        self.guards.iter().find(|guard| guard.phase == phase).ok_or(PipelineError::LostLease)
    }

    /// Renews the lease when it was renewed a while ago; an error when somebody else has it by now.
    pub(crate) async fn keep(&self, pipeline: &Pipeline) -> Result<()> {
        let now = pipeline.clock.now();
        let age = now - self.renewed_at.lock().map_or(now, |at| *at);
        if age < pipeline.bounds.renew_after {
            return Ok(());
        }
        let mut tx = pipeline.store.begin().await?;
        for guard in &self.guards {
            if !store::lease::renew(&mut tx, guard, now, pipeline.bounds.lease).await? {
                return Err(PipelineError::LostLease);
            }
        }
        tx.commit().await?;
        if let Ok(mut at) = self.renewed_at.lock() {
            *at = now;
        }
        Ok(())
    }

    /// Gives the lease back.
    pub(crate) async fn release(&self, pipeline: &Pipeline) -> Result<()> {
        let mut tx = pipeline.store.begin().await?;
        for guard in &self.guards {
            store::lease::release(&mut tx, guard).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// A run with everything it works with.
pub(crate) struct Night {
    pub(crate) pipeline: Pipeline,
    pub(crate) school: SchoolId,
    pub(crate) settings: Arc<Settings>,
    pub(crate) mapping_hash: String,
    pub(crate) systems: Pair<Arc<dyn System>>,
    pub(crate) lease: Lease,
    pub(crate) run: RunId,
    pub(crate) number: i64,
    pub(crate) kind: RunKind,
    pub(crate) options: RunOptions,
}

impl Night {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.pipeline.clock.now()
    }

    pub(crate) fn cx(&self) -> Cx {
        let fence = self.lease.guard(Phase::Push).map(|guard| guard.fence).ok();
        self.pipeline.cx(Some(self.run), fence)
    }

    /// A short hash of how the settings read and map records.
    pub(crate) fn mapping_hash_of(settings: &Settings) -> String {
        settings.mapping_hash().chars().take(16).collect()
    }

    /// The hash by which an unchanged item is known without mapping it: of its content, and of how we map it.
    pub(crate) fn raw_hash(&self, fields: &merge::Object) -> String {
        format!("{}{}", self.mapping_hash, fields.hash())
    }

    pub(crate) fn system(&self, side: Side) -> &dyn System {
        self.systems[side].as_ref()
    }

    pub(crate) async fn keep_lease(&self) -> Result<()> {
        if self.pipeline.is_stopping() {
            return Err(PipelineError::Interrupted);
        }
        self.lease.keep(&self.pipeline).await
    }

    /// Waits for an outside system while the lease is kept. Both go on at once: a system that is kept in this database
    /// must not sit on the connection that keeping the lease waits for.
    pub(crate) async fn holding<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let kept = async {
            loop {
                tokio::time::sleep(RENEWAL).await;
                if let Err(lost) = self.lease.keep(&self.pipeline).await {
                    return lost;
                }
            }
        };
        tokio::select! {
            biased;
            value = work => Ok(value),
            lost = kept => Err(lost),
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(self.pipeline.store.begin().await?)
    }

    /// A transaction in which nobody else can claim the phase that merges and plans: who lost it adds nothing to the plan of
    /// whoever begins it anew (R4, R8).
    pub(crate) async fn begin_planning(&self) -> Result<Tx> {
        let mut tx = self.begin().await?;
        match store::lease::hold(&mut tx, self.lease.guard(Phase::Push)?).await? {
            true => Ok(tx),
            false => Err(PipelineError::LostLease),
        }
    }

    /// The types of this run in dependency order: those asked for with everything they need, or all enabled ones.
    pub(crate) fn types(&self) -> Vec<&TypeSettings> {
        let mut wanted: BTreeSet<&str> = self.options.types.iter().map(String::as_str).collect();
        let all = wanted.is_empty();
        for merge_type in self.settings.types.iter().rev() {
            if wanted.contains(merge_type.name.as_str()) {
                wanted.extend(merge_type.depends_on.iter().map(String::as_str));
            }
        }
        let enabled = self.settings.types.iter().filter(|merge_type| merge_type.enabled);
        enabled.filter(|merge_type| all || wanted.contains(merge_type.name.as_str())).collect()
    }

    /// Moves the run on, provided that the lease is still ours (R4).
    pub(crate) async fn move_to(&self, conn: &mut Conn, from: &[RunState], to: RunState) -> Result<()> {
        let guard = self.lease.guard(Phase::Push)?;
        if !store::run::set_state(conn, guard, self.run, from, to).await? {
            return Err(PipelineError::LostLease);
        }
        Ok(store::run::note_state(conn, self.run, to, self.now()).await?)
    }

    /// Like [`Night::move_to`] in a transaction of its own.
    pub(crate) async fn advance(&self, from: &[RunState], to: RunState) -> Result<()> {
        let mut tx = self.begin().await?;
        self.move_to(&mut tx, from, to).await?;
        Ok(tx.commit().await?)
    }

    /// Who asked for this run to be stopped, if somebody did.
    pub(crate) async fn stop_asked(&self) -> Result<Option<String>> {
        let mut reader = self.pipeline.store.read().await?;
        let run: Run = store::run::get(&mut reader, self.run).await?;
        Ok(run.stop_asked_by)
    }
}
