//! What a plan says.

use merge::{Outcome, Side};
use sqlx::{FromRow, QueryBuilder};

use super::{Operation, PlanChange, PlanVerdict, SELECT};
use crate::column::Text;
use crate::db::{Conn, on, push_list, sql};
use crate::error::{Result, StoreError};
use crate::ids::{LinkId, PlanChangeId, RunId};

/// Which rows of a plan to list; empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct PlanFilter<'a> {
    /// Only this merge type.
    pub type_name: Option<&'a str>,
    /// Only this side.
    pub side: Option<Side>,
    /// Only these verdicts.
    pub verdicts: Vec<PlanVerdict>,
    /// Only places after this one: the last place of the page before.
    pub after: Option<i64>,
}

/// How many rows of a plan are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PlanCount {
    /// The merge type.
    #[sqlx(rename = "type")]
    pub type_name: String,
    /// The side.
    #[sqlx(try_from = "Text<Side>")]
    pub side: Side,
    /// What is done.
    pub operation: Operation,
    /// What became of it.
    pub verdict: PlanVerdict,
    /// Verdict of the engine.
    #[sqlx(try_from = "Text<Outcome>")]
    pub outcome: Outcome,
    /// How many.
    pub count: i64,
}

/// The row with this id, which must exist.
pub async fn get(conn: &mut Conn, id: PlanChangeId) -> Result<PlanChange> {
    let row = on!(conn, c => {
        sqlx::query_as(sql([SELECT, "where id = $1"])).bind(id).fetch_optional(c).await
    })?;
    row.ok_or_else(|| StoreError::not_found("plan_change", id))
}

/// Rows of a run in the order of the plan.
pub async fn list(
    conn: &mut Conn,
    run: RunId,
    filter: &PlanFilter<'_>,
    limit: u32,
) -> Result<Vec<PlanChange>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where run = ").push_bind(run);
        if let Some(type_name) = filter.type_name {
            query.push(" and type = ").push_bind(type_name);
        }
        if let Some(side) = filter.side {
            query.push(" and side = ").push_bind(side.as_str());
        }
        if !filter.verdicts.is_empty() {
            query.push(" and verdict in ");
            push_list!(query, &filter.verdicts);
        }
        if let Some(after) = filter.after {
            query.push(" and position > ").push_bind(after);
        }
        query.push(" order by position limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// Rows of all runs for one record, newest first: its history.
pub async fn list_for_link(
    conn: &mut Conn,
    link: LinkId,
    before: Option<PlanChangeId>,
    limit: u32,
) -> Result<Vec<PlanChange>> {
    on!(conn, c => {
        let mut query = QueryBuilder::new(SELECT);
        query.push("where link = ").push_bind(link);
        if let Some(before) = before {
            query.push(" and id < ").push_bind(before);
        }
        query.push(" order by id desc limit ").push_bind(i64::from(limit));
        query.build_query_as().fetch_all(c).await
    })
}

/// How many rows of all runs there are for one record.
pub async fn count_for_link(conn: &mut Conn, link: LinkId) -> Result<i64> {
    on!(conn, c => {
        sqlx::query_scalar("select count(*) from plan_change where link = $1").bind(link).fetch_one(c).await
    })
}

/// How many rows a run has of each sort.
pub async fn counts(conn: &mut Conn, run: RunId) -> Result<Vec<PlanCount>> {
    on!(conn, c => {
        sqlx::query_as(
            "select type, side, operation, verdict, outcome, count(*) as count from plan_change where run = $1
             group by type, side, operation, verdict, outcome
             order by type, side, operation, verdict, outcome limit 10000",
        )
        .bind(run)
        .fetch_all(c)
        .await
    })
}
