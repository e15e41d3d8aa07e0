//! Steps of a run: what one phase did for one type and side, with its counters (RL section 2, W5).

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::FromRow;

use crate::column::{MaybeTime, Text, Time, maybe_micros, micros, text_enum};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::{RunId, SchoolId};
use crate::lease::Phase;

text_enum! {
    /// Where a step stands.
    pub enum StepState {
        /// At work, or cut off by a crash.
        Running = "running",
        /// Done.
        Complete = "complete",
        /// Given up.
        Failed = "failed",
    }
}

/// One phase of a run for one type and side.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunStep {
    /// The run.
    pub run: RunId,
    /// The phase.
    pub phase: Phase,
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// Where it stands.
    pub state: StepState,
    /// Pages read so far.
    pub pages: i64,
    /// Total that the listing declared.
    pub declared_total: Option<i64>,
    /// Items seen so far.
    pub items_seen: i64,
    /// Cursor it began with.
    pub first_cursor: Option<String>,
    /// Cursor to go on with.
    pub last_cursor: Option<String>,
    /// Time of the counterpart when the fetch began (RL W4).
    #[sqlx(try_from = "MaybeTime")]
    pub server_time: Option<DateTime<Utc>>,
    /// Whether the listing is complete (CN C3).
    pub complete: bool,
    /// Why it failed.
    pub issue: Option<String>,
    /// JSON: counts of its own.
    pub counts: Option<String>,
    /// When it was last begun.
    #[sqlx(try_from = "Time")]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// Which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepKey<'a> {
    /// The run.
    pub run: RunId,
    /// The phase.
    pub phase: Phase,
    /// The merge type.
    pub type_name: &'a str,
    /// The side.
    pub side: Side,
}

/// How far a step has come; absolute figures, so that saying it twice does no harm.
#[derive(Debug, Clone, Default)]
pub struct Progress<'a> {
    /// Pages read so far.
    pub pages: i64,
    /// Items seen so far.
    pub items_seen: i64,
    /// Total that the listing declared.
    pub declared_total: Option<i64>,
    /// Cursor it began with.
    pub first_cursor: Option<&'a str>,
    /// Cursor to go on with.
    pub last_cursor: Option<&'a str>,
    /// Time of the counterpart when the fetch began.
    pub server_time: Option<DateTime<Utc>>,
}

const SELECT: &str = "select run, phase, type, side, state, pages, declared_total, items_seen, first_cursor,
  last_cursor, server_time, complete, issue, counts, started_at, ended_at from run_step ";

/// Begins a step, or begins it anew with everything counted before forgotten.
pub async fn start(conn: &mut Conn, step: StepKey<'_>, now: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into run_step (run, phase, type, side, state, pages, items_seen, complete, started_at)
             values ($1, $2, $3, $4, $5, 0, 0, $6, $7)
             on conflict (run, phase, type, side) do update set state = excluded.state, pages = 0,
               declared_total = null, items_seen = 0, first_cursor = null, last_cursor = null,
               server_time = null, complete = excluded.complete, issue = null, counts = null,
               started_at = excluded.started_at, ended_at = null",
        )
        .bind(step.run)
        .bind(step.phase)
        .bind(step.type_name)
        .bind(step.side.as_str())
        .bind(StepState::Running)
        .bind(false)
        .bind(micros(now))
    )?;
    Ok(())
}

/// Writes down how far the step has come.
pub async fn progress(conn: &mut Conn, step: StepKey<'_>, progress: &Progress<'_>) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "update run_step set pages = $5, items_seen = $6, declared_total = $7, first_cursor = $8,
               last_cursor = $9, server_time = $10
             where run = $1 and phase = $2 and type = $3 and side = $4",
        )
        .bind(step.run)
        .bind(step.phase)
        .bind(step.type_name)
        .bind(step.side.as_str())
        .bind(progress.pages)
        .bind(progress.items_seen)
        .bind(progress.declared_total)
        .bind(progress.first_cursor)
        .bind(progress.last_cursor)
        .bind(maybe_micros(progress.server_time))
    )?;
    Ok(())
}

/// Ends the step well. `complete` says whether absence from its listing means anything (CN C3); `counts` is JSON.
pub async fn complete(
    conn: &mut Conn,
    step: StepKey<'_>,
    complete: bool,
    counts: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    end(conn, step, StepState::Complete, complete, None, counts, now).await
}

/// Ends the step badly. `counts` is JSON.
pub async fn fail(
    conn: &mut Conn,
    step: StepKey<'_>,
    issue: &str,
    counts: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    end(conn, step, StepState::Failed, false, Some(issue), counts, now).await
}

async fn end(
    conn: &mut Conn,
    step: StepKey<'_>,
    state: StepState,
    complete: bool,
    issue: Option<&str>,
    counts: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "update run_step set state = $5, complete = $6, issue = $7, counts = $8, ended_at = $9
             where run = $1 and phase = $2 and type = $3 and side = $4",
        )
        .bind(step.run)
        .bind(step.phase)
        .bind(step.type_name)
        .bind(step.side.as_str())
        .bind(state)
        .bind(complete)
        .bind(issue)
        .bind(counts)
        .bind(micros(now))
    )?;
    Ok(())
}

/// Steps of a run in the order they were begun, at most 1000: phases × types × sides is far below that.
pub async fn list(conn: &mut Conn, run: RunId) -> Result<Vec<RunStep>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where run = $1 order by started_at, phase, type, side limit 1000"]))
            .bind(run)
            .fetch_all(c)
            .await
    })
}

/// The newest complete full download of a type and side in a run before number `before`: what its count is
/// compared with (RL G13). Incremental runs do not count.
pub async fn last_complete(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    before: i64,
) -> Result<Option<RunStep>> {
    on!(conn, c => {
        sqlx::query_as(
            "select s.run, s.phase, s.type, s.side, s.state, s.pages, s.declared_total, s.items_seen,
               s.first_cursor, s.last_cursor, s.server_time, s.complete, s.issue, s.counts, s.started_at,
               s.ended_at
             from run r join run_step s on s.run = r.id
             where r.school = $1 and r.number < $2 and r.kind <> 'incremental' and s.phase = 'download'
               and s.type = $3 and s.side = $4 and s.complete = $5
             order by r.number desc limit 1",
        )
        .bind(school)
        .bind(before)
        .bind(type_name)
        .bind(side.as_str())
        .bind(true)
        .fetch_optional(c)
        .await
    })
}

/// Forgets the steps of a run that plans anew (RL G28).
pub async fn clear(conn: &mut Conn, run: RunId) -> Result<()> {
    change!(conn, sqlx::query("delete from run_step where run = $1").bind(run))?;
    Ok(())
}
