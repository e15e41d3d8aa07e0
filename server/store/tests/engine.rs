//! What a store promises as a whole: settings of the engine, transactions, locks.

use chrono::{DateTime, Utc};
use store::ids::SchoolId;
use store::testing::{TestEngine, fresh};
use store::{StoreError, school};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + seconds, 0).expect("in range")
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut tx = test.store.begin().await.expect("begins");
        let id = SchoolId::new(at(0), 1);
        assert!(school::add(&mut tx, id, "dropped", "Dropped", at(0)).await.expect("added"));
        drop(tx);
        let mut reader = test.store.read().await.expect("reads");
        assert_eq!(school::find_by_slug(&mut reader, "dropped").await.expect("asked"), None);
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
