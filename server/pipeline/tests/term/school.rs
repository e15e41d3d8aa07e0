//! A school of the house: its simulated SIS, its settings, and what both sides hold, told in one language.

use std::collections::{BTreeMap, BTreeSet};

use connect::sim::client::{SimClient, State};
use connect::sim::witness::Witness;
use connect::sim::{Counts, Edit, EditOp, Sim, SimHandle, SimOptions, Size};
use pipeline::local;
use pipeline::settings::{FieldKind, Settings, TypeSettings};
use serde_json::{Map, Value};
use store::ids::SchoolId;
use store::local_record::{self, LocalRecord};

use crate::house::House;
use crate::own::Own;

/// What a side holds: per type and key the fields that are not null.
pub type Content = BTreeMap<(String, String), Value>;

pub struct School {
    pub id: SchoolId,
    pub settings: Settings,
    pub client: SimClient,
    _sis: SimHandle,
}

fn document(slug: &str, url: &str) -> String {
    let mut document: toml::Table = include_str!("settings.toml").parse().expect("toml");
    let mut sis: toml::Table = include_str!("../../../connect/tests/systems/sim.toml").parse().expect("toml");
    sis.insert("name".to_owned(), "Banner".into());
    sis.insert("base_url".to_owned(), url.into());
    // No pauses between requests: it is a machine of our own.
    let limits = toml::Table::from_iter([("per_second".to_owned(), 1_000.into())]);
    sis.insert("limits".to_owned(), limits.into());
    document["school"]["slug"] = slug.into();
    document["systems"].as_table_mut().expect("systems").insert("theirs".to_owned(), sis.into());
    toml::to_string(&document).expect("a document")
}

impl School {
    /// A school with nothing of its own, and a SIS with a term of data made from this seed.
    pub async fn open(house: &House, slug: &str, seed: u64, counts: Counts) -> Self {
        let sis =
            Sim::start(SimOptions::default().size(Size::Custom(counts)).seed(seed)).await.expect("a SIS");
        let settings = Settings::parse(&document(slug, &sis.url())).expect("settings");
        let id = house.add_school(&settings).await;
        Self { id, settings, client: sis.client(), _sis: sis }
    }

    pub fn own<'a>(&'a self, house: &'a House) -> Own<'a> {
        Own { house, school: self.id, settings: &self.settings }
    }

    /// Every record and tombstone that the merge wrote last, in the order of the writes.
    pub async fn written_by_merge(&self, house: &House) -> Vec<LocalRecord> {
        let mut reader = house.store.read().await.expect("a reader");
        let mut found = Vec::new();
        for merge_type in &self.settings.types {
            let name = &merge_type.name;
            let rows = local_record::changes(&mut reader, self.id, name, 0, 100_000).await.expect("changes");
            found.extend(rows.into_iter().filter(|row| row.actor == local::ACTOR));
        }
        found.sort_by_key(|row| row.seq);
        found
    }

    /// An edit by a user of the SIS; answers the id.
    pub async fn sis_edit(&self, op: EditOp, type_name: &str, id: Option<&str>, fields: Value) -> String {
        let fields = fields.as_object().cloned().unwrap_or_default();
        let (type_name, id) = (type_name.to_owned(), id.map(str::to_owned));
        let edit = Edit { op, type_name, id, fields, unchecked: false };
        let answer = self.client.edit(&edit).await.expect("an edit");
        answer["id"].as_str().unwrap_or_default().to_owned()
    }

    /// What the SIS holds, with its references told as keys, and the id of each record.
    pub async fn sis(&self) -> (Content, BTreeMap<(String, String), String>) {
        let state = self.client.state().await.expect("a dump");
        let mut keys: BTreeMap<String, Value> = BTreeMap::new();
        let (mut content, mut ids) = (Content::new(), BTreeMap::new());
        for merge_type in &self.settings.types {
            for record in state.live(&merge_type.name) {
                let told = told(merge_type, record, &keys);
                let key: Vec<Value> = merge_type.key.iter().map(|name| told[name].clone()).collect();
                let id = record["id"].as_str().expect("an id").to_owned();
                let name = (merge_type.name.clone(), Value::from(key.clone()).to_string());
                keys.insert(id.clone(), if let [part] = &key[..] { part.clone() } else { key.into() });
                ids.insert(name.clone(), id);
                content.insert(name, told);
            }
        }
        (content, ids)
    }

    /// What we hold.
    pub async fn ours(&self, house: &House) -> Content {
        let mut content = Content::new();
        for merge_type in &self.settings.types {
            for record in self.own(house).list(&merge_type.name).await {
                let fields: Value = serde_json::from_str(&record.fields).expect("fields");
                let key: Vec<Value> = merge_type.key.iter().map(|name| fields[name].clone()).collect();
                let fields = fields.as_object().expect("an object").clone();
                let fields: Map<String, Value> =
                    fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
                content.insert((merge_type.name.clone(), Value::from(key).to_string()), fields.into());
            }
        }
        content
    }

    /// The sides hold the same, except in these records (each as `type key`).
    pub async fn differs_in(&self, house: &House, open: BTreeSet<String>) {
        let (ours, (theirs, _)) = (self.ours(house).await, self.sis().await);
        let names: BTreeSet<&(String, String)> = ours.keys().chain(theirs.keys()).collect();
        let differ = names.into_iter().filter(|name| ours.get(name) != theirs.get(name));
        let differ: BTreeSet<String> = differ.map(|(name, key)| format!("{name} {key}")).collect();
        let surprises: Vec<&String> = differ.symmetric_difference(&open).collect();
        assert!(
            surprises.is_empty(),
            "the sides differ, or are equal, against what was expected in {surprises:?}"
        );
    }

    /// What the SIS saw of us: requests that asked for a change, changes that took effect, and what is wrong with them.
    pub async fn seen_by_sis(&self) -> Seen {
        let log = self.client.log().await.expect("a log");
        let state: State = self.client.state().await.expect("a dump");
        let witness = Witness::new(&log);
        let mut changes = BTreeMap::new();
        for (_, change) in witness.changes_by_api() {
            *changes.entry(format!("{:?} {}", change.op, change.type_name).to_lowercase()).or_default() += 1;
        }
        let creates = witness.changes_by_api().filter(|(_, change)| change.op == connect::sim::Op::Create);
        Seen {
            asked: witness.writes_sent().count(),
            changes,
            created: creates.map(|(_, change)| change.type_name.clone()).collect(),
            complaints: witness.complaints(&state),
        }
    }
}

/// What a SIS saw.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub asked: usize,
    pub changes: BTreeMap<String, usize>,
    pub created: Vec<String>,
    pub complaints: Vec<String>,
}

/// A record of the SIS under the names of the settings, with keys for ids and without nulls.
fn told(merge_type: &TypeSettings, record: &Value, keys: &BTreeMap<String, Value>) -> Value {
    let key_of = |id: &Value| id.as_str().and_then(|id| keys.get(id)).cloned().unwrap_or_else(|| id.clone());
    let mut told = Map::new();
    for field in &merge_type.fields {
        let value = match (&record[&field.members.theirs], &field.kind) {
            (Value::Null, _) => continue,
            (id, FieldKind::Reference(_)) => key_of(id),
            (Value::Array(ids), kind) if kind.target().is_some() => ids.iter().map(key_of).collect(),
            (value, _) => value.clone(),
        };
        told.insert(field.name.clone(), value);
    }
    told.into()
}
