//! The one row about this installation: which process runs it and when it was last alive (RL R24, P33).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::column::{MaybeTime, micros};
use crate::db::{Conn, change, on};
use crate::error::Result;
use crate::ids::BootId;

/// Who runs this installation.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Instance {
    /// The last start of a process that claimed the database.
    pub boot_id: Option<BootId>,
    /// When that was.
    #[sqlx(try_from = "MaybeTime")]
    pub started_at: Option<DateTime<Utc>>,
    /// When that process last said that it is alive.
    #[sqlx(try_from = "MaybeTime")]
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// Rows of the audit chain, including any that were cut off.
    pub audit_seq: i64,
}

/// The row as it is.
pub async fn get(conn: &mut Conn) -> Result<Instance> {
    on!(conn, c => {
        sqlx::query_as("select boot_id, started_at, heartbeat_at, audit_seq from instance where id = 1")
            .fetch_one(c)
            .await
    })
}

/// Writes down that this start of this process runs the installation.
pub async fn start(conn: &mut Conn, boot_id: BootId, now: DateTime<Utc>) -> Result<()> {
    change!(
        conn,
        sqlx::query("update instance set boot_id = $1, started_at = $2, heartbeat_at = $2 where id = 1")
            .bind(boot_id)
            .bind(micros(now))
    )?;
    Ok(())
}

/// Says that this start is still alive. `false` when another start has taken over since.
pub async fn heartbeat(conn: &mut Conn, boot_id: BootId, now: DateTime<Utc>) -> Result<bool> {
    let done = change!(
        conn,
        sqlx::query("update instance set heartbeat_at = $2 where id = 1 and boot_id = $1")
            .bind(boot_id)
            .bind(micros(now))
    )?;
    Ok(done == 1)
}
