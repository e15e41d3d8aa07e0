use super::{ConflictView, Role};
use serde::{Deserialize, Serialize};

/// What every call of the API answers with.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a call did nothing. Texts are for the person who asked and hold no internals (RL S5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum ApiError {
    /// There is no such thing, or not for this actor.
    #[error("{what} does not exist")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The actor's role is too small.
    #[error("this needs the role {needs:?}")]
    Forbidden {
        /// The least role that may.
        needs: Role,
    },
    /// The input is not usable; nothing was changed.
    #[error("{place}: {message}")]
    Invalid {
        /// File and line, or field.
        place: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The record has changed since it was seen; nothing was written.
    #[error("this record has changed since you looked")]
    Stale {
        /// The conflict as it is now.
        current: Box<ConflictView>,
    },
    /// The thing is in a state in which this cannot be done.
    #[error("{message}")]
    NotNow {
        /// Why, and what to do.
        message: String,
    },
    /// Something failed inside. The log has the cause under this number.
    #[error("something failed inside; the log has it under {incident}")]
    Internal {
        /// Number under which the log has the cause.
        incident: String,
    },
}
