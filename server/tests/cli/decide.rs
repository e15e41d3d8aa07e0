use serde_json::json;

use crate::world::{Installation, Merged, changes_by_us, edit, field, own_and_sis, sis, two_sises};

#[tokio::test]
async fn a_decision_reaches_the_sis() {
    let world = Merged::new().await;
    let number = world.conflict("555-1111", "555-2222").await.to_string();
    let ended = world.at.run(&["conflicts", "decide", &number, "--choose", "phone=Scheduler"]).await.with(0);
    assert!(ended.out.contains("applied"), "{}", ended.out);
    assert!(ended.err.contains("Banner will change: phone"), "{}", ended.err);
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-1111");
    assert_eq!(changes_by_us(&world.theirs).await, 1);
    world.at.run(&["run", "--kind", "manual"]).await.with(0);
    let history = world.at.run(&["conflicts", "show", &number]).await.with(0).out;
    assert!(
        history.contains("settled") && history.contains("ann (command line): phone = Scheduler"),
        "{history}"
    );
    let again = world.at.run(&["conflicts", "decide", &number, "--choose", "phone=theirs"]).await.with(1);
    assert!(again.err.contains("not open any more"), "{}", again.err);
}

#[tokio::test]
async fn a_third_value_reaches_both_sides() {
    let world = Merged::new().await;
    let number = world.conflict("555-1111", "555-2222").await.to_string();
    let choice = "phone=value:\"555-3333\"";
    let ended =
        world.at.run(&["conflicts", "decide", &number, "--choose", choice, "--json"]).await.with(0).json();
    assert_eq!(ended["decision"]["state"], "applied");
    assert_eq!(field(&world.ours, "DEP-1", "phone").await, "555-3333");
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-3333");
}

#[tokio::test]
async fn c06_a_stale_revision_is_refused_with_the_new_values_and_a_forced_one_goes_through() {
    let world = Merged::new().await;
    let number = world.conflict("555-1111", "555-2222").await.to_string();
    let seen = world.at.run(&["conflicts", "show", &number, "--json"]).await.with(0).json();
    let seen = seen["revision"].as_str().expect("a revision").to_owned();
    edit(&world.theirs.client(), "DEP-1", json!({ "phone": "555-9999" })).await;
    world.at.run(&["run", "--kind", "manual"]).await.with(1);
    let decide = ["conflicts", "decide", &number, "--choose", "phone=ours", "--revision", &seen];
    let refused = world.at.run(&decide).await.with(1);
    assert!(
        refused.err.contains("changed since you looked") && refused.out.contains("555-9999"),
        "{refused:?}"
    );
    assert_eq!(changes_by_us(&world.theirs).await, 0);
    let forced = [&decide[..], &["--force", "--reason", "the phone book says so"]].concat();
    world.at.run(&forced).await.with(0);
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-1111");
    let (actor, row) = world.at.audit("conflict.force").await.remove(0);
    assert_eq!((actor.as_str(), &row["reason"]), ("ann (command line)", &json!("the phone book says so")));
    let (_, end) = world.at.audit("force.end").await.remove(0);
    let overwrote = end["overwrote"].to_string();
    assert!(overwrote.contains("555-9999"), "{overwrote}");
}

#[tokio::test]
async fn p17_an_edit_in_the_meantime_refuses_the_write_and_shows_what_is_there_now() {
    let world = Merged::new().await;
    let number = world.conflict("555-1111", "555-2222").await.to_string();
    edit(&world.theirs.client(), "DEP-1", json!({ "phone": "555-9999" })).await;
    let refused = world.at.run(&["conflicts", "decide", &number, "--choose", "phone=ours"]).await.with(1);
    assert!(refused.out.contains("open again") && refused.out.contains("555-9999"), "{refused:?}");
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-9999");
    let force =
        ["conflicts", "decide", &number, "--choose", "phone=ours", "--force", "--reason", "agreed by phone"];
    let forced = world.at.run(&force).await.with(0);
    assert!(forced.out.contains("wrote over") && forced.out.contains("555-9999"), "{}", forced.out);
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-1111");
}

#[tokio::test]
async fn a_choice_that_does_not_fit_changes_nothing() {
    let world = Merged::new().await;
    let number = world.conflict("555-1111", "555-2222").await.to_string();
    for (choice, wanted) in
        [("phone=mine", "theirs (Banner)"), ("name=ours", "not contested"), ("phone", "FIELD=CHOICE")]
    {
        let ended = world.at.run(&["conflicts", "decide", &number, "--choose", choice]).await.with(2);
        assert!(ended.err.contains(wanted), "{choice}: {ended:?}");
    }
    let twice = ["conflicts", "decide", &number, "--choose", "phone=ours", "--choose", "phone=theirs"];
    assert!(world.at.run(&twice).await.with(2).err.contains("choose phone: is chosen for twice"));
    let force = ["conflicts", "decide", &number, "--choose", "phone=ours", "--force"];
    assert!(world.at.run(&force).await.with(2).err.contains("--reason"));
    world.at.run(&["conflicts", "decide", "77", "--choose", "phone=ours"]).await.with(2);
}

#[tokio::test]
async fn a_delete_against_an_edit_is_decided_for_the_whole_record() {
    let (at, sim) = (Installation::new(), sis(12).await);
    at.import(&own_and_sis("north", &sim)).await;
    at.run(&["run", "--kind", "manual"]).await.with(1);
    at.run(&["runs", "approve", "1", "--yes"]).await.with(0);
    at.run(&["records", "put", "department", "{\"code\":\"LAW\",\"name\":\"Law\"}"]).await.with(0);
    at.run(&["run", "--kind", "manual"]).await.with(0);
    let state = sim.client().state().await.expect("state");
    let law = state.live("department").find(|one| one["code"] == "LAW").expect("it reached the SIS");
    at.run(&["records", "remove", "department", "LAW"]).await.with(0);
    edit(&sim.client(), law["id"].as_str().expect("an id"), json!({ "phone": "555-9999" })).await;
    at.run(&["run", "--kind", "manual"]).await.with(1);

    let shown = at.run(&["conflicts", "show", "1"]).await.with(0).out;
    assert!(shown.contains("for the whole record") && shown.contains("--choose '=Banner'"), "{shown}");
    let field_alone = at.run(&["conflicts", "decide", "1", "--choose", "phone=theirs"]).await.with(2);
    assert!(field_alone.err.contains("choose for the whole of it"), "{}", field_alone.err);
    let ended = at.run(&["conflicts", "decide", "1", "--choose", "=Banner"]).await.with(0);
    assert!(ended.out.contains("applied"), "{ended:?}");
    let back = at.run(&["records", "show", "department", "LAW"]).await.with(0).out;
    assert!(back.contains("555-9999"), "the department is back with the edit of the SIS: {back}");
}

#[tokio::test]
async fn k01_a_value_that_is_there_twice_is_shown_with_what_helps() {
    let world = Merged::new().await;
    let settings = two_sises("north", &world.ours, &world.theirs);
    world
        .at
        .import(&settings.replace("key = [\"code\"]\n", "key = [\"code\"]\nunique = [[\"phone\"]]\n"))
        .await;
    edit(&world.ours.client(), "DEP-1", json!({ "phone": "555-7777" })).await;
    edit(&world.theirs.client(), "DEP-2", json!({ "phone": "555-7777" })).await;
    world.at.run(&["run", "--kind", "manual"]).await.with(1);
    let shown = world.at.run(&["conflicts", "show", "1"]).await.with(0).out;
    assert!(
        shown.contains("Same value on two records") && shown.contains("on another record too"),
        "{shown}"
    );
    assert!(shown.contains("DUPLICATE_PHONE: must be unique, and also on "), "{shown}");
    assert!(shown.contains("--choose 'phone=Banner'"), "the old value helps, the new one does not: {shown}");
    let taken = ["conflicts", "decide", "1", "--choose", "phone=value:\"555-7777\""];
    assert!(world.at.run(&taken).await.with(2).err.contains("would have the same value"));
    let free = ["conflicts", "decide", "1", "--choose", "phone=value:\"555-8888\""];
    world.at.run(&free).await.with(0);
    assert_eq!(field(&world.theirs, "DEP-1", "phone").await, "555-8888");
    world.at.run(&["run", "--kind", "manual"]).await.with(0);
    assert_eq!(field(&world.ours, "DEP-2", "phone").await, "555-7777");
}
