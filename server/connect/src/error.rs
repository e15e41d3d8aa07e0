//! What can go wrong at an outside system (CN section 1).

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::system::{Record, RemoteId};

/// The failures of a call, told apart by what the caller must do next and not by how the system reported them.
///
/// The texts are for people; no code may read a meaning out of them. Only `Ambiguous` leaves open whether a write was
/// applied; every other kind says that it was not.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SystemError {
    /// Refused, no route, no DNS, TLS failed before the request was sent; on a read also any 5xx and a lost connection.
    #[error("the system cannot be reached: {message}")]
    Unreachable {
        /// What happened, for people.
        message: String,
    },
    /// A read passed its limit, or a connection was not made in time.
    #[error("the system did not answer in time: {message}")]
    Timeout {
        /// What was waited for, for people.
        message: String,
    },
    /// The system asked to slow down. Never counts as a failed record.
    #[error("the system asked to slow down{}", wait_text(.after))]
    Throttled {
        /// How long it asked to wait, when it said so.
        after: Option<Duration>,
    },
    /// Credentials were refused: the side stops at once.
    #[error("the system refused the credentials: {message}")]
    Auth {
        /// The system's reason, for people.
        message: String,
    },
    /// The record does not exist, as far as one answer can prove it (CN C58).
    #[error("the record does not exist")]
    NotFound,
    /// The record moved since it was read.
    #[error("the record has changed since it was read")]
    Stale {
        /// The record as it is now, when the answer or a fresh read gave it.
        current: Option<Box<Record>>,
    },
    /// A unique value is taken.
    #[error("a record with this value exists already{}", field_text(.field))]
    Duplicate {
        /// The field whose value is taken, when known.
        field: Option<String>,
        /// The record that holds the value, when known.
        existing: Option<RemoteId>,
    },
    /// The system will not take this body, or the connector will not send it.
    #[error("the system refused the record{}: {message}", field_text(.field))]
    Refused {
        /// The field at fault, when known.
        field: Option<String>,
        /// A short code for the report, such as `422`.
        code: String,
        /// The system's reason, for people.
        message: String,
    },
    /// It is unknown whether the write was applied; it is settled by reading (CN C10) before anything else touches
    /// the record.
    #[error("it is unknown whether the write was applied: {message}")]
    Ambiguous {
        /// When the request was sent.
        since: DateTime<Utc>,
        /// What happened, for people.
        message: String,
    },
    /// The answer could not be understood.
    #[error("the answer could not be understood: {message} (at {at})")]
    Malformed {
        /// Which part of the answer: a pointer, or `body`.
        at: String,
        /// What is wrong with it, for people.
        message: String,
    },
    /// The configuration does not fit the system (405, 406, 415, 428, a redirect, a forbidden link): the type stops.
    #[error("the configuration does not fit the system: {message}")]
    Misconfigured {
        /// What does not fit, for people.
        message: String,
    },
    /// `changes` was asked from a mark that the system no longer knows: a full listing is due (CN C39).
    #[error("the system no longer knows this mark: a full listing is needed")]
    MarkExpired,
}

impl SystemError {
    /// True when another attempt at a *read* may help without anybody's doing.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Timeout { .. } | Self::Throttled { .. })
    }

    /// True when it is unknown whether the write was applied.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous { .. })
    }

    /// A short name of the kind, as used in reports and rows.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::Throttled { .. } => "throttled",
            Self::Auth { .. } => "auth",
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::Duplicate { .. } => "duplicate",
            Self::Refused { .. } => "refused",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Malformed { .. } => "malformed",
            Self::Misconfigured { .. } => "misconfigured",
            Self::MarkExpired => "mark_expired",
        }
    }
}

fn wait_text(after: &Option<Duration>) -> String {
    after.map(|wait| format!(" for {} s", wait.as_secs())).unwrap_or_default()
}

fn field_text(field: &Option<String>) -> String {
    field.as_deref().map(|name| format!(" (field {name})")).unwrap_or_default()
}
