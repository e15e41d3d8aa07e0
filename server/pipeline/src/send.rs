//! One write on its way: T5, the request, T6 (RL 3.2).

use chrono::{DateTime, TimeDelta, Utc};
use connect::{
    Capabilities, Class, Create, Delete, Deleted, IdempotencyKey, Proof, Record as RemoteRecord, RemoteId,
    SystemError, TypeName, Update, Version, Written,
};
use merge::{Object, json};
use store::attempt::{self, Attempt};
use store::lease::Phase;
use store::link;
use store::plan_change::Operation;
use store::write::{self, Lookahead, Write, WriteState};
use tracing::warn;

use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::mapping::StagedRecord;
use crate::night::Night;
use crate::references::{RemoteIds, targets_of};
use crate::settings::TypeSettings;
use crate::settle::AMBIGUOUS;
use crate::settled::Settled;
use crate::wish::sent_fields;

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It took effect.
    Done { id: RemoteId, version: Option<Version>, record: Option<RemoteRecord> },
    /// It took effect, and the record holds something else already: a form of the system's own, or somebody's edit.
    Otherwise { message: String },
    /// It took effect: the record is gone.
    Gone,
    /// It did not: the record is no longer as it was seen.
    Moved { message: String },
    /// It did not: the other system will not take it.
    Refused { code: &'static str, message: String, field: Option<String> },
    /// It did not this time; nothing was applied.
    Later { message: String, stops_side: bool },
    /// Nobody knows.
    Unknown { message: String },
}

/// What the sender learnt, for whoever sends the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It has a fate, good or bad.
    Settled,
    /// It must be looked up.
    Unknown,
    /// It was not applied and may be tried again.
    Retry,
    /// Credentials were refused: nothing more may go to this side (RL R17, P29).
    SideStopped,
    /// It was not sent: it is no longer ours to send, or what it refers to is not there.
    Kept,
}

impl Night {
    /// Sends one write and stores what came of it. The mark that it is being sent is durable before a byte leaves.
    pub(crate) async fn send(&self, write: &Write) -> Result<Sent> {
        let Some(merge_type) = self.settings.merge_type(&write.type_name) else {
            return self.drop_unsent(write, "its record type is no longer in the settings").await;
        };
        let request = match self.prepare(merge_type, write).await? {
            Ok(request) => request,
            Err(why) => return self.drop_unsent(write, &why).await,
        };
        self.keep_lease().await?;
        kill::reach(KillPoint::W1);
        let Some(number) = self.mark_sending(write).await? else { return Ok(Sent::Kept) };
        kill::reach(KillPoint::W2);
        let started_at = self.now();
        let answer = self.ask_system(write.side, request).await?;
        kill::reach(KillPoint::W4);
        self.store_answer(write, &answer, number, started_at).await
    }

    async fn prepare(&self, merge_type: &TypeSettings, write: &Write) -> Result<Result<Request, String>> {
        let fields = sent_fields(post_fields(write)?.as_ref(), &changed_fields(write)?);
        let mut targets = targets_of(merge_type, write.side, &fields);
        targets.extend(targets_of(merge_type, write.side, &pre_fields(write)?));
        let mut reader = self.pipeline.store.read().await?;
        let ids = RemoteIds::load(&mut reader, self.school, write.side, &targets).await?;
        Ok(self.request(merge_type, write, &fields, &ids))
    }

    /// T5: only with our fence, and with enough of the lease left.
    async fn mark_sending(&self, write: &Write) -> Result<Option<i64>> {
        let now = self.now();
        let capabilities = self.system(write.side).capabilities(&TypeName::from(write.type_name.as_str()));
        let bounds = &self.pipeline.bounds;
        let ahead = Lookahead {
            remaining: TimeDelta::from_std(bounds.write).unwrap_or_default() + bounds.margin,
            settle_until: now + landing_time(&capabilities),
        };
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        let number = write::begin_send(&mut tx, guard, write.id, now, ahead).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// The request for a write, or why it cannot be made.
    fn request(
        &self,
        merge_type: &TypeSettings,
        write: &Write,
        fields: &Object,
        ids: &RemoteIds,
    ) -> Result<Request, String> {
        let type_name = TypeName::from(merge_type.name.as_str());
        let key = IdempotencyKey::from(write.idempotency_key.as_str());
        let body = ids.body(merge_type, write.side, fields).map_err(|unresolved| unresolved.to_string())?;
        let id =
            || write.remote_id.as_deref().map(RemoteId::from).ok_or("its remote id is not known".to_owned());
        Ok(match write.operation {
            Operation::Create => {
                let natural_key = merge_type
                    .key
                    .iter()
                    .filter_map(|name| merge_type.field(name))
                    .map(|field| field.members[write.side].as_str())
                    .filter_map(|member| Some((member.to_owned(), body.members.get(member)?.clone())))
                    .collect();
                Request::Create(Create {
                    type_name,
                    fields: body.members,
                    natural_key,
                    key,
                    correlation: write.correlation.clone(),
                })
            }
            Operation::Update => Request::Update(Update {
                type_name,
                id: id()?,
                seen: self.seen(merge_type, write, ids)?,
                changed: body.members,
                cleared: body.cleared,
                key,
            }),
            Operation::Delete => Request::Delete(Delete {
                type_name,
                id: id()?,
                seen: self.seen(merge_type, write, ids)?,
                key,
            }),
            Operation::None => return Err("there is nothing to send".to_owned()),
        })
    }

    /// The record as the plan saw it, in the system's own members: what guards an update or a delete.
    fn seen(
        &self,
        merge_type: &TypeSettings,
        write: &Write,
        ids: &RemoteIds,
    ) -> Result<RemoteRecord, String> {
        let pre = pre_fields(write).map_err(|error| error.to_string())?;
        let body = ids.body(merge_type, write.side, &pre).map_err(|unresolved| unresolved.to_string())?;
        let mut fields = body.members;
        for member in body.cleared {
            fields.insert(member, merge::Value::Null);
        }
        Ok(RemoteRecord {
            id: RemoteId::from(write.remote_id.as_deref().unwrap_or_default()),
            version: write.pre_version.as_deref().map(Version::from),
            modified: None,
            fields,
        })
    }

    async fn ask_system(&self, side: merge::Side, request: Request) -> Result<Answer> {
        let system = self.system(side);
        let cx = self.cx();
        let since = self.now();
        let work = async {
            match &request {
                Request::Create(create) => system.create(&cx, create).await.map(Answer::written),
                Request::Update(update) => system.update(&cx, update).await.map(Answer::written),
                Request::Delete(delete) => system.delete(&cx, delete).await.map(|_: Deleted| Answer::Gone),
            }
        };
        let limit = self.pipeline.bounds.write;
        let outcome = tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            Err(SystemError::Ambiguous { since, message: format!("no answer within {} s", limit.as_secs()) })
        });
        Ok(outcome.unwrap_or_else(Answer::failed))
    }

    /// T6, with the attempt's row. From the second attempt on a refused version proves nothing: our own first attempt may
    /// be what changed it (R16).
    async fn store_answer(
        &self,
        write: &Write,
        answer: &Answer,
        number: i64,
        started_at: DateTime<Utc>,
    ) -> Result<Sent> {
        let (settled, sent) = judge(write, answer, number);
        let attempt = Attempt {
            write: write.id,
            number,
            started_at,
            ended_at: self.now(),
            outcome: settled.state.as_str().to_owned(),
            detail: settled.error_message.clone(),
            answer_hash: settled.answer_hash().map(str::to_owned),
        };
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        attempt::add(&mut tx, &attempt).await?;
        if !write::settle(&mut tx, guard, write.id, &settled.as_settlement(), self.now()).await? {
            return Err(PipelineError::LostLease);
        }
        let created = settled.state == WriteState::Acked && write.operation == Operation::Create;
        if let (true, Some(id)) = (created, &settled.remote_id) {
            link::set_remote_ids(&mut tx, write.side, &[(write.link, id.clone())]).await?;
        }
        tx.commit().await?;
        Ok(sent)
    }

    /// A write that was never sent and cannot be: the next merge plans it anew (R6).
    async fn drop_unsent(&self, write: &Write, why: &str) -> Result<Sent> {
        warn!(run = self.number, side = %write.side, why, "write dropped");
        let settled = Settled::because(write.id, WriteState::Dropped, "not_sendable", why);
        self.store_recovered(&[WriteState::Pending, WriteState::Retry], &settled).await?;
        Ok(Sent::Kept)
    }
}

/// What an answer makes of a write, and of the course of the push.
fn judge(write: &Write, answer: &Answer, attempt: i64) -> (Settled, Sent) {
    let because = |state, code, message: &str| Settled::because(write.id, state, code, message);
    match answer {
        Answer::Done { record: Some(record), .. } => {
            (Settled::new(write.id, WriteState::Acked).with_record(record), Sent::Settled)
        }
        Answer::Done { id, version, record: None } => {
            (Settled::new(write.id, WriteState::Acked).with_id(id, version.as_ref()), Sent::Settled)
        }
        // The base stays where it is and the next merge decides: what cannot be told from an edit is not taken for ours.
        Answer::Otherwise { message } => (because(WriteState::Superseded, AMBIGUOUS, message), Sent::Settled),
        Answer::Gone => (Settled::new(write.id, WriteState::Acked), Sent::Settled),
        Answer::Moved { message } if attempt > 1 => {
            (because(WriteState::Unknown, "moved", message), Sent::Unknown)
        }
        Answer::Moved { message } => (because(WriteState::Superseded, "moved", message), Sent::Settled),
        Answer::Refused { code, message, field } => {
            warn!(side = %write.side, message, "write refused");
            let settled = because(WriteState::Rejected, code, message).about_field(field.as_deref());
            (settled, Sent::Settled)
        }
        Answer::Later { message, stops_side } => {
            let sent = if *stops_side { Sent::SideStopped } else { Sent::Retry };
            (because(WriteState::Retry, "later", message), sent)
        }
        Answer::Unknown { message } => (because(WriteState::Unknown, "unknown", message), Sent::Unknown),
    }
}

/// How long a request may still land after we lost sight of it (R15): nothing for a strong counterpart, whose versions and
/// keys make a late one harmless.
pub(crate) fn landing_time(capabilities: &Capabilities) -> TimeDelta {
    if capabilities.class() == Class::Strong {
        return TimeDelta::zero();
    }
    let longest = TimeDelta::from_std(capabilities.longest_request * 2).unwrap_or_default();
    longest.max(TimeDelta::seconds(60))
}

enum Request {
    Create(Create),
    Update(Update),
    Delete(Delete),
}

impl Answer {
    fn written(written: Written) -> Self {
        if written.proof == Proof::ReadOtherwise {
            let fields: Vec<&str> = written.not_kept.iter().map(|not_kept| not_kept.field.as_str()).collect();
            let message = format!("read back, {} is not what was sent", fields.join(", "));
            return Self::Otherwise { message };
        }
        Self::Done { id: written.id, version: written.version, record: written.record }
    }

    /// What an error means for the write (R17, CN section 1).
    fn failed(error: SystemError) -> Self {
        let message = error.to_string();
        match error {
            SystemError::Unreachable { .. } | SystemError::Throttled { .. } => {
                Self::Later { message, stops_side: false }
            }
            SystemError::Auth { .. } => Self::Later { message, stops_side: true },
            SystemError::Stale { .. } | SystemError::NotFound => Self::Moved { message },
            SystemError::Duplicate { field, .. } => Self::Refused { code: "duplicate", message, field },
            SystemError::Refused { field, .. } => Self::Refused { code: "refused", message, field },
            SystemError::Misconfigured { .. } | SystemError::MarkExpired => {
                Self::Refused { code: "misconfigured", message, field: None }
            }
            SystemError::Ambiguous { .. } | SystemError::Timeout { .. } | SystemError::Malformed { .. } => {
                Self::Unknown { message }
            }
        }
    }
}

/// The fields that an update changes, or that a create carries.
pub(crate) fn changed_fields(write: &Write) -> Result<Vec<String>> {
    serde_json::from_str(&write.changed)
        .map_err(|error| PipelineError::Inconsistent(format!("changed fields of a write: {error}")))
}

/// The record as the plan saw it; empty for a create.
pub(crate) fn pre_fields(write: &Write) -> Result<Object> {
    let Some(text) = &write.pre_body else { return Ok(Object::new()) };
    StagedRecord::parse(text)
        .map(|record| record.body)
        .map_err(|error| PipelineError::Inconsistent(format!("pre image of a write: {error}")))
}

/// The record as the write wants it; none for a delete.
pub(crate) fn post_fields(write: &Write) -> Result<Option<Object>> {
    let parse = |text: &String| {
        json::parse_object(text.as_bytes())
            .map_err(|error| PipelineError::Inconsistent(format!("post image of a write: {error}")))
    };
    write.post_body.as_ref().map(parse).transpose()
}
