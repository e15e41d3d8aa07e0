//! The sections of a university, three times: as both sides last agreed on them, and as each side has them now. They
//! follow from their number, the edits and a seed, so that every contestant works on the same records wherever it makes
//! them.

pub mod chance;
mod edits;
mod record;

use chance::Chance;
pub use edits::{Edits, Role, Spread};
pub use record::FIELDS;
use record::Section;

/// Whose version of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// What both sides last agreed on.
    Base,
    /// What our side has now.
    Ours,
    /// What their side has now.
    Theirs,
}

impl Version {
    /// All three.
    pub const ALL: [Version; 3] = [Version::Base, Version::Ours, Version::Theirs];
}

/// So many sections with their edits.
pub struct Sections {
    seed: u64,
    roles: Vec<Role>,
}

impl Sections {
    /// Sections 0 to `count`, of which some were edited.
    pub fn new(count: u32, edits: &Edits, seed: u64) -> Self {
        Self { seed, roles: edits.roles(count, seed) }
    }

    /// What was done to each section, in the order of their keys.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Appends a version of the section at a place, as a line of JSON. Its place is its rank among the keys.
    pub fn write(&self, place: u32, version: Version, line: &mut String) {
        let mut chance = Chance::new(self.seed, u64::from(place));
        let mut section = Section::at(place, &mut chance);
        match (self.roles[place as usize], version) {
            (_, Version::Base) | (Role::Untouched, _) => {}
            (Role::Ours | Role::Both, Version::Ours) => section.edit_ours(&mut chance),
            (Role::Theirs | Role::Both, Version::Theirs) => section.edit_theirs(&mut chance),
            (Role::Conflict, Version::Ours) => section.move_to(700),
            (Role::Conflict, Version::Theirs) => section.move_to(800),
            (Role::Ours, Version::Theirs) | (Role::Theirs, Version::Ours) => {}
        }
        section.write(line);
    }
}
