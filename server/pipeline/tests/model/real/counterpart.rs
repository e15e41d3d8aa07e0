//! One side of the model's world as the outside system that the real pipeline talks to.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connect::{
    Capabilities, CheckReport, Create, Cx, Delete, Deleted, DeltaKind, Item, Mark, NaturalKey, Page,
    PageStream, Partition, Proof, Record as RemoteRecord, RemoteId, System, SystemError, TypeName, Update,
    Version, Versions, Written,
};
use futures::stream;

use super::stage::{LONGEST_REQUEST, Stage};
use super::wire;
use crate::nouns::{Answer, FIELDS, Operation, Record, Request, Side};
use crate::trace::token;

/// How likely a user acts in the moment between comparing and writing.
const COMPARE_WINDOW: f64 = 0.06;
/// How often a connector that does not know better sends one request (V7).
const BLIND_ATTEMPTS: u32 = 3;

#[derive(Clone)]
pub struct Counterpart {
    pub stage: Arc<Stage>,
    pub side: Side,
}

impl Counterpart {
    fn read(&self, wanted: impl Fn(u32, &Record) -> bool) -> Vec<RemoteRecord> {
        let world = self.stage.world();
        let records = &world.system(self.side).records;
        let found = records.iter().filter(|(id, record)| wanted(**id, record));
        found.map(|(id, record)| wire::remote(*id, record)).collect()
    }

    /// One request, with a moment before and after it: a crash there is one before a byte has left, or after the answer
    /// has come and before anybody has stored it.
    async fn send(&self, request: Request) -> Result<Done, SystemError> {
        self.stage.step().await;
        let since = self.stage.now();
        if self.stage.weakness.compares && self.changed_meanwhile(&request) {
            return Err(SystemError::Stale { current: None });
        }
        let mut answer = self.stage.world().send(request, self.stage.has_faults());
        self.stage.step().await;
        let mut attempts = 1;
        while self.stage.weakness.resends && answer == Answer::Timeout && attempts < BLIND_ATTEMPTS {
            attempts += 1;
            answer = self.stage.world().send(request, self.stage.has_faults());
            self.stage.step().await;
        }
        match answer {
            Answer::Done(id, record) => Ok(Done { id, record }),
            Answer::Missing => Err(SystemError::NotFound),
            Answer::Stale => Err(SystemError::Stale { current: None }),
            Answer::Timeout if self.stage.weakness.believes => {
                Ok(Done { id: request.id.unwrap_or(u32::MAX), record: None })
            }
            Answer::Timeout => Err(SystemError::Ambiguous { since, message: "nobody answered".to_owned() }),
        }
    }

    /// The connector's own look right before the write (RL 3.6, weak), and the moment that it cannot close.
    fn changed_meanwhile(&self, request: &Request) -> bool {
        let mut world = self.stage.world();
        let system = world.system(self.side);
        let changed = match request.operation {
            Operation::Create => system.with_key(request.key).next().is_some(),
            Operation::Update | Operation::Delete => {
                let record = request.id.and_then(|id| system.records.get(&id));
                record.map(|record| record.values) != request.seen
            }
        };
        if !changed && world.chance.unit() < COMPARE_WINDOW {
            world.user_acts();
        }
        changed
    }

    fn guard(&self, version: Option<&Version>) -> Option<u32> {
        let version = version.and_then(|version| version.as_str().parse().ok());
        version.filter(|_| self.stage.weakness.guards_versions())
    }

    /// Ours answers with the record, theirs with its id and version only.
    fn written(&self, done: Done) -> Written {
        let record = done.record.map(|record| wire::remote(done.id, &record));
        Written {
            id: RemoteId(done.id.to_string()),
            version: record.as_ref().and_then(|record| record.version.clone()),
            record: record.filter(|_| self.side == Side::A),
            proof: Proof::Replied,
            not_kept: Vec::new(),
            twins: Vec::new(),
        }
    }
}

#[derive(Clone, Copy)]
struct Done {
    id: u32,
    record: Option<Record>,
}

#[async_trait]
impl System for Counterpart {
    fn capabilities(&self, _type: &TypeName) -> Capabilities {
        let weakness = self.stage.weakness;
        Capabilities {
            versions: if weakness.admits_no_versions { Versions::None } else { Versions::Enforced },
            get: true,
            find: true,
            create: true,
            update: true,
            delete: true,
            partial_update: true,
            clear_field: true,
            delta: DeltaKind::None,
            tombstones: false,
            idempotent_create: !weakness.admits_no_keys,
            correlation: !weakness.without_reference,
            chosen_id: false,
            unique: Vec::new(),
            depends_on: Vec::new(),
            read_after_write: Duration::ZERO,
            longest_request: LONGEST_REQUEST,
        }
    }

    async fn check(&self, _cx: &Cx) -> Result<CheckReport, SystemError> {
        Ok(CheckReport::default())
    }

    fn list(&self, _cx: &Cx, _type: &TypeName, _part: &Partition) -> PageStream {
        let here = self.clone();
        Box::pin(stream::once(async move {
            here.stage.note_listing(here.side);
            let records = here.read(|_, _| true);
            here.stage.step().await;
            Ok(Page {
                total: Some(records.len() as u64),
                items: records.into_iter().map(Item::Live).collect(),
                server_time: Some(here.stage.now()),
                next_mark: None,
                last: true,
                incomplete: None,
            })
        }))
    }

    fn changes(&self, _cx: &Cx, _type: &TypeName, _part: &Partition, _since: &Mark) -> PageStream {
        Box::pin(stream::once(async { Err(SystemError::MarkExpired) }))
    }

    async fn get(&self, _cx: &Cx, _type: &TypeName, id: &RemoteId) -> Result<RemoteRecord, SystemError> {
        let wanted = wire::id(id);
        let found = self.read(|id, _| Some(id) == wanted).pop();
        self.stage.step().await;
        found.ok_or(SystemError::NotFound)
    }

    async fn find(
        &self,
        _cx: &Cx,
        _type: &TypeName,
        key: &NaturalKey,
    ) -> Result<Vec<RemoteRecord>, SystemError> {
        let wanted = wire::key(key)?;
        let found = self.read(|_, record| record.key == wanted);
        self.stage.step().await;
        Ok(found)
    }

    async fn find_by_correlation(
        &self,
        _cx: &Cx,
        _type: &TypeName,
        reference: &str,
    ) -> Result<Vec<RemoteRecord>, SystemError> {
        let wanted = Some(token(&reference));
        let found = self.read(|_, record| record.reference == wanted);
        self.stage.step().await;
        Ok(if self.stage.weakness.without_reference { Vec::new() } else { found })
    }

    async fn create(&self, _cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        let request = Request {
            side: self.side,
            key: wire::key(&w.fields)?,
            operation: Operation::Create,
            id: None,
            seen: None,
            wanted: Some(wire::values(&w.fields)?),
            carries: [true; 2],
            if_match: None,
            idempotency_key: Some(token(&w.key.0)).filter(|_| self.stage.weakness.knows_keys()),
            reference: Some(token(&w.correlation.as_str())),
        };
        Ok(self.written(self.send(request).await?))
    }

    async fn update(&self, _cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        let seen = wire::values(&w.seen.fields)?;
        let sent = FIELDS.map(|field| wire::value(&w.changed, field));
        if sent == [None, None] || !w.cleared.is_empty() || w.changed.get("key").is_some() {
            return Err(wire::refused(format!("unasked change: {} {:?}", w.changed, w.cleared)));
        }
        let request = Request {
            side: self.side,
            key: wire::key(&w.seen.fields)?,
            operation: Operation::Update,
            id: wire::id(&w.id),
            seen: Some(seen),
            wanted: Some(FIELDS.map(|field| sent[field].unwrap_or(seen[field]))),
            carries: sent.map(|value| value.is_some()),
            if_match: self.guard(w.seen.version.as_ref()),
            idempotency_key: None,
            reference: None,
        };
        Ok(self.written(self.send(request).await?))
    }

    async fn delete(&self, _cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let request = Request {
            side: self.side,
            key: wire::key(&w.seen.fields)?,
            operation: Operation::Delete,
            id: wire::id(&w.id),
            seen: Some(wire::values(&w.seen.fields)?),
            wanted: None,
            carries: [false; 2],
            if_match: self.guard(w.seen.version.as_ref()),
            idempotency_key: None,
            reference: None,
        };
        match self.send(request).await {
            Ok(_) => Ok(Deleted::Removed(Proof::Replied)),
            Err(SystemError::NotFound) => Ok(Deleted::WasAbsent),
            Err(error) => Err(error),
        }
    }
}
