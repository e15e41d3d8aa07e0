use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Role;

/// What stands around every page of a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The school.
    pub school: SchoolName,
    /// The other schools this actor may enter.
    pub others: Vec<OtherSchool>,
    /// The names of the two systems.
    pub systems: Systems,
    /// The record types, parents before children.
    pub types: Vec<TypeName>,
    /// What the actor is here.
    pub role: Role,
    /// The actor's name.
    pub person: String,
    /// Conflicts that wait for a decision.
    pub open_conflicts: i64,
    /// The one line under the header, when there is something to say (UX 6.2).
    pub banner: Option<Banner>,
}

impl Frame {
    /// What people call a type.
    #[must_use]
    pub fn type_label<'f>(&'f self, name: &'f str) -> &'f str {
        self.types.iter().find(|one| one.name == name).map_or(name, |one| one.label.as_str())
    }
}

/// A record type by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeName {
    /// In links and settings.
    pub name: String,
    /// For people.
    pub label: String,
    /// Whether merges take it along.
    pub enabled: bool,
}

/// A school by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolName {
    /// In links.
    pub slug: String,
    /// For people.
    pub name: String,
}

/// Another school that the actor may enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherSchool {
    /// Its names.
    pub school: SchoolName,
    /// What the actor is there.
    pub role: Role,
}

/// The configured names of the two systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Systems {
    /// The platform, mark ●.
    pub ours: String,
    /// The SIS, mark ■.
    pub theirs: String,
}

/// The banner row (UX 6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banner {
    /// What it is about.
    pub kind: BannerKind,
    /// Number of the merge.
    pub merge: i64,
    /// What happens, in one sentence.
    pub text: String,
    /// Since when, how far, last sign of life.
    pub detail: String,
    /// When this was so.
    pub at: DateTime<Utc>,
}

/// What a banner is about, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BannerKind {
    /// A merge waits for a person.
    Held,
    /// A merge is at work.
    Running,
    /// A merge is late, or gives no sign of life.
    Overdue,
}
