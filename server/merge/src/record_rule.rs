//! The record rule (MS section 9): exists here, there, in base?

use crate::key::RecordKey;
use crate::path::FieldPath;
use crate::policy::Policy;
use crate::value::Object;
use crate::verdict::Verdict;

/// What one side says about a record (MS D1).
#[derive(Debug, Clone, Copy)]
pub enum Presence<'a> {
    /// The side has it.
    Live(&'a Object),
    /// A tombstone or proven absence.
    Deleted,
    /// Not in the listing, not yet taken as deleted.
    Missing,
    /// Outside the part of the side that is merged.
    OutOfScope,
}

/// The three versions of one record.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name of the merge type; part of a conflict's identity.
    pub type_name: &'a str,
    /// The record's key.
    pub key: &'a RecordKey,
    /// The last agreed values.
    pub base: Option<&'a Object>,
    /// What ours says.
    pub ours: Presence<'a>,
    /// What theirs says.
    pub theirs: Presence<'a>,
    /// Paths that ours did not send (V3).
    pub unfetched_ours: &'a [FieldPath],
    /// Paths that theirs did not send (V3).
    pub unfetched_theirs: &'a [FieldPath],
}

impl<'a> Input<'a> {
    /// An input without any version: not in base, deleted on both sides. Set the members that hold.
    pub const fn new(type_name: &'a str, key: &'a RecordKey) -> Input<'a> {
        Input {
            type_name,
            key,
            base: None,
            ours: Presence::Deleted,
            theirs: Presence::Deleted,
            unfetched_ours: &[],
            unfetched_theirs: &[],
        }
    }
}

/// Merges the three versions of one record.
pub fn merge_record(policy: &Policy, input: &Input<'_>) -> Verdict {
    let _ = policy;
    Verdict {
        outcome: crate::outcome::Outcome::Unchanged,
        merged: input.base.cloned(),
        decisions: Vec::new(),
        conflict: None,
        write_ours: None,
        write_theirs: None,
        pending: Vec::new(),
        warnings: Vec::new(),
    }
}
