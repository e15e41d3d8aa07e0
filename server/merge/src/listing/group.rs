//! The rows of one key, and the answer for them.

use super::row::{Row, State};
use crate::conflict::{Conflict, Present};
use crate::decide::{Choice, DecideError, decide};
use crate::decision::Rule;
use crate::key::RecordKey;
use crate::outcome::ConflictKind;
use crate::path::FieldPath;
use crate::policy::Hold;
use crate::policy::Policy;
use crate::record_rule::merge_record;
use crate::record_rule::{Input, Presence};
use crate::verdict::Verdict;

/// The rows of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The key.
    pub key: RecordKey,
    /// Base's row.
    pub base: Option<Row>,
    /// Ours' rows; more than one make the key ambiguous (K3).
    pub ours: Vec<Row>,
    /// Theirs' rows.
    pub theirs: Vec<Row>,
}

/// How many rows of each input share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCounts {
    /// In base.
    pub base: usize,
    /// On ours.
    pub ours: usize,
    /// On theirs.
    pub theirs: usize,
}

/// The answer for one key of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The engine's answer. For an ambiguous key `merged` is `None` unless ours has exactly one row.
    pub verdict: Verdict,
    /// For an ambiguous key the row count per side (X9).
    pub rows: Option<RowCounts>,
}

impl Group {
    /// The three versions as the engine takes them. A record that is not listed is deleted (X6).
    ///
    /// ```
    /// # use merge::{Presence, RecordKey, listing::{Group, Row}};
    /// # let record = merge::json::parse_object(br#"{"crn":1001}"#).unwrap();
    /// let row = Row::read(record, 1).unwrap();
    /// let group = Group { key: RecordKey::from(1001), base: None, ours: vec![row], theirs: Vec::new() };
    /// let input = group.input("section");
    /// assert!(input.ours.live().is_some());
    /// assert!(matches!(input.theirs, Presence::Deleted), "not listed");
    /// ```
    pub fn input<'a>(&'a self, type_name: &'a str) -> Input<'a> {
        let side = |rows: &'a [Row]| match rows.first() {
            Some(row) => (row.presence(), row.unfetched.as_slice()),
            None => (Presence::Deleted, &[][..]),
        };
        let (ours, unfetched_ours) = side(&self.ours);
        let (theirs, unfetched_theirs) = side(&self.theirs);
        let base = self.base.as_ref().filter(|row| row.state == State::Live).map(|row| &row.record);
        let differences = &[][..];
        Input { type_name, key: &self.key, base, ours, theirs, unfetched_ours, unfetched_theirs, differences }
    }

    /// How many rows each input has (X9).
    ///
    /// ```
    /// # use merge::{Object, RecordKey, listing::{Group, Row}};
    /// let row = Row::read(Object::new(), 1).unwrap();
    /// let group = Group { key: RecordKey::from(1001), base: None, ours: vec![row; 2], theirs: Vec::new() };
    /// assert_eq!((group.counts().ours, group.counts().theirs), (2, 0));
    /// ```
    pub fn counts(&self) -> RowCounts {
        RowCounts { base: usize::from(self.base.is_some()), ours: self.ours.len(), theirs: self.theirs.len() }
    }

    /// Whether one side has several rows of this key (K3).
    ///
    /// ```
    /// # use merge::{Object, RecordKey, listing::{Group, Row}};
    /// # let row = Row::read(Object::new(), 1).unwrap();
    /// let mut group = Group { key: RecordKey::from(1001), base: None, ours: vec![row.clone()], theirs: Vec::new() };
    /// assert!(!group.is_ambiguous());
    /// group.ours.push(row);
    /// assert!(group.is_ambiguous());
    /// ```
    pub const fn is_ambiguous(&self) -> bool {
        self.ours.len() > 1 || self.theirs.len() > 1
    }
}

/// Answers one key: the record rule, or `ambiguous` if a side has several rows of it (K3).
///
/// ```
/// # use merge::{Object, Outcome, Policy, RecordKey};
/// use merge::listing::{Group, Row, merge_group};
/// # let row = Row::read(Object::new(), 1).unwrap();
/// let twice = Group { key: RecordKey::from(1001), base: None, ours: vec![row; 2], theirs: Vec::new() };
/// let answer = merge_group(&Policy::default(), "section", &twice);
/// assert_eq!(answer.verdict.outcome, Outcome::Conflict);
/// assert_eq!(answer.rows.unwrap().ours, 2);
/// ```
pub fn merge_group(policy: &Policy, type_name: &str, group: &Group) -> Answer {
    let input = group.input(type_name);
    if group.is_ambiguous() {
        return Answer { verdict: ambiguous(policy, group, &input), rows: Some(group.counts()) };
    }
    Answer { verdict: merge_record(policy, &input), rows: None }
}

/// [`merge_group`] with choices of the staff.
///
/// # Errors
/// [`DecideError`] if a choice does not fit the question. An ambiguous key takes no choices.
///
/// ```
/// # use merge::{Choice, FieldPath, Policy, RecordKey, listing::{Group, Row, decide_group}};
/// # let row = |text: &str| Row::read(merge::json::parse_object(text.as_bytes()).unwrap(), 1).unwrap();
/// let (ours, theirs) = (vec![row(r#"{"room":"B12"}"#)], vec![row(r#"{"room":"A01"}"#)]);
/// let group = Group { key: RecordKey::from(1001), base: None, ours, theirs };
/// let choices = [(FieldPath::field("room"), Choice::Theirs)];
/// let answer = decide_group(&Policy::default(), "section", &group, &choices).unwrap();
/// assert_eq!(answer.verdict.merged.unwrap().to_json(), r#"{"room":"A01"}"#);
/// ```
pub fn decide_group(
    policy: &Policy,
    type_name: &str,
    group: &Group,
    choices: &[(FieldPath, Choice)],
) -> Result<Answer, DecideError> {
    match choices.first() {
        Some((path, _)) if group.is_ambiguous() => Err(DecideError::NotContested { path: path.clone() }),
        _ => Ok(Answer { verdict: decide(policy, &group.input(type_name), choices)?, rows: None }),
    }
}

/// K3: never first wins.
fn ambiguous(policy: &Policy, group: &Group, input: &Input<'_>) -> Verdict {
    let only = match group.ours.as_slice() {
        [row] => input.ours.live().filter(|_| row.is_there()),
        _ => None,
    };
    let mode = policy.record_mode(&group.key);
    let mut verdict = Verdict::held(input, Rule::K3, mode, only);
    let present = Present {
        base: group.base.is_some(),
        ours: !group.ours.is_empty(),
        theirs: !group.theirs.is_empty(),
    };
    let rows = [&group.ours, &group.theirs].map(|rows| rows.iter().map(|row| &row.record).collect());
    let kind = ConflictKind::Ambiguous;
    verdict.conflict =
        Some(Conflict::of_rows(input.type_name, &group.key, kind, Hold::Record, present, rows));
    verdict
}
