//! Differences: paths at which a record differs on both sides on purpose, who said so and why, and how that ended (MS C10).

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeTime, Time, maybe_micros, micros, text_enum};
use crate::db::{BATCH, Conn, change, on, push_list, sql};
use crate::error::Result;
use crate::ids::{ConflictId, DifferenceId, LinkId, SchoolId};

text_enum! {
    /// How a difference ended.
    pub enum DifferenceEnd {
        /// A side's value changed.
        Changed = "changed",
        /// Its date was over.
        Expired = "expired",
        /// A person ended it.
        ByHand = "by_hand",
    }
}

/// A declared difference with its record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Difference {
    /// Its id.
    pub id: DifferenceId,
    /// Whose.
    pub school: SchoolId,
    /// The record.
    pub link: LinkId,
    /// Its merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
    /// The path.
    pub path: String,
    /// JSON of what our side held; `None` when the path was absent there.
    pub ours: Option<String>,
    /// JSON of what their side held.
    pub theirs: Option<String>,
    /// The conflict it was declared on.
    pub conflict: ConflictId,
    /// Who declared it, as people see it.
    pub person: String,
    /// Who declared it, told apart from others of the same name; empty at the command line.
    pub person_id: String,
    /// Why.
    pub reason: String,
    /// When.
    #[sqlx(try_from = "Time")]
    pub made_at: DateTime<Utc>,
    /// When it is over at the latest.
    #[sqlx(try_from = "MaybeTime")]
    pub until: Option<DateTime<Utc>>,
    /// When it ended.
    #[sqlx(try_from = "MaybeTime")]
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ended_how: Option<DifferenceEnd>,
    /// Who ended it.
    pub ended_by: Option<String>,
}

/// A difference as it is declared.
#[derive(Debug, Clone)]
pub struct NewDifference<'a> {
    /// Its id.
    pub id: DifferenceId,
    /// Whose.
    pub school: SchoolId,
    /// The record.
    pub link: LinkId,
    /// The path.
    pub path: &'a str,
    /// JSON of what our side holds.
    pub ours: Option<&'a str>,
    /// JSON of what their side holds.
    pub theirs: Option<&'a str>,
    /// The conflict it is declared on.
    pub conflict: ConflictId,
    /// Who declares it, as people see it.
    pub person: &'a str,
    /// Who declares it, told apart from others of the same name.
    pub person_id: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When it is over at the latest.
    pub until: Option<DateTime<Utc>>,
}

const SELECT: &str =
    "select d.id, d.school, d.link, l.type, l.key, l.label, d.path, d.ours, d.theirs, d.conflict, d.person,
    d.person_id, d.reason, d.made_at, d.until_at as until, d.ended_at, d.ended_how, d.ended_by
  from difference d join link l on l.id = d.link ";

/// Stores a difference. `false` when one stands for this path of the record already.
pub async fn add(conn: &mut Conn, new: &NewDifference<'_>, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "insert into difference (id, school, link, path, ours, theirs, conflict, person, person_id, reason, made_at,
               until_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (link, path) where ended_at is null do nothing",
        )
        .bind(new.id)
        .bind(new.school)
        .bind(new.link)
        .bind(new.path)
        .bind(new.ours)
        .bind(new.theirs)
        .bind(new.conflict)
        .bind(new.person)
        .bind(new.person_id)
        .bind(new.reason)
        .bind(micros(now))
        .bind(maybe_micros(new.until))
    )?;
    Ok(done == 1)
}

/// The difference with this id, if the school has it.
pub async fn find(conn: &mut Conn, school: SchoolId, id: DifferenceId) -> Result<Option<Difference>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where d.school = $1 and d.id = $2"]))
            .bind(school)
            .bind(id)
            .fetch_optional(c)
            .await
    })
}

/// The standing differences of these records, in the order of (record, path).
pub async fn standing_of_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for links in links.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where d.ended_at is null and d.link in ");
            push_list!(query, links);
            query.push(" order by d.link, d.path");
            query.build_query_as::<Difference>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// The standing differences of a school, the oldest first, after this one.
pub async fn list_standing(
    conn: &mut Conn,
    school: SchoolId,
    after: Option<DifferenceId>,
    limit: u32,
) -> Result<Vec<Difference>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where d.ended_at is null and d.school = ").push_bind(school);
        if let Some(after) = after {
            query.push(" and d.id > ").push_bind(after);
        }
        query.push(" order by d.id limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// The standing differences of a school whose date is over, the oldest first.
pub async fn list_expired(
    conn: &mut Conn,
    school: SchoolId,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Difference>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where d.ended_at is null and d.school = $1 and d.until_at <= $2 order by d.id limit $3",
        ]))
        .bind(school)
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// How many differences stand in a school.
pub async fn count_standing(conn: &mut Conn, school: SchoolId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar("select count(*) from difference where ended_at is null and school = $1")
            .bind(school)
            .fetch_one(c)
            .await
    })
}

/// Ends a difference, if it stands. `false` when somebody was faster.
pub async fn end(
    conn: &mut Conn,
    id: DifferenceId,
    how: DifferenceEnd,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update difference set ended_at = $2, ended_how = $3, ended_by = $4 where id = $1 and ended_at is null",
        )
        .bind(id)
        .bind(micros(now))
        .bind(how)
        .bind(by)
    )?;
    Ok(done == 1)
}
