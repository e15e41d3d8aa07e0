use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Role;

/// Which people are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFilter {
    /// Text that the name or the address contains.
    pub q: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
}

/// A person of a school as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Identity of the person.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they are in this school.
    pub role: Role,
    /// Whether they are that in every school.
    pub everywhere: bool,
    /// When they last asked for something.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// A person with what can be changed about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The line of the list.
    pub line: PersonLine,
    /// When they were added.
    pub since: DateTime<Utc>,
    /// Whether it is the actor.
    pub is_you: bool,
    /// Whether this actor may change what they may do.
    pub may_change: bool,
    /// Whether this actor may give roles in every school.
    pub may_give_everywhere: bool,
}

/// An invitation that can still be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLine {
    /// Whom it is for.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The role it gives.
    pub role: Role,
    /// Whether it gives it in every school.
    pub everywhere: bool,
    /// Who invites.
    pub invited_by: String,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// An invitation as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Whom it is for.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The role: `viewer`, `resolver`, `lead` or `admin`.
    pub role: Role,
    /// In every school (only by those who may do everything everywhere).
    #[serde(default)]
    pub everywhere: bool,
}

/// What came of inviting somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteOutcome {
    /// The secret part of the link, which is not kept: it is shown once.
    Link(String),
    /// They had an account, and have the role now.
    Added,
}

/// A change of what a person is, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// Identity of the person.
    pub person: String,
    /// What they will be.
    pub role: Role,
    /// In every school (only by those who may do everything everywhere).
    #[serde(default)]
    pub everywhere: bool,
}
