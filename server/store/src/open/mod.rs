//! Opening a database: the address, the schema, and the settings that the protocol rests on.

mod copy;
mod postgres;
mod sqlite;

use sqlx::migrate::{MigrateError, Migrator};

use crate::db::{Pools, Store};
use crate::error::{Result, StoreError};

pub use sqlite::ProcessLock;

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

pub(crate) async fn open(url: &str) -> Result<Pools> {
    if url.starts_with("sqlite:") {
        sqlite::open(url).await
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        postgres::open(url).await
    } else {
        Err(StoreError::Address(url.split("://").next().unwrap_or_default().to_owned()))
    }
}

impl Store {
    /// Tells the planner of the engine how large the tables have become, so that it takes the narrow indexes. To be
    /// called after many rows were staged at once, outside of any transaction; takes a fraction of a second.
    pub async fn refresh_statistics(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => sqlite::refresh_statistics(writer).await,
            Pools::Postgres { pool } => {
                let statement =
                    "analyze link, staged, base, inbox, plan_change, write, conflict, local_record";
                sqlx::raw_sql(statement).execute(pool).await?;
                Ok(())
            }
        }
    }
}

fn migration_failed(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => StoreError::NewerSchema(version),
        MigrateError::Execute(error) => error.into(),
        other => StoreError::Migration(other.to_string()),
    }
}

fn assert_setting(name: &'static str, found: &str, wanted: &'static str) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(StoreError::Setting { name, found: found.to_owned(), wanted })
}
