//! Quarantine: records that could not be read, mapped or written, with their error (RL section 6). They count as
//! present.

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::{FromRow, QueryBuilder};

use crate::column::{Text, Time, micros, text_enum};
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::{RunId, SchoolId};

text_enum! {
    /// What is done about a poison record.
    pub enum QuarantineState {
        /// It failed and is tried once per run.
        Open = "open",
        /// It failed too often: tried again when it, the mapping or the schema changes, or by hand.
        Quarantined = "quarantined",
        /// It went well again, or a person let it go.
        Released = "released",
    }
}

/// A record that failed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Poison {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// Its id there; for an item without a readable id whatever names it in the listing.
    pub remote_id: String,
    /// Its key in canonical form, if it has a readable one.
    pub key: Option<String>,
    /// What is done about it.
    pub state: QuarantineState,
    /// Code of the error.
    pub code: String,
    /// Text of the error.
    pub message: String,
    /// The field it names.
    pub field: Option<String>,
    /// Its version at the counterpart.
    pub version: Option<String>,
    /// Hash of the record as read.
    pub raw_hash: Option<String>,
    /// Runs in which it failed.
    pub runs_failed: i64,
    /// The first of them.
    pub first_run: Option<RunId>,
    /// The last of them.
    pub last_run: Option<RunId>,
    /// When it first failed.
    #[sqlx(try_from = "Time")]
    pub first_at: DateTime<Utc>,
    /// When it last failed.
    #[sqlx(try_from = "Time")]
    pub last_at: DateTime<Utc>,
    /// Its raw text.
    pub raw: Option<String>,
}

/// A failure to record.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The merge type.
    pub type_name: String,
    /// The side.
    pub side: Side,
    /// See [`Poison::remote_id`].
    pub remote_id: String,
    /// See [`Poison::key`].
    pub key: Option<String>,
    /// Code of the error.
    pub code: String,
    /// Text of the error.
    pub message: String,
    /// The field it names.
    pub field: Option<String>,
    /// Its version at the counterpart.
    pub version: Option<String>,
    /// Hash of the record as read.
    pub raw_hash: Option<String>,
    /// Its raw text.
    pub raw: Option<String>,
}

/// How many records failed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PoisonCount {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What is done about them.
    pub state: QuarantineState,
    /// How many.
    pub count: i64,
}

/// Which failed records to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct PoisonFilter<'a> {
    /// Only these merge types.
    pub types: Vec<&'a str>,
    /// Only this side.
    pub side: Option<Side>,
    /// Only these states.
    pub states: Vec<QuarantineState>,
    /// Only those that last failed in this run.
    pub run: Option<RunId>,
    /// Only those after (type, side, remote id): the last of the page before.
    pub after: Option<(&'a str, Side, &'a str)>,
}

/// Records failures in `run`, each record at most once per call. A record that failed in `limit` runs becomes
/// `quarantined` (RL Q2); one that was released begins to count anew. A repeat within the same run counts once.
pub async fn record_many(
    conn: &mut Conn,
    school: SchoolId,
    run: RunId,
    failures: &[Failure],
    limit: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let first = if limit <= 1 { QuarantineState::Quarantined } else { QuarantineState::Open };
    for failures in failures.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new(
                "insert into quarantine (school, type, side, remote_id, key, state, code, message, field, version,
                   raw_hash, runs_failed, first_run, last_run, first_at, last_at, raw) ",
            );
            query.push_values(failures, |mut row, failure| {
                row.push_bind(school).push_bind(&failure.type_name).push_bind(failure.side.as_str());
                row.push_bind(&failure.remote_id).push_bind(failure.key.as_deref()).push_bind(first);
                row.push_bind(&failure.code).push_bind(&failure.message).push_bind(failure.field.as_deref());
                row.push_bind(failure.version.as_deref()).push_bind(failure.raw_hash.as_deref());
                row.push_bind(1_i64).push_bind(run).push_bind(run);
                row.push_bind(micros(now)).push_bind(micros(now)).push_bind(failure.raw.as_deref());
            });
            query.push(
                " on conflict (school, type, side, remote_id) do update set
                    runs_failed = case when quarantine.state = 'released' then 1
                      when quarantine.last_run = excluded.last_run then quarantine.runs_failed
                      else quarantine.runs_failed + 1 end,
                    state = case when quarantine.state = 'released' then excluded.state
                      when quarantine.state = 'quarantined' then quarantine.state
                      when quarantine.last_run <> excluded.last_run and quarantine.runs_failed + 1 >= ",
            );
            query.push_bind(limit);
            query.push(
                " then 'quarantined' else quarantine.state end,
                    first_run = case when quarantine.state = 'released' then excluded.first_run
                      else quarantine.first_run end,
                    first_at = case when quarantine.state = 'released' then excluded.first_at
                      else quarantine.first_at end,
                    key = coalesce(excluded.key, quarantine.key), code = excluded.code,
                    message = excluded.message, field = excluded.field, version = excluded.version,
                    raw_hash = excluded.raw_hash, last_run = excluded.last_run, last_at = excluded.last_at,
                    raw = excluded.raw",
            );
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// These records went well, or are to be tried again. Answers how many there were.
pub async fn release_many(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_ids: &[&str],
) -> Result<u64> {
    let mut released = 0;
    for remote_ids in remote_ids.chunks(BATCH) {
        released += on!(conn, c => {
            let mut query = QueryBuilder::new("update quarantine set state = 'released' where school = ");
            query.push_bind(school).push(" and type = ").push_bind(type_name);
            query.push(" and side = ").push_bind(side.as_str());
            query.push(" and state <> 'released' and remote_id in ");
            push_list!(query, remote_ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(released)
}

/// Those of the given records that failed, in the order of their ids; also released ones.
pub async fn find_many(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_ids: &[&str],
) -> Result<Vec<Poison>> {
    let mut found = Vec::new();
    for remote_ids in remote_ids.chunks(BATCH) {
        found.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where school = ").push_bind(school).push(" and type = ").push_bind(type_name);
            query.push(" and side = ").push_bind(side.as_str()).push(" and remote_id in ");
            push_list!(query, remote_ids);
            query.push(" order by remote_id");
            query.build_query_as::<Poison>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

const SELECT: &str = "select type, side, remote_id, key, state, code, message, field, version, raw_hash,
  runs_failed, first_run, last_run, first_at, last_at, raw from quarantine ";

/// Failed records of a school in the order of (type, side, remote id).
pub async fn list(
    conn: &mut Conn,
    school: SchoolId,
    filter: &PoisonFilter<'_>,
    limit: u32,
) -> Result<Vec<Poison>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where school = ").push_bind(school);
        if !filter.types.is_empty() {
            query.push(" and type in ");
            push_list!(query, &filter.types);
        }
        if let Some(side) = filter.side {
            query.push(" and side = ").push_bind(side.as_str());
        }
        if !filter.states.is_empty() {
            query.push(" and state in ");
            push_list!(query, &filter.states);
        }
        if let Some(run) = filter.run {
            query.push(" and last_run = ").push_bind(run);
        }
        if let Some((type_name, side, remote_id)) = filter.after {
            query.push(" and (type, side, remote_id) > (").push_bind(type_name);
            query.push(", ").push_bind(side.as_str()).push(", ").push_bind(remote_id).push(")");
        }
        query.push(" order by type, side, remote_id limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many records failed in a run, by type, side and what is done about them.
pub async fn counts(conn: &mut Conn, run: RunId) -> Result<Vec<PoisonCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, side, state, count(*) as count from quarantine where last_run = $1
             group by type, side, state order by type, side, state limit 10000",
        )
        .bind(run)
        .fetch_all(c)
        .await
    })
}

/// Forgets a record that is known to be gone.
pub async fn remove(
    conn: &mut Conn,
    school: SchoolId,
    type_name: &str,
    side: Side,
    remote_id: &str,
) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "delete from quarantine where school = $1 and type = $2 and side = $3 and remote_id = $4"
        )
        .bind(school)
        .bind(type_name)
        .bind(side.as_str())
        .bind(remote_id)
    )?;
    Ok(())
}
