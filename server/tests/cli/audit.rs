use store::testing::tamper;

use crate::world::{Installation, own_and_sis, sis};

#[tokio::test]
async fn s46_a_row_that_was_changed_is_named() {
    let (at, sim) = (Installation::new(), sis(0).await);
    let good = own_and_sis("north", &sim);
    for revision in 0..3 {
        at.import(&format!("{good}# {revision}\n")).await;
    }
    let whole = at.run(&["audit", "verify"]).await.with(0).out;
    assert!(whole.contains("3 rows"), "{whole}");
    let store = at.store().await;
    tamper(&store, "drop trigger audit_no_update").await.expect("dropped");
    tamper(&store, "update audit set actor = 'nobody' where seq = 2").await.expect("changed");
    store.close().await;
    let broken = at.run(&["audit", "verify"]).await.with(2).err;
    assert!(broken.contains("row 2"), "{broken}");
}

#[tokio::test]
async fn s46_a_tail_that_was_cut_off_is_named() {
    let (at, sim) = (Installation::new(), sis(0).await);
    let good = own_and_sis("north", &sim);
    at.import(&good).await;
    at.import(&format!("{good}# 2\n")).await;
    let store = at.store().await;
    tamper(&store, "drop trigger audit_no_delete").await.expect("dropped");
    tamper(&store, "delete from audit where seq = 2").await.expect("removed");
    store.close().await;
    let broken = at.run(&["audit", "verify"]).await.with(2).err;
    assert!(broken.contains("row 2"), "{broken}");
}
