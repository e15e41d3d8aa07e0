use serde_json::json;

use crate::world::{Installation, changes_by_us, edit, field, sis, two_sises};

#[tokio::test]
async fn two_schools_in_one_installation_do_not_touch_each_other() {
    let at = Installation::new();
    let (north, south) = ((sis(3).await, sis(3).await), (sis(3).await, sis(3).await));
    at.import(&two_sises("north", &north.0, &north.1)).await;
    at.import(&two_sises("south", &south.0, &south.1)).await;
    let unnamed = at.run(&["run"]).await.with(2).err;
    assert!(unnamed.contains("--school is needed: there are north, south"), "{unnamed}");
    for school in ["north", "south"] {
        at.run(&["run", "--school", school, "--kind", "manual"]).await.with(0);
    }
    edit(&north.0.client(), "DEP-1", json!({ "phone": "555-0001" })).await;
    edit(&south.0.client(), "DEP-2", json!({ "phone": "555-0002" })).await;
    let (first, second) =
        tokio::join!(at.run(&["run", "--school", "north"]), at.run(&["run", "--school", "south"]));
    first.with(0);
    second.with(0);
    assert_eq!(field(&north.1, "DEP-1", "phone").await, "555-0001");
    assert_eq!(field(&south.1, "DEP-2", "phone").await, "555-0002");
    assert_ne!(field(&north.1, "DEP-2", "phone").await, "555-0002");
    assert_eq!((changes_by_us(&north.1).await, changes_by_us(&south.1).await), (1, 1));
    let unknown = at.run(&["run", "--school", "west"]).await.with(2).err;
    assert!(unknown.contains("there is no school west"), "{unknown}");
}

#[tokio::test]
async fn the_same_commands_work_on_postgresql() {
    let database = store::testing::fresh_postgres().await.expect("a PostgreSQL");
    let at = Installation::on(&database.url);
    let (ours, theirs) = (sis(3).await, sis(3).await);
    at.import(&two_sises("north", &ours, &theirs)).await;
    at.run(&["run", "--kind", "manual"]).await.with(0);
    edit(&ours.client(), "DEP-1", json!({ "phone": "555-0001" })).await;
    edit(&theirs.client(), "DEP-1", json!({ "phone": "555-0002" })).await;
    at.run(&["run"]).await.with(1);
    at.run(&["conflicts", "decide", "1", "--choose", "phone=Banner"]).await.with(0);
    assert_eq!(field(&ours, "DEP-1", "phone").await, "555-0002");
    at.run(&["audit", "verify"]).await.with(0);
    let check = at.run(&["check"]).await.with(0).out;
    assert!(check.contains("database: postgres"), "{check}");
}
