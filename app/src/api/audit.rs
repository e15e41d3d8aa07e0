use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a walk along the audit chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum AuditVerdict {
    /// Every row follows from the one before.
    Whole {
        /// Rows in the chain.
        rows: i64,
        /// Hash of the last row; the nightly mail carries it.
        head: String,
    },
    /// A row was changed, removed, inserted or moved.
    Broken {
        /// The first row that does not follow from the one before.
        row: i64,
    },
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Place in the chain.
    pub row: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// What was done, for example `conflict.decide`.
    pub action: String,
    /// To what, for example `conflict 12`.
    pub target: String,
    /// Everything else, as JSON text.
    pub detail: String,
}
