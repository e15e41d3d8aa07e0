//! Between a side's records and neutral records.
//!
//! A neutral record has the fields of its type in declared order, under the names of the settings, with references as
//! keys. It is what is staged, merged and kept as base. [`to_neutral`] reads a side's record into it and
//! [`to_remote`] writes wanted fields back; for lawful values the second undoes the first (CN C54).
//!
//! A value that is not of its kind, or a reference nobody knows, is a [`Violation`] of that field alone: the field counts
//! as not fetched on both sides and the rest of the record goes on (CN C55, MS F13). It never becomes null.

mod kinds;
mod reference;
mod staged;
#[cfg(test)]
mod tests;
mod write;

use connect::RemoteId;
use merge::{FieldPath, Object, RecordKey, Side, Value};

pub use self::staged::{StagedError, StagedRecord};
pub use self::write::{RemoteBody, Unresolved, to_remote};

use self::reference::{id_of, key_value};
use crate::settings::{Absent, FieldKind, FieldSettings, ReferenceForm, TypeSettings};

/// A side's record as a neutral one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapped {
    /// The fields that were read, in declared order. Absent, null and `""` stay apart (CN C56).
    pub body: Object,
    /// The fields this reading says nothing about (MS V3): violated, not read from this side, or absent where absence
    /// means that (MS V4).
    pub unfetched: Vec<FieldPath>,
    /// What was wrong, field by field.
    pub violations: Vec<Violation>,
}

/// A value that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field it belongs to.
    pub field: FieldPath,
    /// What kind of thing is wrong.
    pub code: ViolationCode,
    /// What is wrong, in words, with the value cut at 200 characters.
    pub message: String,
}

/// The kinds of violations a mapping finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViolationCode {
    /// The value is not of the field's kind.
    Kind,
    /// Digits would be lost.
    Digits,
    /// A reference to a record that is not known.
    UnknownReference,
    /// A required field without a value.
    Required,
}

impl ViolationCode {
    /// The name in the store and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Digits => "digits",
            Self::UnknownReference => "unknown_reference",
            Self::Required => "required",
        }
    }
}

/// Longest value shown in a message, in characters.
const SHOWN_MOST: usize = 200;

impl Violation {
    /// A value for a message: its JSON, cut.
    fn cut(value: &Value) -> String {
        let json = value.to_json();
        match json.char_indices().nth(SHOWN_MOST) {
            None => json,
            Some((end, _)) => format!("{}…", &json[..end]),
        }
    }
}

/// What reading a field gave.
enum Read {
    Absent,
    Value(Value),
    Unfetched,
    Violated(kinds::Failure),
}

/// Reads a side's record into a neutral one. `refs` gives the key of another type's record by this side's id of it.
#[must_use]
pub fn to_neutral(
    one: &TypeSettings,
    side: Side,
    members: &Object,
    refs: &impl Fn(&str, &RemoteId) -> Option<RecordKey>,
) -> Mapped {
    let mut mapped = Mapped::default();
    for field in &one.fields {
        let path = || FieldPath::field(field.name.as_str());
        match read_field(one, field, side, members, refs) {
            Read::Absent => {}
            Read::Value(value) => {
                mapped.body.insert(field.name.as_str(), value);
            }
            Read::Unfetched => mapped.unfetched.push(path()),
            Read::Violated((code, message)) => {
                mapped.unfetched.push(path());
                mapped.violations.push(Violation { field: path(), code, message });
            }
        }
    }
    mapped
}

fn read_field(
    one: &TypeSettings,
    field: &FieldSettings,
    side: Side,
    members: &Object,
    refs: &impl Fn(&str, &RemoteId) -> Option<RecordKey>,
) -> Read {
    if !field.is_read(side) {
        return Read::Unfetched;
    }
    let required = || Read::Violated((ViolationCode::Required, "has no value, but must have one".to_owned()));
    match members.get(&field.members[side]) {
        None if one.absent[side] == Absent::Unfetched => Read::Unfetched,
        None | Some(Value::Null) if field.required => required(),
        None => Read::Absent,
        Some(Value::Null) => Read::Value(Value::Null),
        Some(value) => match read_value(&field.kind, field.references[side], value, refs) {
            Ok(value) => Read::Value(value),
            Err(failure) => Read::Violated(failure),
        },
    }
}

fn read_value(
    kind: &FieldKind,
    form: ReferenceForm,
    value: &Value,
    refs: &impl Fn(&str, &RemoteId) -> Option<RecordKey>,
) -> Result<Value, kinds::Failure> {
    match (kind, value) {
        (FieldKind::List(item), Value::List(values)) => {
            let values = values.iter().map(|value| read_value(item, form, value, refs));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        (FieldKind::Reference(_), Value::Text(text)) if text.is_empty() => Ok(value.clone()),
        (FieldKind::Reference(target), value) => match form {
            ReferenceForm::Key => reference::check_key(target, value).map(|()| value.clone()),
            ReferenceForm::Id => {
                let id = id_of(target, value)?;
                refs(target, &id).map(|key| key_value(&key)).ok_or_else(|| unknown(target, &id))
            }
        },
        _ => kinds::check_scalar(kind, value).map(|()| value.clone()),
    }
}

/// Whether a neutral value can be one of this kind: what a person typed, before it is decided (CN C55).
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_value(kind: &FieldKind, value: &Value) -> Result<(), String> {
    let known = |_: &str, _: &RemoteId| None;
    read_value(kind, ReferenceForm::Key, value, &known).map(|_| ()).map_err(|(_, message)| message)
}

fn unknown(target: &str, id: &RemoteId) -> kinds::Failure {
    let shown = Violation::cut(&Value::Text(id.as_str().to_owned()));
    (ViolationCode::UnknownReference, format!("refers to a {target} that is not known: {shown}"))
}

/// The records a side's record refers to by that side's ids, each once, so that their keys can be looked up together.
#[must_use]
pub fn references_in(one: &TypeSettings, side: Side, members: &Object) -> Vec<(String, RemoteId)> {
    let mut found = Vec::new();
    for field in &one.fields {
        if field.references[side] == ReferenceForm::Key || !field.is_read(side) {
            continue;
        }
        if let (Some(target), Some(value)) = (field.kind.target(), members.get(&field.members[side])) {
            collect_ids(target, value, &mut found);
        }
    }
    found
}

fn collect_ids(target: &str, value: &Value, found: &mut Vec<(String, RemoteId)>) {
    if let Value::List(values) = value {
        for value in values {
            collect_ids(target, value, found);
        }
    } else if let Ok(id) = id_of(target, value)
        && !found.iter().any(|(known, other)| known == target && *other == id)
    {
        found.push((target.to_owned(), id));
    }
}
