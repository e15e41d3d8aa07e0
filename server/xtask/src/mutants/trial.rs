//! Running the tests with one mutant at work.

use std::{
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::build::Built;
use crate::{stop, workspace::Workspace};

/// Cases per law: what the laws do not notice with these, they notice with luck.
const CASES: &str = "300";

/// Generated records on which the oracle is asked.
const ORACLE_CASES: &str = "2000";

/// Tests that count whether every rule is met often, for which these cases are too few, and one that takes a minute.
const SKIPPED: [&str; 2] = ["f2_generated", "f2_every_small_record_in_base"];

/// How much longer than without a mutant a program may take before it is taken to go round in circles.
const PATIENCE: u32 = 8;

/// What that is at least.
const LEAST_PATIENCE: Duration = Duration::from_secs(10);

/// How often a program is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test failed.
    Caught,
    /// A test did not end.
    Endless,
    Missed,
}

/// The programs of the tests, quickest first.
pub struct Trial {
    programs: Vec<Program>,
    folder: PathBuf,
    fixtures: PathBuf,
}

struct Program {
    path: PathBuf,
    limit: Duration,
}

impl Trial {
    /// Runs everything once without a mutant: all must pass, and takes as long as it takes.
    pub fn new(workspace: &Workspace, built: &Built) -> Result<Trial> {
        let fixtures = std::env::var_os("TIEBREAK_FIXTURES").map(PathBuf::from);
        let fixtures = fixtures.unwrap_or_else(|| workspace.root.join("../shared/fixtures"));
        let mut trial = Trial { programs: Vec::new(), folder: built.folder.clone(), fixtures };
        for (name, path) in &built.programs {
            let before = Instant::now();
            let mut child = trial.command(path).spawn()?;
            stop::watch(&child);
            let status = child.wait();
            stop::forget(&child);
            ensure!(status?.success(), "the tests `{name}` fail without any mutant");
            let limit = (before.elapsed() * PATIENCE).max(LEAST_PATIENCE);
            trial.programs.push(Program { path: path.clone(), limit });
        }
        trial.programs.sort_by_key(|program| program.limit);
        Ok(trial)
    }

    /// Runs one program after the other until one notices the mutant.
    pub fn of(&self, mutant: usize) -> Result<Fate> {
        for program in &self.programs {
            let mut child = self.command(&program.path).env("MUTANT", mutant.to_string()).spawn()?;
            stop::watch(&child);
            let status = wait(&mut child, program.limit);
            stop::forget(&child);
            match status? {
                Some(status) if status.success() => {}
                Some(_) => return Ok(Fate::Caught),
                None => return Ok(Fate::Endless),
            }
        }
        Ok(Fate::Missed)
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).arg("-q");
        for name in SKIPPED {
            command.args(["--skip", name]);
        }
        command.env("TIEBREAK_CASES", CASES).env("TIEBREAK_ORACLE_CASES", ORACLE_CASES);
        command.env("TIEBREAK_FIXTURES", &self.fixtures);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// Waits for a program; none if it has not ended in time and was ended.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_given_up() {
        let mut endless = Command::new("sleep").arg("60").spawn().expect("a program");
        assert_eq!(wait(&mut endless, Duration::from_millis(20)).expect("waited"), None);
        let mut quick = Command::new("true").spawn().expect("a program");
        assert!(wait(&mut quick, Duration::from_secs(10)).expect("waited").is_some());
    }
}
