//! What later tests need is built beside the tests that run now, at the lowest priority: while those wait for one another, or
//! for a clock, the processor has nothing to do.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process, setpriority_process};

use crate::{
    build, fuzz, stop,
    workspace::{Profile, Workspace},
};

/// After everything else that wants the processor.
const PRIORITY: i32 = 19;

/// A process that builds; it is ended when this is dropped.
pub struct Aside {
    child: Child,
    /// What it says, which would only disturb the reader of the tests.
    log: PathBuf,
}

impl Aside {
    /// Begins to build. Whatever is compiled for the tests that run meanwhile must have been compiled before.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let log = workspace.target.join("aside.log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(env::current_exe()?);
        command.arg("build-aside").stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Self::spawn(&mut command, log)
    }

    fn spawn(command: &mut Command, log: PathBuf) -> Result<Self> {
        let child = command.spawn().context("cannot start what is built aside")?;
        stop::watch(&child);
        Ok(Self { child, log })
    }

    /// Waits for its end. What it said is shown when it failed.
    pub fn finish(mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            println!("waiting for what is built aside …");
        }
        let status = self.child.wait()?;
        if !status.success() {
            std::io::stderr().write_all(&fs::read(&self.log)?)?;
        }
        ensure!(
            status.success(),
            "what later tests need could not be built: it ended with {status}, see above"
        );
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait()
            && let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
        {
            // It passes this on to what it has started.
            let _ = kill_process(pid, Signal::TERM);
            let _ = self.child.wait();
        }
        stop::forget(&self.child);
    }
}

/// What the process does: the fuzz targets, the site, and the server as the browser tests use it.
pub fn build(workspace: &Workspace) -> Result<()> {
    stop::listen()?;
    setpriority_process(None, PRIORITY)?;
    fuzz::build(workspace)?;
    build::prepare(workspace, Profile::Debug)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aside(script: &str) -> (tempfile::TempDir, Aside) {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let file = File::create(&log).expect("a file");
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(file.try_clone().expect("a handle")).stderr(file);
        let aside = Aside::spawn(&mut command, log).expect("a shell");
        (folder, aside)
    }

    #[test]
    fn what_fails_aside_fails_the_whole() {
        let (_folder, good) = aside("exit 0");
        assert!(good.finish().is_ok());
        let (_folder, bad) = aside("echo no space; exit 3");
        let error = bad.finish().expect_err("it failed").to_string();
        assert!(error.contains("exit status: 3"), "{error}");
    }

    #[test]
    fn what_is_built_aside_ends_with_the_tests() {
        let (_folder, aside) = aside("exec sleep 600");
        let pid = i32::try_from(aside.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        drop(aside);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
