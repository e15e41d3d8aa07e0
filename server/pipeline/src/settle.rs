//! Settles a write whose fate is unknown: wait, look, judge, and send again where that is safe (RL 3.4).

use connect::{NaturalKey, Record as RemoteRecord, RemoteId, SystemError, TypeName};
use merge::{Object, Value};
use store::lease::Phase;
use store::link;
use store::plan_change::Operation;
use store::write::{self, Write, WriteState};
use tracing::{info, warn};

use crate::error::{PipelineError, Result};
use crate::fate::{Fate, Seen, Tried, fate_of};
use crate::night::{Night, RENEWAL};
use crate::references::{RemoteIds, targets_of};
use crate::send::{Sent, changed_fields, landing_time, post_fields, pre_fields};
use crate::settings::TypeSettings;
use crate::settled::Settled;
use crate::wish::sent_fields;

/// What looking gave: the judgement, and the record that was found.
struct Look {
    seen: Seen,
    record: Option<RemoteRecord>,
}

impl Night {
    /// Finds out what became of a write, and finishes it where that is safe. Ends with a state other than sending, unknown
    /// or retry: acked, superseded, rejected or parked.
    pub(crate) async fn settle(&self, write: &Write) -> Result<()> {
        let mut write = write.clone();
        // A parked write begins a new run with few attempts left, and keeps its key (R18).
        let mut attempts = u32::try_from(write.attempts).unwrap_or(u32::MAX);
        if write.state == WriteState::Parked {
            attempts = attempts.min(2);
        }
        loop {
            match write.state {
                WriteState::Sending | WriteState::Unknown | WriteState::Retry | WriteState::Parked => {}
                _ => return Ok(()),
            }
            let Some(merge_type) = self.settings.merge_type(&write.type_name) else {
                return self.park(&write, "its record type is no longer in the settings").await;
            };
            if write.state != WriteState::Retry {
                self.wait_until_landed(&write).await?;
            }
            let look = match self.look(merge_type, &write).await? {
                Ok(look) => look,
                Err(error) => return self.park(&write, &format!("it could not be looked up: {error}")).await,
            };
            let capabilities = self.capabilities(&write);
            let tried =
                Tried { operation: write.operation, attempts, idempotent: capabilities.idempotent_create };
            let fate = fate_of(tried, look.seen);
            info!(run = self.number, side = %write.side, ?fate, seen = ?look.seen, "unknown write looked up");
            match fate {
                Fate::SendAgain => {
                    self.mark_retry(&mut write, look.record).await?;
                    match self.send(&write).await? {
                        Sent::Kept => return Ok(()),
                        Sent::SideStopped => return self.park(&write, "the credentials were refused").await,
                        Sent::Settled | Sent::Unknown | Sent::Retry => {}
                    }
                    attempts += 1;
                    write = self.reload_write(&write).await?;
                }
                fate => return self.end(&write, fate, look.record).await,
            }
        }
    }

    pub(crate) fn capabilities(&self, write: &Write) -> connect::Capabilities {
        self.system(write.side).capabilities(&TypeName::from(write.type_name.as_str()))
    }

    async fn reload_write(&self, write: &Write) -> Result<Write> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(write::get(&mut reader, write.id).await?)
    }

    /// R15, R29: until no request of ours, or of an earlier holder, can still land.
    async fn wait_until_landed(&self, write: &Write) -> Result<()> {
        let landing = landing_time(&self.capabilities(write));
        let own = write.settle_until.filter(|_| landing > chrono::TimeDelta::zero());
        let earlier = self.lease.earlier_holder_until.map(|until| until + landing);
        let Some(until) = own.max(earlier) else { return Ok(()) };
        let mut left = (until - self.now()).to_std().unwrap_or_default();
        // In short sleeps: the lease is kept by the very clock that is slept by.
        while !left.is_zero() {
            let nap = left.min(RENEWAL);
            self.pipeline.clock.sleep(nap).await;
            self.keep_lease().await?;
            left -= nap;
        }
        Ok(())
    }

    async fn look(&self, merge_type: &TypeSettings, write: &Write) -> Result<Result<Look, SystemError>> {
        match write.operation {
            Operation::Create => self.look_for_create(merge_type, write).await,
            _ => self.look_at(merge_type, write).await,
        }
    }

    /// By its id: does the record hold what we wanted, what was there before, or something else?
    async fn look_at(&self, merge_type: &TypeSettings, write: &Write) -> Result<Result<Look, SystemError>> {
        let name = TypeName::from(merge_type.name.as_str());
        let id = RemoteId::from(write.remote_id.as_deref().unwrap_or_default());
        let cx = self.cx();
        let record = match self.holding(self.system(write.side).get(&cx, &name, &id)).await? {
            Ok(record) => record,
            Err(SystemError::NotFound) => return Ok(Ok(Look { seen: Seen::Absent, record: None })),
            Err(error) => return Ok(Err(error)),
        };
        let fields = changed_fields(write)?;
        let now = self.neutral(merge_type, write, &record.fields).await?;
        let pre = pre_fields(write)?;
        let post = post_fields(write)?;
        let seen = match &post {
            Some(post) if same_fields(&now, post, &fields) => Seen::Post,
            Some(_) if same_fields(&now, &pre, &fields) => Seen::Pre,
            None if same_as_before(&now, &pre) => Seen::Pre,
            _ => Seen::Other,
        };
        Ok(Ok(Look { seen, record: Some(record) }))
    }

    /// By its correlation reference, else by its natural key (R3).
    async fn look_for_create(
        &self,
        merge_type: &TypeSettings,
        write: &Write,
    ) -> Result<Result<Look, SystemError>> {
        let name = TypeName::from(merge_type.name.as_str());
        let cx = self.cx();
        let system = self.system(write.side);
        let capabilities = self.capabilities(write);
        if capabilities.read_after_write > std::time::Duration::ZERO {
            self.holding(self.pipeline.clock.sleep(capabilities.read_after_write)).await?;
        }
        let ours = match self.holding(system.find_by_correlation(&cx, &name, &write.correlation)).await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(look) = one_of(ours, |_| Seen::OurReference) {
            return Ok(Ok(look));
        }
        let key = self.natural_key(merge_type, write).await?;
        let found = match self.holding(system.find(&cx, &name, &key)).await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let post = post_fields(write)?.unwrap_or_default();
        let fields = changed_fields(write)?;
        let mut equal = Vec::with_capacity(found.len());
        for record in &found {
            let now = self.neutral(merge_type, write, &record.fields).await?;
            equal.push(same_fields(&now, &post, &fields));
        }
        let all_equal = equal.iter().all(|equal| *equal);
        let seen = if all_equal { Seen::NaturalKeyEqual } else { Seen::NaturalKeyDifferent };
        Ok(Ok(one_of(found, |_| seen).unwrap_or(Look { seen: Seen::Absent, record: None })))
    }

    async fn natural_key(&self, merge_type: &TypeSettings, write: &Write) -> Result<NaturalKey> {
        let post = post_fields(write)?;
        let fields = sent_fields(post.as_ref(), &merge_type.key);
        let mut reader = self.pipeline.store.read().await?;
        let targets = targets_of(merge_type, write.side, &fields);
        let ids = RemoteIds::load(&mut reader, self.school, write.side, &targets).await?;
        Ok(ids.body(merge_type, write.side, &fields).map(|body| body.members).unwrap_or_default())
    }

    /// A remote record as a neutral one.
    pub(crate) async fn neutral(
        &self,
        merge_type: &TypeSettings,
        write: &Write,
        fields: &Object,
    ) -> Result<Object> {
        Ok(self.map_record(merge_type, write.side, fields).await?.body)
    }

    async fn mark_retry(&self, write: &mut Write, fresh: Option<RemoteRecord>) -> Result<()> {
        if let Some(version) = fresh.and_then(|record| record.version) {
            write.pre_version = Some(version.to_string());
        }
        if write.state != WriteState::Retry {
            let mut settled = Settled::new(write.id, WriteState::Retry);
            settled.pre_version.clone_from(&write.pre_version);
            self.store_recovered(&UNSETTLED, &settled).await?;
            write.state = WriteState::Retry;
        }
        Ok(())
    }

    async fn end(&self, write: &Write, fate: Fate, record: Option<RemoteRecord>) -> Result<()> {
        let because = |code, message| Settled::because(write.id, WriteState::Superseded, code, message);
        let mut settled = match fate {
            Fate::Applied => Settled::new(write.id, WriteState::Acked),
            Fate::Superseded => because("moved", "somebody changed the record meanwhile"),
            Fate::Ambiguous => {
                because(AMBIGUOUS, "nobody can say whether it was applied: the next merge decides")
            }
            Fate::Adopted => because(
                ADOPTED,
                "a record with this key is there already: it is linked, and the next merge compares",
            ),
            Fate::Parked | Fate::SendAgain => return self.park(write, "its fate is still unknown").await,
        };
        let shown = matches!(fate, Fate::Applied | Fate::Adopted);
        if let (true, Some(record)) = (shown, &record) {
            // Not its fields: they are no answer, for somebody may have edited them since (R21).
            settled = settled.with_id(&record.id, record.version.as_ref());
        }
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        let (settlement, now) = (settled.as_settlement(), self.now());
        if !write::set_state_recovered(&mut tx, guard, write.id, &UNSETTLED, &settlement, now).await? {
            return Err(PipelineError::LostLease);
        }
        if let (true, Operation::Create, Some(id)) = (shown, write.operation, &settled.remote_id) {
            link::set_remote_ids(&mut tx, write.side, &[(write.link, id.clone())]).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether a record is still as the plan read it; a create: whether it is still missing (RL G28).
    pub(crate) async fn is_as_planned(&self, write: &Write) -> Result<bool> {
        let Some(merge_type) = self.settings.merge_type(&write.type_name) else { return Ok(false) };
        let Ok(look) = self.look(merge_type, write).await? else { return Ok(false) };
        let Some(record) = look.record else { return Ok(write.operation == Operation::Create) };
        if write.operation == Operation::Create {
            return Ok(false);
        }
        // Any difference counts, also in fields that the plan does not write.
        let now = self.map_record(merge_type, write.side, &record.fields).await?.body;
        Ok(same_as_before(&now, &pre_fields(write)?))
    }

    pub(crate) async fn park(&self, write: &Write, why: &str) -> Result<()> {
        warn!(run = self.number, side = %write.side, why, "write parked");
        let settled = Settled::because(write.id, WriteState::Parked, "parked", why);
        self.store_recovered(&UNSETTLED, &settled).await
    }

    /// Stores what was found out about a write that is in one of the states `from`.
    pub(crate) async fn store_recovered(&self, from: &[WriteState], settled: &Settled) -> Result<()> {
        let guard = self.lease.guard(Phase::Push)?;
        let mut tx = self.begin().await?;
        let (id, settlement) = (settled.write, settled.as_settlement());
        let ours = write::set_state_recovered(&mut tx, guard, id, from, &settlement, self.now()).await?;
        tx.commit().await?;
        if ours { Ok(()) } else { Err(PipelineError::LostLease) }
    }
}

/// States of a write whose fate is open.
const UNSETTLED: [WriteState; 4] =
    [WriteState::Sending, WriteState::Unknown, WriteState::Retry, WriteState::Parked];

/// Code of a write whose effect nobody can prove: the base of its record stays (R20), a conflict is cautious (F13).
pub(crate) const AMBIGUOUS: &str = "ambiguous";
/// Code of a create that found a record of its key.
pub(crate) const ADOPTED: &str = "adopted";

fn one_of(mut found: Vec<RemoteRecord>, seen: impl Fn(&RemoteRecord) -> Seen) -> Option<Look> {
    match found.len() {
        0 => None,
        1 => {
            let record = found.remove(0);
            Some(Look { seen: seen(&record), record: Some(record) })
        }
        _ => Some(Look { seen: Seen::Several, record: None }),
    }
}

/// Whether two records agree in these fields.
pub(crate) fn same_fields(one: &Object, other: &Object, fields: &[String]) -> bool {
    fields.iter().all(|name| same_value(one.get(name), other.get(name)))
}

/// Whether two values of a field agree; absent and null are one (MS V2).
pub(crate) fn same_value(one: Option<&Value>, other: Option<&Value>) -> bool {
    let there = |value: &&Value| !value.is_null();
    match (one.filter(there), other.filter(there)) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same_json(other),
        _ => false,
    }
}

pub(crate) fn same_as_before(now: &Object, pre: &Object) -> bool {
    let names: Vec<String> = pre.keys().chain(now.keys()).map(str::to_owned).collect();
    same_fields(now, pre, &names)
}
