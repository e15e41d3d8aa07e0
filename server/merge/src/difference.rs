//! Paths at which a record differs on both sides on purpose (MS C10).

use crate::decision::get;
use crate::field::covered;
use crate::normalize::Comparing;
use crate::path::{FieldPath, steps};
use crate::policy::Policy;
use crate::record_rule::{Input, Presence};
use crate::side::Side;
use crate::value::Value;

/// A declared difference: while both sides hold what they held when it was declared, nothing is written for the path and it
/// raises no conflict.
///
/// ```
/// use merge::{Difference, FieldPath, Input, Policy, Presence, RecordKey, Value};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let (base, ours, theirs) = (record(r#"{"v":1}"#), record(r#"{"v":2}"#), record(r#"{"v":3}"#));
/// let difference =
///     Difference { path: FieldPath::field("v"), ours: Some(Value::from(2)), theirs: Some(Value::from(3)) };
/// let key = RecordKey::from(7);
/// let input = Input {
///     base: Some(&base), ours: Presence::Live(&ours), theirs: Presence::Live(&theirs),
///     differences: std::slice::from_ref(&difference),
///     ..Input::new("room", &key)
/// };
/// let verdict = merge::merge_record(&Policy::default(), &input);
/// assert!(verdict.conflict.is_none() && verdict.write_ours.is_none() && verdict.write_theirs.is_none());
///
/// let edited = record(r#"{"v":4}"#);
/// let input = Input { theirs: Presence::Live(&edited), ..input };
/// assert!(!difference.stands(&Policy::default(), &input));
/// assert!(merge::merge_record(&Policy::default(), &input).conflict.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where; names only, for a list is one value here.
    pub path: FieldPath,
    /// What ours held; `None` is absent.
    pub ours: Option<Value>,
    /// What theirs held; `None` is absent.
    pub theirs: Option<Value>,
}

impl Difference {
    /// Whether neither side's value has changed since, by its compare form. A side that does not say anything about the
    /// record or the path has changed nothing (V3, D2); one that has deleted the record has.
    ///
    /// ```
    /// # use merge::{Difference, FieldPath, Input, Policy, Presence, RecordKey};
    /// # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// # let (policy, key) = (Policy::default(), RecordKey::from("S-17"));
    /// let (ours, theirs) = (record(r#"{"name":"Liz"}"#), record(r#"{"name":"Eliza"}"#));
    /// let name = FieldPath::field("name");
    /// let nickname = Difference { path: name, ours: Some("Liz".into()), theirs: Some("Elizabeth".into()) };
    /// let silent = Input { ours: Presence::Live(&ours), theirs: Presence::Missing, ..Input::new("student", &key) };
    /// assert!(nickname.stands(&policy, &silent));
    /// let renamed = Input { theirs: Presence::Live(&theirs), ..silent };
    /// assert!(!nickname.stands(&policy, &renamed));
    /// ```
    pub fn stands(&self, policy: &Policy, input: &Input<'_>) -> bool {
        Side::ALL.iter().all(|side| self.is_unchanged(policy, input, *side))
    }

    fn is_unchanged(&self, policy: &Policy, input: &Input<'_>, side: Side) -> bool {
        let (presence, unfetched, kept) = match side {
            Side::Ours => (input.ours, input.unfetched_ours, &self.ours),
            Side::Theirs => (input.theirs, input.unfetched_theirs, &self.theirs),
        };
        let mut steps = steps(&self.path);
        match presence {
            Presence::Live(_) | Presence::Pending(_) if covered(unfetched, &steps) => true,
            Presence::Live(record) | Presence::Pending(record) => {
                Comparing::new(policy).same(&mut steps, get(record, &self.path), kept.as_ref())
            }
            Presence::Missing | Presence::OutOfScope => true,
            Presence::Deleted => false,
        }
    }
}

/// The paths of the declared differences that stand.
pub(crate) fn standing(policy: &Policy, input: &Input<'_>) -> Vec<FieldPath> {
    let standing = input.differences.iter().filter(|difference| difference.stands(policy, input));
    standing.map(|difference| difference.path.clone()).collect()
}
