//! How often signing in has failed lately, by account, by address and in all (RL S21). A try is counted before it is
//! judged and taken back when it was good, so that many at once cannot slip through.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, Time, micros};
use crate::db::{Conn, change, on};
use crate::error::Result;

/// The failures of one subject.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SignInFailure {
    /// What they are counted for.
    pub subject: String,
    /// How many.
    pub count: i64,
    /// Since when they are counted.
    #[sqlx(try_from = "Time")]
    pub since: DateTime<Utc>,
    /// No try is judged before then.
    #[sqlx(try_from = "MaybeTime")]
    pub blocked_until: Option<DateTime<Utc>>,
}

/// Counts one more failure and answers what it comes to. Failures that began to be counted at or before `window` are
/// forgotten first.
pub async fn count(
    conn: &mut Conn,
    subject: &str,
    window: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<SignInFailure> {
    on!(conn, c => {
        sqlx::query_as(
            "insert into sign_in_failure (subject, count, since) values ($1, 1, $3)
             on conflict (subject) do update set
               count = case when sign_in_failure.since <= $2 then 1 else sign_in_failure.count + 1 end,
               blocked_until = case when sign_in_failure.since <= $2 then null else sign_in_failure.blocked_until end,
               since = case when sign_in_failure.since <= $2 then $3 else sign_in_failure.since end
             returning subject, count, since, blocked_until",
        )
        .bind(subject)
        .bind(micros(window))
        .bind(micros(now))
        .fetch_one(c)
        .await
    })
}

/// The failures of a subject, if there are any.
pub async fn find(conn: &mut Conn, subject: &str) -> Result<Option<SignInFailure>> {
    on!(conn, c => {
        sqlx::query_as("select subject, count, since, blocked_until from sign_in_failure where subject = $1")
            .bind(subject)
            .fetch_optional(c)
            .await
    })
}

/// Judges no further try of a subject before `until`.
pub async fn block(conn: &mut Conn, subject: &str, until: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query("update sign_in_failure set blocked_until = $2 where subject = $1")
            .bind(subject)
            .bind(micros(until))
    )?;
    Ok(())
}

/// Takes one failure back: the try was good.
pub async fn take_back(conn: &mut Conn, subject: &str) -> Result<()> {
    change!(
        conn,
        sqlx::query("update sign_in_failure set count = count - 1 where subject = $1 and count > 0")
            .bind(subject)
    )?;
    Ok(())
}

/// Forgets the failures of a subject. `false` when there were none.
pub async fn forget(conn: &mut Conn, subject: &str) -> Result<bool> {
    Ok(change!(conn, sqlx::query("delete from sign_in_failure where subject = $1").bind(subject))? == 1)
}

/// Forgets everything that began to be counted at or before `window`.
pub async fn remove_old(conn: &mut Conn, window: DateTime<Utc>) -> Result<u64> {
    change!(conn, sqlx::query("delete from sign_in_failure where since <= $1").bind(micros(window)))
}
