use store::testing::tamper;

use crate::world::{Installation, Merged, own_and_sis, sis};

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

#[tokio::test]
async fn s46_a_chain_that_was_written_anew_differs_from_the_heads_beside_the_database() {
    let world = Merged::new().await;
    world.at.run(&["audit", "verify"]).await.with(0);
    let heads = world.at.path("data").join("audit-heads.log");
    let kept = std::fs::read_to_string(&heads).expect("heads");
    let forged = kept.replace(kept.trim_end().rsplit(' ').next().expect("a hash"), &"0".repeat(64));
    std::fs::write(&heads, forged).expect("written");
    let broken = world.at.run(&["audit", "verify"]).await.with(2).err;
    assert!(broken.contains("broken at row"), "{broken}");
}
