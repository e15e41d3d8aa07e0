//! When a run came into its states, and the word for how it ended: what people read of it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::RunState;
use crate::column::{Time, micros};
use crate::db::{Conn, change, on};
use crate::error::Result;
use crate::ids::RunId;

/// When a run came into a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct StateMark {
    /// The state.
    pub state: RunState,
    /// When, the last time it did.
    #[sqlx(try_from = "Time")]
    pub began_at: DateTime<Utc>,
}

/// Writes down that the run has come into a state now.
pub async fn note_state(conn: &mut Conn, run: RunId, state: RunState, now: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query(
            "insert into run_state (run, state, began_at) values ($1, $2, $3)
             on conflict (run, state) do update set began_at = excluded.began_at",
        )
        .bind(run)
        .bind(state)
        .bind(micros(now))
    )?;
    Ok(())
}

/// When the run came into each of its states, in that order.
pub async fn marks(conn: &mut Conn, run: RunId) -> Result<Vec<StateMark>> {
    on!(conn, c => {
        sqlx::query_as("select state, began_at from run_state where run = $1 order by began_at, state limit 100")
            .bind(run)
            .fetch_all(c)
            .await
    })
}

/// Writes down how a run ended, in the words of UX 3, and its counts as JSON. Belongs into the transaction that ends it.
pub async fn note_outcome(conn: &mut Conn, run: RunId, outcome: &str, summary: &str) -> Result<()> {
    change!(
        conn,
        sqlx::query("update run set outcome = $2, summary = $3 where id = $1 and ended_at is not null")
            .bind(run)
            .bind(outcome)
            .bind(summary)
    )?;
    Ok(())
}
