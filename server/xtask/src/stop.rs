//! Ctrl-C and TERM during the tests: the command at work ends, and what was set up for it is put away.

use std::{
    process::Child,
    sync::atomic::{AtomicI32, Ordering},
};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};

/// The process that is passed the request to end; 0 is none.
static AT_WORK: AtomicI32 = AtomicI32::new(0);

/// From here on a request to end goes to the command at work, and this process goes on to put everything away.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if let Some(pid) = Pid::from_raw(AT_WORK.load(Ordering::SeqCst)) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::TERM);
        }
    })?;
    Ok(())
}

/// Names the command at work.
pub fn watch(child: &Child) {
    AT_WORK.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
}

/// It has ended.
pub fn forget() {
    AT_WORK.store(0, Ordering::SeqCst);
}
