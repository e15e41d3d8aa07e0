//! Fresh databases for tests, also of other crates: a file in a temporary folder, and a database of its own on a
//! real PostgreSQL.
//!
//! The server is the one that `TIEBREAK_TEST_POSTGRES` names (a URL whose role may create databases); without it a
//! throw-away one is started from the binaries on this machine, once per process, and goes when the process goes.

mod server;
mod template;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

use crate::db::Store;
use crate::error::{Result, StoreError};

pub use server::ServerError;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestEngine {
    /// A file.
    Sqlite,
    /// A database on a server.
    Postgres,
}

impl TestEngine {
    /// Both engines, for tests that run on each.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A fresh, empty database with the current schema. Removed when dropped.
#[derive(Debug)]
pub struct TestStore {
    /// The open database.
    pub store: Store,
    /// Its address, to open it once more or from another process.
    pub url: String,
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Folder { _folder: TempDir },
    Database { admin: String, name: String },
}

/// Why there is no test database.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no folder for it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// There is no PostgreSQL.
    #[error(transparent)]
    Server(#[from] ServerError),
}

/// A fresh database of either kind.
pub async fn fresh(engine: TestEngine) -> Result<TestStore, TestError> {
    match engine {
        TestEngine::Sqlite => fresh_sqlite().await,
        TestEngine::Postgres => fresh_postgres().await,
    }
}

/// A fresh file in a temporary folder.
pub async fn fresh_sqlite() -> Result<TestStore, TestError> {
    let folder = tempfile::Builder::new().prefix("tiebreak-").tempdir()?;
    let url = sqlite_url(&folder.path().join("tiebreak.db"));
    let store = Store::open(&url).await?;
    Ok(TestStore { store, url, _place: Place::Folder { _folder: folder } })
}

/// The address of a SQLite file.
#[must_use]
pub fn sqlite_url(file: &std::path::Path) -> String {
    format!("sqlite://{}", file.display())
}

/// A fresh database on the PostgreSQL of this process. Fails when there is none: whether that fails the test or
/// skips it with a word is for the test to say.
pub async fn fresh_postgres() -> Result<TestStore, TestError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let admin = server::url()?;
    let name = format!("tiebreak_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let template = template::name(&admin).await?;
    administer(&admin, format!("create database {name} template {template}")).await?;
    let url = with_database(&admin, &name)?;
    let place = Place::Database { admin, name };
    let store = Store::open(&url).await?;
    Ok(TestStore { store, url, _place: place })
}

fn with_database(admin: &str, name: &str) -> Result<String> {
    let options: PgConnectOptions =
        admin.parse().map_err(|error: sqlx::Error| StoreError::Address(error.to_string()))?;
    let mut url = options.to_url_lossy();
    url.set_path(name);
    Ok(url.to_string())
}

async fn administer(admin: &str, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect(admin).await?;
    // The name in the statement is made above, of digits and letters only.
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self::Database { admin, name } = self else { return };
        let (admin, statement) = (admin.clone(), format!("drop database if exists {name} with (force)"));
        // A destructor cannot wait in the runtime it runs in, so a thread with its own does.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(sqlx::Error::Io)?.block_on(administer(&admin, statement))
        });
        if !matches!(dropping.join(), Ok(Ok(()))) {
            tracing::debug!("a test database could not be dropped; its server will be gone soon");
        }
    }
}

/// Folders of installed PostgreSQL binaries, newest first; empty when `initdb` must be on the path.
fn installed() -> Vec<PathBuf> {
    let Ok(folders) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = folders
        .flatten()
        .filter_map(|folder| Some((folder.file_name().to_str()?.parse().ok()?, folder.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, bin)| bin).collect()
}

/// Runs a statement as somebody could who has the database in hand; for tests that tamper with it.
pub async fn tamper(store: &Store, statement: &'static str) -> Result<u64> {
    let mut tx = store.begin().await?;
    let changed = crate::db::change!(&mut tx, sqlx::query(statement))?;
    tx.commit().await?;
    Ok(changed)
}
