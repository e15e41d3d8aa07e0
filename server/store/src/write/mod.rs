//! The write-ahead log: one row for every intended change to one side, the only way anything leaves the house
//! (RL section 3). One record and side has at most one open write (RL R1).

mod list;
mod recover;
mod send;

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, Text, Time, maybe_micros, micros, text_enum};
use crate::db::{BATCH, Conn, on, sql};
use crate::error::{Result, StoreError};
use crate::ids::{DecisionId, LinkId, RunId, SchoolId, WriteId};
use crate::plan_change::Operation;

pub use list::{
    OpenCount, Refusals, Span, WriteCount, counts, has_decided, list_for_decision, list_for_decisions,
    list_for_run, open_counts, open_for_links, open_for_school, refusals_for, spans, state_counts,
};
pub use recover::{
    confirm_many, drop_pending, drop_unsent, forget_dropped, set_state_recovered, unpark_many,
};
pub use send::{Lookahead, Settlement, begin_send, due_at_merge, due_decided, refresh_guard, settle};

text_enum! {
    /// Where a write stands (RL 3.1).
    pub enum WriteState {
        /// In the undo time of a decision.
        Held = "held",
        /// To be sent.
        Pending = "pending",
        /// A request may have left.
        Sending = "sending",
        /// A request left and its fate is not known.
        Unknown = "unknown",
        /// Proved not applied; to be sent again.
        Retry = "retry",
        /// The counterpart has it; the base has not moved yet.
        Acked = "acked",
        /// The base has moved.
        Confirmed = "confirmed",
        /// Somebody edited the record in between.
        Superseded = "superseded",
        /// The counterpart will not take it.
        Rejected = "rejected",
        /// Left for a later run; its record is left out of planning.
        Parked = "parked",
        /// Given up before it was ever sent.
        Dropped = "dropped",
    }
}

impl WriteState {
    /// The states in which a write keeps its record from being planned (RL R1, R5).
    pub const OPEN: [Self; 7] =
        [Self::Held, Self::Pending, Self::Sending, Self::Unknown, Self::Retry, Self::Acked, Self::Parked];

    /// Whether it is one of [`WriteState::OPEN`].
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

text_enum! {
    /// What made a write necessary.
    pub enum Why {
        /// The plan of a run.
        Run = "run",
        /// A decision of a person.
        Decision = "decision",
        /// A decision that goes past the collision check, whatever it writes over (MS C7).
        Force = "force",
        /// The same, but only over the values that were seen (UX 7.4.8).
        ForceSeen = "force_seen",
        /// Takes a decision back that was written: the values from before (UX 6.7).
        Undo = "undo",
    }
}

/// One intended change to one side.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Write {
    /// Its id; that of the plan row it was made from, if a run made it.
    pub id: WriteId,
    /// Whose.
    pub school: SchoolId,
    /// The run that made it; `None` for a decision.
    pub run: Option<RunId>,
    /// The record.
    pub link: LinkId,
    /// Its merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side that is to change.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// Place in the order of sending (RL R11).
    pub position: i64,
    /// What is done.
    pub operation: Operation,
    /// Where it stands.
    pub state: WriteState,
    /// What made it necessary.
    pub why: Why,
    /// Id of the record on that side; `None` for a create that is not acknowledged.
    pub remote_id: Option<String>,
    /// RL R2.
    pub idempotency_key: String,
    /// RL R3; empty when there is none.
    pub correlation: String,
    /// Requests that were begun.
    pub attempts: i64,
    /// Runs in which it was parked (RL R18).
    pub runs_parked: i64,
    /// Definite refusals of this same change before it.
    pub refusals: i64,
    /// Fence of whoever last worked on it.
    pub fence: Option<i64>,
    /// When the last request was begun.
    #[sqlx(try_from = "MaybeTime")]
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Before this instant an unknown fate must not be looked up (RL R15).
    #[sqlx(try_from = "MaybeTime")]
    pub settle_until: Option<DateTime<Utc>>,
    /// End of the undo time; `None` of a held one: it waits for the next merge.
    #[sqlx(try_from = "MaybeTime")]
    pub held_until: Option<DateTime<Utc>>,
    /// The decision behind it.
    pub decision: Option<DecisionId>,
    /// Hash of `pre_body`.
    pub pre_hash: Option<String>,
    /// Version that guards it.
    pub pre_version: Option<String>,
    /// Hash of `post_body`.
    pub post_hash: Option<String>,
    /// Version that the counterpart answered.
    pub answer_version: Option<String>,
    /// Hash of `answer_body`.
    pub answer_hash: Option<String>,
    /// Code of the refusal or failure.
    pub error_code: Option<String>,
    /// Its text.
    pub error_message: Option<String>,
    /// The field it names.
    pub error_field: Option<String>,
    /// When it was made.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When it ended, whichever way.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
    /// JSON list of the changed paths.
    pub changed: String,
    /// JSON list of the fields in which the other side held something else than `post_body` when the change was planned;
    /// `None` when it had no record, or when that was not known. Of a delete: empty when it had no record either.
    pub apart: Option<String>,
    /// Canonical JSON of what the side held when the change was planned.
    pub pre_body: Option<String>,
    /// Canonical JSON of what it is to hold.
    pub post_body: Option<String>,
    /// Canonical JSON of what the counterpart answered that it holds.
    pub answer_body: Option<String>,
}

/// A write to add. Runs make theirs with [`plan_change::close_plan`](crate::plan_change::close_plan).
#[derive(Debug, Clone)]
pub struct NewWrite {
    /// Its id.
    pub id: WriteId,
    /// The run it belongs to, if any.
    pub run: Option<RunId>,
    /// The record.
    pub link: LinkId,
    /// Its merge type.
    pub type_name: String,
    /// The side that is to change.
    pub side: Side,
    /// Place in the order of sending.
    pub position: i64,
    /// What is done.
    pub operation: Operation,
    /// `held`, or `pending`.
    pub state: WriteState,
    /// What made it necessary.
    pub why: Why,
    /// Id of the record on that side.
    pub remote_id: Option<String>,
    /// RL R2.
    pub idempotency_key: String,
    /// RL R3.
    pub correlation: String,
    /// Definite refusals of this same change so far.
    pub refusals: i64,
    /// End of the undo time; `None` of a held one: it waits for the next merge.
    pub held_until: Option<DateTime<Utc>>,
    /// The decision behind it.
    pub decision: Option<DecisionId>,
    /// Hash of `pre_body`.
    pub pre_hash: Option<String>,
    /// Version that guards it.
    pub pre_version: Option<String>,
    /// Hash of `post_body`.
    pub post_hash: Option<String>,
    /// JSON list of the changed paths.
    pub changed: String,
    /// As of [`Write::apart`].
    pub apart: Option<String>,
    /// Canonical JSON of what the side holds.
    pub pre_body: Option<String>,
    /// Canonical JSON of what it is to hold.
    pub post_body: Option<String>,
}

const SELECT: &str = "select id, school, run, link, type, side, position, operation, state, why, remote_id,
  idempotency_key, correlation, attempts, runs_parked, refusals, fence, last_sent_at, settle_until, held_until,
  decision, pre_hash, pre_version, post_hash, answer_version, answer_hash, error_code, error_message, error_field,
  created_at, ended_at, changed, apart, pre_body, post_body, answer_body from write ";

/// Adds writes, except those whose record and side, or key, has an open one already (RL R1, R2). Answers the ids of
/// those that were added.
pub async fn add_many(
    conn: &mut Conn,
    school: SchoolId,
    rows: &[NewWrite],
    now: DateTime<Utc>,
) -> Result<Vec<WriteId>> {
    let mut added = Vec::with_capacity(rows.len());
    for rows in rows.chunks(BATCH) {
        added.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into write (id, school, run, link, type, side, position, operation, state, why,
                   remote_id, idempotency_key, correlation, attempts, runs_parked, refusals, held_until, decision,
                   pre_hash, pre_version, post_hash, created_at, changed, apart, pre_body, post_body) ",
            );
            query.push_values(rows, |mut row, write| {
                row.push_bind(write.id).push_bind(school).push_bind(write.run).push_bind(write.link);
                row.push_bind(&write.type_name).push_bind(write.side.as_str()).push_bind(write.position);
                row.push_bind(write.operation).push_bind(write.state).push_bind(write.why);
                row.push_bind(write.remote_id.as_deref()).push_bind(&write.idempotency_key);
                row.push_bind(&write.correlation).push_bind(0_i64).push_bind(0_i64).push_bind(write.refusals);
                row.push_bind(maybe_micros(write.held_until)).push_bind(write.decision);
                row.push_bind(write.pre_hash.as_deref()).push_bind(write.pre_version.as_deref());
                row.push_bind(write.post_hash.as_deref()).push_bind(micros(now));
                row.push_bind(&write.changed).push_bind(write.apart.as_deref()).push_bind(write.pre_body.as_deref());
                row.push_bind(write.post_body.as_deref());
            });
            query.push(" on conflict do nothing returning id");
            query.build_query_scalar::<WriteId>().fetch_all(c).await
        })?);
    }
    Ok(added)
}

/// The write with this id, which must exist.
pub async fn get(conn: &mut Conn, id: WriteId) -> Result<Write> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("write", id))
}
