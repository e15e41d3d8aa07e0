//! A checked copy of a SQLite database, made while it is at work (RL R26).

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::db::{Pools, Store};
use crate::error::{Result, StoreError};

impl Store {
    /// Writes the database as it stands at one instant to a new file at `target`, opens that file and reads it through.
    /// Work goes on meanwhile. Answers `false` without doing anything on PostgreSQL, which has its own ways.
    ///
    /// # Errors
    /// When the file cannot be written, or what was written does not read well; `target` is not there then.
    pub async fn copy_to(&self, target: &Path) -> Result<bool> {
        let Pools::Sqlite { file, .. } = &self.pools else { return Ok(false) };
        let unfinished = target.with_extension("unfinished");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut source = connect(file).await?;
        let copied =
            sqlx::query("vacuum into $1").bind(unfinished.to_string_lossy()).execute(&mut source).await;
        source.close().await?;
        copied?;
        check(&unfinished).await?;
        std::fs::rename(&unfinished, target).map_err(failed)?;
        Ok(true)
    }
}

async fn connect(file: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::new().filename(file).read_only(true).connect().await?)
}

async fn check(copy: &Path) -> Result<()> {
    let mut copied = connect(copy).await?;
    let found: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut copied).await?;
    copied.close().await?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Inconsistent { table: "copy", row: copy.display().to_string(), problem: found })
}

fn failed(error: std::io::Error) -> StoreError {
    sqlx::Error::Io(error).into()
}
