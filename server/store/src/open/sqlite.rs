//! SQLite (RL R24, R25): one file, one writer, a few readers.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{SQLITE, assert_setting, migration_failed};
use crate::db::{BATCH, Pools, Store};
use crate::error::{Result, StoreError};

const READERS: u32 = 4;
const ACQUIRE: Duration = Duration::from_secs(5);

/// File systems whose locks or shared memory cannot be relied on (RL R24).
const NETWORK: [&str; 9] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"];

/// What the planner is told of the links, whatever there are: many of each type, few of them changed, and one of each
/// key. Without figures, as in a first night, or with those of a short look, it takes hundreds of keys for more work than
/// all links of a type, and reads them all for every batch.
const LINK_FIGURES: &str = "
    pragma analysis_limit = 400;
    analyze link;
    delete from sqlite_stat1 where tbl = 'link';
    insert into sqlite_stat1 (tbl, idx, stat) values
      ('link', 'link_key', '20000 2000 2000 1'),
      ('link', 'link_ours', '20000 2000 2000 1'),
      ('link', 'link_theirs', '20000 2000 2000 1'),
      ('link', 'link_scan', '20000 2000 2000 2000 1'),
      ('link', 'link_unsynced', '20 2 2 2 2 1'),
      ('link', 'sqlite_autoindex_link_1', '20000 1');
    analyze sqlite_schema;";

pub(super) async fn open(url: &str) -> Result<Pools> {
    let options =
        SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Address(error.to_string()))?;
    let file = options.get_filename().to_path_buf();
    refuse_network(&file)?;
    let options = options
        // Of a new file: two rows of a plan leave a quarter of a smaller page empty.
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // The rows of a batch are read without a pause, and a log of 16 MB is written back at once (8 MB of a file with
        // the smaller pages of before).
        .row_buffer_size(BATCH)
        .pragma("wal_autocheckpoint", "2048")
        .pragma("cache_size", "-65536")
        .pragma("journal_size_limit", "67108864");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone().create_if_missing(true))
        .await?;
    SQLITE.run(&writer).await.map_err(migration_failed)?;
    // Counts anew only the tables that have grown much since they were last counted.
    sqlx::raw_sql("pragma optimize = 0x10002").execute(&writer).await?;
    tell_link_figures(&writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .connect_with(
            // Readers go through tables in the order of their keys, where a page is not asked for again: more would only
            // be memory to take first.
            options.create_if_missing(false).pragma("query_only", "on").pragma("cache_size", "-2048"),
        )
        .await?;
    assert_settings(&writer).await?;
    assert_settings(&readers).await?;
    Ok(Pools::Sqlite { writer, readers, file })
}

/// Without figures the planner takes the unique index of a table over the one that spares it the table.
pub(super) async fn refresh_statistics(writer: &SqlitePool) -> Result<()> {
    sqlx::raw_sql("pragma analysis_limit = 400; analyze").execute(writer).await?;
    tell_link_figures(writer).await
}

/// Does nothing where the figures are there, as at every start but the first.
async fn tell_link_figures(writer: &SqlitePool) -> Result<()> {
    let counted = "select exists (select 1 from sqlite_schema where name = 'sqlite_stat1')";
    let told = "select count(*) = 2 from sqlite_stat1
      where (idx, stat) in (values ('link_key', '20000 2000 2000 1'), ('link_unsynced', '20 2 2 2 2 1'))";
    let is_so =
        async |question: &'static str| sqlx::query_scalar::<_, bool>(question).fetch_one(writer).await;
    if !(is_so(counted).await? && is_so(told).await?) {
        sqlx::raw_sql(LINK_FIGURES).execute(writer).await?;
    }
    Ok(())
}

/// Anything less than these can forget a write that was sent, or wait for ever (RL R24).
async fn assert_settings(pool: &SqlitePool) -> Result<()> {
    let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(pool).await?;
    assert_setting("journal_mode", &journal, "wal")?;
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(pool).await?;
    assert_setting("synchronous", &synchronous.to_string(), "2")?;
    let foreign_keys: i64 = sqlx::query_scalar("pragma foreign_keys").fetch_one(pool).await?;
    assert_setting("foreign_keys", &foreign_keys.to_string(), "1")?;
    let busy_timeout: i64 = sqlx::query_scalar("pragma busy_timeout").fetch_one(pool).await?;
    assert_setting("busy_timeout", &busy_timeout.to_string(), "5000")
}

/// Refuses a file on a network file system, as far as this machine says what is mounted where.
fn refuse_network(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(folder), Ok(mounts)) = (folder.canonicalize(), fs::read_to_string("/proc/self/mounts")) else {
        return Ok(());
    };
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let nearest = mounted.filter(|(at, _)| folder.starts_with(at)).max_by_key(|(at, _)| at.len());
    match nearest {
        Some((_, kind)) if NETWORK.contains(&kind) => Err(StoreError::Setting {
            name: "file system",
            found: kind.to_owned(),
            wanted: "a local one (SQLite is not safe on network file systems)",
        }),
        _ => Ok(()),
    }
}

/// Held by the one process that runs a SQLite database (RL R24); let go when dropped or when the process ends.
#[derive(Debug)]
pub struct ProcessLock {
    _file: Option<File>,
}

impl Store {
    /// Claims the database for this process: the one that runs schedules and writes. On SQLite it locks a file
    /// beside the database and answers [`StoreError::InUse`] when another process holds it; on PostgreSQL, where
    /// leases share the work, it does nothing.
    pub fn lock_process(&self) -> Result<ProcessLock> {
        let Some(database) = self.file() else { return Ok(ProcessLock { _file: None }) };
        let path = lock_path(database);
        let in_use = |_| StoreError::InUse(database.display().to_string());
        let file = File::create(&path).map_err(|error| StoreError::from(sqlx::Error::Io(error)))?;
        match file.try_lock() {
            Ok(()) => Ok(ProcessLock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(in_use(())),
            Err(TryLockError::Error(error)) => Err(sqlx::Error::Io(error).into()),
        }
    }

    /// Reads the whole file for damage; to be called after an unclean stop (RL R26). PostgreSQL looks after itself.
    pub async fn quick_check(&self) -> Result<()> {
        let Pools::Sqlite { readers, file, .. } = &self.pools else { return Ok(()) };
        let found: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(readers).await?;
        if found == "ok" {
            return Ok(());
        }
        Err(StoreError::Inconsistent { table: "file", row: file.display().to_string(), problem: found })
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
