//! What behaves in the browser, one island a file. Everything else ships no code (UX 10.2).

mod local_times;
mod run_progress;

pub use local_times::LocalTimes;
pub use run_progress::RunProgress;
