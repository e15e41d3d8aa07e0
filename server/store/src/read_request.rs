//! Requests to read one record again on both sides (UX 7.4.8): a page asks, the pipeline reads, the page looks here again.
//! No page calls an outside system.
//!
//! Each record has one row, which keeps what came of the last reading while the next one is awaited.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, Time, micros};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::{LinkId, SchoolId};

/// A request, and what came of the last reading.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ReadRequest {
    /// The record.
    pub link: LinkId,
    /// Whose.
    pub school: SchoolId,
    /// When it was asked for.
    #[sqlx(try_from = "Time")]
    pub asked_at: DateTime<Utc>,
    /// When the last reading was done; before `asked_at` it is one of an earlier request.
    #[sqlx(try_from = "MaybeTime")]
    pub done_at: Option<DateTime<Utc>>,
    /// Why the last reading failed, in words for people.
    pub error: Option<String>,
}

impl ReadRequest {
    /// Whether the reading that was asked for last is still awaited.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.done_at.is_none_or(|done| done < self.asked_at)
    }
}

const SELECT: &str = "select link, school, asked_at, done_at, error from read_request ";

/// Asks for a record to be read again. One that is being asked for already stays as it is.
pub async fn ask(conn: &mut Conn, school: SchoolId, link: LinkId, now: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into read_request (link, school, asked_at) values ($1, $2, $3)
             on conflict (link) do update set asked_at = excluded.asked_at
               where read_request.done_at >= read_request.asked_at"
        )
        .bind(link)
        .bind(school)
        .bind(micros(now))
    )?;
    Ok(())
}

/// The request for this record, if it was ever asked for.
pub async fn find(conn: &mut Conn, link: LinkId) -> Result<Option<ReadRequest>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where link = $1"])).bind(link).fetch_optional(c).await
    })
}

/// Whether a school has open requests that can be carried out: while a change of a record is on its way, its request waits.
pub async fn has_open(conn: &mut Conn, school: SchoolId) -> Result<bool> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select exists (select 1 from read_request
               where school = $1 and (done_at is null or done_at < asked_at)
                 and not exists (select 1 from write w where w.link = read_request.link
                   and w.state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')))",
        )
        .bind(school)
        .fetch_one(c)
        .await
    })
}

/// Open requests of a school that can be carried out, as for [`has_open`], the oldest first.
pub async fn list_open(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<ReadRequest>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and (done_at is null or done_at < asked_at)
               and not exists (select 1 from write w where w.link = read_request.link
                 and w.state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked'))
             order by asked_at, link limit $2",
        ]))
        .bind(school)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// A reading is done, or has failed with `error`. `false` when there is no such request.
pub async fn finish(conn: &mut Conn, link: LinkId, error: Option<&str>, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query("update read_request set done_at = $2, error = $3 where link = $1")
            .bind(link)
            .bind(micros(now))
            .bind(error)
    )?;
    Ok(done == 1)
}
