//! Who edited which record since both sides last agreed.

use std::str::FromStr;

use super::chance::Chance;

/// How the edits of the two sides lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Anywhere, each record edited by one side only.
    Scattered,
    /// Each side edited one run of neighbours.
    Clustered,
    /// Anywhere, and both sides edited the same records, in different fields.
    SameRecord,
}

impl FromStr for Spread {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "scattered" => Ok(Self::Scattered),
            "clustered" => Ok(Self::Clustered),
            "same_record" => Ok(Self::SameRecord),
            other => Err(format!("`{other}` is none of scattered, clustered, same_record")),
        }
    }
}

/// How much was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edits {
    /// How the edits lie.
    pub spread: Spread,
    /// Records that each side edited.
    pub each: u32,
    /// Those of them in which both sides gave one field different values.
    pub conflicts: u32,
}

/// What was done to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    Untouched,
    /// Our side edited it.
    Ours,
    /// Their side edited it.
    Theirs,
    /// Both sides edited it, in different fields.
    Both,
    /// Both sides edited the same field.
    Conflict,
}

impl Edits {
    /// The role of each of `count` records.
    pub fn roles(&self, count: u32, seed: u64) -> Vec<Role> {
        let alone = self.each - self.conflicts;
        let mut roles = vec![Role::Untouched; count as usize];
        let mut order = match self.spread {
            Spread::Clustered => clusters(count, self.each),
            Spread::Scattered | Spread::SameRecord => Chance::new(seed, u64::MAX).order(count),
        }
        .into_iter();
        let mut give = |role: Role, records: u32| {
            for place in order.by_ref().take(records as usize) {
                roles[place as usize] = role;
            }
        };
        give(Role::Conflict, self.conflicts);
        if self.spread == Spread::SameRecord {
            give(Role::Both, alone);
        } else {
            give(Role::Ours, alone);
            give(Role::Theirs, alone);
        }
        roles
    }
}

/// A run of our records from the first quarter on, then one of theirs from the middle on.
fn clusters(count: u32, each: u32) -> Vec<u32> {
    let (ours, theirs) = (count / 4, count / 2);
    (ours..ours + each).chain(theirs..theirs + each).collect()
}
