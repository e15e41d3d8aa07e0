//! Drafts: what a person has typed and not saved, kept so that nothing is lost when a form comes back (UX 6.5).
//!
//! A person has at most one draft of a subject, and it keeps its id: the address `?draft={id}` stays good while the form is
//! sent again and again. Secrets never get here; whoever fills the body leaves them out.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::{DraftId, SchoolId};

/// A form that was not saved.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whose subject it is; `None` for one of the whole house.
    pub school: Option<SchoolId>,
    /// Id of the person it belongs to.
    pub person: String,
    /// What it is about, such as `conflict 12` or `settings`.
    pub subject: String,
    /// Status of the page that shows it: 200, 409 when the subject moved, 422 when a value does not fit.
    pub status: i64,
    /// When it was last stored.
    #[sqlx(try_from = "Time")]
    pub updated_at: DateTime<Utc>,
    /// JSON of what is wrong with it.
    pub problems: String,
    /// JSON of what was typed.
    pub body: String,
}

/// A draft to store.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// Its id, used if the person has no draft of the subject yet.
    pub id: DraftId,
    /// Whose subject it is.
    pub school: Option<SchoolId>,
    /// Id of the person it belongs to.
    pub person: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// Status of the page that shows it.
    pub status: i64,
    /// JSON of what is wrong with it.
    pub problems: &'a str,
    /// JSON of what was typed.
    pub body: &'a str,
}

const SELECT: &str = "select id, school, person, subject, status, updated_at, problems, body from draft ";

const INSERT: &str = "insert into draft (id, school, person, subject, status, updated_at, problems, body)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict ";
const REPLACE: &str = " do update set status = excluded.status, updated_at = excluded.updated_at,
  problems = excluded.problems, body = excluded.body returning id";

/// Stores a draft in place of the one that the person has of this subject. Answers its id, which stays what it was.
pub async fn put(conn: &mut Conn, draft: &NewDraft<'_>, now: DateTime<Utc>) -> Result<DraftId> {
    let target = match draft.school {
        Some(_) => "(school, person, subject) where school is not null",
        None => "(person, subject) where school is null",
    };
    on!(conn, c => {
        sqlx::query_scalar(sql([INSERT, target, REPLACE]))
            .bind(draft.id)
            .bind(draft.school)
            .bind(draft.person)
            .bind(draft.subject)
            .bind(draft.status)
            .bind(micros(now))
            .bind(draft.problems)
            .bind(draft.body)
            .fetch_one(c)
            .await
    })
}

/// The draft with this id, unless it was saved, discarded or grown too old meanwhile. Whose it is, is for the caller to check.
pub async fn get(conn: &mut Conn, id: DraftId) -> Result<Option<Draft>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })
}

/// The draft that a person has of a subject.
pub async fn find(
    conn: &mut Conn,
    school: Option<SchoolId>,
    person: &str,
    subject: &str,
) -> Result<Option<Draft>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school is not distinct from $1 and person = $2 and subject = $3"]))
            .bind(school)
            .bind(person)
            .bind(subject)
            .fetch_optional(c)
            .await
    })
}

/// Everybody's drafts of a subject, newest first: others see that there is one, and how far it is.
pub async fn list_for_subject(
    conn: &mut Conn,
    school: SchoolId,
    subject: &str,
    limit: u32,
) -> Result<Vec<Draft>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and subject = $2 order by updated_at desc, id desc limit $3",
        ]))
        .bind(school)
        .bind(subject)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Removes a draft: its form was saved or discarded. `false` when it was not there.
pub async fn remove(conn: &mut Conn, id: DraftId) -> Result<bool> {
    Ok(change!(conn, sqlx::query("delete from draft where id = $1").bind(id))? == 1)
}

/// Removes drafts that were last stored before this instant, at most `limit` of them. Answers how many there were.
pub async fn remove_older_than(conn: &mut Conn, before: DateTime<Utc>, limit: u32) -> Result<u64> {
    change!(
        conn,
        sqlx::query(
            "delete from draft where id in
               (select id from draft where updated_at < $1 order by updated_at, id limit $2)"
        )
        .bind(micros(before))
        .bind(i64::from(limit))
    )
}
