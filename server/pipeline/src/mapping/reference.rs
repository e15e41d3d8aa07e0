//! The two forms of a reference: a side's id of a record, and our key of it.

use connect::RemoteId;
use merge::{KeyPart, RecordKey, Value};

use super::kinds::Failure;
use super::{Violation, ViolationCode};

/// The id in a member that refers by id: text, or a whole number by its digits (CN C4).
pub(super) fn id_of(target: &str, value: &Value) -> Result<RemoteId, Failure> {
    match value {
        Value::Text(text) if !text.is_empty() => Ok(RemoteId::from(text.as_str())),
        Value::Number(number) if number.as_i64().is_some() => Ok(RemoteId::from(number.normal().as_str())),
        _ => Err(failure(target, value)),
    }
}

/// The neutral value of a reference: the key part itself where the key has one, else the list of its parts.
pub(super) fn key_value(key: &RecordKey) -> Value {
    match key.parts() {
        [part] => part_value(part),
        parts => Value::List(parts.iter().map(part_value).collect()),
    }
}

/// The key that a neutral reference stands for; none if it is no reference.
pub(super) fn key_of(value: &Value) -> Option<RecordKey> {
    match value {
        Value::List(parts) if parts.len() > 1 => {
            parts.iter().map(part_of).collect::<Option<Vec<_>>>().map(RecordKey::new)
        }
        Value::List(_) => None,
        value => part_of(value).map(|part| RecordKey::new(vec![part])),
    }
}

/// Whether a member that refers by key holds one.
pub(super) fn check_key(target: &str, value: &Value) -> Result<(), Failure> {
    key_of(value).map(|_| ()).ok_or_else(|| failure(target, value))
}

fn part_value(part: &KeyPart) -> Value {
    match part {
        KeyPart::Number(number) => Value::Number(number.clone()),
        KeyPart::Text(text) => Value::Text(text.clone()),
    }
}

fn part_of(value: &Value) -> Option<KeyPart> {
    match value {
        Value::Number(number) => Some(KeyPart::Number(number.clone())),
        Value::Text(text) if !text.is_empty() => Some(KeyPart::Text(text.clone())),
        _ => None,
    }
}

fn failure(target: &str, value: &Value) -> Failure {
    (ViolationCode::Kind, format!("is no reference to a {target}: {}", Violation::cut(value)))
}
