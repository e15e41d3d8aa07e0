//! Slots of schedules: one row per school, kind and slot, so that a slot runs once and a missed one is known
//! (RL P8, P9).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros, text_enum};
use crate::db::{Conn, change, on};
use crate::error::Result;
use crate::ids::{RunId, SchoolId};
use crate::run::RunKind;

text_enum! {
    /// What became of a slot.
    pub enum SlotState {
        /// Not yet begun.
        Due = "due",
        /// A run was asked for.
        Started = "started",
        /// Left out on purpose.
        Skipped = "skipped",
        /// Its time went by while nobody was there.
        Missed = "missed",
    }
}

/// One planned time of one schedule.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Slot {
    /// Whose schedule.
    pub school: SchoolId,
    /// What runs.
    pub kind: RunKind,
    /// Local date, or date, time and offset.
    pub slot: String,
    /// When it is due.
    #[sqlx(try_from = "Time")]
    pub due_at: DateTime<Utc>,
    /// What became of it.
    pub state: SlotState,
    /// The run that was asked for.
    pub run: Option<RunId>,
}

/// Adds a slot in state `due`. `false` when there is one already; it stays as it is.
pub async fn add_slot(
    conn: &mut Conn,
    school: SchoolId,
    kind: RunKind,
    slot: &str,
    due_at: DateTime<Utc>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into schedule (school, kind, slot, due_at, state) values ($1, $2, $3, $4, $5)
             on conflict (school, kind, slot) do nothing",
        )
        .bind(school)
        .bind(kind)
        .bind(slot)
        .bind(micros(due_at))
        .bind(SlotState::Due)
    )?;
    Ok(done == 1)
}

/// Slots of all schools that are due and not yet begun, earliest first.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>, limit: u32) -> Result<Vec<Slot>> {
    on!(conn, c => {
        sqlx::query_as(
            "select school, kind, slot, due_at, state, run from schedule
             where state = $1 and due_at <= $2 order by due_at, school, kind, slot limit $3",
        )
        .bind(SlotState::Due)
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Says what became of a slot that is still due. `false` when it is no longer.
pub async fn mark(
    conn: &mut Conn,
    school: SchoolId,
    kind: RunKind,
    slot: &str,
    state: SlotState,
    run: Option<RunId>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update schedule set state = $4, run = $5
             where school = $1 and kind = $2 and slot = $3 and state = 'due'",
        )
        .bind(school)
        .bind(kind)
        .bind(slot)
        .bind(state)
        .bind(run)
    )?;
    Ok(done == 1)
}

/// Slots of a school, latest first, due before `before`.
pub async fn list(conn: &mut Conn, school: SchoolId, before: DateTime<Utc>, limit: u32) -> Result<Vec<Slot>> {
    on!(conn, c => {
        sqlx::query_as(
            "select school, kind, slot, due_at, state, run from schedule
             where school = $1 and due_at < $2 order by due_at desc, kind, slot limit $3",
        )
        .bind(school)
        .bind(micros(before))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
