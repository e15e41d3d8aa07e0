//! PostgreSQL (RL R27 to R31): limits on every connection, and the settings that durability rests on.

use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{POSTGRES, assert_setting, migration_failed};
use crate::db::Pools;
use crate::error::{Result, StoreError};

const CONNECTIONS: u32 = 16;
const ACQUIRE: Duration = Duration::from_secs(5);

pub(super) async fn open(url: &str) -> Result<Pools> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?
        .application_name("tiebreak")
        .options([
            ("statement_timeout", "30s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("default_transaction_isolation", "read committed"),
            // A plan made for any list of ids compares every row with every id.
            ("plan_cache_mode", "force_custom_plan"),
            ("client_min_messages", "warning"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await?;
    POSTGRES.run(&pool).await.map_err(migration_failed)?;
    assert_settings(&pool).await?;
    Ok(Pools::Postgres { pool })
}

async fn assert_settings(pool: &PgPool) -> Result<()> {
    let wanted = [
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("synchronous_commit", "on"),
        ("default_transaction_isolation", "read committed"),
        ("server_encoding", "UTF8"),
    ];
    for (name, value) in wanted {
        let found: String =
            sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(pool).await?;
        assert_setting(name, &found, value)?;
    }
    Ok(())
}
