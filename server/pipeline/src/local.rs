//! Our own records as a [`System`] (CN C14, C15).
//!
//! Every record has a version that grows by one, and the school a sequence of changes, so that this system is always
//! strong: a write on an old version is refused, and a create that comes twice makes one record, because its id is made
//! from the idempotency key. Removed records stay as tombstones, so that a deletion needs no second night to be believed.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use connect::{
    Capabilities, CheckReport, Class, Create, Cx, Delete, Deleted, DeltaKind, Item, Mark, NaturalKey, Page,
    PageStream, Partition, Proof, Record, RemoteId, System, SystemError, TypeCheck, TypeName, Update,
    Version, Versions, Written,
};
use merge::{Object, Side, json};
use sha2::{Digest as _, Sha256};
use store::ids::SchoolId;
use store::local_record::{self, LocalChange, LocalKey, LocalRecord};
use store::{Store, StoreError};

use crate::settings::{Settings, TypeSettings};

/// Who the change log names for what a merge writes.
pub const ACTOR: &str = "merge";

/// Records of one page.
const PAGE: u32 = 500;
/// More records of one key than this are not told apart.
const SAME_KEY: u32 = 10;

/// The records that a school keeps in Tiebreak itself.
#[derive(Clone)]
pub struct LocalSystem {
    store: Store,
    school: SchoolId,
    /// Per type the members that make its key, in order.
    keys: HashMap<String, Vec<String>>,
}

/// The text under which a record of ours is found again: its key members as canonical JSON.
#[must_use]
pub fn natural_key(merge_type: &TypeSettings, side: Side, members: &Object) -> String {
    key_text(&key_members(merge_type, side), members)
}

fn key_members(merge_type: &TypeSettings, side: Side) -> Vec<String> {
    let members = merge_type.key.iter().filter_map(|name| merge_type.field(name));
    members.map(|field| field.members[side].clone()).collect()
}

fn key_text(names: &[String], members: &Object) -> String {
    let key: Object =
        names.iter().filter_map(|name| Some((name.clone(), members.get(name)?.clone()))).collect();
    key.to_canonical()
}

impl LocalSystem {
    /// The own records of a school, as its settings describe them on `side`.
    #[must_use]
    pub fn open(store: Store, school: SchoolId, settings: &Settings, side: Side) -> Self {
        let keys = settings.types.iter().map(|one| (one.name.clone(), key_members(one, side))).collect();
        Self { store, school, keys }
    }

    fn natural_key(&self, t: &TypeName, members: &Object) -> String {
        self.keys.get(t.as_str()).map_or_else(String::new, |names| key_text(names, members))
    }

    fn key<'a>(&self, t: &'a TypeName, id: &'a str) -> LocalKey<'a> {
        LocalKey { school: self.school, type_name: t.as_str(), id }
    }

    async fn find_one(&self, t: &TypeName, id: &RemoteId) -> Result<Option<LocalRecord>, SystemError> {
        let mut reader = self.store.read().await.map_err(down)?;
        local_record::find(&mut reader, self.key(t, id.as_str())).await.map_err(down)
    }

    /// The page at a place, and the place after it.
    async fn page(&self, t: &TypeName, from: Place) -> Result<(Page, Place), SystemError> {
        let mut reader = self.store.read().await.map_err(down)?;
        let (rows, next) = match &from {
            Place::Live(after) => {
                let rows = local_record::page(&mut reader, self.school, t.as_str(), after, PAGE)
                    .await
                    .map_err(down)?;
                let next = rows.last().map_or(Place::Removed(0), |row| Place::Live(row.id.clone()));
                (rows, next)
            }
            Place::Removed(since) => {
                let (school, name) = (self.school, t.as_str());
                let rows =
                    local_record::tombstones(&mut reader, school, name, *since, PAGE).await.map_err(down)?;
                let next = rows.last().map_or(Place::End, |row| Place::Removed(row.seq));
                (rows, next)
            }
            Place::Changes(since) => {
                let (school, name) = (self.school, t.as_str());
                let rows =
                    local_record::changes(&mut reader, school, name, *since, PAGE).await.map_err(down)?;
                let next = rows.last().map_or(Place::End, |row| Place::Changes(row.seq));
                (rows, next)
            }
            Place::End => (Vec::new(), Place::End),
        };
        let items = rows.iter().map(item).collect();
        let last = matches!(next, Place::End);
        let next_mark = match (&from, last) {
            (Place::Changes(since), true) => Some(Mark::Seq(u64::try_from(*since).unwrap_or(0))),
            _ => None,
        };
        let page = Page { items, total: None, server_time: None, next_mark, last, incomplete: None };
        Ok((page, next))
    }

    fn pages(&self, t: &TypeName, from: Place) -> PageStream {
        let (system, t) = (self.clone(), t.clone());
        Box::pin(futures::stream::unfold(Some(from), move |from| {
            let (system, t) = (system.clone(), t.clone());
            async move {
                match system.page(&t, from?).await {
                    Ok((page, Place::End)) => Some((Ok(page), None)),
                    Ok((page, next)) => Some((Ok(page), Some(next))),
                    Err(error) => Some((Err(error), None)),
                }
            }
        }))
    }
}

/// Where a listing goes on: through the live records by id, then through the tombstones by sequence; a delta goes by
/// sequence alone.
enum Place {
    Live(String),
    Removed(i64),
    Changes(i64),
    End,
}

#[async_trait]
impl System for LocalSystem {
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
            delta: DeltaKind::Sequence,
            tombstones: true,
            idempotent_create: true,
            correlation: true,
            chosen_id: true,
            longest_request: Duration::ZERO,
            ..Capabilities::nothing()
        }
    }

    async fn check(&self, _: &Cx) -> Result<CheckReport, SystemError> {
        let mut reader = self.store.read().await.map_err(down)?;
        let counts = local_record::counts(&mut reader, self.school).await.map_err(down)?;
        let mut types: Vec<TypeCheck> = self
            .keys
            .keys()
            .map(|name| {
                let held = counts.iter().find(|count| count.type_name == *name && !count.removed);
                let held = held.map_or(0, |count| count.count);
                TypeCheck {
                    type_name: TypeName::from(name.as_str()),
                    read: usize::try_from(held).unwrap_or(usize::MAX),
                    bad: 0,
                    total: u64::try_from(held).ok(),
                    class: Class::Strong,
                    error: None,
                }
            })
            .collect();
        types.sort_by(|one, other| one.type_name.cmp(&other.type_name));
        Ok(CheckReport { types, ..CheckReport::default() })
    }

    fn list(&self, _: &Cx, t: &TypeName, _: &Partition) -> PageStream {
        self.pages(t, Place::Live(String::new()))
    }

    fn changes(&self, _: &Cx, t: &TypeName, _: &Partition, since: &Mark) -> PageStream {
        let since = match since {
            Mark::Seq(seq) => i64::try_from(*seq).unwrap_or(i64::MAX),
            _ => 0,
        };
        self.pages(t, Place::Changes(since))
    }

    async fn get(&self, _: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        match self.find_one(t, id).await? {
            Some(row) if !row.removed => record(&row),
            _ => Err(SystemError::NotFound),
        }
    }

    async fn find(&self, _: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        let names = self.keys.get(t.as_str()).map(Vec::as_slice).unwrap_or_default();
        if let Some(missing) = names.iter().find(|name| key.get(name).is_none()) {
            let message = format!("a search of our own {t} needs the key member {missing}");
            return Err(SystemError::Misconfigured { message });
        }
        let mut reader = self.store.read().await.map_err(down)?;
        let text = self.natural_key(t, key);
        let rows =
            local_record::find_by_natural_key(&mut reader, self.school, t.as_str(), &text, SAME_KEY).await;
        rows.map_err(down)?.iter().map(record).collect()
    }

    async fn find_by_correlation(
        &self,
        _: &Cx,
        t: &TypeName,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        match self.find_one(t, &RemoteId::from(id_for(reference))).await? {
            Some(row) if !row.removed => Ok(vec![record(&row)?]),
            _ => Ok(Vec::new()),
        }
    }

    async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        let id = id_for(&w.correlation);
        let (fields, natural_key) = (w.fields.to_canonical(), self.natural_key(&w.type_name, &w.fields));
        let change = LocalChange { fields: &fields, natural_key: &natural_key, actor: ACTOR };
        let mut tx = self.store.begin().await.map_err(down)?;
        let key = self.key(&w.type_name, &id);
        let (row, _) =
            local_record::insert_with_id(&mut tx, key, &change, cx.clock.now()).await.map_err(down)?;
        tx.commit().await.map_err(|error| maybe_applied(cx, &error))?;
        // A record that was created by the same request and removed since was created all the same.
        written(&row)
    }

    async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        let mut tx = self.store.begin().await.map_err(down)?;
        let key = self.key(&w.type_name, w.id.as_str());
        let found = local_record::find(&mut tx, key).await.map_err(down)?;
        let Some(found) = found.filter(|row| !row.removed) else { return Err(SystemError::NotFound) };
        let mut fields = record(&found)?.fields;
        for (name, value) in w.changed.iter() {
            fields.insert(name, value.clone());
        }
        for name in &w.cleared {
            fields.remove(name);
        }
        let (text, natural_key) = (fields.to_canonical(), self.natural_key(&w.type_name, &fields));
        let change = LocalChange { fields: &text, natural_key: &natural_key, actor: ACTOR };
        let row =
            local_record::update(&mut tx, key, Some(seen_version(&w.seen)?), &change, cx.clock.now()).await;
        let Some(row) = row.map_err(down)? else {
            return Err(SystemError::Stale { current: record(&found).ok().map(Box::new) });
        };
        tx.commit().await.map_err(|error| maybe_applied(cx, &error))?;
        written(&row)
    }

    async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let mut tx = self.store.begin().await.map_err(down)?;
        let key = self.key(&w.type_name, w.id.as_str());
        let found = local_record::find(&mut tx, key).await.map_err(down)?;
        let Some(found) = found.filter(|row| !row.removed) else { return Ok(Deleted::WasAbsent) };
        let seen = seen_version(&w.seen)?;
        let removed =
            local_record::remove(&mut tx, key, Some(seen), ACTOR, cx.clock.now()).await.map_err(down)?;
        if removed.is_none() {
            return Err(SystemError::Stale { current: record(&found).ok().map(Box::new) });
        }
        tx.commit().await.map_err(|error| maybe_applied(cx, &error))?;
        Ok(Deleted::Removed(Proof::Replied))
    }
}

/// The id of a record that a merge creates: made from the reference that comes with every repeat of the same create.
fn id_for(reference: &str) -> String {
    let digest = Sha256::digest(reference.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

fn item(row: &LocalRecord) -> Item {
    if row.removed {
        return Item::Tombstone {
            id: RemoteId::from(row.id.as_str()),
            version: Some(Version::from(row.version.to_string())),
            at: Some(row.updated_at),
        };
    }
    match record(row) {
        Ok(record) => Item::Live(record),
        Err(error) => Item::Bad {
            id: Some(RemoteId::from(row.id.as_str())),
            why: error.to_string(),
            raw: row.fields.clone().into(),
        },
    }
}

fn record(row: &LocalRecord) -> Result<Record, SystemError> {
    let fields = json::parse_object(row.fields.as_bytes())
        .map_err(|error| SystemError::Malformed { at: row.id.clone(), message: error.to_string() })?;
    Ok(Record {
        id: RemoteId::from(row.id.as_str()),
        version: Some(Version::from(row.version.to_string())),
        modified: Some(row.updated_at),
        fields,
    })
}

fn written(row: &LocalRecord) -> Result<Written, SystemError> {
    let record = record(row)?;
    Ok(Written {
        id: record.id.clone(),
        version: record.version.clone(),
        record: Some(record),
        proof: Proof::Replied,
        not_kept: Vec::new(),
        twins: Vec::new(),
    })
}

fn seen_version(seen: &Record) -> Result<i64, SystemError> {
    let version = seen.version.as_ref().and_then(|version| version.as_str().parse().ok());
    version.ok_or_else(|| SystemError::Misconfigured {
        message: "a write of our own records needs their version".to_owned(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn down(error: StoreError) -> SystemError {
    SystemError::Unreachable { message: format!("our own records: {error}") }
}

/// A commit whose connection broke may have taken effect.
fn maybe_applied(cx: &Cx, error: &StoreError) -> SystemError {
    SystemError::Ambiguous { since: cx.clock.now(), message: format!("our own records: {error}") }
}
