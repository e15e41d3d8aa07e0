use chrono::{DateTime, NaiveDate, Utc};
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

/// Which rows of the audit log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Only what this person did, by name.
    pub actor: Option<String>,
    /// Only this kind.
    pub kind: Option<AuditKind>,
    /// Only from this day on, in UTC.
    pub from: Option<NaiveDate>,
    /// Only up to this day, in UTC.
    pub to: Option<NaiveDate>,
}

/// Kinds of rows, as people filter by them (UX 7.9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditKind {
    /// Somebody decided a conflict, or took a decision back.
    Decision,
    /// Somebody forced a decision past a collision check.
    Force,
    /// The settings were changed.
    Setting,
    /// A merge was started, approved, stopped, or has ended.
    Merge,
    /// Records kept in Tiebreak itself were edited.
    Record,
    /// Somebody signed in, or ended sessions.
    SignIn,
    /// Somebody was invited, given a role, or kept out.
    Person,
    /// Something was downloaded.
    Export,
}

impl AuditKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Decision,
        Self::Force,
        Self::Setting,
        Self::Merge,
        Self::Record,
        Self::SignIn,
        Self::Person,
        Self::Export,
    ];

    /// The word in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Force => "force",
            Self::Setting => "setting",
            Self::Merge => "merge",
            Self::Record => "record",
            Self::SignIn => "sign-in",
            Self::Person => "person",
            Self::Export => "export",
        }
    }

    /// What the actions of this kind begin with.
    #[must_use]
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Decision => &["conflict.", "decision.", "force."],
            Self::Force => &["conflict.force", "force."],
            Self::Setting => &["settings."],
            Self::Merge => &["run.", "database."],
            Self::Record => &["records.", "record."],
            Self::SignIn => &["session."],
            Self::Person => &["person."],
            Self::Export => &["export."],
        }
    }
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
