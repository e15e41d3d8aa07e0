use serde_json::json;
use std::fs;

use crate::world::{Installation, changes_by_us, edit, field, sis, two_sises};

#[tokio::test]
async fn r34_after_a_restore_nothing_is_sent_until_somebody_approves() {
    let (at, ours, theirs) = (Installation::new(), sis(3).await, sis(3).await);
    at.import(&two_sises("north", &ours, &theirs)).await;
    at.run(&["run", "--kind", "manual"]).await.with(0);
    let (database, copy) = (at.path("data").join("tiebreak.db"), at.path("copy.db"));
    let store = at.store().await;
    assert!(store.copy_to(&copy).await.expect("a copy"));
    store.close().await;
    edit(&ours.client(), "DEP-1", json!({ "phone": "555-1111" })).await;
    at.run(&["run", "--kind", "manual"]).await.with(0);
    assert_eq!(changes_by_us(&theirs).await, 1);

    for leftover in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{leftover}", database.display()));
    }
    fs::rename(&copy, &database).expect("restored");
    edit(&ours.client(), "DEP-2", json!({ "phone": "555-2222" })).await;
    let held = at.run(&["run", "--kind", "manual"]).await.with(1);
    assert!(held.out.contains("restored from an older copy"), "{}", held.out);
    assert_eq!(changes_by_us(&theirs).await, 1);
    assert_eq!(at.audit("database.restored").await.len(), 1);

    at.run(&["runs", "approve", "2", "--yes"]).await.with(0);
    assert_eq!(field(&theirs, "DEP-2", "phone").await, "555-2222");
    assert_eq!(field(&theirs, "DEP-1", "phone").await, "555-1111");
    edit(&ours.client(), "DEP-3", json!({ "phone": "555-3333" })).await;
    at.run(&["run", "--kind", "manual"]).await.with(0);
    assert_eq!(field(&theirs, "DEP-3", "phone").await, "555-3333", "after the approval it is as ever");
    assert_eq!(at.audit("database.restored").await.len(), 1);
}
