//! The base: the last values that both sides of a record are known to have held (RL I2).

use chrono::{DateTime, Utc};
use merge::ContentHash;
use sqlx::{FromRow, QueryBuilder};

use crate::candidate::mark_in_sync;
use crate::column::{Text, Time, micros};
use crate::db::{BATCH, Conn, on, push_list};
use crate::error::Result;
use crate::ids::{LinkId, RunId, SchoolId};
use crate::unique_value::mark_stale_many;

/// The base of one record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Base {
    /// The record.
    pub link: LinkId,
    /// Hash of the body.
    #[sqlx(try_from = "Text<ContentHash>")]
    pub hash: ContentHash,
    /// Grows by one whenever the base of the record moves; part of the idempotency key (RL R2).
    pub generation: i64,
    /// The run in which it last moved.
    pub run: Option<RunId>,
    /// When it last moved.
    #[sqlx(try_from = "Time")]
    pub agreed_at: DateTime<Utc>,
    /// JSON: field → number of the run of its agreement.
    pub fields_agreed: String,
    /// Canonical JSON of the agreed fields.
    pub body: String,
}

/// A base to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBase {
    /// The record.
    pub link: LinkId,
    /// Canonical JSON of the agreed fields.
    pub body: String,
    /// Its hash.
    pub hash: ContentHash,
    /// JSON: field → number of the run of its agreement.
    pub fields_agreed: String,
}

/// The bases of these records, in the order of the links; records without one are left out.
pub async fn get_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Base>> {
    let mut rows = Vec::with_capacity(links.len());
    for links in links.chunks(BATCH) {
        rows.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select link, hash, generation, run, agreed_at, fields_agreed, body from base where link in ",
            );
            push_list!(query, links);
            query.push(" order by link");
            query.build_query_as::<Base>().fetch_all(c).await
        })?);
    }
    Ok(rows)
}

/// Moves the bases of these records: generation 1 for a new one, else one more. A base whose body stays the same
/// is left untouched, byte for byte (RL P11).
pub async fn upsert_many(
    conn: &mut Conn,
    rows: &[NewBase],
    run: Option<RunId>,
    now: DateTime<Utc>,
) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into base (link, hash, generation, run, agreed_at, fields_agreed, body) ",
            );
            query.push_values(rows, |mut row, base| {
                row.push_bind(base.link).push_bind(base.hash.to_string()).push_bind(1_i64).push_bind(run);
                row.push_bind(micros(now)).push_bind(&base.fields_agreed).push_bind(&base.body);
            });
            query.push(
                " on conflict (link) do update set hash = excluded.hash, generation = base.generation + 1,
                    run = excluded.run, agreed_at = excluded.agreed_at,
                    fields_agreed = excluded.fields_agreed, body = excluded.body
                  where base.body <> excluded.body",
            );
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
        let links: Vec<LinkId> = rows.iter().map(|base| base.link).collect();
        mark_in_sync(conn, &links).await?;
        mark_stale_many(conn, &links).await?;
    }
    Ok(())
}

/// Forgets the bases of these records: both sides are known to lack them.
pub async fn drop_many(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("delete from base where link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
        mark_stale_many(conn, links).await?;
    }
    Ok(())
}

/// Whether any record of a school has a base.
pub async fn is_any(conn: &mut Conn, school: SchoolId) -> Result<bool> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select exists (select 1 from link l join base b on b.link = l.id where l.school = $1)",
        )
        .bind(school)
        .fetch_one(c)
        .await
    })
}
