//! From what can go wrong inside to what the person who asked may read (RL S5).

use app::api::{ApiError, ApiResult};
use pipeline::PipelineError;
use store::StoreError;

/// Why a call of the desk did nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeskError {
    /// Something the person can understand and mend.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pipeline failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// Something stored is not what we stored.
    #[error("stored data cannot be read: {0}")]
    Inconsistent(String),
}

pub(super) type Result<T, E = DeskError> = std::result::Result<T, E>;

/// The one place where errors become answers: a cause inside is logged once, under a number that the person is told.
pub(super) fn answer<T>(result: Result<T>, random: u64) -> ApiResult<T> {
    let error = match result {
        Ok(value) => return Ok(value),
        Err(DeskError::Api(error)) => return Err(error),
        Err(DeskError::Pipeline(PipelineError::NoSettings)) => {
            return Err(not_now("this school has no settings yet: import them first"));
        }
        Err(error) => error,
    };
    let incident = format!("{:08x}", random >> 32);
    tracing::error!(incident, error = &error as &dyn std::error::Error, "a call failed inside");
    Err(ApiError::Internal { incident })
}

pub(super) fn not_found(what: impl Into<String>) -> ApiError {
    ApiError::NotFound { what: what.into() }
}

pub(super) fn not_now(message: impl Into<String>) -> ApiError {
    ApiError::NotNow { message: message.into() }
}

pub(super) fn invalid(place: impl Into<String>, message: impl Into<String>) -> ApiError {
    ApiError::Invalid { place: place.into(), message: message.into() }
}
