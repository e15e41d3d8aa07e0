use serde::{Deserialize, Serialize};

/// Who asks. Made at the edge (session, token, command line), never from what a request says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Identity of the person; empty at the command line.
    pub id: String,
    /// The name that decisions and the audit log carry.
    pub name: String,
    /// What the actor is in each school, by slug; `*` stands for all schools (the command line of the machine itself).
    pub roles: Vec<(String, Role)>,
}

impl Actor {
    /// The person at the command line of the machine: whoever can read the data folder may do everything.
    #[must_use]
    pub fn command_line(user: &str) -> Self {
        Self {
            id: String::new(),
            name: format!("{user} (command line)"),
            roles: vec![("*".to_owned(), Role::Admin)],
        }
    }

    /// The actor's role in `school`, if any.
    #[must_use]
    pub fn role_in(&self, school: &str) -> Option<Role> {
        self.roles.iter().filter(|(slug, _)| slug == school || slug == "*").map(|(_, role)| *role).max()
    }

    /// The actor's role in every school, if they have one there.
    #[must_use]
    pub fn role_everywhere(&self) -> Option<Role> {
        self.roles.iter().filter(|(slug, _)| slug == "*").map(|(_, role)| *role).max()
    }
}

/// The four roles, from least to most (UX 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Decides conflicts.
    Resolver,
    /// Runs merges, forces, makes rules.
    Lead,
    /// Settings, connections, people, approvals.
    Admin,
}

impl Role {
    /// Every role, from least to most.
    pub const ALL: [Role; 4] = [Self::Viewer, Self::Resolver, Self::Lead, Self::Admin];

    /// The word used in code, settings and the interface.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Resolver => "resolver",
            Self::Lead => "lead",
            Self::Admin => "admin",
        }
    }

    /// Whether this role has the right.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        self >= right.needs()
    }
}

/// What a call needs (RL 8.1). One table, [`Right::needs`], says which role has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// See overview, history, records, conflicts.
    See,
    /// Decide conflicts.
    Decide,
    /// Force apply past the other system's collision check.
    Force,
    /// Edit records kept in Tiebreak itself.
    EditRecords,
    /// Start a trial run.
    RunTrial,
    /// Start a real run, or stop one.
    Run,
    /// Lift the limits for one run, approve a held run.
    LiftLimits,
    /// Read the settings.
    ReadSettings,
    /// Change the settings.
    ChangeSettings,
    /// Read the audit log.
    ReadAudit,
    /// See who may do what.
    ReadPeople,
    /// Invite people, change what they may do, keep them out.
    ManagePeople,
}

impl Right {
    /// Every right.
    pub const ALL: [Right; 12] = [
        Self::See,
        Self::Decide,
        Self::Force,
        Self::EditRecords,
        Self::RunTrial,
        Self::Run,
        Self::LiftLimits,
        Self::ReadSettings,
        Self::ChangeSettings,
        Self::ReadAudit,
        Self::ReadPeople,
        Self::ManagePeople,
    ];

    /// The least role that has this right.
    #[must_use]
    pub fn needs(self) -> Role {
        match self {
            Self::See => Role::Viewer,
            Self::Decide | Self::EditRecords | Self::RunTrial => Role::Resolver,
            Self::Force | Self::Run | Self::ReadSettings | Self::ReadAudit | Self::ReadPeople => Role::Lead,
            Self::LiftLimits | Self::ChangeSettings | Self::ManagePeople => Role::Admin,
        }
    }
}
