//! Decisions: instructions that lead from base to merged (MS C4).

use std::fmt;

use crate::named::named;
use crate::path::{FieldPath, Segment};
use crate::policy::{Level, Mode, Resolver};
use crate::times::Times;
use crate::value::{Object, Value};

named! {
    /// What a decision does (MS X12).
    pub enum Action: "action" {
        /// Sets or removes the value at a path.
        Set = "set",
        /// Sets or removes the whole record.
        Record = "record",
        /// Leaves the whole record as ours has it.
        Hold = "hold",
    }
}

named! {
    /// The rule that made a decision: the numbers of `merge-semantics.md`.
    pub enum Rule: "rule" {
        /// Neither side changed.
        F1 = "F1",
        /// Ours changed.
        F2 = "F2",
        /// Theirs changed.
        F3 = "F3",
        /// Both made the same change.
        F4 = "F4",
        /// Both changed, differently.
        F5 = "F5",
        /// A blank met a blank rule.
        F8 = "F8",
        /// A field group.
        F10 = "F10",
        /// No base, equal.
        F11 = "F11",
        /// No base, different.
        F12 = "F12",
        /// Both added an object.
        O3 = "O3",
        /// Ours deleted, theirs untouched.
        R1 = "R1",
        /// Ours deleted, theirs changed.
        R2 = "R2",
        /// Theirs deleted, ours untouched.
        R3 = "R3",
        /// Theirs deleted, ours changed.
        R4 = "R4",
        /// Both deleted.
        R5 = "R5",
        /// Out of scope.
        R6 = "R6",
        /// New on ours.
        R7 = "R7",
        /// New on theirs.
        R8 = "R8",
        /// New on both, equal.
        R9 = "R9",
        /// New on both, different.
        R10 = "R10",
        /// A strict record.
        R13 = "R13",
        /// A set of both sides' items.
        A2 = "A2",
        /// A multiset of both sides' items.
        A3 = "A3",
        /// A keyed list, item by item.
        A4 = "A4",
        /// An ordered list with both sides' edits.
        A7 = "A7",
        /// A text with both sides' edits.
        T2 = "T2",
        /// A number counted on from both sides.
        T5 = "T5",
        /// Records that share what must be unique.
        K1 = "K1",
        /// Several records with one key.
        K3 = "K3",
        /// A reference that leads nowhere.
        K4 = "K4",
        /// Waiting for approval on a side.
        K5 = "K5",
        /// It refers to a record that is held.
        K6 = "K6",
        /// Missing, waiting to be proved deleted.
        D2 = "D2",
        /// An ignored path.
        P9 = "P9",
        /// The sides differ on purpose.
        C10 = "C10",
        /// A resolver of the chain.
        C11 = "C11",
        /// A person's choice.
        C5 = "C5",
    }
}

/// One instruction that leads from base to merged. Automatic ones are the journal of what nobody was asked about;
/// they keep the values that lost (MS P8, C4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where; the root for whole records.
    pub path: FieldPath,
    /// What is done.
    pub action: Action,
    /// Whether the question is still open.
    pub conflict: bool,
    /// The value that results; `None` is absent.
    pub value: Option<Value>,
    /// The rule that decided.
    pub rule: Rule,
    /// Where its mode was set.
    pub level: Level,
    /// The mode in force.
    pub mode: Mode,
    /// The resolver that settled it, if one did (C11).
    pub resolver: Option<Resolver>,
    /// When the sides say they changed the record, if that settled it (C11 `newest`).
    pub times: Option<Times>,
    /// Base's value; `None` is absent.
    pub base: Option<Value>,
    /// Ours' value; `None` is absent.
    pub ours: Option<Value>,
    /// Theirs' value; `None` is absent.
    pub theirs: Option<Value>,
}

impl fmt::Display for Decision {
    /// Rule, level and mode as reports name them: `F5, level=field, mode=resolve_theirs` (MS P8).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, level={}, mode={}", self.rule, self.level, self.mode)?;
        self.resolver.map_or(Ok(()), |resolver| write!(f, ", resolver={resolver}"))
    }
}

/// Performs decisions on base; the result is merged (MS C4, law L10). `None` is an absent record.
///
/// ```
/// use merge::{FieldPath, Input, Policy, Presence, RecordKey};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let (base, ours) = (record(r#"{"id":1,"v":1}"#), record(r#"{"id":1,"v":2}"#));
/// let key = RecordKey::from(1);
/// let input = Input {
///     base: Some(&base), ours: Presence::Live(&ours), theirs: Presence::Live(&base),
///     ..Input::new("room", &key)
/// };
/// let verdict = merge::merge_record(&Policy::default(), &input);
/// assert_eq!(merge::apply(Some(&base), &verdict.decisions), verdict.merged);
/// ```
pub fn apply(base: Option<&Object>, decisions: &[Decision]) -> Option<Object> {
    let mut record = base.cloned();
    if let Some(record) = &mut record {
        record.remove(crate::unfetched::UNFETCHED);
    }
    for decision in decisions {
        perform(&mut record, decision.action, &decision.path, decision.value.as_ref());
    }
    record
}

/// Performs one decision on a record; `None` is an absent value or record.
///
/// ```
/// use merge::{Action, FieldPath, Object, Value};
/// let mut record = Some(Object::new());
/// merge::perform(&mut record, Action::Set, &"address.city".parse().unwrap(), Some(&Value::from("Ulm")));
/// assert_eq!(record.unwrap().to_json(), r#"{"address":{"city":"Ulm"}}"#);
/// ```
pub fn perform(record: &mut Option<Object>, action: Action, path: &FieldPath, value: Option<&Value>) {
    match (action, value) {
        (Action::Set, Some(value)) => set(record.get_or_insert_default(), path, value.clone()),
        (Action::Set, None) => {
            if let Some(record) = record {
                unset(record, path);
            }
        }
        (Action::Record | Action::Hold, value) => *record = value.and_then(Value::as_object).cloned(),
    }
}

/// Sets the value at a path, making objects on the way where there are none.
pub(crate) fn set(record: &mut Object, path: &FieldPath, value: Value) {
    let Some((last, parents)) =
        names(path).and_then(|names| names.split_last().map(|(l, p)| (*l, p.to_vec())))
    else {
        return;
    };
    let mut object = record;
    for name in parents {
        if object.get(name).and_then(Value::as_object).is_none() {
            object.insert(name, Object::new());
        }
        let Some(Value::Object(inner)) = object.get_mut(name) else { return };
        object = inner;
    }
    object.insert(last, value);
}

/// Removes the value at a path, if it is there.
pub(crate) fn unset(record: &mut Object, path: &FieldPath) {
    let Some((last, parents)) =
        names(path).and_then(|names| names.split_last().map(|(l, p)| (*l, p.to_vec())))
    else {
        return;
    };
    let mut object = record;
    for name in parents {
        let Some(Value::Object(inner)) = object.get_mut(name) else { return };
        object = inner;
    }
    object.remove(last);
}

/// The value at a path of names.
pub(crate) fn get<'a>(record: &'a Object, path: &FieldPath) -> Option<&'a Value> {
    let names = names(path)?;
    let (last, parents) = names.split_last()?;
    let mut object = record;
    for name in parents {
        object = object.get(name)?.as_object()?;
    }
    object.get(last)
}

impl Object {
    /// The value at a path of names; an item of a list has none of its own.
    ///
    /// ```
    /// use merge::Value;
    /// let record = merge::json::parse_object(br#"{"address":{"city":"Ulm"}}"#).unwrap();
    /// assert_eq!(record.at(&"address.city".parse().unwrap()), Some(&Value::from("Ulm")));
    /// assert_eq!(record.at(&"address.zip".parse().unwrap()), None);
    /// ```
    pub fn at(&self, path: &FieldPath) -> Option<&Value> {
        get(self, path)
    }
}

/// The names of a path that has no list items, the only kind of path decisions are about.
fn names(path: &FieldPath) -> Option<Vec<&str>> {
    let names = path.segments().iter().map(|segment| match segment {
        Segment::Name(name) => Some(name.as_str()),
        Segment::Item(_) => None,
    });
    names.collect()
}
