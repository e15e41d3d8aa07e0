//! Outgoing mail: added in the transaction of what it reports, sent afterwards, at least once (RL P32).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, Time, micros, text_enum};
use crate::db::{Conn, change, on, sql};
use crate::error::{Result, StoreError};
use crate::ids::{MessageId, RunId, SchoolId};

text_enum! {
    /// Where a mail stands.
    pub enum MessageState {
        /// To be sent.
        Queued = "queued",
        /// The mail server has taken it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Whose report it is.
    pub school: Option<SchoolId>,
    /// The run it reports.
    pub run: Option<RunId>,
    /// Its Message-ID, the same on every repeat (RL R14).
    pub message_id: String,
    /// JSON list of addresses.
    pub recipients: String,
    /// Subject.
    pub subject: String,
    /// Body as plain text.
    pub text_body: String,
    /// Body as HTML.
    pub html_body: String,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is to be tried next.
    #[sqlx(try_from = "Time")]
    pub next_attempt_at: DateTime<Utc>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was added.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When it was sent.
    #[sqlx(try_from = "MaybeTime")]
    pub sent_at: Option<DateTime<Utc>>,
}

/// A mail to send.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// Whose report it is.
    pub school: Option<SchoolId>,
    /// The run it reports.
    pub run: Option<RunId>,
    /// Its Message-ID.
    pub message_id: &'a str,
    /// JSON list of addresses.
    pub recipients: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// Body as plain text.
    pub text_body: &'a str,
    /// Body as HTML.
    pub html_body: &'a str,
}

const SELECT: &str = "select id, school, run, message_id, recipients, subject, text_body, html_body, state,
  attempts, next_attempt_at, last_error, created_at, sent_at from message ";

/// Queues a mail. `false` when there is one with this Message-ID already; it stays as it is.
pub async fn add(conn: &mut Conn, message: &NewMessage<'_>, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into message (id, school, run, message_id, recipients, subject, text_body, html_body, state,
               attempts, next_attempt_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $9)
             on conflict (message_id) do nothing",
        )
        .bind(message.id)
        .bind(message.school)
        .bind(message.run)
        .bind(message.message_id)
        .bind(message.recipients)
        .bind(message.subject)
        .bind(message.text_body)
        .bind(message.html_body)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// The mail with this id, which must exist.
pub async fn get(conn: &mut Conn, id: MessageId) -> Result<Message> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("message", id))
}

/// Mails of a run, oldest first.
pub async fn list_for_run(conn: &mut Conn, run: RunId, limit: u32) -> Result<Vec<Message>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where run = $1 order by created_at, id limit $2"]))
            .bind(run)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// Mails to try now, longest due first.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>, limit: u32) -> Result<Vec<Message>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where state = 'queued' and next_attempt_at <= $1 order by next_attempt_at, id limit $2",
        ]))
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// T8: the mail server has taken it. `false` when it was not queued any more.
pub async fn mark_sent(conn: &mut Conn, id: MessageId, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update message set state = 'sent', attempts = attempts + 1, sent_at = $2, last_error = null
             where id = $1 and state = 'queued'",
        )
        .bind(id)
        .bind(micros(now))
    )?;
    Ok(done == 1)
}

/// It did not work. With `retry_at` it is tried again then, without it is given up. `false` when it was not queued
/// any more.
pub async fn mark_failed(
    conn: &mut Conn,
    id: MessageId,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<bool> {
    let state = if retry_at.is_some() { MessageState::Queued } else { MessageState::Failed };
    let done = change!(
        conn,
        sqlx::query(
            "update message set state = $2, attempts = attempts + 1, last_error = $3,
               next_attempt_at = coalesce($4, next_attempt_at)
             where id = $1 and state = 'queued'",
        )
        .bind(id)
        .bind(state)
        .bind(error)
        .bind(retry_at.map(micros))
    )?;
    Ok(done == 1)
}
