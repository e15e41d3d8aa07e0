//! Leases: who may work on a phase of a school, shown with every guarded statement (RL R4, R28).

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::column::{Time, text_enum};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::SchoolId;

text_enum! {
    /// The three phases of a run; each is a single flight per school.
    pub enum Phase {
        /// Reads both sides into the inbox.
        Download = "download",
        /// Puts what was read into the staged copies.
        Apply = "apply",
        /// Merges, plans and writes.
        Push = "push",
    }
}

/// What a holder shows with every guarded statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The school.
    pub school: SchoolId,
    /// The phase.
    pub phase: Phase,
    /// Node and process start.
    pub holder: String,
    /// The fence that came with the claim.
    pub fence: i64,
}

/// A lease that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What to show from now on.
    pub guard: Guard,
    /// Who held it before, if that was somebody else.
    pub previous_holder: Option<String>,
    /// Until when the former holder may have believed in it. Before that, plus the longest request, its unknown
    /// writes must not be settled (RL R29).
    pub previous_expires_at: Option<DateTime<Utc>>,
}

/// A lease as it stands.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Lease {
    /// The school.
    pub school: SchoolId,
    /// The phase.
    pub phase: Phase,
    /// Who holds or held it.
    pub holder: String,
    /// Grows with every claim.
    pub fence: i64,
    /// Until when.
    #[sqlx(try_from = "Time")]
    pub expires_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct ClaimedRow {
    fence: i64,
    previous_holder: String,
    #[sqlx(try_from = "Time")]
    previous_expires_at: DateTime<Utc>,
}

/// T0: takes the lease for `ttl` if nobody holds it, it has expired, or it is ours; the fence grows. `None` when
/// somebody else holds it. `now` counts on SQLite; PostgreSQL goes by its own clock (RL R28).
pub async fn claim(
    conn: &mut Conn,
    school: SchoolId,
    phase: Phase,
    holder: &str,
    now: DateTime<Utc>,
    ttl: TimeDelta,
) -> Result<Option<Claimed>> {
    let now = conn.lease_now(now).await?;
    change!(conn, sqlx::query(
            "insert into lease (school, phase, holder, fence, expires_at, previous_holder, previous_expires_at)
             values ($1, $2, '', 0, 0, '', 0) on conflict (school, phase) do nothing",
        )
        .bind(school)
        .bind(phase))?;
    let row: Option<ClaimedRow> = on!(conn, c => {
        sqlx::query_as(
            "update lease set fence = fence + 1, holder = $3, expires_at = $5,
               previous_holder = case when holder = $3 then previous_holder else holder end,
               previous_expires_at = case when holder = $3 then previous_expires_at else expires_at end
             where school = $1 and phase = $2 and (expires_at < $4 or holder = $3)
             returning fence, previous_holder, previous_expires_at",
        )
        .bind(school)
        .bind(phase)
        .bind(holder)
        .bind(now)
        .bind(later(now, ttl))
        .fetch_optional(c)
        .await
    })?;
    Ok(row.map(|row| claimed(school, phase, holder, row)))
}

fn claimed(school: SchoolId, phase: Phase, holder: &str, row: ClaimedRow) -> Claimed {
    let guard = Guard { school, phase, holder: holder.to_owned(), fence: row.fence };
    let first = row.previous_holder.is_empty();
    Claimed {
        guard,
        previous_expires_at: (!first).then_some(row.previous_expires_at),
        previous_holder: (!first).then_some(row.previous_holder),
    }
}

/// Keeps the lease for another `ttl`. `false` when it is no longer ours, even if nobody else has taken it.
pub async fn renew(conn: &mut Conn, guard: &Guard, now: DateTime<Utc>, ttl: TimeDelta) -> Result<bool> {
    let now = conn.lease_now(now).await?;
    let done = change!(
        conn,
        sqlx::query(
            "update lease set expires_at = $6
             where school = $1 and phase = $2 and holder = $3 and fence = $4 and expires_at >= $5",
        )
        .bind(guard.school)
        .bind(guard.phase)
        .bind(&guard.holder)
        .bind(guard.fence)
        .bind(now)
        .bind(later(now, ttl))
    )?;
    Ok(done == 1)
}

/// Gives the lease up, so that the next claim need not wait. Nothing happens when it is no longer ours.
pub async fn release(conn: &mut Conn, guard: &Guard) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "update lease set expires_at = 0
             where school = $1 and phase = $2 and holder = $3 and fence = $4",
        )
        .bind(guard.school)
        .bind(guard.phase)
        .bind(&guard.holder)
        .bind(guard.fence)
    )?;
    Ok(())
}

/// Whether the lease is ours and will be for at least `remaining`.
pub async fn check(conn: &mut Conn, guard: &Guard, now: DateTime<Utc>, remaining: TimeDelta) -> Result<bool> {
    let now = conn.lease_now(now).await?;
    let found: i64 = on!(conn, c => {
        sqlx::query_scalar(
            "select count(*) from lease
             where school = $1 and phase = $2 and holder = $3 and fence = $4 and expires_at >= $5",
        )
        .bind(guard.school)
        .bind(guard.phase)
        .bind(&guard.holder)
        .bind(guard.fence)
        .bind(later(now, remaining))
        .fetch_one(c)
        .await
    })?;
    Ok(found == 1)
}

/// Whether the lease is ours, expired or not. If so, nobody else can claim it before the transaction ends: what a phase
/// writes in many statements that show no guard is written under this (RL R4).
pub async fn hold(conn: &mut Conn, guard: &Guard) -> Result<bool> {
    let lock = conn.row_lock();
    let found: Option<i64> = on!(conn, c => {
        sqlx::query_scalar(sql([
            "select fence from lease where school = $1 and phase = $2 and holder = $3 and fence = $4",
            lock,
        ]))
        .bind(guard.school)
        .bind(guard.phase)
        .bind(&guard.holder)
        .bind(guard.fence)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.is_some())
}

/// The lease as it stands, for people and tests; `None` if it was never claimed.
pub async fn find(conn: &mut Conn, school: SchoolId, phase: Phase) -> Result<Option<Lease>> {
    on!(conn, c => {
        sqlx::query_as(
            "select school, phase, holder, fence, expires_at from lease where school = $1 and phase = $2",
        )
        .bind(school)
        .bind(phase)
        .fetch_optional(c)
        .await
    })
}

/// Adds `exists (…)` with the guard's lease to a statement under construction.
macro_rules! push_guard {
    ($query:expr, $guard:expr) => {{
        let guard: &$crate::lease::Guard = $guard;
        $query.push("exists (select 1 from lease where school = ");
        $query.push_bind(guard.school);
        $query.push(" and phase = ");
        $query.push_bind(guard.phase);
        $query.push(" and holder = ");
        $query.push_bind(guard.holder.clone());
        $query.push(" and fence = ");
        $query.push_bind(guard.fence);
        $query.push(")");
    }};
}
pub(crate) use push_guard;

/// An instant of the lease's clock, for guarded statements elsewhere.
pub(crate) fn later(now_micros: i64, by: TimeDelta) -> i64 {
    now_micros.saturating_add(by.num_microseconds().unwrap_or(i64::MAX))
}
