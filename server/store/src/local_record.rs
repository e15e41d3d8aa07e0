//! Our own records, where this installation is the system of record (CN C15): a version that grows by one, a change
//! sequence per school, the acting user or client, and tombstones.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{Time, micros};
use crate::db::{Conn, change, on, sql};
use crate::error::Result;
use crate::ids::SchoolId;
use crate::school::{Counter, take_numbers};

/// One record, or the tombstone of one.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LocalRecord {
    /// Its type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// Its id, chosen by whoever made it.
    pub id: String,
    /// Begins at 1, grows by one with every change; removal is a change.
    pub version: i64,
    /// Place in the change sequence of the school. Sequences are committed in their order.
    pub seq: i64,
    /// Whether it is a tombstone.
    pub removed: bool,
    /// What the caller finds it by.
    pub natural_key: String,
    /// Who changed it last.
    pub actor: String,
    /// When it was made.
    #[sqlx(try_from = "Time")]
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    #[sqlx(try_from = "Time")]
    pub updated_at: DateTime<Utc>,
    /// Canonical JSON of its fields; a tombstone keeps the last ones.
    pub fields: String,
}

/// Which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalKey<'a> {
    /// The school.
    pub school: SchoolId,
    /// The type.
    pub type_name: &'a str,
    /// The id.
    pub id: &'a str,
}

/// What a change leaves behind.
#[derive(Debug, Clone)]
pub struct LocalChange<'a> {
    /// Canonical JSON of the fields.
    pub fields: &'a str,
    /// What the caller finds it by.
    pub natural_key: &'a str,
    /// Who changes it.
    pub actor: &'a str,
}

/// How many records a type has.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LocalCount {
    /// The type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// Whether these are tombstones.
    pub removed: bool,
    /// How many.
    pub count: i64,
}

const SELECT: &str =
    "select type, id, version, seq, removed, natural_key, actor, created_at, updated_at, fields
  from local_record ";

/// Records of a type that are not removed, in the order of their ids after `after` (empty: from the first).
pub async fn page(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<LocalRecord>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and type = $2 and id > $3 and removed = $4 order by id limit $5",
        ]))
        .bind(school)
        .bind(type_name)
        .bind(after)
        .bind(false)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Records and tombstones of a type that changed after `since`, in the order of the change sequence.
pub async fn changes(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    since: i64,
    limit: u32,
) -> Result<Vec<LocalRecord>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school = $1 and type = $2 and seq > $3 order by seq limit $4"]))
            .bind(school)
            .bind(type_name)
            .bind(since)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// Tombstones of a type that were made after `since`, in the order of the change sequence.
pub async fn tombstones(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    since: i64,
    limit: u32,
) -> Result<Vec<LocalRecord>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and type = $2 and removed and seq > $3 order by seq limit $4",
        ]))
        .bind(school)
        .bind(type_name)
        .bind(since)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// The end of the change sequence of a school: what has a higher place is not yet made.
pub async fn last_seq(conn: &mut Conn, school: SchoolId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar("select last_local_seq from school where id = $1").bind(school).fetch_one(c).await
    })
}

/// The record or tombstone with this id, if there is one.
pub async fn find(conn: &mut Conn, key: LocalKey<'_>) -> Result<Option<LocalRecord>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where school = $1 and type = $2 and id = $3"]))
            .bind(key.school)
            .bind(key.type_name)
            .bind(key.id)
            .fetch_optional(c)
            .await
    })
}

/// Records of a type that are not removed and have this natural key, in the order of their ids.
pub async fn find_by_natural_key(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    natural_key: &str,
    limit: u32,
) -> Result<Vec<LocalRecord>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and type = $2 and natural_key = $3 and removed = $4 order by id limit $5",
        ]))
        .bind(school)
        .bind(type_name)
        .bind(natural_key)
        .bind(false)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Locks the records of a school until the transaction ends: what is looked up after this stays as it was found.
pub async fn lock(conn: &mut Conn, school: SchoolId) -> Result<()> {
    take_numbers(conn, school, Counter::LocalSeq, 0).await.map(|_| ())
}

/// Makes a record with a chosen id. When the id was ever used, the record or tombstone that has it is answered with
/// `false`, and nothing is changed: the same create sent twice is one record.
pub async fn insert_with_id(
    conn: &mut Conn,
    key: LocalKey<'_>,
    record: &LocalChange<'_>,
    now: DateTime<Utc>,
) -> Result<(LocalRecord, bool)> {
    lock(conn, key.school).await?;
    if let Some(found) = find(conn, key).await? {
        return Ok((found, false));
    }
    let seq = take_numbers(conn, key.school, Counter::LocalSeq, 1).await?;
    let added = LocalRecord {
        type_name: key.type_name.to_owned(),
        id: key.id.to_owned(),
        version: 1,
        seq,
        removed: false,
        natural_key: record.natural_key.to_owned(),
        actor: record.actor.to_owned(),
        created_at: now,
        updated_at: now,
        fields: record.fields.to_owned(),
    };
    change!(
        conn,
        sqlx::query(
            "insert into local_record (school, type, id, version, seq, removed, natural_key, actor, created_at,
               updated_at, fields)
             values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $8, $9)",
        )
        .bind(key.school)
        .bind(key.type_name)
        .bind(key.id)
        .bind(seq)
        .bind(false)
        .bind(record.natural_key)
        .bind(record.actor)
        .bind(micros(now))
        .bind(record.fields)
    )?;
    Ok((added, true))
}

/// Changes a record whose version is still `seen`; `None` skips the check. Answers the record as it is now, or `None`
/// when it has another version, is removed or does not exist.
pub async fn update(
    conn: &mut Conn,
    key: LocalKey<'_>,
    seen: Option<i64>,
    record: &LocalChange<'_>,
    now: DateTime<Utc>,
) -> Result<Option<LocalRecord>> {
    if !is_current(conn, key, seen).await? {
        return Ok(None);
    }
    let seq = take_numbers(conn, key.school, Counter::LocalSeq, 1).await?;
    change!(
        conn,
        sqlx::query(
            "update local_record set version = version + 1, seq = $4, natural_key = $5, actor = $6,
               updated_at = $7, fields = $8
             where school = $1 and type = $2 and id = $3",
        )
        .bind(key.school)
        .bind(key.type_name)
        .bind(key.id)
        .bind(seq)
        .bind(record.natural_key)
        .bind(record.actor)
        .bind(micros(now))
        .bind(record.fields)
    )?;
    find(conn, key).await
}

/// Removes a record whose version is still `seen`; `None` skips the check. A tombstone stays. Answers it, or `None`
/// when the record has another version, is removed already or does not exist.
pub async fn remove(
    conn: &mut Conn,
    key: LocalKey<'_>,
    seen: Option<i64>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Option<LocalRecord>> {
    if !is_current(conn, key, seen).await? {
        return Ok(None);
    }
    let seq = take_numbers(conn, key.school, Counter::LocalSeq, 1).await?;
    change!(
        conn,
        sqlx::query(
            "update local_record set version = version + 1, seq = $4, actor = $5, updated_at = $6, removed = $7
             where school = $1 and type = $2 and id = $3",
        )
        .bind(key.school)
        .bind(key.type_name)
        .bind(key.id)
        .bind(seq)
        .bind(actor)
        .bind(micros(now))
        .bind(true)
    )?;
    find(conn, key).await
}

/// Locks the change sequence of the school first, so that what is found stays true until the transaction ends.
async fn is_current(conn: &mut Conn, key: LocalKey<'_>, seen: Option<i64>) -> Result<bool> {
    lock(conn, key.school).await?;
    let found = find(conn, key).await?;
    Ok(found.is_some_and(|record| !record.removed && seen.is_none_or(|seen| seen == record.version)))
}

/// How many records and tombstones each type of a school has.
pub async fn counts(conn: &mut Conn, school: SchoolId) -> Result<Vec<LocalCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, removed, count(*) as count from local_record where school = $1
             group by type, removed order by type, removed limit 10000",
        )
        .bind(school)
        .fetch_all(c)
        .await
    })
}

/// Forgets tombstones that were made before `before` (CN C15: 400 days). Answers how many.
pub async fn purge_tombstones(conn: &mut Conn, school: SchoolId, before: DateTime<Utc>) -> Result<u64> {
    change!(
        conn,
        sqlx::query("delete from local_record where school = $1 and removed = $2 and updated_at < $3")
            .bind(school)
            .bind(true)
            .bind(micros(before))
    )
}
