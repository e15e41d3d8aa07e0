//! The error of every function of this crate.

use std::fmt;

/// What every function of this crate answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the database did not do what it was asked.
///
/// "Somebody was faster" is never an error: functions that can lose a race answer `bool` or `Option`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no database that we know.
    #[error("not a database address: {0} (expected sqlite:///path/file.db or postgres://…)")]
    Address(String),
    /// The database was written by a newer version of Tiebreak (RL R33).
    #[error(
        "the database has schema {0}, which this version of Tiebreak does not know: it was made by a newer one"
    )]
    NewerSchema(i64),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(String),
    /// The engine does not run with the settings that the protocol rests on (RL R24, R31).
    #[error("database setting {name} is {found}, but must be {wanted}")]
    Setting {
        /// Name of the setting, as the engine calls it.
        name: &'static str,
        /// Value that was found.
        found: String,
        /// Value that is needed.
        wanted: &'static str,
    },
    /// Another process runs on the same database (RL R24).
    #[error("{0} is in use by another Tiebreak process")]
    InUse(String),
    /// A row that must exist does not.
    #[error("there is no {table} {row}")]
    NotFound {
        /// Table of the row.
        table: &'static str,
        /// What was asked for.
        row: String,
    },
    /// A unique index says no.
    #[error("there is already such a row ({0})")]
    Duplicate(String),
    /// A stored value cannot be what we stored.
    #[error("{table} {row} cannot be read: {problem}")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// The row.
        row: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An earlier statement of this transaction failed, so that it cannot be committed.
    #[error("the transaction had a failed statement and cannot be committed")]
    Broken,
    /// The database failed.
    #[error("database: {trouble}")]
    Database {
        /// What kind of failure, as far as it matters to the caller.
        trouble: Trouble,
        /// The failure as the driver reports it.
        #[source]
        source: sqlx::Error,
    },
}

/// Kinds of database failures that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Somebody else holds the lock, or the pool has no connection left. Trying again later helps.
    Busy,
    /// Reading or writing the disk failed.
    Io,
    /// The disk, or the quota, is full.
    Full,
    /// The connection to the server is gone. It is unknown whether a commit took effect.
    LostConnection,
    /// Two transactions met (40001, 40P01). Repeating the whole transaction helps (RL R27).
    Serialization,
    /// Anything else: a defect of ours.
    Other,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "busy",
            Self::Io => "input or output failed",
            Self::Full => "no space left",
            Self::LostConnection => "connection lost",
            Self::Serialization => "two transactions met",
            Self::Other => "statement failed",
        })
    }
}

impl StoreError {
    /// The kind of database failure; `None` for errors that are not failures of the database.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Database { trouble, .. } => Some(*trouble),
            _ => None,
        }
    }

    /// Whether repeating the whole transaction may succeed (RL R27).
    #[must_use]
    pub fn repeat_helps(&self) -> bool {
        self.trouble() == Some(Trouble::Serialization)
    }

    pub(crate) fn not_found(table: &'static str, row: impl fmt::Display) -> Self {
        Self::NotFound { table, row: row.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        if let Some(error) = source.as_database_error()
            && error.is_unique_violation()
        {
            return Self::Duplicate(error.constraint().unwrap_or_else(|| error.message()).to_owned());
        }
        Self::Database { trouble: classify(&source), source }
    }
}

fn classify(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(error) => error.code().map_or(Trouble::Other, |code| classify_code(&code)),
        sqlx::Error::PoolTimedOut => Trouble::Busy,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Trouble::LostConnection,
        _ => Trouble::Other,
    }
}

/// SQLite reports extended result codes as decimal numbers, PostgreSQL five characters; they never meet.
fn classify_code(code: &str) -> Trouble {
    if let (true, Ok(number)) = (code.len() < 5, code.parse::<u32>()) {
        return match number & 0xff {
            5 | 6 => Trouble::Busy,
            8 | 10 | 14 => Trouble::Io,
            13 => Trouble::Full,
            _ => Trouble::Other,
        };
    }
    match code {
        "40001" | "40P01" => Trouble::Serialization,
        "55P03" | "57014" => Trouble::Busy,
        "53100" | "53200" => Trouble::Full,
        "58030" | "25006" => Trouble::Io,
        "25P03" | "57P01" | "57P02" | "57P03" | "57P05" | "53300" => Trouble::LostConnection,
        _ if code.starts_with("08") => Trouble::LostConnection,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_told_apart() {
        let cases = [
            ("5", Trouble::Busy),
            ("517", Trouble::Busy),
            ("2826", Trouble::Io),
            ("13", Trouble::Full),
            ("40001", Trouble::Serialization),
            ("40P01", Trouble::Serialization),
            ("55P03", Trouble::Busy),
            ("53100", Trouble::Full),
            ("08006", Trouble::LostConnection),
            ("57P01", Trouble::LostConnection),
            ("42601", Trouble::Other),
            ("1", Trouble::Other),
        ];
        for (code, wanted) in cases {
            assert_eq!(classify_code(code), wanted, "{code}");
        }
    }
}
