//! What behaves in the browser, one island a file. Everything else ships no code (UX 10.2).

mod conflict_flow;
mod keys;
mod local_times;
mod run_progress;

pub use conflict_flow::ConflictFlow;
pub use keys::Keys;
pub use local_times::LocalTimes;
pub use run_progress::RunProgress;
