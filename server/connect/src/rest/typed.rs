//! Values on their way out, by the declared types of their members.

use merge::{Object, Value};

use super::Connection;
use super::call::refused;
use super::config::{FieldType, TypeConfig};
use crate::error::SystemError;
use crate::system::Record;

impl Connection {
    /// Refuses a value that its member cannot hold, and gives references the JSON type of the ids that they name
    /// (CN C4). Members without a declared type pass as they are.
    pub(super) fn typed(&self, config: &TypeConfig, fields: &Object) -> Result<Object, SystemError> {
        let mut typed = Object::new();
        for (name, value) in fields.iter() {
            let Some(declared) = config.fields.get(name) else {
                typed.insert(name, value.clone());
                continue;
            };
            if !declared.fits(value) {
                let message = format!("{} does not fit a member of type {declared}", value.to_json());
                return Err(refused(Some(name.to_owned()), "type", message));
            }
            typed.insert(name, self.reference(declared, value));
        }
        Ok(typed)
    }

    /// A record as the caller saw it, with references as the system keeps them: so it can be compared with the one that is
    /// there now.
    pub(super) fn seen(&self, config: &TypeConfig, seen: &Record) -> Record {
        let fields = seen.fields.iter().map(|(name, value)| {
            let declared = config.fields.get(name);
            let value = declared.map_or_else(|| value.clone(), |declared| self.reference(declared, value));
            (name.to_owned(), value)
        });
        Record { fields: fields.collect(), ..seen.clone() }
    }

    fn reference(&self, declared: &FieldType, value: &Value) -> Value {
        match (declared, value) {
            (FieldType::Reference(target), Value::Text(text)) => match self.config.types.get(target) {
                Some(target) => target.record.id_value(text),
                None => value.clone(),
            },
            (FieldType::List(inner) | FieldType::Set(inner), Value::List(list)) => {
                Value::List(list.iter().map(|value| self.reference(inner, value)).collect())
            }
            _ => value.clone(),
        }
    }
}
