//! Sessions of browsers, named by the SHA-256 of their ids (RL S15). A session is made once and changed while it is
//! there; one that was ended never comes back, whoever still holds it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on};
use crate::error::Result;
use crate::ids::PersonId;

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Session {
    /// SHA-256 of its id, in hexadecimal.
    pub id: String,
    /// Who signed in; `None` while nobody has.
    pub person: Option<PersonId>,
    /// When it was made.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    #[sqlx(try_from = "Time")]
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    #[sqlx(try_from = "Time")]
    pub expires_at: DateTime<Utc>,
    /// JSON: what it carries.
    pub data: String,
}

/// Makes a session. An id that is taken is an error, never a change.
pub async fn create(conn: &mut Conn, session: &Session) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into session (id, person, created_at, seen_at, expires_at, data)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&session.id)
        .bind(session.person)
        .bind(micros(session.created_at))
        .bind(micros(session.seen_at))
        .bind(micros(session.expires_at))
        .bind(&session.data)
    )?;
    Ok(())
}

/// Keeps what a session carries now. `false` when it has ended, and nothing was done.
pub async fn save(conn: &mut Conn, id: &str, data: &str) -> Result<bool> {
    Ok(change!(conn, sqlx::query("update session set data = $2 where id = $1").bind(id).bind(data))? == 1)
}

/// Notes that a session was used. `false` when it has ended.
pub async fn touch(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<bool> {
    Ok(change!(
        conn,
        sqlx::query("update session set seen_at = $2 where id = $1").bind(id).bind(micros(now))
    )? == 1)
}

/// The session that was used after `idle_since` and does not end before `now`, if there is one (RL S16).
pub async fn find(
    conn: &mut Conn,
    id: &str,
    idle_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Session>> {
    on!(conn, c => {
        sqlx::query_as(
            "select id, person, created_at, seen_at, expires_at, data from session
             where id = $1 and seen_at > $2 and expires_at > $3",
        )
        .bind(id)
        .bind(micros(idle_since))
        .bind(micros(now))
        .fetch_optional(c)
        .await
    })
}

/// The sessions of a person, latest used first.
pub async fn list_of(conn: &mut Conn, person: PersonId, limit: u32) -> Result<Vec<Session>> {
    on!(conn, c => {
        sqlx::query_as(
            "select id, person, created_at, seen_at, expires_at, data from session
             where person = $1 order by seen_at desc, id limit $2",
        )
        .bind(person)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Ends a session. `false` when it had ended before.
pub async fn end(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(change!(conn, sqlx::query("delete from session where id = $1").bind(id))? == 1)
}

/// Ends every session of a person except the one named, and answers how many there were (RL S17).
pub async fn end_all_of(conn: &mut Conn, person: PersonId, except: Option<&str>) -> Result<u64> {
    change!(
        conn,
        sqlx::query("delete from session where person = $1 and id <> $2")
            .bind(person)
            .bind(except.unwrap_or_default())
    )
}

/// Removes sessions that were not used since `idle_since` or have ended by `now`.
pub async fn remove_expired(conn: &mut Conn, idle_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    change!(
        conn,
        sqlx::query("delete from session where seen_at <= $1 or expires_at <= $2")
            .bind(micros(idle_since))
            .bind(micros(now))
    )
}
