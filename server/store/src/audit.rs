//! The audit log: a chain in which every row carries the SHA-256 of the one before it (RL S46). Triggers forbid any
//! change; the counter in the row of the installation shows when the end was cut off.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, QueryBuilder};

use crate::column::{Time, micros};
use crate::db::{BATCH, Conn, begins_with, on, sql};
use crate::error::{Result, StoreError};
use crate::ids::{AuditId, SchoolId};

/// Hash before the first row.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const VERIFY_BATCH: i64 = 1000;

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AuditRow {
    /// Its place, counted from 1 over all schools.
    pub seq: i64,
    /// Its id.
    pub id: AuditId,
    /// The school it belongs to; `None` for the installation.
    pub school: Option<SchoolId>,
    /// When.
    #[sqlx(try_from = "Time")]
    pub recorded_at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// JSON: the particulars.
    pub detail: String,
    /// Hash of the row before.
    pub previous_hash: String,
    /// SHA-256 of `previous_hash` and this row, in hexadecimal.
    pub hash: String,
}

/// A row to append.
#[derive(Debug, Clone)]
pub struct NewAudit<'a> {
    /// Its id.
    pub id: AuditId,
    /// The school it belongs to.
    pub school: Option<SchoolId>,
    /// Who.
    pub actor: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what.
    pub target: &'a str,
    /// JSON: the particulars.
    pub detail: &'a str,
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Rows in the chain.
    pub count: i64,
    /// Hash of the last one, or [`GENESIS`].
    pub hash: String,
}

/// What a look at the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every row is as it was written.
    Intact(Head),
    /// The first place where the chain is broken: a row was changed, removed, inserted, moved or cut off there.
    Broken {
        /// The place.
        seq: i64,
    },
}

const SELECT: &str = "select seq, id, school, recorded_at, actor, action, target, detail, previous_hash, hash
  from audit ";

/// Appends a row and answers it. Appending transactions follow each other, so it should be the last thing a
/// transaction does.
pub async fn append(conn: &mut Conn, row: &NewAudit<'_>, now: DateTime<Utc>) -> Result<AuditRow> {
    let added = append_many(conn, std::slice::from_ref(row), now).await?;
    added.into_iter().next().ok_or_else(|| StoreError::not_found("audit", row.id))
}

/// Appends rows in their order and answers them; see [`append`].
pub async fn append_many(
    conn: &mut Conn,
    rows: &[NewAudit<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<AuditRow>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let count = rows.len() as i64;
    let last: i64 = on!(conn, c => {
        sqlx::query_scalar("update instance set audit_seq = audit_seq + $1 where id = 1 returning audit_seq")
            .bind(count)
            .fetch_one(c)
            .await
    })?;
    let before = last - count;
    let mut previous = find(conn, before).await?.map_or_else(|| GENESIS.to_owned(), |row| row.hash);
    let mut added = Vec::with_capacity(rows.len());
    for (row, seq) in rows.iter().zip(before + 1..) {
        let row = chained(row, seq, previous, now);
        previous = row.hash.clone();
        added.push(row);
    }
    for rows in added.chunks(BATCH) {
        insert(conn, rows).await?;
    }
    Ok(added)
}

/// The row as it stands in the chain.
fn chained(new: &NewAudit<'_>, seq: i64, previous_hash: String, now: DateTime<Utc>) -> AuditRow {
    let mut row = AuditRow {
        seq,
        id: new.id,
        school: new.school,
        recorded_at: DateTime::from_timestamp_micros(micros(now)).unwrap_or(now),
        actor: new.actor.to_owned(),
        action: new.action.to_owned(),
        target: new.target.to_owned(),
        detail: new.detail.to_owned(),
        previous_hash,
        hash: String::new(),
    };
    row.hash = chain_hash(&row);
    row
}

async fn insert(conn: &mut Conn, rows: &[AuditRow]) -> Result<()> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(
            "insert into audit (seq, id, school, recorded_at, actor, action, target, detail, previous_hash, hash) ",
        );
        query.push_values(rows, |mut values, row| {
            values.push_bind(row.seq).push_bind(row.id).push_bind(row.school);
            values.push_bind(micros(row.recorded_at));
            values.push_bind(&row.actor).push_bind(&row.action).push_bind(&row.target).push_bind(&row.detail);
            values.push_bind(&row.previous_hash).push_bind(&row.hash);
        });
        query.build().execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(())
}

/// The canonical form of a row is its values in the order of the columns, each as `length:bytes,`, so that no value
/// can reach into the next one.
fn chain_hash(row: &AuditRow) -> String {
    let mut sha = Sha256::new();
    let mut add = |value: &str| {
        sha.update(format!("{}:", value.len()));
        sha.update(value);
        sha.update(",");
    };
    add(&row.previous_hash);
    add(&row.seq.to_string());
    add(&row.id.to_string());
    add(&row.school.map(|school| school.to_string()).unwrap_or_default());
    add(&micros(row.recorded_at).to_string());
    add(&row.actor);
    add(&row.action);
    add(&row.target);
    add(&row.detail);
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn find(conn: &mut Conn, seq: i64) -> Result<Option<AuditRow>> {
    on!(conn, c => sqlx::query_as(sql([SELECT, "where seq = $1"])).bind(seq).fetch_optional(c).await)
}

/// The end of the chain as the log has it. It goes into the nightly mail and an append-only file.
pub async fn head(conn: &mut Conn) -> Result<Head> {
    let last: Option<AuditRow> = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "order by seq desc limit 1"])).fetch_optional(c).await
    })?;
    Ok(last.map_or_else(
        || Head { count: 0, hash: GENESIS.to_owned() },
        |row| Head { count: row.seq, hash: row.hash },
    ))
}

/// Computes the whole chain anew, a batch of rows at a time.
pub async fn verify(conn: &mut Conn) -> Result<Verification> {
    let mut head = Head { count: 0, hash: GENESIS.to_owned() };
    loop {
        let rows: Vec<AuditRow> = on!(conn, c => {
            sqlx::query_as(sql([SELECT, "where seq > $1 order by seq limit $2"]))
                .bind(head.count)
                .bind(VERIFY_BATCH)
                .fetch_all(c)
                .await
        })?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let next = head.count + 1;
            if row.seq != next || row.previous_hash != head.hash || row.hash != chain_hash(&row) {
                return Ok(Verification::Broken { seq: next });
            }
            head = Head { count: next, hash: row.hash };
        }
    }
    let expected = crate::instance::get(conn).await?.audit_seq;
    if expected == head.count {
        return Ok(Verification::Intact(head));
    }
    Ok(Verification::Broken { seq: head.count.min(expected) + 1 })
}

/// Which rows to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter<'a> {
    /// Only rows of this school.
    pub school: Option<SchoolId>,
    /// Only rows about this.
    pub target: Option<&'a str>,
    /// Only rows of this action.
    pub action: Option<&'a str>,
    /// Only rows whose action begins with one of these; empty: any.
    pub kinds: &'a [&'a str],
    /// Only rows by this actor.
    pub actor: Option<&'a str>,
    /// Rows of the installation, of no school, as well.
    pub installation: bool,
    /// Only rows from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Only rows before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Only places before this one: the last place of the page before.
    pub before: Option<i64>,
    /// Only places after this one.
    pub after: Option<i64>,
    /// From the oldest on instead of from the newest.
    pub oldest_first: bool,
}

fn restrict<DB>(query: &mut QueryBuilder<DB>, filter: &AuditFilter<'_>)
where
    DB: sqlx::Database,
    SchoolId: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    String: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    i64: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    query.push("where seq < ").push_bind(filter.before.unwrap_or(i64::MAX));
    query.push(" and seq > ").push_bind(filter.after.unwrap_or_default());
    if let Some(school) = filter.school {
        query.push(" and (school = ").push_bind(school);
        query.push(if filter.installation { " or school is null)" } else { ")" });
    }
    for (column, wanted) in [("target", filter.target), ("action", filter.action), ("actor", filter.actor)] {
        if let Some(wanted) = wanted {
            query.push(" and ").push(column).push(" = ").push_bind(wanted.to_owned());
        }
    }
    if let Some(from) = filter.from {
        query.push(" and recorded_at >= ").push_bind(micros(from));
    }
    if let Some(to) = filter.to {
        query.push(" and recorded_at < ").push_bind(micros(to));
    }
    for (place, kind) in filter.kinds.iter().enumerate() {
        query.push(if place == 0 { " and (action like " } else { " or action like " });
        query.push_bind(begins_with(kind)).push(r" escape '\'");
    }
    if !filter.kinds.is_empty() {
        query.push(")");
    }
}

/// Rows, newest first unless the filter says otherwise.
pub async fn list(conn: &mut Conn, filter: &AuditFilter<'_>, limit: u32) -> Result<Vec<AuditRow>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        restrict(&mut query, filter);
        query.push(if filter.oldest_first { " order by seq" } else { " order by seq desc" });
        query.push(" limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many rows the filter takes.
pub async fn count(conn: &mut Conn, filter: &AuditFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from audit ");
        restrict(&mut query, filter);
        query.build_query_scalar().fetch_one(c).await
    })
}

/// Who has rows in a school, by name.
pub async fn list_actors(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<String>> {
    on!(conn, c => {
        sqlx::query_scalar("select distinct actor from audit where school = $1 order by actor limit $2")
            .bind(school)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}
