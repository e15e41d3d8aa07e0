//! A database with the current schema from which fresh ones are copied, which takes a tenth of what it takes to bring an empty
//! one up to date.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::OnceCell;

use super::{administer, with_database};
use crate::db::Store;
use crate::error::Result;
use crate::open::POSTGRES;

/// Processes that share a server make one for all of them. The lock goes with the connection that holds it.
const LOCK: i64 = 0x7465_6d70_6c61_7465;

/// The name of the template on the server of this process, made if need be.
pub(super) async fn name(admin: &str) -> Result<&'static str> {
    static NAME: OnceCell<String> = OnceCell::const_new();
    Ok(NAME.get_or_try_init(|| make(admin)).await?.as_str())
}

async fn make(admin: &str) -> Result<String> {
    let name = name_of_schema();
    let mut connection = PgConnection::connect(admin).await?;
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await?;
    let is_there = "select exists (select 1 from pg_database where datname = $1)";
    if !sqlx::query_scalar(is_there).bind(&name).fetch_one(&mut connection).await? {
        // A database that has its name is complete.
        let half = format!("{name}_half");
        administer(admin, format!("drop database if exists {half} with (force)")).await?;
        administer(admin, format!("create database {half} encoding 'UTF8' template template0")).await?;
        Store::open(&with_database(admin, &half)?).await?.close().await;
        administer(admin, format!("alter database {half} rename to {name}")).await?;
    }
    connection.close().await?;
    Ok(name)
}

/// Another schema has another template: a server may have been there before it.
fn name_of_schema() -> String {
    let mut hash = Sha256::new();
    for migration in POSTGRES.iter() {
        hash.update(&migration.checksum);
    }
    hash.finalize().iter().take(8).fold("tiebreak_template_".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}
