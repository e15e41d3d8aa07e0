//! Processes that the demo starts, and that end with it.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

/// Running children; they are asked to end when this is dropped.
pub struct Children {
    running: Vec<Child>,
    interrupted: mpsc::Receiver<()>,
}

impl Children {
    /// None yet. From here on Ctrl-C and TERM do not end this process, so that no child outlives it.
    pub fn listen() -> Result<Self> {
        let (sender, interrupted) = mpsc::channel();
        ctrlc::set_handler(move || {
            // A second Ctrl-C finds nobody listening, and that is fine.
            let _ = sender.send(());
        })?;
        Ok(Self { running: Vec::new(), interrupted })
    }

    /// Starts a process that writes to a log.
    pub fn start(&mut self, command: &mut Command, log: &Path) -> Result<()> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn();
        self.running.push(
            child.with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?,
        );
        Ok(())
    }

    /// Waits for Ctrl-C.
    pub fn wait(self) -> Result<()> {
        println!("Ctrl-C ends the demo.");
        self.interrupted.recv()?;
        Ok(())
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in &mut self.running {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::TERM);
            }
        }
        for child in &mut self.running {
            let _ = child.wait();
        }
    }
}
