use serde::{Deserialize, Serialize};

/// A school as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolLine {
    /// Its short name in links and commands.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Open conflicts.
    pub open_conflicts: i64,
}

/// What an import of settings did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedSettings {
    /// The school.
    pub school: String,
    /// The revision that holds now.
    pub revision: i64,
    /// False when the file equals what was there.
    pub changed: bool,
}
