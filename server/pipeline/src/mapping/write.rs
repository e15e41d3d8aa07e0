//! From neutral fields to what a side is sent.

use connect::RemoteId;
use merge::{FieldPath, Object, RecordKey, Side, Value};
use thiserror::Error;

use super::reference::key_of;
use crate::settings::{FieldKind, FieldSettings, ReferenceForm, TypeSettings};

/// What a side is sent for a create or an update.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteBody {
    /// Members that get a value.
    pub members: Object,
    /// Members to be emptied, which each system does in its own way (CN C25).
    pub cleared: Vec<String>,
}

/// A reference that cannot be written because the side does not know its target, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} refers to {type_name} {key}, which that side does not have")]
pub struct Unresolved {
    /// The field that refers.
    pub field: FieldPath,
    /// The target's type.
    pub type_name: String,
    /// The target's key; empty where the neutral value is no reference at all.
    pub key: RecordKey,
}

/// Turns wanted neutral fields into a side's members. Null empties the member; a field that `fields` does not have is
/// left alone, and so is one that is never written to this side. `refs` gives this side's id of another type's record.
///
/// Ids go out as text; the connector turns them into the JSON type of its system (CN C4).
///
/// # Errors
/// The first reference that the side cannot be told yet.
pub fn to_remote(
    one: &TypeSettings,
    side: Side,
    fields: &Object,
    refs: &impl Fn(&str, &RecordKey) -> Option<RemoteId>,
) -> Result<RemoteBody, Unresolved> {
    let mut body = RemoteBody::default();
    for field in one.fields.iter().filter(|field| field.is_written(side)) {
        let Some(value) = fields.get(&field.name) else { continue };
        let member = field.members[side].clone();
        match value {
            Value::Null => body.cleared.push(member),
            value => {
                let value = write_value(field, &field.kind, field.references[side], value, refs)?;
                body.members.insert(member, value);
            }
        }
    }
    Ok(body)
}

fn write_value(
    field: &FieldSettings,
    kind: &FieldKind,
    form: ReferenceForm,
    value: &Value,
    refs: &impl Fn(&str, &RecordKey) -> Option<RemoteId>,
) -> Result<Value, Unresolved> {
    match (kind, value) {
        (FieldKind::List(item), Value::List(values)) => {
            let values = values.iter().map(|value| write_value(field, item, form, value, refs));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        (FieldKind::Reference(_), Value::Text(text)) if text.is_empty() => Ok(value.clone()),
        (FieldKind::Reference(target), value) if form == ReferenceForm::Id => {
            let key = key_of(value).unwrap_or_else(|| RecordKey::new(Vec::new()));
            let id = refs(target, &key).ok_or_else(|| Unresolved {
                field: FieldPath::field(field.name.as_str()),
                type_name: target.clone(),
                key: key.clone(),
            })?;
            Ok(Value::Text(id.as_str().to_owned()))
        }
        _ => Ok(value.clone()),
    }
}
