//! Our own records of a school, edited as people edit them.

use std::collections::BTreeMap;

use connect::Clock;
use merge::{Side, json};
use pipeline::local;
use pipeline::settings::Settings;
use serde_json::Value;
use store::Tx;
use store::ids::SchoolId;
use store::local_record::{self, LocalChange, LocalKey, LocalRecord};

use crate::house::House;

/// Who edits.
pub const REGISTRAR: &str = "registrar";

/// The own records of a school.
pub struct Own<'a> {
    pub house: &'a House,
    pub school: SchoolId,
    pub settings: &'a Settings,
}

impl Own<'_> {
    fn key<'a>(&self, type_name: &'a str, id: &'a str) -> LocalKey<'a> {
        LocalKey { school: self.school, type_name, id }
    }

    fn natural_key(&self, type_name: &str, fields: &Value) -> (String, String) {
        let object = json::parse_object(fields.to_string().as_bytes()).expect("fields");
        let merge_type = self.settings.merge_type(type_name).expect("a type of the settings");
        (object.to_canonical(), local::natural_key(merge_type, Side::Ours, &object))
    }

    /// The live records of a type, in the order of their keys.
    pub async fn list(&self, type_name: &str) -> Vec<LocalRecord> {
        let mut reader = self.house.store.read().await.expect("a reader");
        let mut found: BTreeMap<String, LocalRecord> = BTreeMap::new();
        let mut after = String::new();
        loop {
            let rows =
                local_record::page(&mut reader, self.school, type_name, &after, 1_000).await.expect("a page");
            let Some(last) = rows.last() else { return found.into_values().collect() };
            after.clone_from(&last.id);
            found.extend(rows.into_iter().map(|row| (row.natural_key.clone(), row)));
        }
    }

    /// Adds a record within a transaction.
    pub async fn put(&self, tx: &mut Tx, type_name: &str, fields: &Value) {
        let (text, natural_key) = self.natural_key(type_name, fields);
        let id = uuid::Uuid::from_u64_pair(self.house.clock.random(), self.house.clock.random()).to_string();
        let change = LocalChange { fields: &text, natural_key: &natural_key, actor: REGISTRAR };
        let now = self.house.clock.now();
        local_record::insert_with_id(tx, self.key(type_name, &id), &change, now).await.expect("a record");
    }

    /// Adds a record.
    pub async fn add(&self, type_name: &str, fields: Value) {
        let mut tx = self.house.store.begin().await.expect("a transaction");
        self.put(&mut tx, type_name, &fields).await;
        tx.commit().await.expect("a commit");
    }

    /// Changes some fields of a record.
    pub async fn edit(&self, record: &LocalRecord, changed: Value) {
        let mut fields: Value = serde_json::from_str(&record.fields).expect("fields");
        for (name, value) in changed.as_object().expect("an object") {
            fields[name] = value.clone();
        }
        let (text, natural_key) = self.natural_key(&record.type_name, &fields);
        let change = LocalChange { fields: &text, natural_key: &natural_key, actor: REGISTRAR };
        let mut tx = self.house.store.begin().await.expect("a transaction");
        let key = self.key(&record.type_name, &record.id);
        let now = self.house.clock.now();
        let row =
            local_record::update(&mut tx, key, Some(record.version), &change, now).await.expect("an update");
        assert!(row.is_some(), "{} has moved", record.natural_key);
        tx.commit().await.expect("a commit");
    }

    /// Removes a record; a tombstone stays.
    pub async fn remove(&self, record: &LocalRecord) {
        let mut tx = self.house.store.begin().await.expect("a transaction");
        let key = self.key(&record.type_name, &record.id);
        let now = self.house.clock.now();
        let row = local_record::remove(&mut tx, key, Some(record.version), REGISTRAR, now)
            .await
            .expect("a removal");
        assert!(row.is_some(), "{} has moved", record.natural_key);
        tx.commit().await.expect("a commit");
    }
}
