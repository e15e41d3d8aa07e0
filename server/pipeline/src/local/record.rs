//! A row of our records as a [`Record`], and the texts under which one is found again.

use std::collections::BTreeSet;

use connect::{Item, Record, RemoteId, SystemError, Version};
use merge::{ContentHash, Number, Object, Side, Value, json};
use sha2::{Digest as _, Sha256};
use store::local_record::LocalRecord;

use crate::settings::TypeSettings;

/// A type as one side keeps it here.
pub(super) struct LocalType {
    /// The members of the key, in order.
    pub(super) key: Vec<String>,
    /// Every member a record may have.
    pub(super) members: BTreeSet<String>,
}

impl LocalType {
    pub(super) fn of(merge_type: &TypeSettings, side: Side) -> Self {
        let members = merge_type.fields.iter().map(|field| field.members[side].clone()).collect();
        Self { key: key_members(merge_type, side), members }
    }
}

/// A longer text would not fit into an index of the database.
const KEY_TEXT_MOST: usize = 500;

/// The text under which a record of ours is found again: its key members as canonical JSON, numbers by value; a hash
/// of it where it is long.
#[must_use]
pub fn natural_key(merge_type: &TypeSettings, side: Side, members: &Object) -> String {
    key_text(&key_members(merge_type, side), members)
}

fn key_members(merge_type: &TypeSettings, side: Side) -> Vec<String> {
    let members = merge_type.key.iter().filter_map(|name| merge_type.field(name));
    members.map(|field| field.members[side].clone()).collect()
}

pub(super) fn key_text(names: &[String], members: &Object) -> String {
    let part = |name: &String| Some((name.clone(), by_value(members.get(name)?)));
    let text = names.iter().filter_map(part).collect::<Object>().to_canonical();
    if text.len() <= KEY_TEXT_MOST { text } else { format!("#{}", ContentHash::of(text.as_bytes())) }
}

fn by_value(value: &Value) -> Value {
    match value {
        Value::Number(number) => Number::parse(&number.normal()).map_or_else(|| value.clone(), Value::Number),
        other => other.clone(),
    }
}

/// The id of a record that a merge creates: made from the reference that comes with every repeat of the same create.
pub(super) fn id_for(reference: &str) -> String {
    let digest = Sha256::digest(reference.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

pub(super) fn record(row: &LocalRecord) -> Result<Record, SystemError> {
    let fields = json::parse_object(row.fields.as_bytes())
        .map_err(|error| SystemError::Malformed { at: row.id.clone(), message: error.to_string() })?;
    Ok(Record {
        id: RemoteId::from(row.id.as_str()),
        version: Some(Version::from(row.version.to_string())),
        modified: Some(row.updated_at),
        fields,
    })
}

pub(super) fn item(row: &LocalRecord) -> Item {
    let id = RemoteId::from(row.id.as_str());
    if row.removed {
        let version = Some(Version::from(row.version.to_string()));
        return Item::Tombstone { id, version, at: Some(row.updated_at) };
    }
    match record(row) {
        Ok(record) => Item::Live(record),
        Err(error) => Item::Bad { id: Some(id), why: error.to_string(), raw: row.fields.clone().into() },
    }
}
