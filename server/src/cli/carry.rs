//! Carries out what was asked for: in this process when no server works on the database, else by waiting for the server.

use std::pin::Pin;
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
                let noted = audit_heads::append(installation).await.map_err(Failure::chain);
                // What became of the run comes first: a failure afterwards must not hide its own.
                let executed = executed?;
                noted?;
                match executed {
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
            () = tokio::time::sleep(LOOK) => look(installation, run, progress).await,
        }
    }
}

/// Says how far the run has come. That this cannot be read at the moment stops nothing: the next look says it.
async fn look(installation: &Installation, run: RunId, progress: &mut Progress) {
    if let Err(Failure { message, .. }) = progress.show(installation, run).await {
        tracing::debug!(error = message, "how far the run has come cannot be read");
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
    if let Some(executed) = watched(installation, run, stop, progress, work.as_mut()).await {
        return ended(installation, run, executed).await;
    }
    progress.wait("stopping: finishing what is under way");
    installation.interrupt(work).await?;
    Ok(None)
}

/// The end of the work, or `None` when the process was asked to stop before it. The work goes on while its progress is
/// read: both draw on the same few connections, and work that waits for its turn gives none back.
async fn watched<T>(
    installation: &Installation,
    run: RunId,
    stop: &Stop,
    progress: &mut Progress,
    work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let shown = async {
        loop {
            tokio::time::sleep(LOOK).await;
            look(installation, run, progress).await;
        }
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = stop.asked() => None,
        () = shown => None,
    }
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

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use app::api::{Actor, Api as _};
    use store::ids::RunId;

    use super::{LOOK, Progress, Stop, watched};
    use crate::config::{Config, Options};
    use crate::installation::Installation;

    const SETTINGS: &str = include_str!("../desk/tests/local.toml");

    /// The look at a run waits for a connection while the work has all of them: the work must get on to give one back.
    #[tokio::test]
    async fn work_that_has_every_connection_goes_on_while_its_progress_is_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
        let installation = Installation::open(Config::read(&options).expect("a configuration")).await;
        let installation = installation.expect("an installation");
        installation
            .desk
            .import_settings(&Actor::command_line("test"), SETTINGS, "test")
            .await
            .expect("settings");
        let mut progress = Progress::of(&installation, "one").await.expect("names");
        let store = &installation.pipeline.store;
        let work = pin!(async {
            let mut readers = Vec::new();
            while let Ok(Ok(reader)) = tokio::time::timeout(LOOK / 5, store.read()).await {
                readers.push(reader);
            }
            tokio::time::sleep(LOOK * 2).await;
            readers.len()
        });
        let run = RunId::new(installation.pipeline.clock.now(), 1);
        let stop = Stop::never();
        let watched = watched(&installation, run, &stop, &mut progress, work);
        let ended = tokio::time::timeout(LOOK * 12, watched).await;
        assert!(ended.expect("it ends").expect("not stopped") > 1);
    }
}
