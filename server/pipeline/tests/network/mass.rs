//! P20, P21: a mass delete or a mass change stops before its first write, at its figure and not below.

use connect::sim::client::SimClient;
use connect::sim::{Class, EditOp};
use merge::Side;
use pipeline::RunOptions;
use serde_json::{Value, json};
use store::run::{Run, RunEnding, RunKind, RunState};

use crate::school::School;
use crate::world;

async fn remove(school: &School, side: Side, rooms: std::ops::Range<usize>) {
    for n in rooms {
        school.remove(side, &format!("R{n}")).await;
    }
}

async fn writes(school: &School) -> usize {
    school.servers.look().await.writes()
}

#[tokio::test]
async fn p20_deletes_up_to_the_limit_go_and_one_more_holds_the_run() {
    // G15: more than max(10, 3 %).
    for (count, goes) in [(9, true), (10, true), (11, false)] {
        let school = School::agreed(Class::Strong, 60).await;
        school.change(Side::Theirs, "R50", json!({ "capacity": 500 })).await;
        remove(&school, Side::Ours, 0..count).await;
        let run = school.bench().run().await.expect("a run that ends");
        if goes {
            assert_eq!((run.state, writes(&school).await), (RunState::Reported, count + 1));
        } else {
            assert_eq!((run.state, writes(&school).await), (RunState::Held, 0), "no write of any kind");
            let again = school.bench().run().await.expect("a run that ends");
            assert_eq!((again.state, writes(&school).await), (RunState::Held, 0), "nor on the next night");
        }
    }
}

/// Replaces all rooms of a side.
async fn replace(client: &SimClient, rooms: &[Value]) {
    client.load("room", rooms, true).await.expect("rooms");
}

#[tokio::test]
async fn p20_an_empty_side_and_another_tenant_write_nothing() {
    let stranger = |n: usize| json!({ "code": format!("X{n}"), "name": "Another's", "capacity": n });
    let strangers: Vec<Value> = (0..60).map(stranger).collect();
    for rooms in [&strangers[..0], &strangers[..10], &strangers[..]] {
        for side in [Side::Ours, Side::Theirs] {
            let school = School::agreed(Class::Strong, 60).await;
            replace(&school.servers.client(side), rooms).await;
            for _ in 0..3 {
                let run = school.bench().run().await.expect("a run that ends");
                assert_eq!(writes(&school).await, 0, "{} rooms on {side}", rooms.len());
                assert_ne!(run.ended, Some(RunEnding::Finished), "the run says so");
            }
        }
    }
}

/// Changes so many rooms of ours, each in its own way.
async fn change(school: &School, count: usize, fields: impl Fn(usize) -> Value) {
    let rooms = school.servers.rooms(Side::Ours).await;
    for n in 0..count {
        let id = Some(rooms[&format!("R{n}")].as_str());
        school.servers.edit(Side::Ours, EditOp::Update, "room", id, fields(n)).await;
    }
}

#[tokio::test]
async fn p21_a_hundred_changes_of_a_type_go_and_one_more_waits_for_a_person() {
    let school = School::agreed(Class::Strong, 400).await;
    change(&school, 100, |n| json!({ "capacity": 1_000 + n })).await;
    let run = school.bench().run().await.expect("a run that ends");
    assert_eq!((run.ended, writes(&school).await), (Some(RunEnding::Finished), 100));

    change(&school, 101, |n| json!({ "capacity": 2_000 + n })).await;
    school.change(Side::Theirs, "R300", json!({ "capacity": 3_000 })).await;
    let building = school.servers.state(Side::Ours).await;
    let building = building.live("building").next().expect("a building")["id"].clone();
    let fields = json!({ "name": "Renamed" });
    school.servers.edit(Side::Ours, EditOp::Update, "building", building.as_str(), fields).await;
    let run = school.bench().run().await.expect("a run that ends");
    assert_eq!(run.ended, Some(RunEnding::FinishedWithIssues), "the run says so");
    assert_eq!(writes(&school).await, 102, "the other type and the other side were served");

    let options = RunOptions { no_limits: true, ..RunOptions::default() };
    let store = &school.pipeline.store;
    let id = world::request_run(store, school.school, RunKind::Manual, &options).await;
    school.pipeline.execute(id).await.expect("a run");
    assert_eq!(writes(&school).await, 203, "a person sends the 101");
    school.comes_together(&[]).await;
}

#[tokio::test]
async fn p21_changes_that_look_like_a_broken_source_hold_the_run() {
    let held = |run: &Run| run.state == RunState::Held;
    let capacity = |n: usize| json!({ "capacity": 1_000 + n });
    for (count, is_held) in [(5, false), (20, false), (30, false), (31, true), (60, true)] {
        let school = School::agreed(Class::Strong, 100).await;
        change(&school, count, capacity).await;
        let run = school.bench().run().await.expect("a run that ends");
        assert_eq!(held(&run), is_held, "{count} % changed: {:?}", run.hold_reasons);
        assert_eq!(writes(&school).await, if is_held { 0 } else { count });
    }
    // G19: a column blanked; G20: a constant.
    for (count, fields, is_held) in [
        (5, json!({ "name": null }), false),
        (6, json!({ "name": null }), true),
        (20, json!({ "name": "The same" }), false),
        (21, json!({ "name": "The same" }), true),
    ] {
        let school = School::agreed(Class::Strong, 200).await;
        change(&school, count, |_| fields.clone()).await;
        let run = school.bench().run().await.expect("a run that ends");
        assert_eq!(held(&run), is_held, "{count} × {fields}: {:?}", run.hold_reasons);
        assert_eq!(writes(&school).await, if is_held { 0 } else { count });
    }
}
