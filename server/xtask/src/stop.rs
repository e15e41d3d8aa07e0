//! Ctrl-C and TERM during the tests: the commands at work end, and what was set up for them is put away.

use std::{
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

/// The processes that are passed the request to end.
static AT_WORK: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on a request to end goes to the commands at work, and this process goes on to put everything away.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        ASKED.store(true, Ordering::SeqCst);
        for pid in AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // It may have ended by itself.
            let _ = kill_process(*pid, Signal::TERM);
        }
    })?;
    Ok(())
}

/// Whether there was a request to end.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Names a command at work.
pub fn watch(child: &Child) {
    at_work(|pids| pids.extend(pid(child)));
}

/// It has ended.
pub fn forget(child: &Child) {
    at_work(|pids| pids.retain(|there| Some(*there) != pid(child)));
}

/// Runs a command to its end, or to a request to end.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    watch(&child);
    let status = child.wait();
    forget(&child);
    Ok(status?)
}

/// Runs a command to its end, or to a request to end, and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {name}"))?;
    watch(&child);
    let pid = pid(&child);
    let output = child.wait_with_output();
    at_work(|pids| pids.retain(|there| Some(*there) != pid));
    Ok(output?)
}

fn at_work(change: impl FnOnce(&mut Vec<Pid>)) {
    change(&mut AT_WORK.lock().unwrap_or_else(PoisonError::into_inner));
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}
