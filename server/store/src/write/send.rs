//! T5 and T6: the transactions around the one request of a write (RL 3.2). Commit T5 before a byte leaves.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::QueryBuilder;

use super::WriteState;
use crate::column::{maybe_micros, micros};
use crate::db::{BATCH, Conn, change, on, push_list};
use crate::error::Result;
use crate::ids::{SchoolId, WriteId};
use crate::lease::{Guard, later};

/// How long a request may take, as T5 must know it.
#[derive(Debug, Clone, Copy)]
pub struct Lookahead {
    /// What must be left of the lease: send limit and margin.
    pub remaining: TimeDelta,
    /// Until when the request may still take effect: see [`Write::settle_until`](super::Write::settle_until).
    pub settle_until: DateTime<Utc>,
}

/// T5: from `pending` or `retry` to `sending`, one more attempt. Answers the number of the attempt.
///
/// `None` means that nothing may be sent: the lease is not ours or has too little left, the side is paused
/// (RL G31), the school is in staging (RL R34), or the write is in another state.
pub async fn begin_send(
    conn: &mut Conn,
    guard: &Guard,
    id: WriteId,
    now: DateTime<Utc>,
    ahead: Lookahead,
) -> Result<Option<i64>> {
    let lease_now = conn.lease_now(now).await?;
    on!(conn, c => {
        sqlx::query_scalar(
            "update write set state = 'sending', attempts = attempts + 1, fence = $6, last_sent_at = $2,
               settle_until = $3
             where id = $1 and school = $4 and state in ('pending', 'retry')
               and exists (select 1 from lease l where l.school = $4 and l.phase = $7 and l.holder = $5
                 and l.fence = $6 and l.expires_at >= $8)
               and not exists (select 1 from school s where s.id = $4
                 and (s.staging or case write.side when 'ours' then s.paused_ours else s.paused_theirs end))
             returning attempts",
        )
        .bind(id)
        .bind(micros(now))
        .bind(micros(ahead.settle_until))
        .bind(guard.school)
        .bind(&guard.holder)
        .bind(guard.fence)
        .bind(guard.phase)
        .bind(later(lease_now, ahead.remaining))
        .fetch_optional(c)
        .await
    })
}

/// What is known after a request, or after a look at the counterpart.
#[derive(Debug, Clone)]
pub struct Settlement<'a> {
    /// The state to move to: `acked`, `unknown`, `retry`, `superseded`, `rejected`, `parked` or, in recovery,
    /// whatever RL 3.4 says. `parked` counts one more run.
    pub state: WriteState,
    /// Id of the record; `None` keeps what is known.
    pub remote_id: Option<&'a str>,
    /// Version after the write; `None` keeps what is known.
    pub answer_version: Option<&'a str>,
    /// What the counterpart answered that it holds; `None` keeps what is known.
    pub answer_body: Option<&'a str>,
    /// Its hash.
    pub answer_hash: Option<&'a str>,
    /// Version to guard the next attempt with; `None` keeps the one that is there.
    pub pre_version: Option<&'a str>,
    /// Code of the refusal or failure.
    pub error_code: Option<&'a str>,
    /// Its text.
    pub error_message: Option<&'a str>,
    /// The field it names.
    pub error_field: Option<&'a str>,
}

impl Settlement<'_> {
    /// A settlement that says the state and nothing else.
    #[must_use]
    pub fn of(state: WriteState) -> Self {
        Self {
            state,
            remote_id: None,
            answer_version: None,
            answer_body: None,
            answer_hash: None,
            pre_version: None,
            error_code: None,
            error_message: None,
            error_field: None,
        }
    }

    /// When the write ends with it: now, or not yet.
    pub(super) fn ended_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (!self.state.is_open()).then_some(now)
    }

    pub(super) fn parked(&self) -> i64 {
        i64::from(self.state == WriteState::Parked)
    }
}

/// T6: from `sending` to what the answer says, if the write was sent under this guard's fence and the lease is still
/// ours. `false` means "no longer mine": nothing was changed.
pub async fn settle(
    conn: &mut Conn,
    guard: &Guard,
    id: WriteId,
    settlement: &Settlement<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update write set state = $2, remote_id = coalesce($3, remote_id),
               answer_version = coalesce($4, answer_version), answer_body = coalesce($5, answer_body),
               answer_hash = coalesce($6, answer_hash), pre_version = coalesce($7, pre_version),
               error_code = $8, error_message = $9, error_field = $10, ended_at = $11,
               runs_parked = runs_parked + $12
             where id = $1 and school = $13 and state = 'sending' and fence = $14
               and exists (select 1 from lease l where l.school = $13 and l.phase = $15 and l.holder = $16
                 and l.fence = $14)",
        )
        .bind(id)
        .bind(settlement.state)
        .bind(settlement.remote_id)
        .bind(settlement.answer_version)
        .bind(settlement.answer_body)
        .bind(settlement.answer_hash)
        .bind(settlement.pre_version)
        .bind(settlement.error_code)
        .bind(settlement.error_message)
        .bind(settlement.error_field)
        .bind(maybe_micros(settlement.ended_at(now)))
        .bind(settlement.parked())
        .bind(guard.school)
        .bind(guard.fence)
        .bind(guard.phase)
        .bind(&guard.holder)
    )?;
    Ok(done == 1)
}

/// A forced apply looks at the record right before sending (RL R13): stores the values it overwrites and the version
/// it goes by. Only while the write is `pending` or `retry` and the lease is ours.
pub async fn refresh_guard(
    conn: &mut Conn,
    guard: &Guard,
    id: WriteId,
    pre_version: Option<&str>,
    pre_hash: Option<&str>,
    pre_body: Option<&str>,
) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query(
            "update write set pre_version = $2, pre_hash = $3, pre_body = $4
             where id = $1 and state in ('pending', 'retry')
               and exists (select 1 from lease l where l.school = $5 and l.phase = $6 and l.holder = $7
                 and l.fence = $8)",
        )
        .bind(id)
        .bind(pre_version)
        .bind(pre_hash)
        .bind(pre_body)
        .bind(guard.school)
        .bind(guard.phase)
        .bind(&guard.holder)
        .bind(guard.fence)
    )?;
    Ok(done == 1)
}

/// Writes of a school whose undo time is over become `pending`; answers which, in no particular order.
pub async fn due_decided(conn: &mut Conn, school: SchoolId, now: DateTime<Utc>) -> Result<Vec<WriteId>> {
    on!(conn, c => {
        sqlx::query_scalar(
            "update write set state = 'pending'
             where school = $1 and state = 'held' and held_until <= $2 returning id",
        )
        .bind(school)
        .bind(micros(now))
        .fetch_all(c)
        .await
    })
}

/// Writes of these types that wait for the next merge become `pending`; answers how many.
pub async fn due_at_merge(conn: &mut Conn, school: SchoolId, types: &[&str]) -> Result<u64> {
    let mut due = 0;
    for types in types.chunks(BATCH) {
        due += on!(conn, c => {
            let mut query = QueryBuilder::new("update write set state = 'pending' where school = ");
            query.push_bind(school).push(" and state = 'held' and held_until is null and type in ");
            push_list!(query, types);
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(due)
}
