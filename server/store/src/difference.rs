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
    /// The number of that conflict.
    pub number: i64,
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
    "select d.id, d.school, d.link, l.type, l.key, l.label, d.path, d.ours, d.theirs, d.conflict, c.number,
    d.person, d.person_id, d.reason, d.made_at, d.until_at as until, d.ended_at, d.ended_how, d.ended_by
  from difference d join link l on l.id = d.link join conflict c on c.id = d.conflict ";

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

/// Those of the differences with these ids that the school has, in the order of the ids.
pub async fn find_many(conn: &mut Conn, school: SchoolId, ids: &[DifferenceId]) -> Result<Vec<Difference>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where d.school = ").push_bind(school).push(" and d.id in ");
            push_list!(query, ids);
            query.push(" order by d.id");
            query.build_query_as::<Difference>().fetch_all(c).await
        })?);
    }
    Ok(found)
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

/// Which standing differences to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct DifferenceFilter<'a> {
    /// Only those of records of this merge type.
    pub type_name: Option<&'a str>,
    /// Only those declared after this one.
    pub after: Option<DifferenceId>,
    /// Only those declared before this one.
    pub before: Option<DifferenceId>,
    /// From the newest on instead of from the oldest.
    pub newest_first: bool,
}

macro_rules! push_filter {
    ($query:ident, $school:expr, $filter:expr) => {{
        $query.push("where d.ended_at is null and d.school = ").push_bind($school);
        if let Some(type_name) = $filter.type_name {
            $query.push(" and l.type = ").push_bind(type_name);
        }
        if let Some(after) = $filter.after {
            $query.push(" and d.id > ").push_bind(after);
        }
        if let Some(before) = $filter.before {
            $query.push(" and d.id < ").push_bind(before);
        }
    }};
}

/// Standing differences of a school, the oldest first unless the filter says otherwise.
pub async fn list_standing(
    conn: &mut Conn,
    school: SchoolId,
    filter: &DifferenceFilter<'_>,
    limit: u32,
) -> Result<Vec<Difference>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        query.push(if filter.newest_first { " order by d.id desc limit " } else { " order by d.id limit " });
        query.push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many standing differences the filter lets through.
pub async fn count_standing(conn: &mut Conn, school: SchoolId, filter: &DifferenceFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from difference d join link l on l.id = d.link ");
        push_filter!(query, school, filter);
        query.build_query_scalar().fetch_one(c).await
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

/// Ends those of these differences that stand; answers which they were.
pub async fn end_many(
    conn: &mut Conn,
    ids: &[DifferenceId],
    how: DifferenceEnd,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Vec<DifferenceId>> {
    let mut ended = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        ended.extend(on!(conn, c => {
            let mut query = QueryBuilder::new("update difference set ended_at = ");
            query.push_bind(micros(now)).push(", ended_how = ").push_bind(how);
            query.push(", ended_by = ").push_bind(by);
            query.push(" where ended_at is null and id in ");
            push_list!(query, ids);
            query.push(" returning id");
            query.build_query_scalar::<DifferenceId>().fetch_all(c).await
        })?);
    }
    Ok(ended)
}
