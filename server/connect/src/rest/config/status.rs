//! What answers mean (CN C41, C42), as configured.

use regex::Regex;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::units::HeaderName;
use crate::rest::pointer::Pointer;

/// What an answer means, whatever the system calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Done.
    Ok,
    /// The record moved.
    Stale,
    /// A unique value is taken.
    Duplicate,
    /// The record is not there.
    Missing,
    /// Credentials refused.
    Auth,
    /// Slow down.
    Throttled,
    /// Not this body.
    Refused,
    /// Try a read again; a write is unknown.
    Retryable,
    /// A write is unknown.
    Ambiguous,
}

/// Lists of status codes per meaning; a list replaces the row of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatusRules {
    /// Done.
    pub ok: Option<Vec<u16>>,
    /// The record moved.
    pub stale: Option<Vec<u16>>,
    /// A unique value is taken.
    pub duplicate: Option<Vec<u16>>,
    /// The record is not there.
    pub missing: Option<Vec<u16>>,
    /// Credentials refused.
    pub auth: Option<Vec<u16>>,
    /// Slow down.
    pub throttled: Option<Vec<u16>>,
    /// Not this body.
    pub refused: Option<Vec<u16>>,
    /// Try a read again; a write is unknown.
    pub retryable: Option<Vec<u16>>,
    /// Where a stale answer holds the record as it is now.
    pub current: Option<Pointer>,
}

impl StatusRules {
    /// The lists that are given.
    pub fn rows(&self) -> impl Iterator<Item = (Meaning, &[u16])> {
        [
            (Meaning::Ok, &self.ok),
            (Meaning::Stale, &self.stale),
            (Meaning::Duplicate, &self.duplicate),
            (Meaning::Missing, &self.missing),
            (Meaning::Auth, &self.auth),
            (Meaning::Throttled, &self.throttled),
            (Meaning::Refused, &self.refused),
            (Meaning::Retryable, &self.retryable),
        ]
        .into_iter()
        .filter_map(|(meaning, codes)| codes.as_deref().map(|codes| (meaning, codes)))
    }

    /// The meaning that these lists give a code.
    pub fn meaning_of(&self, status: u16) -> Option<Meaning> {
        self.rows().find(|(_, codes)| codes.contains(&status)).map(|(meaning, _)| meaning)
    }

    /// True when the row of a meaning is replaced.
    pub fn replaces(&self, meaning: Meaning) -> bool {
        self.rows().any(|(row, _)| row == meaning)
    }
}

/// What kind of call a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteKind {
    /// Listings and changes.
    List,
    /// Single reads.
    Get,
    /// Reads by key.
    Find,
    /// New records.
    Create,
    /// Changes.
    Update,
    /// Removals.
    Delete,
}

impl WriteKind {
    /// True for create, update and delete.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }
}

/// A rule that is looked at before the table (CN C42). All of its conditions must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// The kind of call.
    pub op: Option<WriteKind>,
    /// The status code.
    pub status: Option<u16>,
    /// A header to look at in place of the body.
    pub header: Option<HeaderName>,
    /// A place in the body; the whole body text when not given.
    pub at: Option<Pointer>,
    /// The value there.
    pub equals: Option<toml::Value>,
    /// A text within it.
    pub contains: Option<String>,
    /// A pattern within it; its group `field` names the field.
    pub regex: Option<Pattern>,
    /// What it means.
    pub then: Meaning,
    /// The field at fault.
    pub field: Option<String>,
}

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub struct Pattern(pub Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text)
            .map(Self)
            .map_err(|error| de::Error::custom(format!("`{text}` is no pattern: {error}")))
    }
}
