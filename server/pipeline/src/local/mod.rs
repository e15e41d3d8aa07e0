//! Our own records as a [`System`] (CN C14, C15).
//!
//! Every record has a version that grows by one, and the school a sequence of changes, so that this system is always
//! strong: a write on an old version is refused, and a create that comes twice makes one record, because its id is made
//! from the idempotency key. Removed records stay as tombstones, so that a deletion needs no second night to be believed.
//! No two live records of a type have one key, and none has members that the settings do not name.

mod pages;
mod record;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connect::{
    Capabilities, CheckReport, Class, Create, Cx, Delete, Deleted, DeltaKind, Mark, NaturalKey, PageStream,
    Partition, Proof, Record, RemoteId, System, SystemError, TypeCheck, TypeName, Update, Versions, Written,
};
use merge::{Object, Side};
use store::ids::SchoolId;
use store::local_record::{self, LocalChange, LocalKey, LocalRecord};
use store::{Store, StoreError, Tx};

pub use self::record::natural_key;

use self::pages::{Place, failed, pages};
use self::record::{LocalType, id_for, key_text, record};
use crate::settings::Settings;

/// Who the change log names for what a merge writes.
pub const ACTOR: &str = "merge";

/// More records of one key than this are not told apart.
const SAME_KEY: u32 = 10;

/// The records that a school keeps in Tiebreak itself.
#[derive(Clone)]
pub struct LocalSystem {
    store: Store,
    school: SchoolId,
    types: Arc<HashMap<String, LocalType>>,
}

impl LocalSystem {
    /// The own records of a school, as its settings describe them on `side`.
    #[must_use]
    pub fn open(store: Store, school: SchoolId, settings: &Settings, side: Side) -> Self {
        let types = settings.types.iter().map(|one| (one.name.clone(), LocalType::of(one, side))).collect();
        Self { store, school, types: Arc::new(types) }
    }

    /// The type; without this check a mistyped name would look like a type without records.
    fn type_of(&self, t: &TypeName) -> Result<&LocalType, SystemError> {
        let message = || format!("there is no type {t} among our own records");
        self.types.get(t.as_str()).ok_or_else(|| SystemError::Misconfigured { message: message() })
    }

    fn key<'a>(&self, t: &'a TypeName, id: &'a str) -> LocalKey<'a> {
        LocalKey { school: self.school, type_name: t.as_str(), id }
    }

    async fn find_one(&self, t: &TypeName, id: &RemoteId) -> Result<Option<LocalRecord>, SystemError> {
        let mut reader = self.store.read().await.map_err(down)?;
        local_record::find(&mut reader, self.key(t, id.as_str())).await.map_err(down)
    }

    /// The text and natural key of fields that the type may have.
    fn change(&self, t: &TypeName, fields: &Object) -> Result<(String, String), SystemError> {
        let one = self.type_of(t)?;
        if let Some(unknown) = fields.keys().find(|member| !one.members.contains(*member)) {
            return Err(SystemError::Refused {
                field: Some(unknown.to_owned()),
                code: "unknown_member".to_owned(),
                message: format!("our own {t} has no member {unknown}"),
            });
        }
        Ok((fields.to_canonical(), key_text(&one.key, fields)))
    }

    /// No other live record has this one's key. Asked after the change, which holds the school's change sequence until
    /// the transaction ends, so that two racing edits cannot both find nobody.
    async fn check_alone(&self, tx: &mut Tx, t: &TypeName, row: &LocalRecord) -> Result<(), SystemError> {
        let key = &row.natural_key;
        let same =
            local_record::find_by_natural_key(tx, self.school, t.as_str(), key, 2).await.map_err(down)?;
        match same.into_iter().find(|other| other.id != row.id) {
            None => Ok(()),
            Some(other) => {
                let key = &self.type_of(t)?.key;
                let field = (key.len() == 1).then(|| key[0].clone());
                Err(SystemError::Duplicate { field, existing: Some(RemoteId::from(other.id)) })
            }
        }
    }
}

#[async_trait]
impl System for LocalSystem {
    fn capabilities(&self, t: &TypeName) -> Capabilities {
        let Ok(one) = self.type_of(t) else { return Capabilities::nothing() };
        Capabilities {
            unique: vec![one.key.clone()],
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
            .types
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

    fn list(&self, _: &Cx, t: &TypeName, part: &Partition) -> PageStream {
        pages(self, t, part, Place::Live(String::new()))
    }

    fn changes(&self, _: &Cx, t: &TypeName, part: &Partition, since: &Mark) -> PageStream {
        match since {
            Mark::Beginning => pages(self, t, part, Place::Changes(0)),
            Mark::Seq(seq) => pages(self, t, part, Place::Changes(i64::try_from(*seq).unwrap_or(i64::MAX))),
            Mark::Time(_) | Mark::Cursor(_) => failed(SystemError::MarkExpired),
        }
    }

    async fn get(&self, _: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        self.type_of(t)?;
        match self.find_one(t, id).await? {
            Some(row) if !row.removed => record(&row),
            _ => Err(SystemError::NotFound),
        }
    }

    async fn find(&self, _: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        let names = &self.type_of(t)?.key;
        if let Some(missing) = names.iter().find(|name| key.get(name).is_none()) {
            return Err(SystemError::Refused {
                field: Some(missing.clone()),
                code: "key".to_owned(),
                message: format!("a search of our own {t} needs the key member {missing}"),
            });
        }
        let mut reader = self.store.read().await.map_err(down)?;
        let text = key_text(names, key);
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
        let (fields, natural_key) = self.change(&w.type_name, &w.fields)?;
        let change = LocalChange { fields: &fields, natural_key: &natural_key, actor: ACTOR };
        let mut tx = self.store.begin().await.map_err(down)?;
        let key = self.key(&w.type_name, &id);
        let (row, made) =
            local_record::insert_with_id(&mut tx, key, &change, cx.clock.now()).await.map_err(down)?;
        if made {
            self.check_alone(&mut tx, &w.type_name, &row).await?;
        }
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
        let (text, natural_key) = self.change(&w.type_name, &fields)?;
        let change = LocalChange { fields: &text, natural_key: &natural_key, actor: ACTOR };
        let row =
            local_record::update(&mut tx, key, Some(seen_version(&w.seen)?), &change, cx.clock.now()).await;
        let Some(row) = row.map_err(down)? else {
            return Err(SystemError::Stale { current: record(&found).ok().map(Box::new) });
        };
        self.check_alone(&mut tx, &w.type_name, &row).await?;
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
