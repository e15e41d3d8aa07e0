//! Whole nights against two systems in memory, on both databases.

mod support;

use store::run::{RunEnding, RunKind, RunState};
use store::testing::TestEngine;
use support::World;

const SETTINGS: &str = r#"
version = 1
[school]
slug = "north"
name = "North"
zone = "UTC"
[systems.ours]
name = "Scheduler"
kind = "rest"
base_url = "http://127.0.0.1:1"
[systems.ours.types.room]
[systems.ours.types.section]
[systems.theirs]
name = "Banner"
kind = "rest"
base_url = "http://127.0.0.1:2"
[systems.theirs.types.room]
[systems.theirs.types.section]
[type.room]
key = ["code"]
[type.room.fields]
code = { kind = "text" }
seats = { kind = "integer" }
name = { kind = "text" }
[type.section]
key = ["number"]
[type.section.fields]
number = { kind = "text" }
title = { kind = "text" }
room = { kind = "reference(room)" }
"#;

#[tokio::test]
async fn a_first_night_waits_for_a_person_and_then_fills_both_sides() {
    for engine in TestEngine::ALL {
        let world = World::new(engine, SETTINGS).await;
        let room = world.ours.add("room", r#"{"code":"A1","seats":20,"name":"Hall"}"#);
        world.ours.add("section", &format!(r#"{{"number":"1","title":"Intro","room":"{room}"}}"#));
        world.theirs.add("room", r#"{"code":"B2","seats":5,"name":"Nook"}"#);
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.state, RunState::Held, "{:?}", run.hold_reasons);
        assert!(world.ours.log().is_empty() && world.theirs.log().is_empty());
        let run = world.approve(&run).await;
        assert_eq!((run.state, run.ended), (RunState::Reported, Some(RunEnding::Finished)));
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        assert_eq!(world.theirs.log().len(), 2, "{:?}", world.theirs.log());
        assert_eq!(world.theirs.dump("section")[0], r#"{"number":"1","room":"SIS-2","title":"Intro"}"#);

        let again = world.run(RunKind::Nightly).await;
        assert_eq!(again.ended, Some(RunEnding::Finished));
        assert_eq!((world.ours.log().len(), world.theirs.log().len()), (1, 2), "a second night writes nothing");
    }
}
