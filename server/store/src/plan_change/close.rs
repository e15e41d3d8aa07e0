//! How a plan becomes writes, and how its rows follow them.

use chrono::{DateTime, Utc};
use merge::Side;

use sqlx::QueryBuilder;

use super::PlanVerdict;
use crate::column::micros;
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::{Result, StoreError};
use crate::ids::{PlanChangeId, RunId, SchoolId};

/// Sets the verdict of every row of a run that has the verdict `from`: those of one type and side, or all.
///
/// The limit of a type (RL G3) is `Some((type, side)), Planned, HeldByLimit`; taking a whole plan back is
/// `None, Planned, Held`. Answers how many rows changed.
pub async fn set_verdict(
    conn: &mut Conn,
    run: RunId,
    group: Option<(&str, Side)>,
    from: PlanVerdict,
    to: PlanVerdict,
) -> Result<u64> {
    match group {
        Some((type_name, side)) => change!(
            conn,
            sqlx::query(
                "update plan_change set verdict = $5
                 where run = $1 and type = $2 and side = $3 and verdict = $4",
            )
            .bind(run)
            .bind(type_name)
            .bind(side.as_str())
            .bind(from)
            .bind(to)
        ),
        None => change!(
            conn,
            sqlx::query("update plan_change set verdict = $3 where run = $1 and verdict = $2")
                .bind(run)
                .bind(from)
                .bind(to)
        ),
    }
}

/// The set-based part of the transaction that closes T4 (RL R8): makes a write in state `pending` of every row with
/// the verdict `planned`, with all that its side holds, and says so on the row. Answers how many writes were made.
///
/// A record that is staged in another form by now than the plan read becomes no write, and its row is `superseded`: the
/// next run looks at it again.
///
/// The same transaction stores the conflicts and moves the run on with
/// [`run::settle_plan`](crate::run::settle_plan), which checks the lease; it must be rolled back when that answers
/// `false`. A record that has an open write already is [`StoreError::Duplicate`] (RL R1, R5), a planned row without
/// idempotency key [`StoreError::Inconsistent`].
pub async fn close_plan(conn: &mut Conn, school: SchoolId, run: RunId, now: DateTime<Utc>) -> Result<u64> {
    let made = change!(
        conn,
        sqlx::query(
            "insert into write (id, school, run, link, type, side, position, operation, state, why, remote_id,
               idempotency_key, correlation, attempts, runs_parked, refusals, pre_hash, pre_version, post_hash,
               created_at, changed, apart, pre_body, post_body)
             select p.id, p.school, p.run, p.link, p.type, p.side, p.position, p.operation, 'pending', 'run',
               p.remote_id, p.idempotency_key, coalesce(p.correlation, ''), 0, 0, p.refusals, p.pre_hash,
               p.pre_version, p.post_hash, $3, p.changed, p.apart, s.body, p.after
             from plan_change p left join staged s on s.link = p.link and s.side = p.side and s.hash = p.pre_hash
             where p.run = $2 and p.school = $1 and p.verdict = 'planned' and p.operation <> 'none'
               and p.idempotency_key is not null and (p.pre_hash is null or s.link is not null)",
        )
        .bind(school)
        .bind(run)
        .bind(micros(now))
    )?;
    let marked = change!(
        conn,
        sqlx::query(
            "update plan_change set verdict = 'pending'
             where run = $1 and verdict = 'planned' and operation <> 'none'",
        )
        .bind(run)
    )?;
    if made == marked || made + supersede(conn, run).await? == marked {
        return Ok(made);
    }
    let problem = format!("{} planned changes became no writes", marked.abs_diff(made));
    Err(StoreError::Inconsistent { table: "plan_change", row: run.to_string(), problem })
}

/// Marks the rows that have an idempotency key and became no write: their records are staged in another form by now.
async fn supersede(conn: &mut Conn, run: RunId) -> Result<u64> {
    change!(
        conn,
        sqlx::query(
            "update plan_change set verdict = 'superseded'
             where run = $1 and verdict = 'pending' and idempotency_key is not null
               and not exists (select 1 from write w where w.id = plan_change.id)",
        )
        .bind(run)
    )
}

/// Gives every row of a run the verdict that its write stands for. Set-based, and safe to repeat.
pub async fn follow_writes(conn: &mut Conn, run: RunId) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "update plan_change set verdict = coalesce(
               (select case w.state
                  when 'held' then 'held' when 'pending' then 'pending' when 'retry' then 'pending'
                  when 'sending' then 'sent' when 'unknown' then 'sent' when 'acked' then 'sent'
                  when 'confirmed' then 'confirmed' when 'superseded' then 'superseded'
                  when 'rejected' then 'rejected' when 'parked' then 'parked' when 'dropped' then 'skipped' end
                from write w where w.id = plan_change.id), verdict)
             where run = $1 and verdict in ('pending', 'sent', 'parked', 'held')",
        )
        .bind(run)
    )?;
    Ok(())
}

/// Gives chosen rows of a plan that are still `planned` another verdict: they wait for a create that waits (RL G7).
pub async fn set_verdict_many(conn: &mut Conn, ids: &[PlanChangeId], to: PlanVerdict) -> Result<()> {
    for ids in ids.chunks(BATCH) {
        on!(conn, c => {
            let mut query = QueryBuilder::new("update plan_change set verdict = ");
            query.push_bind(to).push(" where verdict = 'planned' and id in ");
            push_list!(query, ids);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}
