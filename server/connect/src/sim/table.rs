//! The records of one type with the indexes that keep every question as cheap as its answer is long.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    ops::Deref,
    sync::Arc,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::schema::{Kind, Shape};

/// The members of one version of a record; cheap to copy, so that the log can keep every version.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Arc<Map<String, Value>>);

impl Deref for Fields {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self(Arc::new(map))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

/// One version of one record.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub ordinal: u64,
    pub id: String,
    pub revision: u64,
    pub seq: u64,
    pub updated_at: DateTime<Utc>,
    pub removed: bool,
    pub fields: Fields,
    pub etag: String,
}

impl Row {
    /// The version as it is sent, quotes included. It holds a hash, so that a restored server never gives
    /// one version to two contents.
    pub fn etag_of(revision: u64, removed: bool, fields: &Fields) -> String {
        let text = serde_json::to_vec(fields).unwrap_or_default();
        let digest = Sha256::digest(&text);
        let mut etag = format!("\"{revision}{}-", if removed { "x" } else { "" });
        for byte in &digest[..4] {
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        etag
    }
}

/// A record as the API shows it: `id`, `etag`, `updated_at`, `removed`, then its fields.
pub(super) struct Shown<'a> {
    pub row: &'a Row,
    pub etag: bool,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.row.id)?;
        if self.etag {
            map.serialize_entry("etag", &self.row.etag)?;
        }
        map.serialize_entry("updated_at", &instant(self.row.updated_at))?;
        if self.row.removed {
            map.serialize_entry("removed", &true)?;
        } else {
            for (name, value) in self.row.fields.iter() {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// An instant as the API writes it: UTC with milliseconds.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// All records of one kind.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub live: BTreeMap<u64, Arc<Row>>,
    pub removed: BTreeMap<u64, Arc<Row>>,
    ids: HashMap<String, u64>,
    /// The newest change of each record, by change sequence.
    pub feed: BTreeMap<u64, u64>,
    /// (field position, value) → ordinals in ascending order.
    index: HashMap<(usize, String), Vec<u64>>,
    /// (position of the unique rule, values) → ordinal.
    unique: HashMap<(usize, String), u64>,
    next_ordinal: u64,
    /// Number of the next id.
    pub next_number: u64,
}

impl Table {
    pub fn new(kind: &Kind) -> Self {
        Self {
            live: BTreeMap::new(),
            removed: BTreeMap::new(),
            ids: HashMap::new(),
            feed: BTreeMap::new(),
            index: HashMap::new(),
            unique: HashMap::new(),
            next_ordinal: 0,
            next_number: kind.first,
        }
    }

    /// The live or removed record with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Row>> {
        self.by_ordinal(*self.ids.get(id)?)
    }

    pub fn by_ordinal(&self, ordinal: u64) -> Option<&Arc<Row>> {
        self.live.get(&ordinal).or_else(|| self.removed.get(&ordinal))
    }

    /// The live record with this id.
    pub fn get_live(&self, id: &str) -> Option<&Arc<Row>> {
        self.live.get(self.ids.get(id)?)
    }

    /// Gives out the place of a new record.
    pub fn place(&mut self) -> u64 {
        self.next_ordinal += 1;
        self.next_ordinal
    }

    /// Gives out the next id that is not in use.
    pub fn assign_id(&mut self, kind: &Kind) -> String {
        loop {
            let id = format!("{}-{}", kind.prefix, self.next_number);
            self.next_number += 1;
            if !self.ids.contains_key(&id) {
                return id;
            }
        }
    }

    /// Puts a version in the place of the one before it. Only the index entries that differ are touched.
    pub fn put(&mut self, kind: &Kind, row: Arc<Row>) {
        let before = self.detach(row.ordinal);
        let none = Fields::default();
        let old = before.as_ref().filter(|before| !before.removed).map_or(&none, |before| &before.fields);
        let new = if row.removed { &none } else { &row.fields };
        self.reindex(kind, row.ordinal, old, new);
        self.ids.insert(row.id.clone(), row.ordinal);
        self.feed.insert(row.seq, row.ordinal);
        let place = if row.removed { &mut self.removed } else { &mut self.live };
        place.insert(row.ordinal, row);
    }

    /// Takes a record out without leaving anything.
    pub fn take(&mut self, kind: &Kind, ordinal: u64) {
        if let Some(row) = self.detach(ordinal) {
            self.ids.remove(&row.id);
            if !row.removed {
                self.reindex(kind, ordinal, &row.fields, &Fields::default());
            }
        }
    }

    /// Takes everything out; ids are not given out again.
    pub fn clear(&mut self) {
        self.live.clear();
        self.removed.clear();
        self.ids.clear();
        self.feed.clear();
        self.index.clear();
        self.unique.clear();
    }

    fn detach(&mut self, ordinal: u64) -> Option<Arc<Row>> {
        let row = self.live.remove(&ordinal).or_else(|| self.removed.remove(&ordinal))?;
        self.feed.remove(&row.seq);
        Some(row)
    }

    fn reindex(&mut self, kind: &Kind, ordinal: u64, old: &Fields, new: &Fields) {
        let (before, after) = (index_keys(kind, old), index_keys(kind, new));
        for key in before.iter().filter(|key| !after.contains(key)) {
            let Some(places) = self.index.get_mut(key) else { continue };
            if let Ok(at) = places.binary_search(&ordinal) {
                places.remove(at);
            }
            if places.is_empty() {
                self.index.remove(key);
            }
        }
        for key in after.into_iter().filter(|key| !before.contains(key)) {
            let places = self.index.entry(key).or_default();
            if let Err(at) = places.binary_search(&ordinal) {
                places.insert(at, ordinal);
            }
        }
        for key in unique_keys(kind, old) {
            if self.unique.get(&key) == Some(&ordinal) {
                self.unique.remove(&key);
            }
        }
        for key in unique_keys(kind, new) {
            self.unique.entry(key).or_insert(ordinal);
        }
    }

    /// The places of the live records whose field has this value.
    pub fn places(&self, position: usize, value: &str) -> &[u64] {
        self.index.get(&(position, value.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The first unique rule that these fields would break, with the record that holds the value.
    pub fn taken(&self, kind: &Kind, fields: &Fields, own: Option<u64>) -> Option<(usize, &Arc<Row>)> {
        unique_keys(kind, fields).into_iter().find_map(|key| {
            let holder = *self.unique.get(&key)?;
            (Some(holder) != own).then(|| self.live.get(&holder).map(|row| (key.0, row)))?
        })
    }
}

/// A value as index text; an empty text stands for null.
pub(super) fn index_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn index_keys(kind: &Kind, fields: &Fields) -> Vec<(usize, String)> {
    let mut keys = Vec::new();
    if fields.is_empty() {
        return keys;
    }
    for (position, field) in kind.fields.iter().enumerate().filter(|(_, field)| field.indexed) {
        match (field.shape, fields.get(field.name)) {
            (Shape::References(_), Some(Value::Array(items))) => {
                keys.extend(items.iter().map(|item| (position, index_text(item))));
            }
            (_, value) => keys.push((position, value.map(index_text).unwrap_or_default())),
        }
    }
    keys
}

fn unique_keys(kind: &Kind, fields: &Fields) -> Vec<(usize, String)> {
    let mut keys = Vec::new();
    for (rule, names) in kind.unique.iter().enumerate() {
        let values: Vec<String> = names.iter().filter_map(|name| fields.get(*name)).map(index_text).collect();
        if values.len() == names.len() && values.iter().all(|value| !value.is_empty()) {
            keys.push((rule, values.join("\u{1f}")));
        }
    }
    keys
}
