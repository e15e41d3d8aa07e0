//! Plan rows: the before and after of every planned and executed change of a run, so that history, undo and reports
//! read the same rows. The write made from a row has the row's id.

mod add;
mod close;
mod history;
mod list;

use merge::{Outcome, Side};
use sqlx::FromRow;

use crate::column::{Text, text_enum};
use crate::db::{Conn, change};
use crate::error::Result;
use crate::ids::{LinkId, PlanChangeId, RunId};

pub use add::{BoundRows, add_bound, add_many};
pub use close::{close_plan, follow_writes, set_verdict, set_verdict_many};
pub use history::{Change, ChangeFilter, ChangeTally, ChangeTotal, change_tally, changes, totals};
pub use list::{PlanCount, PlanFilter, count_for_link, counts, get, list, list_for_link};

text_enum! {
    /// What is done to a side.
    pub enum Operation {
        /// The record is created there.
        Create = "create",
        /// Fields of the record are changed there.
        Update = "update",
        /// The record is deleted there.
        Delete = "delete",
        /// Nothing is sent: the row tells what was found.
        None = "none",
    }
}

text_enum! {
    /// What became of a planned change.
    pub enum PlanVerdict {
        /// To be sent.
        Planned = "planned",
        /// Over the limit of its type and side: no write is made (RL G3).
        HeldByLimit = "held_by_limit",
        /// Held with something else: a conflict on the record, a parent that is held (RL G7).
        Held = "held",
        /// Not allowed by the settings, or out of its references.
        Blocked = "blocked",
        /// Its write is real and not yet sent.
        Pending = "pending",
        /// Sent; not yet settled or confirmed.
        Sent = "sent",
        /// Known to be on the other side.
        Confirmed = "confirmed",
        /// The other side will not take it.
        Rejected = "rejected",
        /// Its fate is unknown, or it was tried too often; it goes on in a later run.
        Parked = "parked",
        /// Somebody edited the record in between.
        Superseded = "superseded",
        /// Dropped before it was sent.
        Skipped = "skipped",
    }
}

/// One planned change of one record on one side.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PlanChange {
    /// Its id, which is also the id of the write made from it.
    pub id: PlanChangeId,
    /// The run.
    pub run: RunId,
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The record.
    pub link: LinkId,
    /// Place in the plan, unique in the run: the order of sending (RL R11).
    pub position: i64,
    /// Key of the record in canonical form.
    pub key: String,
    /// Key of the record for people.
    pub label: String,
    /// The side that is to change.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What is done to it.
    pub operation: Operation,
    /// Verdict of the engine on the record.
    #[sqlx(try_from = "Text<Outcome>")]
    pub outcome: Outcome,
    /// What became of it.
    pub verdict: PlanVerdict,
    /// Id of the record on that side; `None` for a create.
    pub remote_id: Option<String>,
    /// JSON list of the changed paths.
    pub changed: String,
    /// JSON: rule, level and mode per path.
    pub decisions: String,
    /// Hash of what the side holds.
    pub pre_hash: Option<String>,
    /// Version of the record that the plan read.
    pub pre_version: Option<String>,
    /// Hash of `after`.
    pub post_hash: Option<String>,
    /// RL R2; needed for every row that may become a write.
    pub idempotency_key: Option<String>,
    /// RL R3; of a create.
    pub correlation: Option<String>,
    /// Definite refusals of this same change so far; part of the key.
    pub refusals: i64,
    /// JSON: the conflict of the record, if it has one.
    pub conflict: Option<String>,
    /// JSON list of the fields in which the other side held something else than `after` when the plan read it; `None` when
    /// it had no record, or when that was not known. Of a delete: empty when the other side had no record either.
    pub apart: Option<String>,
    /// Canonical JSON of what the side holds: of an update only the fields that change.
    pub before: Option<String>,
    /// Canonical JSON of what it is to hold.
    pub after: Option<String>,
}

const SELECT: &str = "select id, run, type, link, position, key, label, side, operation, outcome, verdict,
  remote_id, changed, decisions, pre_hash, pre_version, post_hash, idempotency_key, correlation, refusals,
  conflict, apart, before, after from plan_change ";

/// Deletes the plan of a run that is found in `merging`: it starts again (RL R8).
pub async fn delete_for_run(conn: &mut Conn, run: RunId) -> Result<u64> {
    change!(conn, sqlx::query("delete from plan_change where run = $1").bind(run))
}

/// Deletes rows of a run that never became writes and whose place within their stage (`position` modulo `stage`) is
/// `first` or later: a second round that was cut off and starts again.
pub async fn delete_unsent(conn: &mut Conn, run: RunId, stage: i64, first: i64) -> Result<u64> {
    change!(
        conn,
        sqlx::query(
            "delete from plan_change where run = $1 and position % $2 >= $3
               and verdict in ('planned', 'blocked', 'held')",
        )
        .bind(run)
        .bind(stage)
        .bind(first)
    )
}
