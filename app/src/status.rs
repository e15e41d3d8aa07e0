//! What the status page shows, and where it comes from.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The state of the instance at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Which database holds the data, in words: "SQLite", "PostgreSQL".
    pub database: String,
    /// When this was read.
    pub read_at: DateTime<Utc>,
    /// The schools in the order of their names.
    pub schools: Vec<School>,
}

/// One school as the status page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// The name people use.
    pub name: String,
    /// The configured name of `ours`.
    pub ours: String,
    /// The configured name of `theirs`.
    pub theirs: String,
    /// Conflicts that wait for a decision.
    pub open_conflicts: u64,
    /// The latest run, if there was one.
    pub last_run: Option<Run>,
    /// When the next nightly run is due, if one is scheduled.
    pub next_run: Option<DateTime<Utc>>,
}

/// A run in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The number people say aloud.
    pub number: u64,
    /// How it ended, or what it is doing, in plain words.
    pub state: String,
    /// When it ended, or started if it still runs.
    pub at: DateTime<Utc>,
}

/// The state cannot be read now. Why is in the log of the server, not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state of the instance cannot be read")]
pub struct Unavailable;

/// Where the status page gets its data; the server puts one into the context.
#[async_trait]
pub trait StatusSource: Send + Sync {
    /// Reads the state now.
    async fn status(&self) -> Result<Status, Unavailable>;
}

/// The source as it stands in the context.
pub type SharedStatus = Arc<dyn StatusSource>;
