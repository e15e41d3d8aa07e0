//! What the cases have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use futures::StreamExt;
use merge::{Object, Value};
use sha2::{Digest, Sha256};

use super::{Fixture, Shape, Trouble, ensure};
use crate::error::SystemError;
use crate::testing::QuickClock;
use crate::{
    Capabilities, Create, Cx, Delete, IdempotencyKey, Item, Page, PageStream, Partition, Record, RemoteId,
    System, TypeName, Update,
};

/// A fixture with the connector, a context and fresh keys.
pub(super) struct Bench<'a> {
    pub(super) fixture: &'a dyn Fixture,
    pub(super) system: Arc<dyn System>,
    pub(super) t: TypeName,
    pub(super) cx: Cx,
    pub(super) shape: Shape,
    keys: AtomicU64,
}

/// Everything a listing gave.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) records: BTreeMap<String, Record>,
    pub(super) tombstones: Vec<RemoteId>,
    pub(super) bad: Vec<String>,
    pub(super) total: Option<u64>,
    pub(super) largest_page: usize,
    pub(super) incomplete: Option<String>,
    pub(super) last: Option<Page>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(fixture: &'a dyn Fixture) -> Self {
        Self {
            fixture,
            system: fixture.system(),
            t: fixture.type_name(),
            cx: Cx::new(Arc::new(QuickClock::default())),
            shape: fixture.shape(),
            keys: AtomicU64::new(1),
        }
    }

    /// Empties the server before a case.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        self.fixture.empty().await
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        self.system.capabilities(&self.t)
    }

    /// Puts one record there and reads it.
    pub(super) async fn one(&self, n: usize) -> Result<Record, Trouble> {
        let ids = self.fixture.add(&[self.fixture.sample(n)]).await?;
        let id = ids.first().ok_or("the fixture made no record")?;
        told("get", self.system.get(&self.cx, &self.t, id).await)
    }

    pub(super) fn key(&self) -> IdempotencyKey {
        let number = self.keys.fetch_add(1, Ordering::SeqCst);
        let digest = Sha256::digest(format!("{} {number}", self.fixture.name()));
        IdempotencyKey(base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(digest))
    }

    pub(super) fn create(&self, fields: Object) -> Create {
        let key = self.key();
        let correlation = key.0.chars().take(22).collect();
        Create { type_name: self.t.clone(), natural_key: self.natural_key(&fields), fields, key, correlation }
    }

    pub(super) fn update(&self, seen: &Record, changed: Object) -> Update {
        let (id, seen) = (seen.id.clone(), seen.clone());
        Update { type_name: self.t.clone(), id, seen, changed, cleared: Vec::new(), key: self.key() }
    }

    pub(super) fn delete(&self, seen: &Record) -> Delete {
        Delete { type_name: self.t.clone(), id: seen.id.clone(), seen: seen.clone(), key: self.key() }
    }

    pub(super) fn natural_key(&self, fields: &Object) -> Object {
        self.shape
            .key
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), fields.get(name)?.clone())))
            .collect()
    }

    pub(super) async fn list(&self) -> Result<Listed, SystemError> {
        collect(self.system.list(&self.cx, &self.t, &Partition::whole())).await
    }

    /// The one record that the server holds.
    pub(super) async fn only(&self) -> Result<(RemoteId, Object), Trouble> {
        let state = self.fixture.state().await?;
        ensure!(state.len() == 1, "the server holds {} records in place of one", state.len());
        let (id, fields) = state.into_iter().next().ok_or("none")?;
        Ok((RemoteId(id), fields))
    }

    /// The witness: the server holds exactly these records, with these values in the named members.
    pub(super) async fn holds(&self, expected: &[&Object]) -> Result<(), Trouble> {
        let state = self.fixture.state().await?;
        ensure!(
            state.len() == expected.len(),
            "the server holds {} records, not {}",
            state.len(),
            expected.len()
        );
        for wanted in expected {
            let key = self.natural_key(wanted);
            let found = state.values().find(|held| differs(&key, held).is_none());
            let found = found.ok_or_else(|| format!("the server has no record with the key {key}"))?;
            if let Some(field) = differs(wanted, found) {
                return Err(format!(
                    "the server's {field} is {:?}, not {:?}",
                    found.get(field),
                    wanted.get(field)
                ));
            }
        }
        Ok(())
    }

    /// The server's own log has so many changes since a count of before.
    pub(super) async fn applied_since(&self, before: Option<usize>, wanted: usize) -> Result<(), Trouble> {
        if let (Some(before), Some(now)) = (before, self.fixture.applied().await?) {
            ensure!(now - before == wanted, "the server's log has {} changes, not {wanted}", now - before);
        }
        Ok(())
    }
}

/// Reads a stream to its end.
pub(super) async fn collect(mut pages: PageStream) -> Result<Listed, SystemError> {
    let mut listed = Listed::default();
    while let Some(page) = pages.next().await {
        let page = page?;
        listed.take(&page);
        listed.last = Some(page);
    }
    Ok(listed)
}

impl Listed {
    pub(super) fn take(&mut self, page: &Page) {
        self.largest_page = self.largest_page.max(page.items.len());
        self.total = page.total.or(self.total);
        self.incomplete.clone_from(&page.incomplete);
        for item in &page.items {
            match item {
                Item::Live(record) => drop(self.records.insert(record.id.0.clone(), record.clone())),
                Item::Tombstone { id, .. } => self.tombstones.push(id.clone()),
                Item::Bad { id, why, .. } => self.bad.push(format!("{id:?}: {why}")),
            }
        }
    }
}

/// The first member of the wanted ones that the held record has otherwise.
pub(super) fn differs<'a>(wanted: &'a Object, held: &Object) -> Option<&'a str> {
    wanted.iter().find(|(name, value)| !same(Some(value), held.get(name))).map(|(name, _)| name)
}

pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (None | Some(Value::Null), None | Some(Value::Null)) => true,
        (Some(a), Some(b)) => a.same_json(b),
        _ => false,
    }
}

/// One member with a text.
pub(super) fn text(name: &str, value: &str) -> Object {
    [(name.to_owned(), Value::Text(value.to_owned()))].into_iter().collect()
}

/// The object with members replaced.
pub(super) fn with(object: &Object, changed: &Object) -> Object {
    let mut object = object.clone();
    for (name, value) in changed.iter() {
        object.insert(name, value.clone());
    }
    object
}

/// The value, or what failed.
pub(super) fn told<T>(what: &str, result: Result<T, SystemError>) -> Result<T, Trouble> {
    result.map_err(|error| format!("{what}: {} ({error})", error.kind()))
}

/// The error, or the surprise that there was none.
pub(super) fn failed<T>(what: &str, result: Result<T, SystemError>) -> Result<SystemError, Trouble> {
    match result {
        Ok(_) => Err(format!("{what} went through")),
        Err(error) => Ok(error),
    }
}
