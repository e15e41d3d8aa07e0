//! Decisions of the staff (MS C5, C6).

use crate::conflict::Conflict;
use crate::decision::Rule;
use crate::outcome::ConflictKind;
use crate::path::FieldPath;
use crate::policy::Policy;
use crate::record_rule::{Input, merge_record, merge_with};
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
    /// A field that collides cannot be taken from a version that has no record.
    #[error("`{path}` cannot be taken from a version without a record; choose another value, or clear it")]
    NoRecord {
        /// The path chosen for.
        path: FieldPath,
    },
    /// A choice for a field that collides would settle nothing.
    #[error("`{path}` is decided together with other fields")]
    Together {
        /// The path chosen for.
        path: FieldPath,
    },
    /// A whole record can only be replaced by an object.
    #[error("the whole record can only be replaced by an object")]
    NotAnObject,
}

/// Merges a record again with choices of the staff; contested paths without a choice stay open (C5, X13).
///
/// While a part of the question stays open it keeps id and revision, so that the rest can be decided by what was seen.
/// Whether the revision seen is still the current one is the caller's to check first (C6).
///
/// # Errors
/// [`DecideError`] if a choice does not fit the question as it is now.
///
/// ```
/// use merge::{Choice, FieldPath, Input, Policy, Presence, RecordKey};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let (base, ours, theirs) = (record(r#"{"v":1}"#), record(r#"{"v":2}"#), record(r#"{"v":3}"#));
/// let key = RecordKey::from(7);
/// let input = Input {
///     base: Some(&base), ours: Presence::Live(&ours), theirs: Presence::Live(&theirs),
///     ..Input::new("room", &key)
/// };
/// let policy = Policy::default();
/// assert!(merge::merge_record(&policy, &input).conflict.is_some());
/// let verdict = merge::decide(&policy, &input, &[(FieldPath::field("v"), Choice::Theirs)]).unwrap();
/// assert_eq!(verdict.merged, Some(theirs));
/// assert_eq!(verdict.decisions[0].to_string(), "C5, level=decision, mode=manual");
/// ```
pub fn decide(
    policy: &Policy,
    input: &Input<'_>,
    choices: &[(FieldPath, Choice)],
) -> Result<Verdict, DecideError> {
    decide_collided(policy, input, &[], choices)
}

/// [`decide`] for a record that also shares what must be unique: a choice may be made for the `collided` paths too, whatever
/// their rule says (K1, C5). Whether the record still collides with what it comes to hold is the caller's to find out.
///
/// # Errors
/// As for [`decide`].
///
/// ```
/// use merge::{Choice, FieldPath, Input, Policy, Presence, RecordKey};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let (agreed, moved) = (record(r#"{"email":"a@b"}"#), record(r#"{"email":"k@b"}"#));
/// let (policy, key, email) = (Policy::default(), RecordKey::from(7), FieldPath::field("email"));
/// let input = Input {
///     base: Some(&agreed), ours: Presence::Live(&agreed), theirs: Presence::Live(&moved),
///     ..Input::new("person", &key)
/// };
/// let other = [(email.clone(), Choice::Value("k2@b".into()))];
/// assert!(merge::decide(&policy, &input, &other).is_err(), "nobody asked");
/// let verdict = merge::decide_collided(&policy, &input, &[email], &other).unwrap();
/// assert!(verdict.write_ours.is_some() && verdict.write_theirs.is_some());
/// ```
pub fn decide_collided(
    policy: &Policy,
    input: &Input<'_>,
    collided: &[FieldPath],
    choices: &[(FieldPath, Choice)],
) -> Result<Verdict, DecideError> {
    let asked = merge_record(policy, input).conflict;
    let is_whole = asked.as_ref().is_some_and(is_about_existence);
    let mut only_collided = Vec::new();
    for (path, choice) in choices {
        let is_asked = match &asked {
            Some(_) if is_whole => path.is_root(),
            Some(conflict) => conflict.fields.iter().any(|field| field.path == *path),
            None => false,
        };
        if !is_asked {
            if is_whole || !collided.contains(path) {
                return Err(DecideError::NotContested { path: path.clone() });
            }
            if !has_record(input, choice) {
                return Err(DecideError::NoRecord { path: path.clone() });
            }
            only_collided.push(path);
        }
        if is_whole && matches!(choice, Choice::Value(value) if value.as_object().is_none()) {
            return Err(DecideError::NotAnObject);
        }
    }
    let mut verdict = merge_with(policy, input, choices);
    // While anything is open, nothing is stored and a record that is held has no decisions about its fields.
    let is_settled = verdict.conflict.is_none();
    if let Some(path) = only_collided.into_iter().find(|path| is_settled && !is_chosen(&verdict, path)) {
        return Err(DecideError::Together { path: path.clone() });
    }
    if let (Some(open), Some(asked)) = (&mut verdict.conflict, asked) {
        open.revision = asked.revision;
    }
    Ok(verdict)
}

/// Whether the version that was chosen has a record to take a value from.
const fn has_record(input: &Input<'_>, choice: &Choice) -> bool {
    match choice {
        Choice::Ours => input.ours.live().is_some(),
        Choice::Theirs => input.theirs.live().is_some(),
        Choice::Base => input.base.is_some(),
        Choice::Value(_) | Choice::Clear => true,
    }
}

/// Whether a choice has settled the path: by itself, or as a part of a new record.
fn is_chosen(verdict: &Verdict, path: &FieldPath) -> bool {
    let mut chosen = verdict.decisions.iter().filter(|decision| decision.rule == Rule::C5);
    chosen.any(|decision| decision.path.is_root() || decision.path == *path)
}

/// Whether the question is about the whole record.
const fn is_about_existence(conflict: &Conflict) -> bool {
    matches!(conflict.kind, ConflictKind::DeleteUpdate | ConflictKind::UpdateDelete)
}
