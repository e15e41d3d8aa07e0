//! What a store promises as a whole: settings of the engine, transactions, faults, locks.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, SqliteConnection};
use store::ids::SchoolId;
use store::testing::{TestEngine, TestStore, fresh, fresh_postgres, fresh_sqlite};
use store::{Store, StoreError, Trouble, Tx, school};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + seconds, 0).expect("in range")
}

async fn add_school(tx: &mut Tx, slug: &str, random: u64) -> Result<bool, StoreError> {
    school::add(tx, SchoolId::new(at(0), random), slug, slug, at(0)).await
}

async fn slugs(store: &Store) -> Vec<String> {
    let mut reader = store.read().await.expect("reads");
    let schools = school::list(&mut reader, "", 100).await.expect("listed");
    schools.into_iter().map(|school| school.slug).collect()
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut tx = test.store.begin().await.expect("begins");
        assert!(add_school(&mut tx, "dropped", 1).await.expect("added"));
        drop(tx);
        assert!(slugs(&test.store).await.is_empty(), "{engine:?}");
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut reader = test.store.read().await.expect("reads");
        let refused = school::add(&mut reader, SchoolId::new(at(0), 1), "s", "S", at(0)).await;
        assert!(matches!(refused, Err(StoreError::Database { .. })), "{engine:?}: {refused:?}");
    }
}

#[tokio::test]
async fn a_reader_sees_one_instant() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut reader = test.store.read().await.expect("reads");
        assert_eq!(school::list(&mut reader, "", 10).await.expect("listed").len(), 0);
        let mut tx = test.store.begin().await.expect("begins");
        assert!(add_school(&mut tx, "later", 1).await.expect("added"));
        tx.commit().await.expect("committed");
        assert_eq!(school::list(&mut reader, "", 10).await.expect("listed").len(), 0, "{engine:?}");
    }
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_is_not_committed() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut tx = test.store.begin().await.expect("begins");
        assert!(add_school(&mut tx, "first", 1).await.expect("added"));
        let duplicate = add_school(&mut tx, "second", 1).await;
        assert!(matches!(duplicate, Err(StoreError::Duplicate(_))), "{engine:?}: {duplicate:?}");
        let refused = tx.commit().await;
        assert!(matches!(refused, Err(StoreError::Broken)), "{engine:?}: {refused:?}");
        assert!(slugs(&test.store).await.is_empty(), "{engine:?}");
    }
}

#[tokio::test]
async fn t28_every_call_can_be_made_to_fail_and_nothing_is_half_done() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let kinds =
            [Trouble::Busy, Trouble::Io, Trouble::Full, Trouble::LostConnection, Trouble::Serialization];
        let mut seen = Vec::new();
        for nth in 1.. {
            let slug = format!("s{nth}");
            let kind = kinds[usize::try_from(nth).expect("small") % kinds.len()];
            test.store.faults().fail_at(nth, kind);
            let outcome = two_schools(&test.store, &slug, nth).await;
            let struck = test.store.faults().struck();
            test.store.faults().clear();
            let done = slugs(&test.store).await.iter().filter(|found| found.starts_with(&slug)).count();
            if !struck {
                assert!(outcome.is_ok() && done == 2);
                break;
            }
            assert_eq!(outcome.expect_err("struck").trouble(), Some(kind));
            seen.push(done);
        }
        assert_eq!(seen, [0, 0, 0, 0, 2], "{engine:?}: begin, two statements, before and after the commit");
    }
}

async fn two_schools(store: &Store, slug: &str, nth: u64) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    add_school(&mut tx, &format!("{slug}-a"), nth * 1000).await?;
    add_school(&mut tx, &format!("{slug}-b"), nth * 1000 + 1).await?;
    tx.commit().await
}

#[tokio::test]
async fn r27_a_transaction_that_met_another_one_is_repeated() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        test.store.faults().fail_at(2, Trouble::Serialization);
        // In a task, because the pipeline runs it in tasks: the future must be `Send`.
        let store = test.store.clone();
        let repeated = tokio::spawn(async move { add_repeatedly(&store, "once", 1).await });
        assert_eq!(repeated.await.expect("ran").expect("repeated"), 2, "{engine:?}");
        assert_eq!(slugs(&test.store).await, ["once"]);
        test.store.faults().fail_at(2, Trouble::Io);
        let outcome = add_repeatedly(&test.store, "never", 2).await;
        assert_eq!(outcome.expect_err("not repeated").trouble(), Some(Trouble::Io));
        test.store.faults().clear();
    }
}

/// Answers how often it was tried.
async fn add_repeatedly(store: &Store, slug: &str, random: u64) -> Result<u32, StoreError> {
    let tries = AtomicU32::new(0);
    let counted = &tries;
    store
        .repeat(|mut tx| async move {
            counted.fetch_add(1, Ordering::SeqCst);
            add_school(&mut tx, slug, random).await?;
            tx.commit().await
        })
        .await?;
    Ok(tries.into_inner())
}

#[tokio::test]
async fn r24_r31_a_database_with_weaker_settings_is_refused() {
    let test = fresh_postgres().await.expect("a database");
    let mut connection = PgConnection::connect(&test.url).await.expect("connects");
    let statement = "do $$ begin execute format('alter database %I set synchronous_commit = off',
        current_database()); end $$";
    sqlx::raw_sql(statement).execute(&mut connection).await.expect("set");
    let refused = Store::open(&test.url).await;
    assert!(matches!(refused, Err(StoreError::Setting { name: "synchronous_commit", .. })), "{refused:?}");
}

#[tokio::test]
async fn r33_a_newer_schema_is_refused_in_plain_words() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        test.store.close().await;
        pretend_newer(engine, &test).await;
        let refused = Store::open(&test.url).await;
        assert!(matches!(refused, Err(StoreError::NewerSchema(99990101000000))), "{engine:?}: {refused:?}");
    }
}

async fn pretend_newer(engine: TestEngine, test: &TestStore) {
    let statement = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        select 99990101000000, 'from the future', success, checksum, 0 from _sqlx_migrations limit 1";
    match engine {
        TestEngine::Sqlite => {
            let mut connection = SqliteConnection::connect(&test.url).await.expect("connects");
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("inserted");
            connection.close().await.expect("closed");
        }
        TestEngine::Postgres => {
            let mut connection = PgConnection::connect(&test.url).await.expect("connects");
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("inserted");
            connection.close().await.expect("closed");
        }
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_without_its_secrets() {
    let refused = Store::open("mysql://root:secret@host/db").await.expect_err("refused").to_string();
    assert!(refused.contains("mysql") && !refused.contains("secret"), "{refused}");
}

#[tokio::test]
async fn r24_one_process_runs_a_file() {
    let test = fresh_sqlite().await.expect("a file");
    let other = Store::open(&test.url).await.expect("opens for others, too");
    let lock = test.store.lock_process().expect("free");
    assert!(matches!(other.lock_process(), Err(StoreError::InUse(_))));
    drop(lock);
    other.lock_process().expect("free again");
    test.store.quick_check().await.expect("whole");
    test.store.refresh_statistics().await.expect("counted");
}

#[tokio::test]
async fn r26_a_copy_of_a_file_is_made_while_it_is_written_and_replaces_an_older_one() {
    let test = fresh_sqlite().await.expect("a file");
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("it's a copy.db");
    let mut writing = test.store.begin().await.expect("a transaction");
    store::instance::heartbeat(&mut writing, store::ids::BootId(uuid::Uuid::nil()), DateTime::UNIX_EPOCH)
        .await
        .expect("a write under way");
    for _ in 0..2 {
        assert!(test.store.copy_to(&target).await.expect("a copy"));
    }
    writing.commit().await.expect("written");
    assert_eq!(std::fs::read_dir(folder.path()).expect("files").count(), 1, "nothing unfinished is left");
    let nowhere = folder.path().join("missing/copy.db");
    assert!(test.store.copy_to(&nowhere).await.is_err());
}

#[tokio::test]
async fn several_nodes_may_share_a_server() {
    let test = fresh_postgres().await.expect("a database");
    let other = Store::open(&test.url).await.expect("opens");
    let _first = test.store.lock_process().expect("free");
    let _second = other.lock_process().expect("free as well");
    other.quick_check().await.expect("nothing to check");
    other.refresh_statistics().await.expect("counted");
    assert!(!other.copy_to(std::path::Path::new("never.db")).await.expect("its own ways"));
    assert_eq!(test.store.file(), None);
}

#[tokio::test]
async fn p34_readers_do_not_wait_for_the_writer() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut tx = test.store.begin().await.expect("begins");
        assert!(add_school(&mut tx, "open", 1).await.expect("added"));
        assert!(slugs(&test.store).await.is_empty());
        tx.commit().await.expect("committed");
        assert_eq!(slugs(&test.store).await, ["open"]);
    }
}
