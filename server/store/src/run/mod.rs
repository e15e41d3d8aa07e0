//! Runs: one execution for one school. A run is known by (school, kind, slot), so that a second start of the same
//! night finds the first; its state changes only by guarded statements (RL R4).

mod list;
mod mark;
mod state;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, Time, micros, text_enum};
use crate::db::{Conn, change, on, sql};
use crate::error::{Result, StoreError};
use crate::ids::{RunId, SchoolId};
use crate::school::{Counter, take_numbers};

pub use list::{RunFilter, count, list, list_rising, open, requested, unfinished};
pub use mark::{StateMark, marks, note_outcome, note_state};
pub use state::{
    Finish, adopt, approve, ask_stop, claim, finish, hold, set_options, set_state, set_summary, settle_plan,
};

text_enum! {
    /// What made a run necessary.
    pub enum RunKind {
        /// The schedule, once a night.
        Nightly = "nightly",
        /// A person.
        Manual = "manual",
        /// A person who only wants to see the plan.
        Trial = "trial",
        /// The schedule, between nights: changes only.
        Incremental = "incremental",
        /// A person who wants an earlier run's changes taken back.
        Undo = "undo",
    }
}

text_enum! {
    /// Where a run stands (RL 3.1).
    pub enum RunState {
        /// Asked for, not yet begun.
        Requested = "requested",
        /// Somebody holds the leases for it.
        Claimed = "claimed",
        /// Settling what earlier runs left open.
        Recovering = "recovering",
        /// Reading both sides.
        Downloading = "downloading",
        /// Putting what was read into the staged copies.
        Applying = "applying",
        /// Making the plan.
        Merging = "merging",
        /// The plan is real.
        Planned = "planned",
        /// The plan waits for a person.
        Held = "held",
        /// Sending.
        Pushing = "pushing",
        /// Reading back.
        Confirming = "confirming",
        /// The base has moved; only the report is missing.
        Committed = "committed",
        /// Over, and reported.
        Reported = "reported",
        /// Given up before anything was sent; only the report is missing.
        Aborted = "aborted",
    }
}

text_enum! {
    /// How a run ended.
    pub enum RunEnding {
        /// Everything clear was done.
        Finished = "finished",
        /// Done, with conflicts, holds, parked or rejected writes.
        FinishedWithIssues = "finished_with_issues",
        /// Its plan waited for an approval that did not come.
        Held = "held",
        /// A person stopped it.
        Stopped = "stopped",
        /// It could not go on.
        Failed = "failed",
        /// It was not due after all.
        Skipped = "skipped",
        /// No side had anything to read.
        NothingRead = "nothing_read",
    }
}

/// One execution for one school.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose run.
    pub school: SchoolId,
    /// The number people say, counted from 1 per school.
    pub number: i64,
    /// What made it necessary.
    pub kind: RunKind,
    /// Local date of the schedule, or date, time and offset, or the run's own id when a person started it.
    pub slot: String,
    /// Fence of the holder who last claimed or adopted it; 0 before.
    pub fence: i64,
    /// Where it stands.
    pub state: RunState,
    /// How it ended; `None` while it has not.
    pub ended: Option<RunEnding>,
    /// JSON: types, limits off, approval of a trial's plan …
    pub options: String,
    /// Settings it runs by; 0 before it is claimed.
    pub settings_revision: i64,
    /// Hash of those settings; empty before it is claimed.
    pub settings_hash: String,
    /// Hash of its plan, once there is one.
    pub plan_hash: Option<String>,
    /// Hash of the plan that was approved.
    pub approved_plan_hash: Option<String>,
    /// Who approved.
    pub approved_by: Option<String>,
    /// When.
    #[sqlx(try_from = "MaybeTime")]
    pub approved_at: Option<DateTime<Utc>>,
    /// Who asked it to stop.
    pub stop_asked_by: Option<String>,
    /// When.
    #[sqlx(try_from = "MaybeTime")]
    pub stop_asked_at: Option<DateTime<Utc>>,
    /// JSON: why the plan waits for a person.
    pub hold_reasons: Option<String>,
    /// Why it failed, was skipped or was stopped.
    pub error: Option<String>,
    /// JSON: the counts of its report.
    pub summary: Option<String>,
    /// How it ended, in one word for each phrase of UX 3; `None` while it has not.
    pub outcome: Option<String>,
    /// Who or what asked for it.
    pub requested_by: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub requested_at: DateTime<Utc>,
    /// When it was first claimed.
    #[sqlx(try_from = "MaybeTime")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// A run to ask for.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Its id.
    pub id: RunId,
    /// Whose run.
    pub school: SchoolId,
    /// What made it necessary.
    pub kind: RunKind,
    /// See [`Run::slot`].
    pub slot: &'a str,
    /// JSON: see [`Run::options`].
    pub options: &'a str,
    /// Who or what asks for it.
    pub requested_by: &'a str,
}

const SELECT: &str = "select id, school, number, kind, slot, fence, state, ended, options, settings_revision,
  settings_hash, plan_hash, approved_plan_hash, approved_by, approved_at, stop_asked_by, stop_asked_at,
  hold_reasons, error, summary, outcome, requested_by, requested_at, started_at, ended_at from run ";

/// Asks for a run, in state `requested`. When its slot has one already, that one is answered with `false`: one run
/// per slot, whatever the clock does (RL P8).
pub async fn request(conn: &mut Conn, run: &NewRun<'_>, now: DateTime<Utc>) -> Result<(Run, bool)> {
    take_numbers(conn, run.school, Counter::Run, 0).await?;
    if let Some(found) = find_by_slot(conn, run.school, run.kind, run.slot).await? {
        return Ok((found, false));
    }
    let number = take_numbers(conn, run.school, Counter::Run, 1).await?;
    change!(
        conn,
        sqlx::query(
            "insert into run (id, school, number, kind, slot, fence, state, options, settings_revision,
               settings_hash, requested_by, requested_at)
             values ($1, $2, $3, $4, $5, 0, $6, $7, 0, '', $8, $9)",
        )
        .bind(run.id)
        .bind(run.school)
        .bind(number)
        .bind(run.kind)
        .bind(run.slot)
        .bind(RunState::Requested)
        .bind(run.options)
        .bind(run.requested_by)
        .bind(micros(now))
    )?;
    Ok((get(conn, run.id).await?, true))
}

/// The newest run that the same person has asked for in the same words and that has not got far: it has not begun, or was
/// asked for after `since` and has no plan yet. Nobody else can ask for one until the transaction ends.
pub async fn find_same(conn: &mut Conn, run: &NewRun<'_>, since: DateTime<Utc>) -> Result<Option<Run>> {
    take_numbers(conn, run.school, Counter::Run, 0).await?;
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and kind = $2 and options = $3 and requested_by = $4
               and (state = 'requested' or (requested_at > $5
                 and state in ('claimed', 'recovering', 'downloading', 'applying', 'merging')))
             order by number desc limit 1",
        ]))
        .bind(run.school)
        .bind(run.kind)
        .bind(run.options)
        .bind(run.requested_by)
        .bind(micros(since))
        .fetch_optional(c)
        .await
    })
}

/// The run with this id, which must exist.
pub async fn get(conn: &mut Conn, id: RunId) -> Result<Run> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("run", id))
}

/// The run with this number, if there is one.
pub async fn find_by_number(conn: &mut Conn, school: SchoolId, number: i64) -> Result<Option<Run>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school = $1 and number = $2"]))
            .bind(school)
            .bind(number)
            .fetch_optional(c)
            .await
    })
}

/// The run of a slot, if it was asked for.
pub async fn find_by_slot(
    conn: &mut Conn,
    school: SchoolId,
    kind: RunKind,
    slot: &str,
) -> Result<Option<Run>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school = $1 and kind = $2 and slot = $3"]))
            .bind(school)
            .bind(kind)
            .bind(slot)
            .fetch_optional(c)
            .await
    })
}
