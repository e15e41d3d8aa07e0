//! How the model's records travel: one type, `item`, with a key and two numbers.

use connect::{Record as RemoteRecord, RemoteId, SystemError, Version};
use merge::{Number, Object, Value};

use crate::nouns::{FIELDS, Field, Key, Record, Values};

pub const NAMES: [&str; 2] = ["x", "y"];

pub fn fields(record: &Record) -> Object {
    let mut fields = Object::new();
    fields.insert("key", Value::Text(record.key.to_string()));
    for field in FIELDS {
        fields.insert(NAMES[field], Value::Number(Number::from(u64::from(record.values[field]))));
    }
    fields
}

pub fn remote(id: u32, record: &Record) -> RemoteRecord {
    RemoteRecord {
        id: RemoteId(id.to_string()),
        version: Some(Version(record.version.to_string())),
        modified: None,
        fields: fields(record),
    }
}

pub fn id(id: &RemoteId) -> Option<u32> {
    id.as_str().parse().ok()
}

pub fn value(object: &Object, field: Field) -> Option<u32> {
    match object.get(NAMES[field])? {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

pub fn values(object: &Object) -> Result<Values, SystemError> {
    match (value(object, 0), value(object, 1)) {
        (Some(x), Some(y)) => Ok([x, y]),
        _ => Err(refused(format!("x and y must be numbers: {object}"))),
    }
}

pub fn key(object: &Object) -> Result<Key, SystemError> {
    let text = object.get("key").and_then(Value::as_text).unwrap_or_default();
    text.parse().map_err(refused)
}

/// The pipeline never has a reason to send what is refused here: seen in a story, it is a defect of the pipeline.
pub fn refused(message: String) -> SystemError {
    SystemError::Refused { field: None, code: "422".to_owned(), message }
}
