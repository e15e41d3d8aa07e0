//! How a run moves on. Every change is one statement that names the states it may come from and shows the lease;
//! `false` means "no longer mine": stop, roll back, log once (RL R4).

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{RunEnding, RunState};
use crate::column::micros;
use crate::db::{Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::RunId;
use crate::lease::{Guard, push_guard};

/// T0: from `requested` to `claimed`, with the fence and the settings it runs by.
pub async fn claim(
    conn: &mut Conn,
    guard: &Guard,
    id: RunId,
    settings_revision: i64,
    settings_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set state = ");
        query.push_bind(RunState::Claimed);
        query.push(", fence = ").push_bind(guard.fence);
        query.push(", settings_revision = ").push_bind(settings_revision);
        query.push(", settings_hash = ").push_bind(settings_hash);
        query.push(", started_at = ").push_bind(micros(now));
        query.push(" where id = ").push_bind(id);
        query.push(" and state = ").push_bind(RunState::Requested);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// Takes an unfinished run over after a restart or from another node: only its fence changes.
pub async fn adopt(conn: &mut Conn, guard: &Guard, id: RunId) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set fence = ");
        query.push_bind(guard.fence);
        query.push(" where id = ").push_bind(id);
        query.push(" and state <> ").push_bind(RunState::Reported);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// Moves a run on, if it is in one of the states `from`.
pub async fn set_state(
    conn: &mut Conn,
    guard: &Guard,
    id: RunId,
    from: &[RunState],
    to: RunState,
) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set state = ");
        query.push_bind(to);
        query.push(" where id = ").push_bind(id);
        query.push(" and state in ");
        push_list!(query, from);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// The end of T4: from `merging` to `planned`, with the hash of the plan.
pub async fn settle_plan(conn: &mut Conn, guard: &Guard, id: RunId, plan_hash: &str) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set state = ");
        query.push_bind(RunState::Planned);
        query.push(", plan_hash = ").push_bind(plan_hash);
        query.push(" where id = ").push_bind(id);
        query.push(" and state = ").push_bind(RunState::Merging);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// The plan waits for a person (RL G9): from `merging` or `planned` to `held`, with its hash and the reasons as
/// JSON. An earlier approval does not count for it.
pub async fn hold(conn: &mut Conn, guard: &Guard, id: RunId, plan_hash: &str, reasons: &str) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set state = ");
        query.push_bind(RunState::Held);
        query.push(", plan_hash = ").push_bind(plan_hash);
        query.push(", hold_reasons = ").push_bind(reasons);
        query.push(", approved_plan_hash = null, approved_by = null, approved_at = null where id = ");
        query.push_bind(id);
        query.push(" and state in ");
        push_list!(query, &[RunState::Merging, RunState::Planned]);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// A person approves the held plan with this hash (RL G28). `false` when the run is not held, its plan is another
/// one, or it was approved already.
pub async fn approve(
    conn: &mut Conn,
    id: RunId,
    plan_hash: &str,
    person: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update run set approved_plan_hash = $2, approved_by = $3, approved_at = $4
             where id = $1 and state = $5 and plan_hash = $2 and approved_plan_hash is null
               and stop_asked_at is null",
        )
        .bind(id)
        .bind(plan_hash)
        .bind(person)
        .bind(micros(now))
        .bind(RunState::Held)
    )?;
    Ok(done == 1)
}

/// A person asks the run to stop. `false` when it has ended or was asked before.
pub async fn ask_stop(conn: &mut Conn, id: RunId, person: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update run set stop_asked_by = $2, stop_asked_at = $3
             where id = $1 and ended_at is null and stop_asked_at is null",
        )
        .bind(id)
        .bind(person)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// Replaces the options of a run, for instance by what its approval allows.
pub async fn set_options(conn: &mut Conn, guard: &Guard, id: RunId, options: &str) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set options = ");
        query.push_bind(options);
        query.push(" where id = ").push_bind(id);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// Replaces the summary of a run, as JSON.
pub async fn set_summary(conn: &mut Conn, guard: &Guard, id: RunId, summary: &str) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set summary = ");
        query.push_bind(summary);
        query.push(" where id = ").push_bind(id);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}

/// How a run ends.
#[derive(Debug, Clone)]
pub struct Finish<'a> {
    /// `committed`, `aborted`, or `reported` for a run that has nothing left to report.
    pub state: RunState,
    /// How it ended.
    pub ended: RunEnding,
    /// Why, where it did not end well.
    pub error: Option<&'a str>,
    /// JSON: the counts of its report.
    pub summary: Option<&'a str>,
}

/// Ends a run that is in one of the states `from` and has not ended: its state, its ending and the time, together.
pub async fn finish(
    conn: &mut Conn,
    guard: &Guard,
    id: RunId,
    from: &[RunState],
    finish: &Finish<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = on!(conn, c => {
        let mut query = QueryBuilder::new("update run set state = ");
        query.push_bind(finish.state);
        query.push(", ended = ").push_bind(finish.ended);
        query.push(", error = ").push_bind(finish.error);
        query.push(", summary = ").push_bind(finish.summary);
        query.push(", ended_at = ").push_bind(micros(now));
        query.push(" where ended_at is null and id = ").push_bind(id);
        query.push(" and state in ");
        push_list!(query, from);
        query.push(" and ");
        push_guard!(query, guard);
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done == 1)
}
