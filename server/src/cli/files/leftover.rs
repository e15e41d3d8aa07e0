//! Files with names that nobody asked for, taken away when the command is told to stop (MS X1).

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// What a shell tells of a command that was interrupted.
const INTERRUPTED: i32 = 130;

static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// From here on the file goes when the process is interrupted or told to end. That it has been moved meanwhile is no matter:
/// nothing else gets its name.
pub(super) fn goes_with_the_process(path: &Path) {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // Who has a handler of its own ends in its own way, and so do the outputs.
        let _ = ctrlc::set_handler(|| {
            for path in undisturbed().drain(..) {
                // Most are not there any more.
                let _ = fs::remove_file(path);
            }
            process::exit(INTERRUPTED);
        });
    });
    undisturbed().push(path.to_owned());
}

/// While this is held the process is not ended by a request: what belongs together is moved together.
pub(super) fn undisturbed() -> MutexGuard<'static, Vec<PathBuf>> {
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
}
