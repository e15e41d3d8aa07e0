//! Why a command did not do what it was asked: one line, and an exit status.

use std::fmt::Display;

use app::api::ApiError;

use super::Exit;

pub(super) type Result<T, E = Failure> = std::result::Result<T, E>;

/// What is said on stderr, and how the process ends.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) exit: Exit,
}

impl Failure {
    /// Something that was given cannot be used; nothing was changed.
    pub(super) fn bad_input(message: impl Display) -> Self {
        Self { message: message.to_string(), exit: Exit::Failed }
    }

    /// It cannot be done as things are now.
    pub(super) fn not_now(message: impl Display) -> Self {
        Self { message: message.to_string(), exit: Exit::Issues }
    }

    /// An error with its causes, for the person at the machine.
    pub(super) fn chain(error: impl Into<anyhow::Error>) -> Self {
        Self::bad_input(format!("{:#}", error.into()))
    }

    /// The same about input from a file: the file stands before its line.
    pub(super) fn in_file(error: ApiError, file: &str) -> Self {
        match error {
            ApiError::Invalid { place, message } => match place.strip_prefix("line ") {
                Some(line) => Self::bad_input(format!("{file}:{line}: {message}")),
                None => Self::bad_input(format!("{file}: {message}")),
            },
            other => other.into(),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match &error {
            ApiError::Stale { .. } | ApiError::NotNow { .. } => Self::not_now(error),
            _ => Self::bad_input(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::bad_input(error)
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        Self::chain(error)
    }
}

impl From<pipeline::PipelineError> for Failure {
    fn from(error: pipeline::PipelineError) -> Self {
        Self::chain(error)
    }
}
