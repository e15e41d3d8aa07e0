//! Carries runs out: those that were asked for, and those that a stop or a crash left unfinished (RL R12, R33).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use pipeline::Executed;
use store::ids::RunId;
use store::run::{Run, RunState};
use tracing::{error, info};

use super::crew::Crew;
use super::loops::Round;
use crate::audit_heads;
use crate::installation::Installation;

/// Rows looked at in a round.
const ROWS: u32 = 500;
/// A run that another process works on, or that failed, is looked at again after this; twice as long each time.
const AGAIN: TimeDelta = TimeDelta::seconds(5);
const AGAIN_MOST: TimeDelta = TimeDelta::minutes(10);

/// Which runs wait before they are tried again, and how often they were tried.
type Waits = Arc<Mutex<HashMap<RunId, (DateTime<Utc>, i32)>>>;

/// The loop's state.
pub(super) struct Runs {
    installation: Installation,
    crew: Crew,
    waits: Waits,
}

impl Runs {
    pub(super) fn new(installation: Installation) -> Self {
        let crew = Crew::new(installation.config.schools_at_once);
        Self { installation, crew, waits: Arc::default() }
    }

    async fn take_up(&mut self) -> Result<()> {
        self.crew.gather();
        if !self.crew.has_room() {
            return Ok(());
        }
        for run in self.to_do().await? {
            if !self.crew.has_room() {
                break;
            }
            if !self.crew.has(run.school) && !self.waits(run.id) {
                let (installation, waits) = (self.installation.clone(), Arc::clone(&self.waits));
                self.crew.take(run.school, move || carry_out(installation, run, waits));
            }
        }
        Ok(())
    }

    /// Unfinished runs first: a new one would end them.
    async fn to_do(&self) -> Result<Vec<Run>> {
        let mut reader = self.installation.pipeline.store.read().await?;
        let mut runs = Vec::new();
        for school in self.installation.schools(&mut reader).await? {
            let unfinished = store::run::unfinished(&mut reader, school.id, ROWS).await?;
            runs.extend(unfinished.into_iter().filter(can_go_on));
        }
        runs.extend(store::run::requested(&mut reader, ROWS).await?);
        Ok(runs)
    }

    fn waits(&self, run: RunId) -> bool {
        let now = self.installation.pipeline.clock.now();
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.get(&run).is_some_and(|(until, _)| now < *until)
    }
}

/// A held run goes on when a person has approved it or asked it to stop.
fn can_go_on(run: &Run) -> bool {
    run.state != RunState::Held || run.approved_plan_hash.is_some() || run.stop_asked_at.is_some()
}

async fn carry_out(installation: Installation, run: Run, waits: Waits) {
    info!(run = run.number, kind = %run.kind, state = %run.state, "merge taken up");
    let again = match installation.pipeline.execute(run.id).await {
        Ok(Executed::Through | Executed::Interrupted) => false,
        Ok(Executed::Busy) => true,
        Err(problem) => {
            error!(run = run.number, %problem, "merge failed");
            true
        }
    };
    if let Err(problem) = audit_heads::append(&installation).await {
        error!(
            run = run.number,
            error = format!("{problem:#}"),
            "the end of the audit log was not written down"
        );
    }
    let now = installation.pipeline.clock.now();
    let mut waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
    if again {
        let tries = waits.get(&run.id).map_or(0, |(_, tries)| *tries);
        let wait = AGAIN.checked_mul(1 << tries.min(10)).map_or(AGAIN_MOST, |wait| wait.min(AGAIN_MOST));
        waits.insert(run.id, (now + wait, tries + 1));
    } else {
        waits.remove(&run.id);
    }
    drop(waits);
    installation.nudge.send_replace(());
}

impl Round for Runs {
    fn round(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.take_up())
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.crew.ended())
    }
}
