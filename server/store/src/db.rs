//! The two engines behind one set of functions: the store, its transactions, and the macro that writes a function
//! body once for both.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::error::{Result, StoreError};
use crate::faults::Faults;
use crate::open;

/// Rows of one statement at most (RL R25).
pub const BATCH: usize = 500;

/// How often a transaction is repeated that met another one (RL R27).
pub const REPEATS: u32 = 5;

/// An open database. Cheap to clone; all clones are the same database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pools: Pools,
    faults: Arc<Faults>,
    database_clock: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// One connection that writes, several that only read (RL R25).
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        file: PathBuf,
    },
    Postgres {
        pool: PgPool,
    },
}

/// A transaction that may write. On SQLite it is the only one. Dropped without [`Tx::commit`] it leaves nothing.
#[derive(Debug)]
pub struct Tx(Conn);

/// A read-only transaction: everything read through one reader is of one instant. Hold it briefly.
#[derive(Debug)]
pub struct Reader(Conn);

/// What every function of this crate works on: a [`Tx`] or a [`Reader`].
#[derive(Debug)]
pub struct Conn {
    pub(crate) engine: Engine,
    faults: Arc<Faults>,
    database_clock: bool,
    broken: bool,
}

#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database at `url`, creates the file if it is one and missing, brings the schema up to date, and
    /// checks that the engine runs with the settings that the protocol rests on (RL R24, R31, R33).
    ///
    /// `sqlite:///path/file.db` or `postgres://user:password@host/name`.
    pub async fn open(url: &str) -> Result<Self> {
        let pools = open::open(url).await?;
        Ok(Self { pools, faults: Arc::default(), database_clock: true })
    }

    /// The same database, but leases go by the instants the caller binds on both engines, so that a test with a
    /// virtual clock need not wait. Never for several nodes.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_bound_clock(mut self) -> Self {
        self.database_clock = false;
        self
    }

    /// Starts a transaction that may write. On SQLite it waits until it is the only one, so never ask for a second
    /// one while holding one.
    pub async fn begin(&self) -> Result<Tx> {
        self.faults.strike()?;
        let engine = match &self.pools {
            Pools::Sqlite { writer, .. } => Engine::Sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres { pool } => Engine::Postgres(pool.begin().await?),
        };
        Ok(Tx(self.conn(engine)))
    }

    /// Starts a read-only transaction that sees one instant of the database.
    pub async fn read(&self) -> Result<Reader> {
        self.faults.strike()?;
        let engine = match &self.pools {
            Pools::Sqlite { readers, .. } => Engine::Sqlite(readers.begin_with("begin").await?),
            Pools::Postgres { pool } => {
                let start = "begin isolation level repeatable read read only";
                Engine::Postgres(pool.begin_with(start).await?)
            }
        };
        Ok(Reader(self.conn(engine)))
    }

    /// Runs `work` with a fresh transaction, which it commits itself; runs it again when it met another transaction,
    /// [`REPEATS`] times in all (RL R27). For the closing transactions of T4 and T7:
    ///
    /// ```text
    /// store.repeat(|mut tx| async move {
    ///     plan_change::close_plan(&mut tx, school, run, now).await?;
    ///     tx.commit().await?;
    ///     Ok::<_, StoreError>(())
    /// })
    /// ```
    pub async fn repeat<T, E, F, Work>(&self, mut work: F) -> Result<T, E>
    where
        E: From<StoreError> + Repeatable,
        F: FnMut(Tx) -> Work,
        Work: Future<Output = Result<T, E>>,
    {
        let mut attempt = 1;
        loop {
            let outcome = match self.begin().await {
                Ok(tx) => work(tx).await,
                Err(error) => Err(error.into()),
            };
            match outcome {
                Err(error) if attempt < REPEATS && error.repeat_helps() => attempt += 1,
                other => return other,
            }
        }
    }

    /// The file of a SQLite database; `None` on PostgreSQL.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.pools {
            Pools::Sqlite { file, .. } => Some(file),
            Pools::Postgres { .. } => None,
        }
    }

    /// Closes every connection. Later calls fail.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool } => pool.close().await,
        }
    }

    /// The counter that makes a chosen call fail (RL T28).
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    fn conn(&self, engine: Engine) -> Conn {
        let database_clock = self.database_clock && matches!(engine, Engine::Postgres(_));
        Conn { engine, faults: Arc::clone(&self.faults), database_clock, broken: false }
    }
}

/// An error of a caller that knows whether its transaction should be repeated.
pub trait Repeatable {
    /// Whether repeating the whole transaction may succeed.
    fn repeat_helps(&self) -> bool;
}

impl Repeatable for StoreError {
    fn repeat_helps(&self) -> bool {
        Self::repeat_helps(self)
    }
}

impl Tx {
    /// Makes everything done in this transaction real and durable.
    ///
    /// An error means that nothing was done, except [`Trouble::LostConnection`](crate::Trouble), after which it is
    /// unknown. A transaction with a failed statement answers [`StoreError::Broken`].
    pub async fn commit(self) -> Result<()> {
        let Conn { engine, faults, broken, .. } = self.0;
        if broken {
            return Err(StoreError::Broken);
        }
        faults.strike()?;
        match engine {
            Engine::Sqlite(tx) => tx.commit().await?,
            Engine::Postgres(tx) => tx.commit().await?,
        }
        faults.strike()
    }

    /// Gives everything done in this transaction up, and waits until the database has done so.
    pub async fn rollback(self) -> Result<()> {
        match self.0.engine {
            Engine::Sqlite(tx) => tx.rollback().await?,
            Engine::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

impl Conn {
    /// Called by [`on!`] before a statement.
    pub(crate) fn enter(&mut self) -> Result<()> {
        let struck = self.faults.strike();
        self.broken |= struck.is_err();
        struck
    }

    /// Called by [`on!`] with what came of it. PostgreSQL answers a commit after a failed statement with a silent
    /// rollback, so the failure is remembered here.
    pub(crate) fn leave<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T> {
        self.broken |= outcome.is_err();
        outcome.map_err(StoreError::from)
    }

    /// What "now" is in a guarded statement, in microseconds: the clock of the database on PostgreSQL, our own
    /// elsewhere (RL R28). Several nodes never agree on the time, their database does.
    pub(crate) async fn lease_now(&mut self, now: DateTime<Utc>) -> Result<i64> {
        if !self.database_clock {
            return Ok(now.timestamp_micros());
        }
        on!(self, c => {
            sqlx::query_scalar("select (extract(epoch from clock_timestamp()) * 1000000)::bigint")
                .fetch_one(c)
                .await
        })
    }

    /// What follows a `select` of rows that nobody may change before the transaction ends. On SQLite a transaction that may
    /// write is the only one that does.
    pub(crate) fn row_lock(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "",
            Engine::Postgres(_) => " for share",
        }
    }

    /// The function that answers where in its first argument the second one begins, from 1, or 0. Unlike `like` it folds
    /// no letters, on either engine.
    pub(crate) fn place_of(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "instr",
            Engine::Postgres(_) => "strpos",
        }
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Deref for Reader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// A statement put together from fixed parts, such as a shared list of columns. Nothing but text of the program
/// can get in, which is why this is the one place that may vouch for a statement (RL S40).
pub(crate) fn sql<const N: usize>(parts: [&'static str; N]) -> AssertSqlSafe<String> {
    AssertSqlSafe(parts.concat())
}

/// A pattern for `like … escape '\'` that finds `text` anywhere in a lower-case column.
pub(crate) fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A pattern for `like … escape '\'` that finds values that begin with `text`.
pub(crate) fn begins_with(text: &str) -> String {
    let pattern = like_pattern(text);
    pattern.strip_prefix('%').unwrap_or(&pattern).to_owned()
}

/// Expands a statement once for each engine. The body answers `Result<_, sqlx::Error>`; in it, `$c` is the
/// connection of the engine.
macro_rules! on {
    ($conn:expr, $c:ident => $body:expr) => {{
        let conn: &mut $crate::db::Conn = $conn;
        conn.enter()?;
        let outcome = match &mut conn.engine {
            $crate::db::Engine::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::Engine::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        };
        conn.leave(outcome)
    }};
}
pub(crate) use on;

/// Expands a `sqlx::query` that changes rows, and answers how many it changed.
macro_rules! change {
    ($conn:expr, $query:expr) => {
        $crate::db::on!($conn, c => $query.execute(c).await.map(|done| done.rows_affected()))
    };
}
pub(crate) use change;

/// Adds `($1, $2, …)` with the given values to a statement under construction. The list must not be empty.
macro_rules! push_list {
    ($query:expr, $values:expr) => {{
        $query.push("(");
        let mut list = $query.separated(", ");
        for value in $values {
            list.push_bind(*value);
        }
        list.push_unseparated(")");
    }};
}
pub(crate) use push_list;
