//! Which writes there are.

use chrono::{DateTime, Utc};
use merge::Side;
use sqlx::{FromRow, QueryBuilder};

use super::{SELECT, Write, WriteState};
use crate::column::{Text, Time, micros};
use crate::db::{BATCH, Conn, on, push_list};
use crate::error::Result;
use crate::ids::{DecisionId, LinkId, RunId, SchoolId, WriteId};
use crate::plan_change::Operation;

/// How many writes of a run are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WriteCount {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What is done.
    pub operation: Operation,
    /// Where they stand.
    pub state: WriteState,
    /// How many.
    pub count: i64,
}

/// When writes to a side went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Span {
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// When the first one was sent.
    #[sqlx(try_from = "Time")]
    pub first: DateTime<Utc>,
    /// When the last one was sent.
    #[sqlx(try_from = "Time")]
    pub last: DateTime<Utc>,
}

/// How many writes stand in a state.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OpenCount {
    /// Where they stand.
    pub state: WriteState,
    /// How many.
    pub count: i64,
}

/// How often a counterpart refused the same change for good (RL R2).
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Refusals {
    /// The record.
    pub link: LinkId,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What was to be done.
    pub operation: Operation,
    /// Hash of what it was to hold; `None` for a delete.
    pub post_hash: Option<String>,
    /// How often.
    pub count: i64,
}

/// Writes of a run in the given states (none: in all), in the order of sending, after the place `after`.
pub async fn list_for_run(
    conn: &mut Conn,
    run: RunId,
    states: &[WriteState],
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Write>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where run = ").push_bind(run);
        if !states.is_empty() {
            query.push(" and state in ");
            push_list!(query, states);
        }
        if let Some(after) = after {
            query.push(" and position > ").push_bind(after);
        }
        query.push(" order by position, id limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// Open writes of a school in the given states (none: in all), oldest first, after the id `after`.
pub async fn open_for_school(
    conn: &mut Conn,
    school: SchoolId,
    states: &[WriteState],
    after: Option<WriteId>,
    limit: u32,
) -> Result<Vec<Write>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where school = ").push_bind(school);
        query.push(" and state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')");
        if !states.is_empty() {
            query.push(" and state in ");
            push_list!(query, states);
        }
        if let Some(after) = after {
            query.push(" and id > ").push_bind(after);
        }
        query.push(" order by id limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// Open writes of these records on either side.
pub async fn open_for_links(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Write>> {
    let mut writes = Vec::new();
    for links in links.chunks(BATCH) {
        writes.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')");
            query.push(" and link in ");
            push_list!(query, links);
            query.push(" order by link, side");
            query.build_query_as::<Write>().fetch_all(c).await
        })?);
    }
    Ok(writes)
}

/// Refusals of these records so far, by side, operation and wanted content: rejected and superseded writes.
pub async fn refusals_for(conn: &mut Conn, links: &[LinkId]) -> Result<Vec<Refusals>> {
    let mut refusals = Vec::new();
    for links in links.chunks(BATCH) {
        refusals.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(
                "select link, side, operation, post_hash, count(*) as count from write
                 where state in ('rejected', 'superseded') and link in ",
            );
            push_list!(query, links);
            query.push(" group by link, side, operation, post_hash order by link, side, operation, post_hash");
            query.build_query_as::<Refusals>().fetch_all(c).await
        })?);
    }
    Ok(refusals)
}

/// How many writes a run has of each sort.
pub async fn counts(conn: &mut Conn, run: RunId) -> Result<Vec<WriteCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, side, operation, state, count(*) as count from write where run = $1
             group by type, side, operation, state order by type, side, operation, state limit 10000",
        )
        .bind(run)
        .fetch_all(c)
        .await
    })
}

/// When the writes of a run went out, by side.
pub async fn spans(conn: &mut Conn, run: RunId) -> Result<Vec<Span>> {
    on!(conn, c => {
        sqlx::query_as(
            "select side, min(last_sent_at) as first, max(last_sent_at) as last from write
             where run = $1 and last_sent_at is not null group by side order by side limit 2",
        )
        .bind(run)
        .fetch_all(c)
        .await
    })
}

/// How many writes of a run stand in each state; read from an index alone, so that every page may ask.
pub async fn state_counts(conn: &mut Conn, run: RunId) -> Result<Vec<OpenCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select state, count(*) as count from write where run = $1 group by state order by state limit 100",
        )
        .bind(run)
        .fetch_all(c)
        .await
    })
}

/// How many open writes a school has in each state.
pub async fn open_counts(conn: &mut Conn, school: SchoolId) -> Result<Vec<OpenCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select state, count(*) as count from write where school = $1
               and state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')
             group by state order by state limit 100",
        )
        .bind(school)
        .fetch_all(c)
        .await
    })
}

/// The writes that a decision made, in the order of their sides.
pub async fn list_for_decision(conn: &mut Conn, decision: DecisionId) -> Result<Vec<Write>> {
    list_for_decisions(conn, &[decision]).await
}

/// The writes that these decisions made, in the order of (decision, side).
pub async fn list_for_decisions(conn: &mut Conn, decisions: &[DecisionId]) -> Result<Vec<Write>> {
    let mut writes = Vec::new();
    for decisions in decisions.chunks(BATCH) {
        writes.extend(on!(conn, c => {
            let mut query = QueryBuilder::new(SELECT);
            query.push("where decision in ");
            push_list!(query, decisions);
            query.push(" order by decision, side");
            query.build_query_as::<Write>().fetch_all(c).await
        })?);
    }
    Ok(writes)
}

/// Whether a school has writes of decisions to send or to settle: some whose undo time is over, or some that an earlier
/// start left on their way.
pub async fn has_decided(conn: &mut Conn, school: SchoolId, now: DateTime<Utc>) -> Result<bool> {
    on!(conn, c => {
        sqlx::query_scalar(
            "select exists (select 1 from write where school = $1 and run is null
               and state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked')
               and (state in ('pending', 'sending', 'unknown', 'retry', 'acked')
                 or state = 'held' and held_until <= $2))",
        )
        .bind(school)
        .bind(micros(now))
        .fetch_one(c)
        .await
    })
}
