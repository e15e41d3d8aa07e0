//! Which runs there are.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{Run, RunKind, RunState, SELECT};
use crate::column::micros;
use crate::db::{Conn, on, push_list, sql};
use crate::error::Result;
use crate::ids::SchoolId;

/// Which runs to list; empty lists do not restrict.
#[derive(Debug, Clone, Default)]
pub struct RunFilter<'a> {
    /// Only these kinds.
    pub kinds: Vec<RunKind>,
    /// Only these states.
    pub states: Vec<RunState>,
    /// Only those that ended with one of these outcomes, see [`Run::outcome`].
    pub outcomes: Vec<&'a str>,
    /// Only those asked for at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Only those asked for before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only numbers below this one: the last number of the page before.
    pub before: Option<i64>,
    /// Only numbers above this one.
    pub above: Option<i64>,
}

macro_rules! push_filter {
    ($query:expr, $school:expr, $filter:expr) => {{
        $query.push("where school = ").push_bind($school);
        if !$filter.kinds.is_empty() {
            $query.push(" and kind in ");
            push_list!($query, &$filter.kinds);
        }
        if !$filter.states.is_empty() {
            $query.push(" and state in ");
            push_list!($query, &$filter.states);
        }
        if !$filter.outcomes.is_empty() {
            $query.push(" and outcome in ");
            push_list!($query, &$filter.outcomes);
        }
        if let Some(from) = $filter.from {
            $query.push(" and requested_at >= ").push_bind(micros(from));
        }
        if let Some(until) = $filter.until {
            $query.push(" and requested_at < ").push_bind(micros(until));
        }
        if let Some(before) = $filter.before {
            $query.push(" and number < ").push_bind(before);
        }
        if let Some(above) = $filter.above {
            $query.push(" and number > ").push_bind(above);
        }
    }};
}

/// Runs of a school, newest first.
pub async fn list(conn: &mut Conn, school: SchoolId, filter: &RunFilter<'_>, limit: u32) -> Result<Vec<Run>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        query.push(" order by number desc limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// Runs of a school, oldest first: a page that is reached from its end.
pub async fn list_rising(
    conn: &mut Conn,
    school: SchoolId,
    filter: &RunFilter<'_>,
    limit: u32,
) -> Result<Vec<Run>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        push_filter!(query, school, filter);
        query.push(" order by number limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many runs the filter lets through.
pub async fn count(conn: &mut Conn, school: SchoolId, filter: &RunFilter<'_>) -> Result<i64> {
    on!(conn, c => {
        let mut query = QueryBuilder::new("select count(*) from run ");
        push_filter!(query, school, filter);
        query.build_query_scalar().fetch_one(c).await
    })
}

/// Runs of a school that were begun and not yet reported, oldest first: what a restart finds.
pub async fn unfinished(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<Run>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and state <> 'reported' and state <> 'requested' order by number limit $2",
        ]))
        .bind(school)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Runs of a school that are asked for, at work, or wait for an approval, newest first: what every page says above itself.
pub async fn open(conn: &mut Conn, school: SchoolId, limit: u32) -> Result<Vec<Run>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where school = $1 and state <> 'reported' and ended_at is null order by number desc limit $2",
        ]))
        .bind(school)
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}

/// Runs of all schools that wait to be begun, oldest first.
pub async fn requested(conn: &mut Conn, limit: u32) -> Result<Vec<Run>> {
    on!(conn, c => {
        sqlx::query_as(sql([
            SELECT,
            "where state = 'requested' and state <> 'reported' order by requested_at, id limit $1",
        ]))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await
    })
}
