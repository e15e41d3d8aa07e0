//! Which records of a listing have been seen (CN C34, C35).

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use merge::ContentHash;

use crate::{Item, Record, RemoteId};

/// The ids of a listing with a hash of what they held.
pub struct Seen {
    is_delta: bool,
    may_begin_again: bool,
    this_pass: HashMap<RemoteId, ContentHash>,
    passed_on: HashMap<RemoteId, ContentHash>,
    twice: HashSet<RemoteId>,
    tombstones: HashSet<RemoteId>,
    nameless: u64,
    page_was_old: bool,
}

impl Seen {
    /// Nothing yet. In a delta an id may come again, and the later item holds. What was passed on is remembered only
    /// for listings that may have to be read again.
    pub fn new(is_delta: bool, may_begin_again: bool) -> Self {
        Self {
            is_delta,
            may_begin_again,
            this_pass: HashMap::new(),
            passed_on: HashMap::new(),
            twice: HashSet::new(),
            tombstones: HashSet::new(),
            nameless: 0,
            page_was_old: false,
        }
    }

    /// Takes a page: drops what came before unchanged, and reports an id that came twice with different content.
    pub fn page(&mut self, items: Vec<Item>) -> Vec<Item> {
        let mut any_new = false;
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let (is_new, item) = self.item(item);
            any_new |= is_new;
            kept.extend(item);
        }
        self.page_was_old = !any_new;
        kept
    }

    /// True when the last page had not one unseen id.
    pub fn page_was_old(&self) -> bool {
        self.page_was_old
    }

    /// How many different records came.
    pub fn counted(&self) -> u64 {
        self.this_pass.len() as u64 + self.nameless
    }

    /// Whether this is the number the system tells; tombstones may or may not be counted by it.
    pub fn agrees(&self, total: u64) -> bool {
        total == self.counted() || total == self.counted() + self.tombstones.len() as u64
    }

    /// The listing is read again from its start.
    pub fn begin_again(&mut self) {
        self.this_pass.clear();
        self.twice.clear();
        self.tombstones.clear();
        self.nameless = 0;
    }

    fn item(&mut self, item: Item) -> (bool, Option<Item>) {
        match item {
            Item::Live(record) => self.live(record),
            Item::Tombstone { id, version, at } => {
                let is_new = self.tombstones.insert(id.clone()) || self.is_delta;
                (is_new, Some(Item::Tombstone { id, version, at }))
            }
            Item::Bad { id: None, why, raw } => {
                self.nameless += 1;
                (true, Some(Item::Bad { id: None, why, raw }))
            }
            Item::Bad { id: Some(id), why, raw } => {
                let is_new = self.this_pass.insert(id.clone(), hash_of(&raw)).is_none() || self.is_delta;
                self.passed_on.remove(&id);
                (is_new, Some(Item::Bad { id: Some(id), why, raw }))
            }
        }
    }

    fn live(&mut self, record: Record) -> (bool, Option<Item>) {
        let hash = content(&record);
        let before = self.this_pass.insert(record.id.clone(), hash);
        if self.is_delta {
            return (before != Some(hash), Some(Item::Live(record)));
        }
        match before {
            None if self.may_begin_again && self.passed_on.insert(record.id.clone(), hash) == Some(hash) => {
                (true, None)
            }
            None => (true, Some(Item::Live(record))),
            Some(same) if same == hash && !self.twice.contains(&record.id) => (false, None),
            Some(_) => {
                self.twice.insert(record.id.clone());
                self.passed_on.remove(&record.id);
                let why = "the id came twice in one listing with different content".to_owned();
                (
                    false,
                    Some(Item::Bad { id: Some(record.id), why, raw: Bytes::from(record.fields.to_json()) }),
                )
            }
        }
    }
}

fn content(record: &Record) -> ContentHash {
    let version = record.version.as_ref().map(|version| version.0.as_str()).unwrap_or_default();
    hash_of(format!("{version}\n{}", record.fields.hash()).as_bytes())
}

fn hash_of(bytes: &[u8]) -> ContentHash {
    ContentHash::of(bytes)
}
