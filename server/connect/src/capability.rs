//! What a system can do for a type, and how much that helps in writing safely (CN C13).

use std::fmt;
use std::time::Duration;

use crate::system::TypeName;

/// Whether a system keeps versions and refuses a write on an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// A write with an old version is refused.
    Enforced,
    /// Versions can be read but guard nothing.
    Reported,
    /// There are none.
    None,
}

/// How changes can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeltaKind {
    /// Only full listings.
    None,
    /// By instant of the last change.
    Timestamp,
    /// By an opaque cursor.
    Cursor,
    /// By a sequence number.
    Sequence,
}

/// What a system can do for one type (CN C13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Its versions.
    pub versions: Versions,
    /// Records can be fetched one by one.
    pub get: bool,
    /// Records can be found by natural key.
    pub find: bool,
    /// Records can be made.
    pub create: bool,
    /// Records can be changed.
    pub update: bool,
    /// Records can be removed.
    pub delete: bool,
    /// An update carries only what changes; otherwise whole records are sent.
    pub partial_update: bool,
    /// Fields can be emptied.
    pub clear_field: bool,
    /// How changes can be asked for.
    pub delta: DeltaKind,
    /// Removed records are told of by `changes`.
    pub tombstones: bool,
    /// A create that comes twice makes one record.
    pub idempotent_create: bool,
    /// A create stores our reference, or gets an id we chose.
    pub correlation: bool,
    /// The connector chooses the id of a new record.
    pub chosen_id: bool,
    /// Sets of fields the system should hold unique.
    pub unique: Vec<Vec<String>>,
    /// Types whose records must exist first.
    pub depends_on: Vec<TypeName>,
    /// How long a write may stay invisible to reads.
    pub read_after_write: Duration,
    /// The longest a request may take; a write may land as late as that (CN C10).
    pub longest_request: Duration,
}

impl Capabilities {
    /// What a type that is not configured can do: nothing.
    pub fn nothing() -> Self {
        Self {
            versions: Versions::None,
            get: false,
            find: false,
            create: false,
            update: false,
            delete: false,
            partial_update: false,
            clear_field: false,
            delta: DeltaKind::None,
            tombstones: false,
            idempotent_create: false,
            correlation: false,
            chosen_id: false,
            unique: Vec::new(),
            depends_on: Vec::new(),
            read_after_write: Duration::ZERO,
            longest_request: Duration::ZERO,
        }
    }

    /// The class (CN C13, RL 3.6): strong with enforced versions and idempotent creates, medium with one of them.
    pub fn class(&self) -> Class {
        match (self.versions == Versions::Enforced, self.idempotent_create) {
            (true, true) => Class::Strong,
            (false, false) => Class::Weak,
            _ => Class::Medium,
        }
    }
}

/// How much a system helps in writing safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Neither enforced versions nor idempotent creates.
    Weak,
    /// One of them.
    Medium,
    /// Both.
    Strong,
}

impl Class {
    /// `strong`, `medium` or `weak`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Medium => "medium",
            Self::Weak => "weak",
        }
    }

    /// What can still go wrong, in one sentence for the settings page.
    pub fn remaining_risk(self) -> &'static str {
        match self {
            Self::Strong => {
                "None known: an old version is refused, and a create that comes twice makes one record."
            }
            Self::Medium => {
                "After a lost answer a write must be looked up before it is sent again, and an unknown create is parked."
            }
            Self::Weak => {
                "An edit made in the moment between our last read and our write is overwritten without notice."
            }
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
