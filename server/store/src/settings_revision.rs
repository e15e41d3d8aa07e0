//! The settings of a school: one TOML document per revision, never changed once saved.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on};
use crate::error::{Result, StoreError};
use crate::ids::SchoolId;
use crate::school::{Counter, take_numbers};

/// One state of a school's settings.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SettingsRevision {
    /// Whose settings.
    pub school: SchoolId,
    /// Counts from 1 per school.
    pub number: i64,
    /// Hash of the document, as the caller computed it.
    pub hash: String,
    /// The TOML document.
    pub document: String,
    /// Who saved it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
}

/// A revision without its document: a line of the history.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RevisionHead {
    /// Counts from 1 per school.
    pub number: i64,
    /// Who saved it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
}

/// A document to save.
#[derive(Debug, Clone)]
pub struct NewSettings<'a> {
    /// The TOML document.
    pub document: &'a str,
    /// Its hash.
    pub hash: &'a str,
    /// Who saves it.
    pub author: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Saves a document as the next revision. When it equals the current one, that one is answered and nothing saved.
pub async fn save(
    conn: &mut Conn,
    school: SchoolId,
    settings: &NewSettings<'_>,
    now: DateTime<Utc>,
) -> Result<SettingsRevision> {
    take_numbers(conn, school, Counter::Settings, 0).await?;
    if let Some(current) = current(conn, school).await?
        && current.document == settings.document
    {
        return Ok(current);
    }
    let number = take_numbers(conn, school, Counter::Settings, 1).await?;
    change!(
        conn,
        sqlx::query(
            "insert into settings_revision (school, number, hash, document, author, reason, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(school)
        .bind(number)
        .bind(settings.hash)
        .bind(settings.document)
        .bind(settings.author)
        .bind(settings.reason)
        .bind(micros(now))
    )?;
    get(conn, school, number).await
}

/// The newest revision; `None` for a school that was never set up.
pub async fn current(conn: &mut Conn, school: SchoolId) -> Result<Option<SettingsRevision>> {
    on!(conn, c => {
        sqlx::query_as(
            "select school, number, hash, document, author, reason, created_at from settings_revision
             where school = $1 order by number desc limit 1",
        )
        .bind(school)
        .fetch_optional(c)
        .await
    })
}

/// The revision with this number, which must exist.
pub async fn get(conn: &mut Conn, school: SchoolId, number: i64) -> Result<SettingsRevision> {
    let row = on!(conn, c => {
        sqlx::query_as(
            "select school, number, hash, document, author, reason, created_at from settings_revision
             where school = $1 and number = $2",
        )
        .bind(school)
        .bind(number)
        .fetch_optional(c)
        .await
    })?;
    row.ok_or_else(|| StoreError::not_found("settings_revision", number))
}

/// Revisions, newest first, below the number `before` (`None`: from the newest).
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<SettingsRevision>> {
    on!(conn, c => {
        sqlx::query_as(
            "select school, number, hash, document, author, reason, created_at from settings_revision
             where school = $1 and number < $2 order by number desc limit $3",
        )
        .bind(school)
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Heads of the revisions saved at `from` or later and before `until`, newest first.
pub async fn heads_between(
    conn: &mut Conn,
    school: SchoolId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<RevisionHead>> {
    on!(conn, c => {
        sqlx::query_as(
            "select number, author, reason, created_at from settings_revision
             where school = $1 and created_at >= $2 and created_at < $3 order by number desc limit $4",
        )
        .bind(school)
        .bind(micros(from))
        .bind(micros(until))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
