//! A system of record in memory, with versions, ids of its own, and memory of idempotency keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::DateTime;
use connect::{
    Capabilities, CheckReport, Create, Cx, Delete, Deleted, Item, Mark, NaturalKey, Page, PageStream,
    Partition, Proof, Record, RemoteId, System, SystemError, TypeName, Update, Version, Versions, Written,
};
use merge::{Object, json};

#[derive(Debug, Clone)]
struct Row {
    fields: Object,
    version: u64,
}

#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<(String, String), Row>,
    next: u64,
    answers: HashMap<String, String>,
    /// Ids of records by the reference that their create carried.
    references: HashMap<String, String>,
    /// What a user makes of the next record that is created, before anybody reads the answer, which gets lost.
    edit_of_next: Option<Object>,
    /// Whether every write gets lost on its way.
    unreachable: bool,
    log: Vec<String>,
}

/// One side; clones are the same side.
#[derive(Debug, Clone, Default)]
pub struct MemorySystem {
    name: &'static str,
    tables: Arc<Mutex<Tables>>,
}

impl MemorySystem {
    pub fn new(name: &'static str) -> Self {
        Self { name, tables: Arc::default() }
    }

    /// Adds a record as a user would.
    pub fn add(&self, type_name: &str, fields: &str) -> String {
        let mut tables = self.tables.lock().expect("not poisoned");
        tables.next += 1;
        let id = format!("{}-{}", self.name, tables.next);
        let fields = json::parse_object(fields.as_bytes()).expect("fields");
        tables.rows.insert((type_name.to_owned(), id.clone()), Row { fields, version: 1 });
        id
    }

    /// Edits a record as a user would; the record is named by one of its values.
    pub fn edit(&self, type_name: &str, id: &str, fields: &str) {
        let mut tables = self.tables.lock().expect("not poisoned");
        let row = tables.rows.get_mut(&(type_name.to_owned(), id.to_owned())).expect("record");
        for (name, value) in json::parse_object(fields.as_bytes()).expect("fields").iter() {
            row.fields.insert(name, value.clone());
        }
        row.version += 1;
    }

    pub fn remove(&self, type_name: &str, id: &str) {
        let mut tables = self.tables.lock().expect("not poisoned");
        tables.rows.remove(&(type_name.to_owned(), id.to_owned())).expect("record");
    }

    /// The next create takes effect, its answer gets lost, and a user edits the new record at once.
    pub fn lose_next_answer_and_edit(&self, fields: &str) {
        let fields = json::parse_object(fields.as_bytes()).expect("fields");
        self.tables.lock().expect("not poisoned").edit_of_next = Some(fields);
    }

    /// From now on every write gets lost on its way, or none does.
    pub fn lose_writes(&self, lose: bool) {
        self.tables.lock().expect("not poisoned").unreachable = lose;
    }

    /// All records of a type without their ids, as canonical JSON, sorted.
    pub fn dump(&self, type_name: &str) -> Vec<String> {
        let tables = self.tables.lock().expect("not poisoned");
        let rows = tables.rows.iter().filter(|((name, _), _)| name == type_name);
        let mut lines: Vec<String> = rows.map(|(_, row)| row.fields.to_canonical()).collect();
        lines.sort();
        lines
    }

    /// What was written through the trait.
    pub fn log(&self) -> Vec<String> {
        self.tables.lock().expect("not poisoned").log.clone()
    }
}

fn record(id: &str, row: &Row) -> Record {
    Record {
        id: RemoteId::from(id),
        version: Some(Version::from(row.version.to_string())),
        modified: None,
        fields: row.fields.clone(),
    }
}

fn written(id: &str, row: &Row) -> Written {
    Written {
        id: RemoteId::from(id),
        version: Some(Version::from(row.version.to_string())),
        record: Some(record(id, row)),
        proof: Proof::Replied,
        not_kept: Vec::new(),
        twins: Vec::new(),
    }
}

fn nobody_answered() -> SystemError {
    SystemError::Ambiguous {
        since: DateTime::from_timestamp(1_760_000_000, 0).expect("in range"),
        message: "the line went dead".to_owned(),
    }
}

impl Tables {
    fn reach(&self) -> Result<(), SystemError> {
        if self.unreachable { Err(nobody_answered()) } else { Ok(()) }
    }
}

#[async_trait]
impl System for MemorySystem {
    fn capabilities(&self, _: &TypeName) -> Capabilities {
        Capabilities {
            versions: Versions::Enforced,
            get: true,
            find: true,
            create: true,
            update: true,
            delete: true,
            partial_update: true,
            clear_field: true,
            idempotent_create: true,
            correlation: true,
            ..Capabilities::nothing()
        }
    }

    async fn check(&self, _: &Cx) -> Result<CheckReport, SystemError> {
        Ok(CheckReport::default())
    }

    fn list(&self, _: &Cx, t: &TypeName, _: &Partition) -> PageStream {
        let tables = self.tables.lock().expect("not poisoned");
        let items: Vec<Item> = tables
            .rows
            .iter()
            .filter(|((name, _), _)| name == t.as_str())
            .map(|((_, id), row)| Item::Live(record(id, row)))
            .collect();
        let total = Some(items.len() as u64);
        let mut pages: Vec<Result<Page, SystemError>> = items
            .chunks(3)
            .map(|items| {
                Ok(Page {
                    items: items.to_vec(),
                    total,
                    server_time: None,
                    next_mark: None,
                    last: false,
                    incomplete: None,
                })
            })
            .collect();
        let last = Page {
            items: Vec::new(),
            total,
            server_time: None,
            next_mark: None,
            last: true,
            incomplete: None,
        };
        pages.push(Ok(last));
        Box::pin(futures::stream::iter(pages))
    }

    fn changes(&self, cx: &Cx, t: &TypeName, part: &Partition, _: &Mark) -> PageStream {
        self.list(cx, t, part)
    }

    async fn get(&self, _: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        let tables = self.tables.lock().expect("not poisoned");
        let row = tables.rows.get(&(t.to_string(), id.to_string())).ok_or(SystemError::NotFound)?;
        Ok(record(id.as_str(), row))
    }

    async fn find(&self, _: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        let tables = self.tables.lock().expect("not poisoned");
        Ok(tables
            .rows
            .iter()
            .filter(|((name, _), row)| {
                name == t.as_str() && key.iter().all(|(name, value)| row.fields.get(name) == Some(value))
            })
            .map(|((_, id), row)| record(id, row))
            .collect())
    }

    async fn find_by_correlation(
        &self,
        _: &Cx,
        t: &TypeName,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        let tables = self.tables.lock().expect("not poisoned");
        let found = tables.references.get(reference).and_then(|id| {
            let row = tables.rows.get(&(t.to_string(), id.clone()))?;
            Some(record(id, row))
        });
        Ok(found.into_iter().collect())
    }

    async fn create(&self, _: &Cx, w: &Create) -> Result<Written, SystemError> {
        let mut tables = self.tables.lock().expect("not poisoned");
        tables.reach()?;
        if let Some(id) = tables.answers.get(w.key.as_str()).cloned() {
            let row = Row { fields: w.fields.clone(), version: 1 };
            return Ok(written(&id, &row));
        }
        tables.next += 1;
        let id = format!("{}-{}", self.name, tables.next);
        let row = Row { fields: w.fields.clone(), version: 1 };
        tables.log.push(format!("create {} {}", w.type_name, w.fields.to_canonical()));
        tables.answers.insert(w.key.to_string(), id.clone());
        tables.references.insert(w.correlation.clone(), id.clone());
        let answer = written(&id, &row);
        tables.rows.insert((w.type_name.to_string(), id.clone()), row);
        let Some(edit) = tables.edit_of_next.take() else { return Ok(answer) };
        drop(tables);
        self.edit(w.type_name.as_str(), &id, &edit.to_json());
        Err(nobody_answered())
    }

    async fn update(&self, _: &Cx, w: &Update) -> Result<Written, SystemError> {
        let mut tables = self.tables.lock().expect("not poisoned");
        tables.reach()?;
        tables.log.push(format!("update {} {}", w.type_name, w.changed.to_canonical()));
        let row =
            tables.rows.get_mut(&(w.type_name.to_string(), w.id.to_string())).ok_or(SystemError::NotFound)?;
        if w.seen.version.as_ref().is_some_and(|seen| seen.as_str() != row.version.to_string()) {
            return Err(SystemError::Stale { current: None });
        }
        for (name, value) in w.changed.iter() {
            row.fields.insert(name, value.clone());
        }
        for name in &w.cleared {
            row.fields.remove(name);
        }
        row.version += 1;
        Ok(written(w.id.as_str(), row))
    }

    async fn delete(&self, _: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let mut tables = self.tables.lock().expect("not poisoned");
        tables.reach()?;
        tables.log.push(format!("delete {}", w.type_name));
        let key = (w.type_name.to_string(), w.id.to_string());
        let Some(row) = tables.rows.get(&key) else { return Ok(Deleted::WasAbsent) };
        if w.seen.version.as_ref().is_some_and(|seen| seen.as_str() != row.version.to_string()) {
            return Err(SystemError::Stale { current: None });
        }
        tables.rows.remove(&key);
        Ok(Deleted::Removed(Proof::Replied))
    }
}
