//! Schools: one institution each, with the counters that hand out its numbers. Nothing crosses schools.

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on};
use crate::error::{Result, StoreError};
use crate::ids::SchoolId;

/// One institution.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct School {
    /// Its id.
    pub id: SchoolId,
    /// Its short name in addresses and on the command line.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Nothing is sent to our side while this is on (RL G31).
    pub paused_ours: bool,
    /// Nothing is sent to their side while this is on (RL G31).
    pub paused_theirs: bool,
    /// The database was restored from a copy: nothing is sent to either side until a person has approved a plan made
    /// since (RL R34).
    pub staging: bool,
    /// When it was added.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
}

/// Adds a school. `false` when its slug is taken, and nothing was done.
pub async fn add(conn: &mut Conn, id: SchoolId, slug: &str, name: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into school (id, slug, name, paused_ours, paused_theirs, staging, last_run_number,
               last_conflict_number, last_settings_number, last_local_seq, created_at)
             values ($1, $2, $3, $4, $4, $4, 0, 0, 0, 0, $5)
             on conflict (slug) do nothing",
        )
        .bind(id)
        .bind(slug)
        .bind(name)
        .bind(false)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// The school with this id, which must exist.
pub async fn get(conn: &mut Conn, id: SchoolId) -> Result<School> {
    let row = on!(conn, c => {
        sqlx::query_as(
            "select id, slug, name, paused_ours, paused_theirs, staging, created_at from school where id = $1",
        )
        .bind(id)
        .fetch_optional(c)
        .await
    })?;
    row.ok_or_else(|| StoreError::not_found("school", id))
}

/// The school with this slug, if there is one.
pub async fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<School>> {
    on!(conn, c => {
        sqlx::query_as(
            "select id, slug, name, paused_ours, paused_theirs, staging, created_at from school where slug = $1",
        )
        .bind(slug)
        .fetch_optional(c)
        .await
    })
}

/// Schools in the order of their slugs, after the slug `after` (empty: from the first).
pub async fn list(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<School>> {
    on!(conn, c => {
        sqlx::query_as(
            "select id, slug, name, paused_ours, paused_theirs, staging, created_at from school
             where slug > $1 order by slug limit $2",
        )
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Gives a school another name.
pub async fn rename(conn: &mut Conn, id: SchoolId, name: &str) -> Result<()> {
    change!(conn, sqlx::query("update school set name = $2 where id = $1").bind(id).bind(name))?;
    Ok(())
}

/// Switches the pause of one side on or off. The next write that wants to be sent there sees it (RL G31).
pub async fn set_paused(conn: &mut Conn, id: SchoolId, side: Side, paused: bool) -> Result<()> {
    let statement = match side {
        Side::Ours => "update school set paused_ours = $2 where id = $1",
        Side::Theirs => "update school set paused_theirs = $2 where id = $1",
    };
    change!(conn, sqlx::query(statement).bind(id).bind(paused))?;
    Ok(())
}

/// Puts every school into staging, because the database is older than what the outside has seen (RL R34).
pub async fn stage_all(conn: &mut Conn) -> Result<()> {
    change!(conn, sqlx::query("update school set staging = $1").bind(true))?;
    Ok(())
}

/// Ends the staging of a school: a person has seen what would be written.
pub async fn end_staging(conn: &mut Conn, id: SchoolId) -> Result<()> {
    change!(conn, sqlx::query("update school set staging = $2 where id = $1").bind(id).bind(false))?;
    Ok(())
}

/// The counters of a school's row.
#[derive(Clone, Copy)]
pub(crate) enum Counter {
    Run,
    Conflict,
    Settings,
    LocalSeq,
}

/// Takes `count` numbers and answers the last one. The row stays locked until the transaction ends, so whoever
/// takes the next numbers commits later.
pub(crate) async fn take_numbers(
    conn: &mut Conn,
    id: SchoolId,
    counter: Counter,
    count: usize,
) -> Result<i64> {
    let statement = match counter {
        Counter::Run => {
            "update school set last_run_number = last_run_number + $2 where id = $1
             returning last_run_number"
        }
        Counter::Conflict => {
            "update school set last_conflict_number = last_conflict_number + $2 where id = $1
             returning last_conflict_number"
        }
        Counter::Settings => {
            "update school set last_settings_number = last_settings_number + $2 where id = $1
             returning last_settings_number"
        }
        Counter::LocalSeq => {
            "update school set last_local_seq = last_local_seq + $2 where id = $1
             returning last_local_seq"
        }
    };
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let last = on!(conn, c => {
        sqlx::query_scalar(statement).bind(id).bind(count).fetch_optional(c).await
    })?;
    last.ok_or_else(|| StoreError::not_found("school", id))
}
