//! What can stop a run.

use merge::Side;
use store::StoreError;

use crate::settings::SettingsError;

/// Why a run, or a small push, could not go on. What went wrong with single records is not an error: it is quarantined
/// or parked, and reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process took the lease over; what this one holds is no longer its own (RL R4).
    #[error("another process has taken over this school's work")]
    LostLease,
    /// The process is to end: the run keeps its state and goes on with the next start (RL R32).
    #[error("stopped at a safe point, to go on with the next start")]
    Interrupted,
    /// The school has no settings yet.
    #[error("this school has no settings: import them with `tiebreak settings import FILE`")]
    NoSettings,
    /// The stored settings cannot be read by this version.
    #[error("the school's settings cannot be used: {0}")]
    Settings(#[from] SettingsError),
    /// A system could not be set up from its configuration.
    #[error("the system on side {side} cannot be set up: {message}")]
    Open {
        /// Whose.
        side: Side,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A stored value is not what we stored.
    #[error("stored data cannot be read: {0}")]
    Inconsistent(String),
}

impl store::Repeatable for PipelineError {
    fn repeat_helps(&self) -> bool {
        matches!(self, Self::Store(error) if error.repeat_helps())
    }
}

/// What every step of the pipeline answers with.
pub type Result<T, E = PipelineError> = std::result::Result<T, E>;
