//! Attempts: one row for every request of a write, never changed afterwards.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on};
use crate::error::Result;
use crate::ids::WriteId;

/// One request of a write.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Attempt {
    /// The write.
    pub write: WriteId,
    /// Number that [`begin_send`](crate::write::begin_send) gave it.
    pub number: i64,
    /// What came of it: the connector's word for the answer.
    pub outcome: String,
    /// JSON or text: status, code, a line for people.
    pub detail: Option<String>,
    /// Hash of the answer.
    pub answer_hash: Option<String>,
    /// When it was begun.
    #[sqlx(try_from = "Time")]
    pub started_at: DateTime<Utc>,
    /// When it was over.
    #[sqlx(try_from = "Time")]
    pub ended_at: DateTime<Utc>,
}

/// Writes a request down. A request that is there already stays as it was, and the answer is `false`.
pub async fn add(conn: &mut Conn, attempt: &Attempt) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into attempt (write, number, outcome, detail, answer_hash, started_at, ended_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (write, number) do nothing",
        )
        .bind(attempt.write)
        .bind(attempt.number)
        .bind(&attempt.outcome)
        .bind(attempt.detail.as_deref())
        .bind(attempt.answer_hash.as_deref())
        .bind(micros(attempt.started_at))
        .bind(micros(attempt.ended_at))
    )?;
    Ok(done == 1)
}

/// Requests of a write in their order, after number `after`; begin with 0.
pub async fn list(conn: &mut Conn, write: WriteId, after: i64, limit: u32) -> Result<Vec<Attempt>> {
    on!(conn, c => {
        sqlx::query_as(
            "select write, number, outcome, detail, answer_hash, started_at, ended_at from attempt
             where write = $1 and number > $2 order by number limit $3",
        )
        .bind(write)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
