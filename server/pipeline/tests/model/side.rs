//! One system of record with its own ids and its memory of idempotency keys.

use std::collections::BTreeMap;

use crate::nouns::{Answer, Key, Record, Token, Values};

#[derive(Default)]
pub struct System {
    pub records: BTreeMap<u32, Record>,
    pub answers: BTreeMap<Token, Answer>,
    last_id: u32,
}

impl System {
    pub fn add(&mut self, key: Key, values: Values, reference: Option<Token>) -> u32 {
        self.last_id += 1;
        self.records.insert(self.last_id, Record { key, values, version: 1, reference });
        self.last_id
    }

    /// The records with this natural key: several when a create was doubled.
    pub fn with_key(&self, key: Key) -> impl DoubleEndedIterator<Item = (u32, Record)> {
        self.records.iter().filter(move |(_, record)| record.key == key).map(|(id, record)| (*id, *record))
    }
}
