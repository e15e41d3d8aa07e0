//! When the sides say that a record was changed (MS C11 `newest`).

use std::cmp::Ordering;

use crate::decision::get;
use crate::field::covered;
use crate::normalize::compare_instants;
use crate::path::steps;
use crate::policy::Policy;
use crate::record_rule::Input;
use crate::side::Side;
use crate::value::Value;

/// When each side says that the record was changed, as it is written there: why `newest` settled a path (MS C11).
///
/// ```
/// use merge::{Input, Policy, Presence, RecordKey, merge_record};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let policy = "resolvers = ['newest']\nchanged_at = 'saved'\nignore = ['saved']";
/// let base = record(r#"{"room":"B12","saved":"2026-03-01T08:00:00Z"}"#);
/// let ours = record(r#"{"room":"A01","saved":"2026-03-02T09:30:00Z"}"#);
/// let theirs = record(r#"{"room":"C03","saved":"2026-03-02T11:00:00+02:00"}"#);
/// let key = RecordKey::from(1001);
/// let sides = Input { ours: Presence::Live(&ours), theirs: Presence::Live(&theirs), ..Input::new("section", &key) };
/// let input = Input { base: Some(&base), ..sides };
/// let verdict = merge_record(&Policy::from_toml(policy).unwrap(), &input);
/// assert_eq!(verdict.decisions[0].value, Some("A01".into()), "half an hour later");
/// assert_eq!(verdict.decisions[0].times.as_ref().unwrap().theirs, "2026-03-02T11:00:00+02:00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times<T = String> {
    /// On ours.
    pub ours: T,
    /// On theirs.
    pub theirs: T,
}

impl<'a> Times<&'a str> {
    /// The texts both sides have sent where the policy says that they tell it.
    pub(crate) fn of(policy: &Policy, input: &Input<'a>) -> Option<Times<&'a str>> {
        let paths = policy.changed_at.as_ref()?;
        let sent = |side: Side, unfetched| {
            let path = paths.of(side);
            let record = input.of(side).live().filter(|_| !covered(unfetched, &steps(path)))?;
            get(record, path).and_then(Value::as_text)
        };
        let (ours, theirs) =
            (sent(Side::Ours, input.unfetched_ours), sent(Side::Theirs, input.unfetched_theirs));
        Some(Times { ours: ours?, theirs: theirs? })
    }

    /// The side that changed the record last; none if a time cannot be read or both are one as far as the coarser tells.
    pub(crate) fn newer(&self) -> Option<Side> {
        match compare_instants(self.ours, self.theirs)? {
            Ordering::Greater => Some(Side::Ours),
            Ordering::Less => Some(Side::Theirs),
            Ordering::Equal => None,
        }
    }

    pub(crate) fn to_owned(self) -> Times {
        Times { ours: self.ours.to_owned(), theirs: self.theirs.to_owned() }
    }
}
