use serde_json::json;

use crate::world::{Installation, changes_by_us, edit, field, sis, two_sises};

/// Two systems that have never been merged and differ: the first merge waits for a person (RL G23).
async fn held() -> (Installation, connect::sim::SimHandle, connect::sim::SimHandle) {
    let (at, ours, theirs) = (Installation::new(), sis(3).await, sis(4).await);
    at.import(&two_sises("north", &ours, &theirs)).await;
    let ended = at.run(&["run", "--kind", "manual"]).await.with(1);
    assert!(
        ended.out.contains("Nothing was written, because")
            && ended.out.contains("runs approve 1 --school north --plan"),
        "{ended:?}"
    );
    assert_eq!((changes_by_us(&ours).await, changes_by_us(&theirs).await), (0, 0));
    (at, ours, theirs)
}

#[tokio::test]
async fn g28_a_held_merge_goes_on_with_exactly_the_plan_that_was_seen() {
    let (at, ours, _theirs) = held().await;
    let shown = at.run(&["runs", "show", "1", "--json"]).await.with(0).json();
    let plan = shown["line"]["plan_hash"].as_str().expect("a hash").to_owned();
    let wrong = at.run(&["runs", "approve", "1", "--plan", "0000"]).await.with(1);
    assert!(wrong.err.contains(&plan), "{}", wrong.err);
    at.run(&["runs", "approve", "1", "--plan", &plan]).await.with(0);
    assert_eq!(changes_by_us(&ours).await, 1);
    let (actor, detail) = at.audit("run.approve").await.remove(0);
    assert_eq!((actor.as_str(), &detail["plan_hash"]), ("ann (command line)", &json!(plan)));
    let twice = at.run(&["runs", "approve", "1", "--plan", &plan]).await.with(1);
    assert!(twice.err.contains("does not wait"), "{}", twice.err);
}

#[tokio::test]
async fn p22_a_record_that_changed_after_the_plan_is_asked_about_again() {
    let (at, ours, theirs) = (Installation::new(), sis(14).await, sis(14).await);
    at.import(&two_sises("north", &ours, &theirs)).await;
    at.run(&["run", "--kind", "manual"]).await.with(0);
    for number in 1..=13 {
        edit(&ours.client(), &format!("DEP-{number}"), json!({ "phone": "555-1111" })).await;
    }
    let held = at.run(&["run", "--kind", "manual", "--json"]).await.with(1).json();
    assert_eq!(held["state"], "held");
    let first = held["plan_hash"].as_str().expect("a hash");
    edit(&theirs.client(), "DEP-3", json!({ "name": "Another" })).await;
    let asked = at.run(&["runs", "approve", "2", "--plan", first, "--json"]).await.with(1).json();
    assert_eq!((&asked["state"], changes_by_us(&theirs).await), (&json!("held"), 0));
    assert_ne!(asked["plan_hash"], held["plan_hash"]);
    at.run(&["runs", "approve", "2", "--yes"]).await.with(0);
    assert_eq!(field(&ours, "DEP-3", "name").await, "Another");
    assert_eq!(field(&theirs, "DEP-11", "phone").await, "555-1111");
}

#[tokio::test]
async fn a_held_merge_can_be_stopped_and_writes_nothing() {
    let (at, ours, _theirs) = held().await;
    at.run(&["runs", "stop", "1"]).await.with(0);
    let listed = at.run(&["runs", "list"]).await.with(0).out;
    assert!(listed.contains("stopped"), "{listed}");
    assert_eq!(changes_by_us(&ours).await, 0);
    let late = at.run(&["runs", "stop", "1"]).await.with(1);
    assert!(late.err.contains("is over"), "{}", late.err);
    at.run(&["runs", "approve", "1", "--yes"]).await.with(1);
    at.run(&["runs", "show", "9"]).await.with(2);
}
