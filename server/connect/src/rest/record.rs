//! From JSON items to records and back (CN C4, C5, C27-C31).

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use merge::{Number, Object, Value};
use reqwest::header::HeaderMap;

use super::config::{IdType, Modified, RecordShape, TimeFormat, VersionFrom};
use super::meaning::from_toml;
use super::pace::read_http_date;
use super::pointer::Pointer;
use super::template::plain_text;
use crate::{Item, Record, RemoteId, Version};

impl RecordShape {
    /// Reads one item. Headers are those of a single read or reply; a listing has none.
    pub fn item(&self, value: &Value, headers: Option<&HeaderMap>) -> Item {
        let id = self.id_of(value);
        match self.read(value, headers) {
            Ok(item) => item,
            Err(why) => Item::Bad { id, why, raw: Bytes::from(value.to_json()) },
        }
    }

    /// The id of an item.
    pub fn id_of(&self, value: &Value) -> Option<RemoteId> {
        match self.id.find(value)? {
            Value::Text(text) if !text.is_empty() => Some(RemoteId(text.clone())),
            Value::Number(number) => Some(RemoteId(number.to_string())),
            _ => None,
        }
    }

    /// An id in the JSON type of the system.
    pub fn id_value(&self, id: &str) -> Value {
        match self.id_type {
            IdType::Integer => Number::parse(id).map_or_else(|| Value::Text(id.to_owned()), Value::Number),
            IdType::String => Value::Text(id.to_owned()),
        }
    }

    /// A version in the JSON type in which a body carries it.
    pub fn version_value(&self, version: &str) -> Value {
        let text = self.version.write(version);
        Number::parse(&text).map_or_else(|| Value::Text(text.clone()), Value::Number)
    }

    /// Takes the members that are never sent out of a body.
    pub fn without_read_only(&self, mut fields: Object) -> Object {
        for pointer in self.read_only.iter().chain(&self.ignore) {
            if let Some(inner) = self.inside(pointer) {
                inner.remove(&mut fields);
            }
        }
        fields
    }

    /// True when the item carries the mark of a removed record.
    fn is_removed(&self, value: &Value) -> bool {
        let Some(deleted) = &self.deleted else { return false };
        deleted.at.find(value).is_some_and(|found| found.same_json(&from_toml(&deleted.equals)))
    }

    fn read(&self, value: &Value, headers: Option<&HeaderMap>) -> Result<Item, String> {
        let id = self.id_of(value).ok_or_else(|| format!("there is no id at `{}`", self.id))?;
        let told = self.told_version(value, headers);
        if self.is_removed(value) {
            let at = self.modified.as_ref().and_then(|modified| modified.read(value).ok().flatten());
            return Ok(Item::Tombstone { id, version: told, at });
        }
        let fields = self.fields(value)?;
        let modified = match &self.modified {
            Some(modified) => modified.read(value)?,
            None => None,
        };
        let version = match &self.version.from {
            VersionFrom::None => Some(Version::local(&fields)),
            _ => told,
        };
        Ok(Item::Live(Record { id, version, modified, fields }))
    }

    fn told_version(&self, value: &Value, headers: Option<&HeaderMap>) -> Option<Version> {
        match &self.version.from {
            VersionFrom::None => None,
            VersionFrom::Body(at) => at.find(value).filter(|v| !v.is_null()).map(|v| Version(plain_text(v))),
            VersionFrom::Header(name) => {
                headers?.get(name)?.to_str().ok().map(|text| Version(text.trim().to_owned()))
            }
        }
    }

    fn fields(&self, value: &Value) -> Result<Object, String> {
        let Value::Object(whole) = value else { return Err("it is no object".to_owned()) };
        let mut whole = whole.clone();
        for pointer in &self.ignore {
            pointer.remove(&mut whole);
        }
        match &self.attributes {
            None => Ok(whole),
            Some(at) => match at.find(&Value::Object(whole)) {
                Some(Value::Object(inner)) => Ok(inner.clone()),
                _ => Err(format!("there are no attributes at `{at}`")),
            },
        }
    }

    /// A pointer into the item as one into the fields, when it lies there.
    fn inside(&self, pointer: &Pointer) -> Option<Pointer> {
        match &self.attributes {
            None => Some(pointer.clone()),
            Some(at) => pointer.below(at),
        }
    }
}

impl Modified {
    /// The instant of the last change; nothing where the member is not there or is null.
    fn read(&self, value: &Value) -> Result<Option<DateTime<Utc>>, String> {
        match self.at.find(value) {
            None | Some(Value::Null) => Ok(None),
            Some(found) => match self.instant(&plain_text(found)) {
                Some(instant) => Ok(Some(instant)),
                None if self.trusted => Err(format!("the instant at `{}` cannot be read: {found}", self.at)),
                None => Ok(None),
            },
        }
    }

    fn instant(&self, text: &str) -> Option<DateTime<Utc>> {
        match self.format {
            TimeFormat::EpochS => DateTime::from_timestamp(text.parse().ok()?, 0),
            TimeFormat::EpochMs => DateTime::from_timestamp_millis(text.parse().ok()?),
            TimeFormat::Rfc1123 => read_http_date(text),
            TimeFormat::Iso => read_iso(text).or_else(|| {
                let local = read_local(text)?;
                self.zone?.from_local_datetime(&local).earliest().map(|instant| instant.with_timezone(&Utc))
            }),
        }
    }
}

fn read_iso(text: &str) -> Option<DateTime<Utc>> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    read(text)
        .or_else(|| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok())
        .or_else(|| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok())
        .map(|instant| instant.with_timezone(&Utc))
}

fn read_local(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok())
}

/// Whether two values are the same to a merge: numbers by value, text in NFC, null and absent as one.
pub fn same_value(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (None | Some(Value::Null), None | Some(Value::Null)) => true,
        (Some(a), Some(b)) => a.same_json(b) || neutral(a) == neutral(b),
        _ => false,
    }
}

fn neutral(value: &Value) -> merge::ContentHash {
    [("v".to_owned(), value.clone())].into_iter().collect::<Object>().hash()
}
