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

mod back;

use chrono::{DateTime, Utc};
use merge::Side;
use store::conflict::{self, Conflict, ConflictStatus};
use store::decision::{self, Decision, DecisionState};
use store::ids::{DecisionId, SchoolId};
use store::plan_change::Operation;
use store::write::{self, NewWrite, Write, WriteState};
use store::{Conn, Tx};

use self::back::effect;
use crate::error::Result;
use crate::pipeline::Pipeline;
use crate::settings::Settings;

/// A decision that a person wants to take back.
#[derive(Debug, Clone, Copy)]
pub struct UndoRequest<'a> {
    /// The school.
    pub school: SchoolId,
    /// The decision.
    pub decision: DecisionId,
    /// Who takes it back, as people see it.
    pub person: &'a str,
    /// Who takes it back, told apart from others of the same name; empty at the command line.
    pub person_id: &'a str,
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
    /// The settings have come to forbid the write that it takes.
    #[error("the settings do not allow the values from before to be written any more")]
    NotAllowed {
        /// To which side.
        side: Side,
        /// What would have to be done to the record there.
        operation: Operation,
        /// The fields that are not written there any more; none where it is the operation itself.
        fields: Vec<String>,
    },
}

/// What an undo writes to one system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoEffect {
    /// Which.
    pub side: Side,
    /// The record is changed, created again, or deleted.
    pub operation: Operation,
    /// The fields that change.
    pub fields: Vec<UndoField>,
}

/// One field that an undo changes. Values are JSON text; `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoField {
    /// Its name.
    pub name: String,
    /// What the system holds, as far as is known.
    pub now: Option<String>,
    /// What it held before the decision, and will hold.
    pub then: Option<String>,
}

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

    /// What an undo of this decision would write, as far as is known now: nothing while nothing of it was sent. Changes
    /// nothing itself.
    ///
    /// # Errors
    /// When the database fails. A decision that cannot be taken back is not an error but a refusal.
    pub async fn preview_undo(
        &self,
        settings: &Settings,
        request: &UndoRequest<'_>,
    ) -> Result<Result<Vec<UndoEffect>, UndoRefused>> {
        let mut reader = self.store.read().await?;
        let Some(undoing) = Undoing::find(&mut reader, request).await? else {
            return Ok(Err(UndoRefused::NoDecision));
        };
        if let Some(refused) = undoing.refusal(&mut reader).await? {
            return Ok(Err(refused));
        }
        if undoing.was_never_sent() {
            return Ok(Ok(Vec::new()));
        }
        match self.ways_back(&mut reader, settings, &undoing, undoing.decision.id).await? {
            Ok(rows) => Ok(Ok(rows.iter().map(effect).collect::<Result<_>>()?)),
            Err(refused) => Ok(Err(refused)),
        }
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
            let school = undoing.request.school;
            self.refresh_conflict(tx, school, settings, conflict.link, ConflictStatus::Healed).await?;
        }
        Ok(Ok(UndoHow::NeverSent))
    }

    async fn write_back(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        undoing: &Undoing<'_>,
    ) -> Result<Result<UndoHow, UndoRefused>> {
        let Undoing { request, decision, conflict, .. } = undoing;
        let now = self.clock.now();
        let undo = DecisionId::new(now, self.clock.random());
        let held_until = settings.desk.hold.until(now);
        let rows = match self.ways_back(tx, settings, undoing, undo).await? {
            Ok(rows) => rows,
            Err(refused) => return Ok(Err(refused)),
        };
        let rows: Vec<NewWrite> = rows.into_iter().map(|row| NewWrite { held_until, ..row }).collect();
        let row = Decision {
            id: undo,
            conflict: conflict.id,
            conflict_revision: conflict.revision.clone(),
            person: request.person.to_owned(),
            person_id: request.person_id.to_owned(),
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

    /// The writes that bring back what a decision changed, or what stands in the way of one of them.
    async fn ways_back(
        &self,
        conn: &mut Conn,
        settings: &Settings,
        undoing: &Undoing<'_>,
        undo: DecisionId,
    ) -> Result<Result<Vec<NewWrite>, UndoRefused>> {
        let mut rows = Vec::new();
        for write in undoing.writes.iter().filter(|write| write.state == WriteState::Confirmed) {
            match self.way_back(conn, settings, write, undo).await? {
                Ok(row) => rows.push(row),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        Ok(if rows.is_empty() { Err(UndoRefused::NothingWritten) } else { Ok(rows) })
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
    async fn find(conn: &mut Conn, request: &'a UndoRequest<'a>) -> Result<Option<Self>> {
        let decision = match decision::get(conn, request.decision).await {
            Ok(decision) => decision,
            Err(store::StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let conflict = conflict::get(conn, decision.conflict).await?;
        if conflict.school != request.school {
            return Ok(None);
        }
        let writes = write::list_for_decision(conn, decision.id).await?;
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

    async fn refusal(&self, conn: &mut Conn) -> Result<Option<UndoRefused>> {
        if self.decision.state == DecisionState::Undone
            || decision::find_undo(conn, self.decision.id).await?.is_some()
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
            _ if !write::open_for_links(conn, &[self.conflict.link]).await?.is_empty() => {
                Some(UndoRefused::Busy)
            }
            _ => None,
        })
    }
}
