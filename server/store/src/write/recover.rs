//! What becomes of writes that a run left behind, and how they end (RL 3.4, 3.5).

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{Settlement, WriteState};
use crate::column::{maybe_micros, micros};
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::{DecisionId, RunId, WriteId};
use crate::lease::{Guard, push_guard};

/// T1: gives a write that an earlier holder left in one of the states `from` the verdict of RL 3.4, and puts it
/// under this guard's fence. `false` means that it was in another state or the lease is no longer ours.
pub async fn set_state_recovered(
    conn: &mut Conn,
    guard: &Guard,
    id: WriteId,
    from: &[WriteState],
    settlement: &Settlement<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update write set state = ");
        query.push_bind(settlement.state).push(", fence = ").push_bind(guard.fence);
        query.push(", remote_id = coalesce(").push_bind(settlement.remote_id);
        query.push(", remote_id), answer_version = coalesce(").push_bind(settlement.answer_version);
        query.push(", answer_version), answer_body = coalesce(").push_bind(settlement.answer_body);
        query.push(", answer_body), answer_hash = coalesce(").push_bind(settlement.answer_hash);
        query.push(", answer_hash), pre_version = coalesce(").push_bind(settlement.pre_version);
        query.push(", pre_version), error_code = ").push_bind(settlement.error_code);
        query.push(", error_message = ").push_bind(settlement.error_message);
        query.push(", error_field = ").push_bind(settlement.error_field);
        query.push(", ended_at = ").push_bind(maybe_micros(settlement.ended_at(now)));
        query.push(", runs_parked = runs_parked + ").push_bind(settlement.parked());
        query.push(" where id = ").push_bind(id).push(" and state in ");
        push_list!(query, from);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// Parked writes are looked at first in the next run: from `parked` to `unknown`, under this guard's fence. Answers
/// how many moved.
pub async fn unpark_many(conn: &mut Conn, guard: &Guard, ids: &[WriteId]) -> Result<u64> {
    let mut moved = 0;
    for ids in ids.chunks(BATCH) {
        moved += on!(conn, c => {
            let mut query = QueryBuilder::new("update write set state = 'unknown', fence = ");
            query.push_bind(guard.fence).push(" where state = 'parked' and id in ");
            push_list!(query, ids);
            query.push(" and ");
            push_guard!(query, guard);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(moved)
}

/// T7: from `acked` to `confirmed`, in the transaction that moves the base of these records (RL R9). Answers how
/// many moved; fewer than asked for means that the lease is lost or a write was confirmed before.
pub async fn confirm_many(
    conn: &mut Conn,
    guard: &Guard,
    ids: &[WriteId],
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut moved = 0;
    for ids in ids.chunks(BATCH) {
        moved += on!(conn, c => {
            let mut query = QueryBuilder::new("update write set state = 'confirmed', ended_at = ");
            query.push_bind(micros(now)).push(" where state = 'acked' and id in ");
            push_list!(query, ids);
            query.push(" and ");
            push_guard!(query, guard);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(moved)
}

/// Drops every write of a run that was never sent (RL R6, G29). Answers how many there were.
pub async fn drop_pending(conn: &mut Conn, guard: &Guard, run: RunId, now: DateTime<Utc>) -> Result<u64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("update write set state = 'dropped', ended_at = ");
        query.push_bind(micros(now)).push(" where state = 'pending' and attempts = 0 and run = ");
        query.push_bind(run).push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })
}

/// Undoes a decision in time: drops those of its writes that were never sent. Answers how many there were.
pub async fn drop_unsent(conn: &mut Conn, decision: DecisionId, now: DateTime<Utc>) -> Result<u64> {
    change!(
        conn,
        sqlx::query(
            "update write set state = 'dropped', ended_at = $2
             where decision = $1 and (state = 'held' or state = 'pending' and attempts = 0)"
        )
        .bind(decision)
        .bind(micros(now))
    )
}

/// Forgets the writes of a run that were dropped without ever being sent: the run plans anew (RL G28). Answers how many
/// there were.
pub async fn forget_dropped(conn: &mut Conn, guard: &Guard, run: RunId) -> Result<u64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("delete from write where state = 'dropped' and attempts = 0 and run = ");
        query.push_bind(run).push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })
}
