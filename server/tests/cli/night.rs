use serde_json::json;

use crate::world::{Merged, changes_by_us, edit, field};

#[tokio::test]
async fn a_night_carries_clear_changes_over_and_keeps_the_others_as_conflicts() {
    let world = Merged::new().await;
    edit(&world.ours.client(), "DEP-2", json!({ "phone": "555-1111" })).await;
    edit(&world.theirs.client(), "DEP-3", json!({ "name": "Bio" })).await;
    edit(&world.ours.client(), "DEP-1", json!({ "phone": "555-2222" })).await;
    edit(&world.theirs.client(), "DEP-1", json!({ "phone": "555-3333" })).await;
    let ended = world.at.run(&["run", "--json"]).await.with(1);
    let summary = ended.json();
    assert_eq!(summary["kind"], "nightly");
    assert_eq!(summary["state"], "reported");
    assert_eq!(summary["open_conflicts"], 1);
    assert_eq!(summary["exit"], 1);
    assert_eq!(field(&world.theirs, "DEP-2", "phone").await, "555-1111");
    assert_eq!(field(&world.ours, "DEP-3", "name").await, "Bio");
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-3333");
    assert_eq!((changes_by_us(&world.ours).await, changes_by_us(&world.theirs).await), (1, 1));
    let listed = world.at.run(&["conflicts", "list"]).await.with(0).out;
    assert!(listed.contains("phone") && listed.contains("1 of 1 conflicts"), "{listed}");
    let shown = world.at.run(&["conflicts", "show", "1"]).await.with(0).out;
    for wanted in ["Scheduler", "Banner", "Last agreed", "\"555-2222\"", "\"555-3333\"", "r-"] {
        assert!(shown.contains(wanted), "{wanted} in {shown}");
    }
}

#[tokio::test]
async fn p08_a_second_start_of_the_same_night_finds_the_first() {
    let world = Merged::new().await;
    let first = world.at.run(&["run", "--json"]).await.with(0).json();
    edit(&world.ours.client(), "DEP-2", json!({ "phone": "555-1111" })).await;
    let second = world.at.run(&["run", "--json"]).await.with(0).json();
    assert_eq!(first["number"], second["number"]);
    assert_eq!(changes_by_us(&world.theirs).await, 0, "the night is over; a manual merge takes the edit");
    world.at.run(&["run", "--kind", "manual"]).await.with(0);
    assert_eq!(changes_by_us(&world.theirs).await, 1);
}

#[tokio::test]
async fn a_trial_shows_its_plan_and_writes_nothing() {
    let world = Merged::new().await;
    edit(&world.ours.client(), "DEP-2", json!({ "phone": "555-1111" })).await;
    let trial = world.at.run(&["run", "--kind", "trial", "--json"]).await;
    assert_eq!(trial.json()["kind"], "trial");
    assert_eq!(changes_by_us(&world.theirs).await, 0);
}

#[tokio::test]
async fn a_merge_of_types_that_are_not_there_is_refused_by_name() {
    let world = Merged::new().await;
    let ended = world.at.run(&["run", "--kind", "manual", "--types", "department,planet"]).await.with(2);
    assert!(ended.err.contains("planet") && ended.err.contains("department"), "{}", ended.err);
    let no_reason = world.at.run(&["run", "--kind", "manual", "--no-limits"]).await.with(2);
    assert!(no_reason.err.contains("reason"), "{}", no_reason.err);
}

#[tokio::test]
async fn a_merge_that_cannot_reach_a_system_ends_with_issues_and_says_so() {
    let mut world = Merged::new().await;
    world.theirs.down().await;
    let ended = world.at.run(&["run", "--kind", "manual", "--json"]).await;
    assert_ne!(ended.exit, 0, "{ended:?}");
    assert_ne!(ended.json()["ended"], "finished");
}
