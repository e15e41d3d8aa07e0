//! Carries out what was asked for: in this process when no server works on the database, else by waiting for the server.

use std::time::Duration;

use pipeline::Executed;
use store::ids::{RunId, SchoolId};
use store::run::{Run, RunState};
use store::{ProcessLock, StoreError};

use super::failure::{Failure, Result};
use super::progress::Progress;
use crate::audit_heads;
use crate::installation::Installation;
use crate::signals::Stop;

/// How often somebody else's work is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// The school's row.
pub(super) async fn school_id(installation: &Installation, slug: &str) -> Result<SchoolId> {
    let mut reader = installation.pipeline.store.read().await?;
    let found = store::school::find_by_slug(&mut reader, slug).await?;
    found.map(|school| school.id).ok_or_else(|| Failure::bad_input(format!("there is no school {slug}")))
}

/// The right to work on the database, unless another process has it.
pub(super) async fn lock(installation: &Installation) -> Result<Option<ProcessLock>> {
    match installation.pipeline.store.lock_process() {
        Ok(lock) => {
            installation.sign_in().await.map_err(Failure::chain)?;
            Ok(Some(lock))
        }
        Err(StoreError::InUse(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Brings a run to its end, or to where it waits for a person. Answers `false` when the process was asked to stop.
pub(super) async fn run(
    installation: &Installation,
    run: RunId,
    stop: &Stop,
    progress: &mut Progress,
) -> Result<bool> {
    loop {
        let row = row(installation, run).await?;
        if is_over(&row) {
            progress.end();
            return Ok(true);
        }
        match lock(installation).await? {
            None => {}
            Some(_lock) => {
                let executed = execute(installation, run, stop, progress).await;
                progress.end();
                audit_heads::append(installation).await.map_err(Failure::chain)?;
                match executed? {
                    None => return Ok(false),
                    Some(Executed::Through) => continue,
                    Some(Executed::Interrupted) => return Ok(false),
                    Some(Executed::Busy) => {
                        progress.wait("another merge of this school is at work; waiting for it");
                    }
                }
            }
        }
        tokio::select! {
            () = stop.asked() => return Ok(false),
            () = tokio::time::sleep(LOOK) => progress.show(installation, run).await?,
        }
    }
}

/// Executes the run here. `None` when the process was asked to stop: the run goes on when it is started again.
async fn execute(
    installation: &Installation,
    run: RunId,
    stop: &Stop,
    progress: &mut Progress,
) -> Result<Option<Executed>> {
    let pipeline = installation.pipeline.clone();
    let mut work = std::pin::pin!(pipeline.execute(run));
    loop {
        tokio::select! {
            biased;
            executed = &mut work => return ended(installation, run, executed).await,
            () = stop.asked() => break,
            () = tokio::time::sleep(LOOK) => progress.show(installation, run).await?,
        }
    }
    progress.wait("stopping: finishing what is under way");
    installation.interrupt(work).await?;
    Ok(None)
}

/// A run that failed has said so in its report; anything else is told here.
async fn ended(
    installation: &Installation,
    run: RunId,
    executed: pipeline::Result<Executed>,
) -> Result<Option<Executed>> {
    match executed {
        Ok(executed) => Ok(Some(executed)),
        Err(_) if is_over(&row(installation, run).await?) => Ok(Some(Executed::Through)),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn row(installation: &Installation, run: RunId) -> Result<Run> {
    let mut reader = installation.pipeline.store.read().await?;
    Ok(store::run::get(&mut reader, run).await?)
}

/// Whether nothing more happens with the run until a person does something.
fn is_over(run: &Run) -> bool {
    match run.state {
        RunState::Reported => true,
        RunState::Held => run.approved_plan_hash.is_none() && run.stop_asked_at.is_none(),
        _ => false,
    }
}
