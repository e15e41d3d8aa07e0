//! What is learnt from the answer to a write, and from reading the record back (CN C11, C43, C44).

use merge::{Object, Value};

use super::Connection;
use super::answer::Answer;
use super::config::{Clear, Reply, TypeConfig, Verify, VersionFrom, WriteKind, WriteOp};
use super::record::same_value;
use super::send::Sent;
use super::write::{is_chosen, proof};
use crate::error::SystemError;
use crate::{
    Class, Create, Cx, Delete, Deleted, Item, NotKept, Proof, Record, RemoteId, TypeName, Update, Written,
};

/// One write in this many is read back where nothing asks for it.
const SAMPLE: u64 = 50;

/// What an answer tells of the record.
enum Told {
    Record(Record),
    Id(RemoteId),
    Nothing,
}

impl Connection {
    /// A create that was answered with `ok`.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a create, and they are all needed")]
    pub(super) async fn created(
        &self,
        cx: &Cx,
        w: &Create,
        config: &TypeConfig,
        op: &WriteOp,
        fields: &Object,
        new_id: Option<&str>,
        sent: &Sent,
    ) -> Result<Written, SystemError> {
        let t = &w.type_name;
        let told = self.told(config, op, sent)?;
        let (id, replied) = match (told, new_id) {
            (Told::Record(record), _) => (record.id.clone(), Some(record)),
            (Told::Id(id), _) => (id, None),
            (Told::Nothing, Some(id)) => (RemoteId(id.to_owned()), None),
            (Told::Nothing, None) => {
                let record = self.only_one(cx, w, config, sent).await?;
                let twins = Vec::new();
                return Ok(written(record, Proof::ReadBack, fields, &[], twins));
            }
        };
        let is_thin = replied.as_ref().is_none_or(|record| record.version.is_none() && has_versions(config));
        let asked = is_thin || self.wants_proof(cx, t, op, sent, WriteKind::Create);
        let record = match (self.read_back(cx, t, &id, fields, asked).await, replied) {
            (ReadBack::Record(record), _) => Some((*record, true)),
            // An answer of success that made nothing: whether it still will is unknown.
            (ReadBack::Missing, _) => return self.made_nothing(cx, w, config, sent).await,
            (ReadBack::Unread, replied) => replied.map(|record| (record, false)),
        };
        let twins = if asked { self.twins(cx, config, &w.natural_key, &id).await } else { Vec::new() };
        Ok(match record {
            Some((record, read_back)) => written(record, proof(read_back), fields, &[], twins),
            None => unread(id, twins),
        })
    }

    /// An update that was answered with `ok`.
    pub(super) async fn updated(
        &self,
        cx: &Cx,
        w: &Update,
        config: &TypeConfig,
        op: &WriteOp,
        set: &Object,
        sent: &Sent,
    ) -> Result<Written, SystemError> {
        let t = &w.type_name;
        let replied = match self.told(config, op, sent)? {
            Told::Record(record) if record.id != w.id => {
                return Err(ambiguous(sent, format!("the answer is about {}, not {}", record.id, w.id)));
            }
            Told::Record(record) => Some(record),
            _ => None,
        };
        let is_thin = replied.as_ref().is_none_or(|record| record.version.is_none() && has_versions(config));
        let asked = is_thin || self.wants_proof(cx, t, op, sent, WriteKind::Update);
        let hint = &w.seen.fields;
        let wanted: Vec<&str> = match op.clear {
            Some(Clear::EmptyString) => Vec::new(),
            _ => w.cleared.iter().map(String::as_str).collect(),
        };
        Ok(match (self.read_back(cx, t, &w.id, hint, asked).await, replied) {
            // Somebody was faster than our read; the answer shows what the write itself left.
            (ReadBack::Record(record), Some(replied))
                if is_same_version(&replied, &record) == Some(false) =>
            {
                written(replied, Proof::Replied, set, &wanted, Vec::new())
            }
            (ReadBack::Record(record), replied) => {
                let proof = proof_of_read(&record, replied.as_ref(), w, set);
                written(*record, proof, set, &wanted, Vec::new())
            }
            (ReadBack::Missing, Some(replied)) if has_told_version(&replied) => {
                written(replied, Proof::Replied, set, &wanted, Vec::new())
            }
            (ReadBack::Missing, _) => return Err(SystemError::NotFound),
            (ReadBack::Unread, Some(record)) => written(record, Proof::Replied, set, &wanted, Vec::new()),
            (ReadBack::Unread, None) => unread(w.id.clone(), Vec::new()),
        })
    }

    /// A delete that was answered with `ok`.
    pub(super) async fn deleted(
        &self,
        cx: &Cx,
        w: &Delete,
        op: &WriteOp,
        sent: &Sent,
    ) -> Result<Deleted, SystemError> {
        self.not_a_page(&sent.answer).map_err(|error| ambiguous(sent, error.to_string()))?;
        let asked = self.wants_proof(cx, &w.type_name, op, sent, WriteKind::Delete);
        match self.read_back(cx, &w.type_name, &w.id, &w.seen.fields, asked).await {
            ReadBack::Missing => Ok(Deleted::Removed(Proof::ReadBack)),
            ReadBack::Unread => Ok(Deleted::Removed(Proof::Replied)),
            ReadBack::Record(_) => Err(ambiguous(
                sent,
                "the system says that the record was removed, and still has it".to_owned(),
            )),
        }
    }

    /// A create that met a record in its place. With an id of our choosing that record is our own earlier create.
    pub(super) async fn taken(
        &self,
        cx: &Cx,
        w: &Create,
        config: &TypeConfig,
        fields: &Object,
        new_id: Option<&str>,
        field: Option<String>,
    ) -> Result<Written, SystemError> {
        if let Some(id) = new_id.map(|id| RemoteId(id.to_owned()))
            && is_chosen(&id, &w.correlation)
            && let Ok(record) = self.fetch(cx, &w.type_name, &id, None).await
        {
            return Ok(written(record, Proof::ReadBack, fields, &[], Vec::new()));
        }
        let holders = self.holders(cx, config, w).await;
        let existing = match holders.as_slice() {
            [one] => Some(one.id.clone()),
            _ => None,
        };
        Err(SystemError::Duplicate { field, existing })
    }

    async fn holders(&self, cx: &Cx, config: &TypeConfig, w: &Create) -> Vec<Record> {
        if config.find.is_none() || w.natural_key.is_empty() {
            return Vec::new();
        }
        self.search(cx, config, &w.natural_key).await.unwrap_or_default()
    }

    /// The one record with the key, for systems that answer a create with nothing.
    async fn only_one(
        &self,
        cx: &Cx,
        w: &Create,
        config: &TypeConfig,
        sent: &Sent,
    ) -> Result<Record, SystemError> {
        let found = self
            .search(cx, config, &w.natural_key)
            .await
            .map_err(|error| ambiguous(sent, format!("the new record could not be looked for: {error}")))?;
        let count = found.len();
        match <[Record; 1]>::try_from(found) {
            Ok([record]) => Ok(record),
            Err(_) => Err(ambiguous(sent, format!("{count} records have the new record's key"))),
        }
    }

    async fn made_nothing(
        &self,
        cx: &Cx,
        w: &Create,
        config: &TypeConfig,
        sent: &Sent,
    ) -> Result<Written, SystemError> {
        match self.holders(cx, config, w).await.as_slice() {
            [holder] => Err(SystemError::Duplicate { field: None, existing: Some(holder.id.clone()) }),
            _ => Err(ambiguous(
                sent,
                "the system says that the record was made, and does not have it".to_owned(),
            )),
        }
    }

    async fn twins(&self, cx: &Cx, config: &TypeConfig, key: &Object, id: &RemoteId) -> Vec<RemoteId> {
        if config.find.is_none() || key.is_empty() {
            return Vec::new();
        }
        let found = self.search(cx, config, key).await.unwrap_or_default();
        found.into_iter().map(|record| record.id).filter(|other| other != id).collect()
    }

    /// Whether the record is to be read back (CN C44).
    fn wants_proof(&self, cx: &Cx, t: &TypeName, op: &WriteOp, sent: &Sent, kind: WriteKind) -> bool {
        let thin_answer =
            sent.answer.status == 202 || (sent.answer.status == 204 && kind == WriteKind::Create);
        match op.verify {
            Verify::Always => true,
            _ if sent.answer.status == 202 => true,
            Verify::Never => false,
            Verify::Weak => {
                thin_answer
                    || self.capabilities(t).class() == Class::Weak
                    || cx.clock.random().is_multiple_of(SAMPLE)
            }
        }
    }

    async fn read_back(&self, cx: &Cx, t: &TypeName, id: &RemoteId, hint: &Object, asked: bool) -> ReadBack {
        if !asked {
            return ReadBack::Unread;
        }
        match self.fetch(cx, t, id, Some(hint)).await {
            Ok(record) => ReadBack::Record(Box::new(record)),
            Err(SystemError::NotFound) => ReadBack::Missing,
            Err(error) => {
                tracing::debug!(%error, "a written record could not be read back");
                ReadBack::Unread
            }
        }
    }

    /// What the answer tells of the record (CN C43). An answer of success that cannot be read leaves the write unknown.
    fn told(&self, config: &TypeConfig, op: &WriteOp, sent: &Sent) -> Result<Told, SystemError> {
        let answer = &sent.answer;
        let unreadable = |error: SystemError| ambiguous(sent, error.to_string());
        if answer.status == 204 || answer.is_empty() && !matches!(op.reply, Reply::Location {}) {
            return Ok(Told::Nothing);
        }
        match &op.reply {
            Reply::None {} => self.not_a_page(answer).map(|()| Told::Nothing).map_err(unreadable),
            Reply::Location {} => {
                let location = answer.header("location").unwrap_or_default();
                let last = location
                    .split(['?', '#'])
                    .next()
                    .unwrap_or_default()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default();
                match percent_decoded(last) {
                    Some(id) if !id.is_empty() => Ok(Told::Id(RemoteId(id))),
                    _ => Err(ambiguous(sent, "the answer names no location".to_owned())),
                }
            }
            Reply::Record { record } => {
                let body = answer.json(&self.config.accept_types).map_err(unreadable)?;
                let value = Answer::at(&body, record).map_err(unreadable)?;
                match config.record.item(value, Some(&answer.headers)) {
                    Item::Live(record) => Ok(Told::Record(record)),
                    Item::Tombstone { id, .. } => Ok(Told::Id(id)),
                    Item::Bad { why, .. } => Err(ambiguous(sent, why)),
                }
            }
            Reply::IdOnly { id } => {
                let body = answer.json(&self.config.accept_types).map_err(unreadable)?;
                match Answer::at(&body, id).map_err(unreadable)? {
                    Value::Text(text) => Ok(Told::Id(RemoteId(text.clone()))),
                    Value::Number(number) => Ok(Told::Id(RemoteId(number.to_string()))),
                    _ => Err(ambiguous(sent, format!("there is no id at `{id}`"))),
                }
            }
        }
    }

    /// A web page with status 200 is no sign of success, whatever shape the answer has.
    fn not_a_page(&self, answer: &Answer) -> Result<(), SystemError> {
        let kind = answer.header("content-type").unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("text/html") {
            return Err(super::answer::malformed("body", "it is a web page".to_owned()));
        }
        Ok(())
    }
}

enum ReadBack {
    Record(Box<Record>),
    Missing,
    Unread,
}

fn has_versions(config: &TypeConfig) -> bool {
    config.record.version.from != VersionFrom::None
}

fn ambiguous(sent: &Sent, message: String) -> SystemError {
    SystemError::Ambiguous { since: sent.since, message }
}

fn unread(id: RemoteId, twins: Vec<RemoteId>) -> Written {
    Written { id, version: None, record: None, proof: Proof::Replied, not_kept: Vec::new(), twins }
}

/// Whether an answer shows a version that only the system can have made: it has written the record.
fn has_told_version(replied: &Record) -> bool {
    replied.version.as_ref().is_some_and(|version| !version.is_local())
}

/// Whether the answer and the read show the same version of a record; nothing where the system has no versions.
fn is_same_version(replied: &Record, read: &Record) -> Option<bool> {
    match (&replied.version, &read.version) {
        (Some(one), Some(other)) if !one.is_local() && !other.is_local() => Some(one == other),
        _ => None,
    }
}

/// What a read after an update proves: either it shows the version that was answered, or each member that was sent is as it
/// was sent, answered or there before. Anything else may be somebody's edit.
fn proof_of_read(read: &Record, replied: Option<&Record>, w: &Update, set: &Object) -> Proof {
    let sent = set.iter().map(|(name, value)| (name, Some(value)));
    let cleared = w.cleared.iter().map(|name| (name.as_str(), None));
    let is_explained = |(name, sent): (&str, Option<&Value>)| {
        let held = read.fields.get(name);
        let was_answered = replied.is_some_and(|replied| same_value(replied.fields.get(name), held));
        was_answered || same_value(sent, held) || same_value(w.seen.fields.get(name), held)
    };
    let is_own = replied.is_some_and(|replied| is_same_version(replied, read) == Some(true));
    if is_own || sent.chain(cleared).all(is_explained) { Proof::ReadBack } else { Proof::ReadOtherwise }
}

/// A write whose record is known, with the members that the system did not keep.
fn written(record: Record, proof: Proof, set: &Object, cleared: &[&str], twins: Vec<RemoteId>) -> Written {
    let mut not_kept = Vec::new();
    for (field, value) in set.iter() {
        let held = record.fields.get(field);
        if !same_value(Some(value), held) {
            not_kept.push(NotKept {
                field: field.to_owned(),
                sent: Some(value.clone()),
                held: held.cloned(),
            });
        }
    }
    for field in cleared {
        let held = record.fields.get(field);
        if !same_value(None, held) {
            not_kept.push(NotKept { field: (*field).to_owned(), sent: None, held: held.cloned() });
        }
    }
    Written {
        id: record.id.clone(),
        version: record.version.clone(),
        record: Some(record),
        proof,
        not_kept,
        twins,
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let pair = text.get(at + 1..at + 3)?;
            decoded.push(u8::from_str_radix(pair, 16).ok()?);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok()
}
