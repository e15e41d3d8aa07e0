//! Adding rows to a plan.

use std::fmt;

use sqlx::{Arguments as _, Database, Postgres, QueryBuilder, Sqlite};

use super::PlanChange;
use crate::db::{BATCH, Conn, Engine, Pools, Store};
use crate::error::Result;
use crate::ids::SchoolId;

/// Rows of a plan, bound to the statement that adds them: the work of a processor is done before the transaction begins,
/// while another one waits for the disk.
pub struct BoundRows(Statement);

enum Statement {
    Sqlite(QueryBuilder<Sqlite>),
    Postgres(QueryBuilder<Postgres>),
}

impl fmt::Debug for BoundRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoundRows")
    }
}

/// Columns of a row.
const COLUMNS: usize = 25;

/// A statement that adds these rows. Texts are handed over, not copied.
macro_rules! insert {
    ($database:ty, $school:expr, $rows:expr) => {{
        let mut arguments = <$database as Database>::Arguments::default();
        arguments.reserve(COLUMNS * $rows.len(), 0);
        let mut query = QueryBuilder::<$database>::with_arguments(
            "insert into plan_change (id, run, school, type, link, position, key, label, side, operation, outcome,
               verdict, remote_id, changed, decisions, pre_hash, pre_version, post_hash, idempotency_key,
               correlation, refusals, conflict, apart, before, after) ",
            arguments,
        );
        query.push_values($rows, |mut row, plan: PlanChange| {
            row.push_bind(plan.id).push_bind(plan.run).push_bind($school).push_bind(plan.type_name);
            row.push_bind(plan.link).push_bind(plan.position);
            row.push_bind(plan.key).push_bind(plan.label).push_bind(plan.side.as_str());
            row.push_bind(plan.operation).push_bind(plan.outcome.as_str()).push_bind(plan.verdict);
            row.push_bind(plan.remote_id).push_bind(plan.changed).push_bind(plan.decisions);
            row.push_bind(plan.pre_hash).push_bind(plan.pre_version).push_bind(plan.post_hash);
            row.push_bind(plan.idempotency_key).push_bind(plan.correlation).push_bind(plan.refusals);
            row.push_bind(plan.conflict).push_bind(plan.apart);
            row.push_bind(plan.before).push_bind(plan.after);
        });
        query
    }};
}

impl BoundRows {
    /// Binds rows for the engine of this store, at most `at_once` together, and never more than a statement can hold.
    #[must_use]
    pub fn batches(store: &Store, school: SchoolId, rows: Vec<PlanChange>, at_once: usize) -> Vec<Self> {
        Self::bind(matches!(store.pools, Pools::Sqlite { .. }), school, rows, at_once.clamp(1, BATCH))
    }

    fn bind(for_sqlite: bool, school: SchoolId, rows: Vec<PlanChange>, at_once: usize) -> Vec<Self> {
        let (mut rows, mut bound) = (rows.into_iter(), Vec::new());
        while rows.len() > 0 {
            let some = rows.by_ref().take(at_once);
            bound.push(Self(match for_sqlite {
                true => Statement::Sqlite(insert!(Sqlite, school, some)),
                false => Statement::Postgres(insert!(Postgres, school, some)),
            }));
        }
        bound
    }
}

/// Adds rows to the plan of a run that is `merging` (RL R8).
pub async fn add_bound(conn: &mut Conn, rows: BoundRows) -> Result<()> {
    conn.enter()?;
    let outcome = match (&mut conn.engine, rows.0) {
        (Engine::Sqlite(tx), Statement::Sqlite(mut query)) => {
            query.build().execute(&mut **tx).await.map(drop)
        }
        (Engine::Postgres(tx), Statement::Postgres(mut query)) => {
            query.build().execute(&mut **tx).await.map(drop)
        }
        _ => Err(sqlx::Error::Configuration("rows that are bound for another engine".into())),
    };
    conn.leave(outcome)
}

/// Binds rows and adds them.
pub async fn add_many(conn: &mut Conn, school: SchoolId, rows: Vec<PlanChange>) -> Result<()> {
    for rows in BoundRows::bind(matches!(conn.engine, Engine::Sqlite(_)), school, rows, BATCH) {
        add_bound(conn, rows).await?;
    }
    Ok(())
}
