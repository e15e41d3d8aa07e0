//! Taking a decision back (UX 6.7, RL R13).
//!
//! | the decision's writes | what happens |
//! |---|---|
//! | wait, or were never begun | they are dropped; the decision is `undone`, its conflict open again. Nothing was ever sent |
//! | are on their way | refused: nobody can say yet what there is to take back |
//! | have arrived | a second decision, which says whose undo it is, writes back the values from before, only where the first one changed something; held, guarded and sent like any other |
//! | have arrived, and somebody has changed those values since | refused as overtaken; nothing is written |
//!
//! The first decision becomes `undone` when the second one is confirmed. In the same transaction the base of the changed
//! fields becomes again what it was, so that the two sides stand as they stood before the decision: the next merge finds the
//! same question, and neither repeats the decision nor takes the values written back for somebody's edit. The history shows
//! both decisions.

use chrono::{DateTime, Utc};
use merge::{Object, PlannedWrite, Side};
use store::Tx;
use store::conflict::{self, Conflict, ConflictStatus};
use store::decision::{self, Decision, DecisionState};
use store::ids::{DecisionId, SchoolId, WriteId};
use store::link::{self, LinkState};
use store::plan_change::Operation;
use store::staged::{self, Staged, StagedState};
use store::write::{self, NewWrite, Why, Write, WriteState};

use crate::error::{PipelineError, Result};
use crate::idempotency::{self, Wanted};
use crate::mapping::StagedRecord;
use crate::pipeline::Pipeline;
use crate::send::{changed_fields, post_fields, pre_fields};
use crate::settings::{Settings, TypeSettings};
use crate::settle::same_fields;
use crate::wish::WantedChange;

/// A decision that a person wants to take back.
#[derive(Debug, Clone, Copy)]
pub struct UndoRequest<'a> {
    /// The school.
    pub school: SchoolId,
    /// The decision.
    pub decision: DecisionId,
    /// Who takes it back.
    pub person: &'a str,
}

/// A decision that was taken back, or is being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoDone {
    /// Number of its conflict.
    pub conflict: i64,
    /// What that took.
    pub how: UndoHow,
}

/// What taking a decision back took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoHow {
    /// Nothing: nothing of it was ever sent. The decision is undone.
    NeverSent,
    /// The values from before are written back. The decision is undone when that has arrived.
    WritesBack {
        /// The decision that does it; it fares like any other.
        undo: DecisionId,
        /// Its writes wait until then; `None`: until the next merge.
        held_until: Option<DateTime<Utc>>,
    },
}

/// Why a decision was not taken back. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefused {
    /// There is no such decision in this school.
    #[error("there is no such decision")]
    NoDecision,
    /// One press undoes one decision, once.
    #[error("this decision has been taken back already")]
    AlreadyUndone,
    /// A change of its record is on its way.
    #[error("the record is being written just now; undo the decision when that has arrived")]
    Busy,
    /// Nothing of it arrived anywhere.
    #[error("nothing of this decision was written, so there is nothing to undo")]
    NothingWritten,
    /// It took back another decision, and that has arrived.
    #[error("this took a decision back; decide the conflict again instead")]
    IsUndo,
    /// What it wrote has been changed since: see the fields, by side. The whole record where no field is named.
    #[error("the record has been changed since this decision was written")]
    Overtaken(Vec<(Side, String)>),
}

/// A write that takes another one back, or what stands in its way.
type WayBack = std::result::Result<NewWrite, UndoRefused>;

/// A decision with what is known of it.
struct Undoing<'a> {
    request: &'a UndoRequest<'a>,
    decision: Decision,
    conflict: Conflict,
    writes: Vec<Write>,
}

impl Pipeline {
    /// Takes a decision back, in one transaction, with its row in the audit log.
    ///
    /// # Errors
    /// When the database fails. A decision that cannot be taken back is not an error but a refusal.
    pub async fn undo(
        &self,
        settings: &Settings,
        request: &UndoRequest<'_>,
    ) -> Result<Result<UndoDone, UndoRefused>> {
        let mut tx = self.store.begin().await?;
        let Some(undoing) = Undoing::find(&mut tx, request).await? else {
            return Ok(Err(UndoRefused::NoDecision));
        };
        if let Some(refused) = undoing.refusal(&mut tx).await? {
            return Ok(Err(refused));
        }
        let how = if undoing.was_never_sent() {
            self.take_back(&mut tx, settings, &undoing).await?
        } else {
            self.write_back(&mut tx, settings, &undoing).await?
        };
        let how = match how {
            Ok(how) => how,
            Err(refused) => return Ok(Err(refused)),
        };
        self.audit_undo(&mut tx, &undoing, how).await?;
        tx.commit().await?;
        Ok(Ok(UndoDone { conflict: undoing.conflict.number, how }))
    }

    async fn take_back(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        undoing: &Undoing<'_>,
    ) -> Result<Result<UndoHow, UndoRefused>> {
        let Undoing { decision, conflict, writes, .. } = undoing;
        let now = self.clock.now();
        if write::drop_unsent(tx, decision.id, now).await? != writes.len() as u64 {
            // Somebody was faster: the same button in another window, or the sender.
            let state = decision::get(tx, decision.id).await?.state;
            let undone = state == DecisionState::Undone;
            return Ok(Err(if undone { UndoRefused::AlreadyUndone } else { UndoRefused::Busy }));
        }
        decision::set_state(tx, decision.id, DecisionState::Undone, None).await?;
        // A write-back that is taken back leaves everything as the first decision made it.
        if decision.undoes.is_none() {
            let (decided, open) = ([ConflictStatus::Decided], ConflictStatus::Open);
            conflict::set_status(tx, conflict.id, &conflict.revision, &decided, open, now).await?;
            conflict::reopen(tx, conflict.id, now).await?;
            self.refresh_conflict(tx, undoing.request.school, settings, conflict.link).await?;
        }
        Ok(Ok(UndoHow::NeverSent))
    }

    async fn write_back(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        undoing: &Undoing<'_>,
    ) -> Result<Result<UndoHow, UndoRefused>> {
        let Undoing { request, decision, conflict, writes } = undoing;
        let now = self.clock.now();
        let undo = DecisionId::new(now, self.clock.random());
        let held_until = settings.desk.hold.until(now);
        let mut rows = Vec::new();
        for write in writes.iter().filter(|write| write.state == WriteState::Confirmed) {
            match self.way_back(tx, settings, write, undo).await? {
                Ok(row) => rows.push(NewWrite { held_until, ..row }),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        if rows.is_empty() {
            return Ok(Err(UndoRefused::NothingWritten));
        }
        let row = Decision {
            id: undo,
            conflict: conflict.id,
            conflict_revision: conflict.revision.clone(),
            person: request.person.to_owned(),
            decided_at: now,
            force: false,
            reason: String::new(),
            state: DecisionState::Decided,
            overwrote: None,
            undoes: Some(decision.id),
        };
        decision::add(tx, &row, &[], None).await?;
        if write::add_many(tx, request.school, &rows, now).await?.len() != rows.len() {
            return Ok(Err(UndoRefused::AlreadyUndone));
        }
        Ok(Ok(UndoHow::WritesBack { undo, held_until }))
    }

    /// The write that brings back what one write changed, if its record still is as that left it.
    async fn way_back(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        write: &Write,
        undo: DecisionId,
    ) -> Result<WayBack> {
        let Some(merge_type) = settings.merge_type(&write.type_name) else {
            return Ok(Err(overtaken(write.side, &[])));
        };
        let copy = staged::find(tx, write.link, write.side).await?;
        let copy = copy.filter(|copy| copy.state == StagedState::Live);
        let link = link::get(tx, write.link).await?;
        let back = match write.operation {
            Operation::Delete => {
                let keys = link::find_by_keys(tx, link.school, &link.type_name, &[&link.key]).await?;
                let is_free = link.state == LinkState::Live || keys.is_empty();
                if copy.is_some() || !is_free {
                    return Ok(Err(overtaken(write.side, &[])));
                }
                WantedChange::of(merge_type, write.side, &PlannedWrite::Create { record: pre_fields(write)? })
            }
            Operation::Create | Operation::Update => {
                let Some(copy) = &copy else { return Ok(Err(overtaken(write.side, &[]))) };
                match before(merge_type, write, copy)? {
                    Ok(back) => back,
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            Operation::None => None,
        };
        let Some(wanted) = back else { return Ok(Err(overtaken(write.side, &[]))) };
        Ok(Ok(self.undo_write(write, &wanted, copy, undo)))
    }

    fn undo_write(
        &self,
        write: &Write,
        wanted: &WantedChange,
        copy: Option<Staged>,
        undo: DecisionId,
    ) -> NewWrite {
        let post_hash = wanted.post.as_ref().map(|post| post.hash().to_string());
        let key = idempotency::key(&Wanted {
            school: write.school,
            link: write.link,
            side: write.side,
            operation: wanted.operation,
            post_hash: &format!("{} {undo}", post_hash.as_deref().unwrap_or_default()),
            base_generation: 0,
            refusals: 0,
        });
        let (remote_id, pre_hash, pre_version, pre_body) = match copy {
            Some(copy) => {
                (Some(copy.remote_id), copy.hash.map(|hash| hash.to_string()), copy.version, copy.body)
            }
            None => (None, None, None, None),
        };
        NewWrite {
            id: WriteId::new(self.clock.now(), self.clock.random()),
            run: None,
            link: write.link,
            type_name: write.type_name.clone(),
            side: write.side,
            position: 0,
            operation: wanted.operation,
            state: WriteState::Held,
            why: Why::Undo,
            remote_id,
            correlation: idempotency::correlation(&key).to_owned(),
            idempotency_key: key,
            refusals: 0,
            held_until: None,
            decision: Some(undo),
            pre_hash,
            pre_version,
            pre_body,
            post_hash,
            post_body: wanted.post.as_ref().map(Object::to_canonical),
            changed: serde_json::to_string(&wanted.changed).unwrap_or_else(|_| "[]".to_owned()),
            // The base does not follow from this write: it comes back from the decision.
            apart: None,
        }
    }

    async fn audit_undo(&self, tx: &mut Tx, undoing: &Undoing<'_>, how: UndoHow) -> Result<()> {
        let detail = match how {
            UndoHow::NeverSent => serde_json::json!({
                "decision": undoing.decision.id.to_string(),
                "never_sent": true,
            }),
            UndoHow::WritesBack { undo, .. } => serde_json::json!({
                "decision": undoing.decision.id.to_string(),
                "undo": undo.to_string(),
                "writes": undoing.writes.iter().map(|write| write.side.as_str()).collect::<Vec<_>>(),
            }),
        };
        let target = format!("conflict {}", undoing.conflict.number);
        let UndoRequest { school, person, .. } = *undoing.request;
        self.audit(tx, school, person, "decision.undo", &target, &detail).await
    }
}

impl<'a> Undoing<'a> {
    async fn find(tx: &mut Tx, request: &'a UndoRequest<'a>) -> Result<Option<Self>> {
        let decision = match decision::get(tx, request.decision).await {
            Ok(decision) => decision,
            Err(store::StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let conflict = conflict::get(tx, decision.conflict).await?;
        if conflict.school != request.school {
            return Ok(None);
        }
        let writes = write::list_for_decision(tx, decision.id).await?;
        Ok(Some(Self { request, decision, conflict, writes }))
    }

    /// Whether every write of it can still be dropped.
    fn was_never_sent(&self) -> bool {
        self.writes.iter().all(|write| match write.state {
            WriteState::Held => true,
            WriteState::Pending => write.attempts == 0,
            _ => false,
        })
    }

    async fn refusal(&self, tx: &mut Tx) -> Result<Option<UndoRefused>> {
        if self.decision.state == DecisionState::Undone
            || decision::find_undo(tx, self.decision.id).await?.is_some()
        {
            return Ok(Some(UndoRefused::AlreadyUndone));
        }
        if self.was_never_sent() {
            return Ok(None);
        }
        Ok(match self.decision.state {
            DecisionState::Decided => Some(UndoRefused::Busy),
            DecisionState::Refused => Some(UndoRefused::NothingWritten),
            _ if self.decision.undoes.is_some() => Some(UndoRefused::IsUndo),
            _ if !write::open_for_links(tx, &[self.conflict.link]).await?.is_empty() => {
                Some(UndoRefused::Busy)
            }
            _ => None,
        })
    }
}

/// What a created or updated record is to become again, unless somebody has changed since what the write wrote.
fn before(
    merge_type: &TypeSettings,
    write: &Write,
    copy: &Staged,
) -> Result<std::result::Result<Option<WantedChange>, UndoRefused>> {
    let text = copy.body.as_deref().unwrap_or("{}");
    let now = StagedRecord::parse(text).map_err(|error| PipelineError::Inconsistent(error.to_string()))?;
    let written = post_fields(write)?.unwrap_or_default();
    let changed = changed_fields(write)?;
    let moved: Vec<&String> = changed
        .iter()
        .filter(|name| !same_fields(&now.body, &written, std::slice::from_ref(*name)))
        .collect();
    if !moved.is_empty() {
        return Ok(Err(overtaken(write.side, &moved)));
    }
    if write.operation == Operation::Create {
        return Ok(Ok(WantedChange::of(merge_type, write.side, &PlannedWrite::Delete)));
    }
    let pre = pre_fields(write)?;
    let mut post = now.body;
    for name in &changed {
        match pre.get(name) {
            Some(value) => post.insert(name, value.clone()),
            None => post.remove(name),
        };
    }
    Ok(Ok(Some(WantedChange { operation: Operation::Update, post: Some(post), changed })))
}

fn overtaken(side: Side, fields: &[&String]) -> UndoRefused {
    if fields.is_empty() {
        return UndoRefused::Overtaken(vec![(side, String::new())]);
    }
    UndoRefused::Overtaken(fields.iter().map(|field| (side, (*field).clone())).collect())
}
