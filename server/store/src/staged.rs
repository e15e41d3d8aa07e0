//! Staged copies: what a side held of a record when it was last read or last acknowledged a write.

use chrono::{DateTime, Utc};
use merge::{ContentHash, Side};
use sqlx::{FromRow, QueryBuilder};

use crate::column::{MaybeText, MaybeTime, Text, maybe_micros, maybe_text, micros, text_enum};
use crate::db::{BATCH, Conn, on, push_list, sql};
use crate::error::Result;
use crate::ids::{LinkId, RunId, SchoolId};

text_enum! {
    /// Whether the side still has the record.
    pub enum StagedState {
        /// It does.
        Live = "live",
        /// It was not in a complete listing, but that is not yet believed (RL G10, G11).
        Missing = "missing",
        /// It was deleted, and that is proved.
        Deleted = "deleted",
    }
}

text_enum! {
    /// How we know the copy.
    pub enum Origin {
        /// It was read.
        Read = "read",
        /// We wrote it, and the counterpart acknowledged.
        Written = "written",
    }
}

/// What one side holds of one record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Staged {
    /// The record.
    pub link: LinkId,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// Its id there.
    pub remote_id: String,
    /// Whether it is still there.
    pub state: StagedState,
    /// Hash of the body.
    #[sqlx(try_from = "MaybeText<ContentHash>")]
    pub hash: Option<ContentHash>,
    /// Hash of the record as read, before any mapping.
    pub raw_hash: Option<String>,
    /// Its version there.
    pub version: Option<String>,
    /// When the counterpart says it was changed.
    #[sqlx(try_from = "MaybeTime")]
    pub modified: Option<DateTime<Utc>>,
    /// How we know.
    pub origin: Origin,
    /// The run that read or wrote it.
    pub run: Option<RunId>,
    /// In how many verified runs in a row it was absent.
    pub missing_runs: i64,
    /// Since when it is absent.
    #[sqlx(try_from = "MaybeTime")]
    pub missing_since: Option<DateTime<Utc>>,
    /// Canonical JSON of the mapped fields; `None` for a record of which only its absence is known.
    pub body: Option<String>,
}

/// What is compared with a listing to see whether an item is new or changed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Mark {
    /// Id at the counterpart.
    pub remote_id: String,
    /// The record.
    pub link: LinkId,
    /// Whether it is still there.
    pub state: StagedState,
    /// Hash of the record as read.
    pub raw_hash: Option<String>,
    /// Its version there.
    pub version: Option<String>,
}

/// An id in the order of ids, for the search for what is absent from a listing.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RemoteId {
    /// Id at the counterpart.
    pub remote_id: String,
    /// The record.
    pub link: LinkId,
    /// Whether it was there so far.
    pub state: StagedState,
    /// In how many verified runs in a row it was absent.
    pub missing_runs: i64,
    /// Since when it is absent.
    #[sqlx(try_from = "MaybeTime")]
    pub missing_since: Option<DateTime<Utc>>,
}

/// How many staged copies a type and side has in a state.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StagedCount {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// The state.
    pub state: StagedState,
    /// How many.
    pub count: i64,
}

const SELECT: &str = "select link, side, remote_id, state, hash, raw_hash, version, modified, origin, run,
  missing_runs, missing_since, body from staged ";

/// Stores copies, in place of what was staged for the same record and side. A record and side may be named once per
/// call.
pub async fn upsert_many(conn: &mut Conn, school: SchoolId, type_name: &str, rows: &[Staged]) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into staged (link, side, school, type, remote_id, state, hash, raw_hash, version,
                   modified, origin, run, missing_runs, missing_since, body) ",
            );
            query.push_values(rows, |mut row, staged| {
                row.push_bind(staged.link).push_bind(staged.side.as_str());
                row.push_bind(school).push_bind(type_name);
                row.push_bind(&staged.remote_id).push_bind(staged.state);
                row.push_bind(maybe_text(staged.hash.as_ref())).push_bind(staged.raw_hash.as_deref());
                row.push_bind(staged.version.as_deref()).push_bind(maybe_micros(staged.modified));
                row.push_bind(staged.origin).push_bind(staged.run);
                row.push_bind(staged.missing_runs).push_bind(maybe_micros(staged.missing_since));
                row.push_bind(staged.body.as_deref());
            });
            query.push(
                " on conflict (link, side) do update set remote_id = excluded.remote_id,
                    state = excluded.state, hash = excluded.hash, raw_hash = excluded.raw_hash,
                    version = excluded.version, modified = excluded.modified, origin = excluded.origin,
                    run = excluded.run, missing_runs = excluded.missing_runs,
                    missing_since = excluded.missing_since, body = excluded.body",
            );
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// The copies of these records on both sides, in the order of (link, side).
pub async fn get_many(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Staged>> {
    let mut rows = Vec::with_capacity(links.len() * 2);
    for links in links.chunks(BATCH) {
        rows.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where link in ");
            push_list!(query, links);
            query.push(" order by link, side");
            query.build_query_as::<Staged>().fetch_all(c).await
        })?);
    }
    Ok(rows)
}

/// The copy of one record on one side, if there is one.
pub async fn find(conn: &mut Conn, link: LinkId, side: Side) -> Result<Option<Staged>> {
    on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where link = $1 and side = $2"]))
            .bind(link)
            .bind(side.as_str())
            .fetch_optional(c)
            .await
    })
}

/// Marks of those of the given remote ids that are staged, in the order of the ids.
pub async fn marks(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_ids: &[&str],
) -> Result<Vec<Mark>> {
    let mut marks = Vec::with_capacity(remote_ids.len());
    for remote_ids in remote_ids.chunks(BATCH) {
        marks.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select remote_id, link, state, raw_hash, version from staged where school = ",
            );
            query.push_bind(school).push(" and type = ").push_bind(type_name);
            query.push(" and side = ").push_bind(side.as_str()).push(" and remote_id in ");
            push_list!(query, remote_ids);
            query.push(" order by remote_id");
            query.build_query_as::<Mark>().fetch_all(c).await
        })?);
    }
    Ok(marks)
}

/// Staged ids of a type and side that are not known to be deleted, in their order, after `after` (empty: from the
/// first).
pub async fn list_remote_ids(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    after: &str,
    limit: u32,
) -> Result<Vec<RemoteId>> {
    on!(conn, c => {
        sqlx::query_as(
            "select remote_id, link, state, missing_runs, missing_since from staged
             where school = $1 and type = $2 and side = $3 and remote_id > $4 and state <> 'deleted'
             order by remote_id limit $5",
        )
        .bind(school)
        .bind(type_name)
        .bind(side.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// These records were absent from a verified listing of `side` in `run`: one more run, and since `now` if they were
/// there before. Doing it twice for the same run counts once.
pub async fn set_missing_many(
    conn: &mut Conn,
    side: Side,
    links: &[LinkId],
    run: RunId,
    now: DateTime<Utc>,
) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "update staged set missing_runs = missing_runs + 1, state = 'missing', missing_since = coalesce(missing_since, ",
            );
            query.push_bind(micros(now)).push("), run = ").push_bind(run);
            query.push(" where side = ").push_bind(side.as_str());
            query.push(" and state <> 'deleted' and not (state = 'missing' and run = ").push_bind(run);
            query.push(") and link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// These records are there after all.
pub async fn set_present_many(conn: &mut Conn, side: Side, links: &[LinkId], run: RunId) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "update staged set missing_runs = 0, state = 'live', missing_since = null, run = ",
            );
            query.push_bind(run);
            query.push(" where state = 'missing' and side = ").push_bind(side.as_str());
            query.push(" and link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// These records are deleted on `side`, and that is proved (RL G10).
pub async fn set_deleted_many(conn: &mut Conn, side: Side, links: &[LinkId], run: RunId) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("update staged set state = 'deleted', run = ");
            query.push_bind(run).push(" where side = ").push_bind(side.as_str()).push(" and link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Forgets the copies of these records on both sides: their links have ended.
pub async fn remove_many(conn: &mut Conn, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("delete from staged where link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Forgets the copies of these records on one side.
pub async fn remove_side_many(conn: &mut Conn, side: Side, links: &[LinkId]) -> Result<()> {
    for links in links.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("delete from staged where side = ");
            query.push_bind(side.as_str()).push(" and link in ");
            push_list!(query, links);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// How many copies each type and side of a school has, by state, as the database keeps count of them.
pub async fn counts(conn: &mut Conn, school: SchoolId) -> Result<Vec<StagedCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, side, state, count from staged_count where school = $1 and count <> 0
             order by type, side, state limit 10000",
        )
        .bind(school)
        .fetch_all(c)
        .await
    })
}

/// What is known of the form in which a side stores what we wrote (RL R21).
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredForms {
    /// Id at the counterpart.
    pub remote_id: String,
    /// JSON: field → what was sent, what is stored.
    pub aliases: String,
}

/// The stored forms known of these remote ids; those of which nothing is known are left out.
pub async fn aliases(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_ids: &[&str],
) -> Result<Vec<StoredForms>> {
    let mut rows = Vec::new();
    for remote_ids in remote_ids.chunks(BATCH) {
        rows.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select remote_id, aliases from staged where aliases is not null and school = ",
            );
            query.push_bind(school).push(" and type = ").push_bind(type_name);
            query.push(" and side = ").push_bind(side.as_str()).push(" and remote_id in ");
            push_list!(query, remote_ids);
            query.push(" order by remote_id");
            query.build_query_as::<StoredForms>().fetch_all(c).await
        })?);
    }
    Ok(rows)
}

/// Keeps what is known of the form in which a side stores these records; `None` when nothing is. A record may be named
/// once per call.
pub async fn set_aliases_many(
    conn: &mut Conn,
    side: Side,
    aliases: &[(LinkId, Option<String>)],
) -> Result<()> {
    for aliases in aliases.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("with known (link, aliases) as (");
            query.push_values(aliases, |mut row, (link, aliases)| {
                row.push_bind(*link).push_bind(aliases.as_deref());
            });
            query.push(") update staged set aliases = known.aliases from known where staged.link = known.link");
            query.push(" and staged.side = ").push_bind(side.as_str());
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Bodies of live records of a type on a side that hold this JSON somewhere, in the order of their links: those that
/// may point at a record. The text is compared as it is, letter case and all; whoever asks looks where it stands.
pub async fn bodies_holding(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    json: &str,
    limit: u32,
) -> Result<Vec<String>> {
    let place_of = conn.place_of();
    on!(conn, c => {
        sqlx::query_scalar(sql([
            "select body from staged where school = $1 and type = $2 and side = $3 and state = 'live' and ",
            place_of,
            "(body, $4) > 0 order by link limit $5",
        ]))
        .bind(school)
        .bind(type_name)
        .bind(side.as_str())
        .bind(json)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
