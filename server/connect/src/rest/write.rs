//! Creates, updates and deletes (CN C6-C12, C40-C44).

use merge::{Object, Value};
use sha2::{Digest, Sha256};

use super::Connection;
use super::call::refused;
use super::config::{BodyMode, Clear, Meaning, Optimistic, TypeConfig, WriteKind, WriteOp};
use super::meaning::reason;
use super::record::same_value;
use super::send::{Parts, Sent};
use crate::error::SystemError;
use crate::{Create, Cx, Delete, Deleted, Proof, Record, RemoteId, TypeName, Update, Written};

impl Connection {
    pub(super) async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        let config = self.of(&w.type_name)?;
        let op = config.create.as_ref().ok_or_else(|| not_allowed("create", &w.type_name))?;
        let new_id = op.chooses_id().then(|| chosen_id(&w.correlation));
        let mut fields = self.typed(config, &config.record.without_read_only(w.fields.clone()))?;
        if let Some(field) = &self.config.correlation_field {
            fields.insert(field.clone(), Value::Text(w.correlation.clone()));
        }
        let parts = Parts {
            new_id: new_id.as_deref(),
            fields: Some(&fields),
            set: Some(&fields),
            ..Parts::default()
        };
        let sent = self.send(cx, &w.type_name, config, op, WriteKind::Create, &parts, &w.key).await?;
        match sent.verdict.meaning {
            Some(Meaning::Ok) => self.created(cx, w, config, op, &fields, new_id.as_deref(), &sent).await,
            Some(Meaning::Duplicate | Meaning::Stale) => {
                self.taken(cx, w, config, &fields, new_id.as_deref(), sent.verdict.field).await
            }
            _ => Err(self.write_error(&sent)),
        }
    }

    pub(super) async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        let config = self.of(&w.type_name)?;
        let op = config.update.as_ref().ok_or_else(|| not_allowed("update", &w.type_name))?;
        let w = &Update { seen: self.seen(config, &w.seen), ..w.clone() };
        let set = self.typed(config, &config.record.without_read_only(w.changed.clone()))?;
        if set.is_empty() && w.cleared.is_empty() {
            return Err(refused(
                None,
                "read_only",
                "all fields of this change are read-only there".to_owned(),
            ));
        }
        if let Some(field) = w.cleared.first()
            && op.clear.is_none()
        {
            return Err(refused(
                Some(field.clone()),
                "clear",
                "the system has no way to empty a field".to_owned(),
            ));
        }
        let fresh = self.fresh_for_update(cx, w, op).await?;
        let version = self.guard_version(op, fresh.as_ref().unwrap_or(&w.seen))?;
        let fields = body_fields(config, op, &set, &w.cleared, fresh.as_ref());
        let parts = Parts {
            id: Some(w.id.as_str()),
            version: version.as_deref(),
            fields: Some(&fields),
            set: Some(&set),
            cleared: &w.cleared,
            new_id: None,
        };
        let sent = self.send(cx, &w.type_name, config, op, WriteKind::Update, &parts, &w.key).await?;
        match sent.verdict.meaning {
            Some(Meaning::Ok) => self.updated(cx, w, config, op, &set, &sent).await,
            Some(Meaning::Stale) => Err(SystemError::Stale {
                current: self.current(cx, &w.type_name, config, &w.seen, op, &sent).await,
            }),
            Some(Meaning::Missing) => Err(self.gone(cx, &w.type_name, &w.seen).await),
            _ => Err(self.write_error(&sent)),
        }
    }

    pub(super) async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let config = self.of(&w.type_name)?;
        let op = config.delete.as_ref().ok_or_else(|| not_allowed("delete", &w.type_name))?;
        let w = &Delete { seen: self.seen(config, &w.seen), ..w.clone() };
        let fresh = match self.fresh_for_delete(cx, w, op).await {
            Err(SystemError::NotFound) => return Ok(Deleted::WasAbsent),
            fresh => fresh?,
        };
        let version = self.guard_version(op, fresh.as_ref().unwrap_or(&w.seen))?;
        let parts = Parts { id: Some(w.id.as_str()), version: version.as_deref(), ..Parts::default() };
        let sent = self.send(cx, &w.type_name, config, op, WriteKind::Delete, &parts, &w.key).await?;
        match sent.verdict.meaning {
            Some(Meaning::Ok) => self.deleted(cx, w, op, &sent).await,
            Some(Meaning::Stale) => Err(SystemError::Stale {
                current: self.current(cx, &w.type_name, config, &w.seen, op, &sent).await,
            }),
            Some(Meaning::Missing) => match self.gone(cx, &w.type_name, &w.seen).await {
                SystemError::NotFound => Ok(Deleted::WasAbsent),
                error => Err(error),
            },
            _ => Err(self.write_error(&sent)),
        }
    }

    /// Reads the record again where the guard or the body needs it, and refuses when a field we change has moved.
    async fn fresh_for_update(
        &self,
        cx: &Cx,
        w: &Update,
        op: &WriteOp,
    ) -> Result<Option<Record>, SystemError> {
        if op.body_mode != BodyMode::Full && !needs_read(op, &w.seen) {
            return Ok(None);
        }
        let fresh = self.fetch(cx, &w.type_name, &w.id, Some(&w.seen.fields)).await?;
        let touched = w.changed.keys().chain(w.cleared.iter().map(String::as_str));
        for field in touched {
            if !same_value(fresh.fields.get(field), w.seen.fields.get(field)) {
                return Err(SystemError::Stale { current: Some(Box::new(fresh)) });
            }
        }
        Ok(Some(fresh))
    }

    /// Reads the record again where the guard needs it, and refuses when any field has moved.
    async fn fresh_for_delete(
        &self,
        cx: &Cx,
        w: &Delete,
        op: &WriteOp,
    ) -> Result<Option<Record>, SystemError> {
        if !needs_read(op, &w.seen) {
            return Ok(None);
        }
        let fresh = self.fetch(cx, &w.type_name, &w.id, Some(&w.seen.fields)).await?;
        if has_moved(&fresh, &w.seen) {
            return Err(SystemError::Stale { current: Some(Box::new(fresh)) });
        }
        Ok(Some(fresh))
    }

    /// The version to send, where the operation sends one.
    fn guard_version(&self, op: &WriteOp, record: &Record) -> Result<Option<String>, SystemError> {
        if !op.optimistic.sends_version() {
            return Ok(None);
        }
        match &record.version {
            Some(version) if !version.is_local() => Ok(Some(version.0.clone())),
            _ => Err(SystemError::Misconfigured {
                message: "the system gave no version to guard the write with".to_owned(),
            }),
        }
    }

    /// The error that a meaning other than `ok` is on a write.
    pub(super) fn write_error(&self, sent: &Sent) -> SystemError {
        let message = reason(&self.config, &sent.answer);
        let code = sent.answer.status.to_string();
        self.masked(match sent.verdict.meaning {
            Some(Meaning::Auth) => SystemError::Auth { message },
            Some(Meaning::Throttled) => SystemError::Throttled { after: sent.answer.slow_down },
            Some(Meaning::Missing) => SystemError::NotFound,
            Some(Meaning::Duplicate) => {
                SystemError::Duplicate { field: sent.verdict.field.clone(), existing: None }
            }
            Some(Meaning::Stale) => SystemError::Stale { current: None },
            Some(Meaning::Refused) => {
                SystemError::Refused { field: sent.verdict.field.clone(), code, message }
            }
            Some(Meaning::Ok | Meaning::Retryable | Meaning::Ambiguous) => {
                SystemError::Ambiguous { since: sent.since, message }
            }
            None => SystemError::Misconfigured { message },
        })
    }

    /// A "missing" answer to a write is believed once a read says the same (CN C58).
    async fn gone(&self, cx: &Cx, t: &TypeName, seen: &Record) -> SystemError {
        match self.fetch(cx, t, &seen.id, Some(&seen.fields)).await {
            Err(error) => error,
            Ok(_) => SystemError::Misconfigured {
                message: "a write answers that the record is missing, a read finds it: is the path right?"
                    .to_owned(),
            },
        }
    }

    /// The record as a stale answer shows it, or as a read does.
    async fn current(
        &self,
        cx: &Cx,
        t: &TypeName,
        config: &TypeConfig,
        seen: &Record,
        op: &WriteOp,
        sent: &Sent,
    ) -> Option<Box<Record>> {
        let place = op.status.current.as_ref().or(self.config.status.current.as_ref());
        let body = sent.answer.any_json();
        if let (Some(at), Some(body)) = (place, &body)
            && let Some(value) = at.find(body)
            && let crate::Item::Live(record) = config.record.item(value, Some(&sent.answer.headers))
            && record.id == seen.id
        {
            return Some(Box::new(record));
        }
        self.fetch(cx, t, &seen.id, Some(&seen.fields)).await.ok().map(Box::new)
    }
}

/// Whether any member that was seen is otherwise now; the versions also tell of members that the caller does not know.
fn has_moved(fresh: &Record, seen: &Record) -> bool {
    let other_version = seen.version.is_some() && fresh.version.is_some() && seen.version != fresh.version;
    other_version || seen.fields.iter().any(|(name, value)| !same_value(fresh.fields.get(name), Some(value)))
}

fn needs_read(op: &WriteOp, seen: &Record) -> bool {
    match op.optimistic {
        Optimistic::CompareThenWrite => true,
        Optimistic::None => false,
        _ => seen.version.as_ref().is_none_or(crate::Version::is_local),
    }
}

/// The members that a body carries: the changed ones, or the record as just read with the changes in it (CN C6).
fn body_fields(
    config: &TypeConfig,
    op: &WriteOp,
    set: &Object,
    cleared: &[String],
    fresh: Option<&Record>,
) -> Object {
    let mut fields = match (op.body_mode, fresh) {
        (BodyMode::Full, Some(fresh)) => config.record.without_read_only(fresh.fields.clone()),
        _ => Object::new(),
    };
    for (name, value) in set.iter() {
        fields.insert(name, value.clone());
    }
    for name in cleared {
        match op.clear {
            Some(Clear::EmptyString) => {
                fields.insert(name.clone(), Value::Text(String::new()));
            }
            Some(Clear::Omit) => {
                fields.remove(name);
            }
            _ => {
                fields.insert(name.clone(), Value::Null);
            }
        }
    }
    fields
}

/// The id of a new record where we choose it: a UUID made from the create's reference, so that the same create always
/// makes the same record.
pub(super) fn chosen_id(correlation: &str) -> String {
    let digest = Sha256::digest(correlation.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// The proof that an id was chosen for us and by us.
pub(super) fn is_chosen(id: &RemoteId, correlation: &str) -> bool {
    id.0 == chosen_id(correlation)
}

/// How a record was learnt, as the proof of a write.
pub(super) fn proof(read_back: bool) -> Proof {
    if read_back { Proof::ReadBack } else { Proof::Replied }
}

fn not_allowed(operation: &str, t: &TypeName) -> SystemError {
    refused(None, "not_configured", format!("there is no way to {operation} a record of {t}"))
}
