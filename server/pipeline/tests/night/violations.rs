//! A value that cannot be taken is left alone on both sides (CN C55, MS F13).

use store::run::{RunEnding, RunKind};
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

#[tokio::test]
async fn f13_c55_a_value_that_cannot_be_taken_is_overwritten_on_neither_side() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"seats":"about twenty","name":"Aula"}"#);
        world.theirs.edit("room", "SIS-1", r#"{"seats":25}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.log(), Vec::<String>::new());
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Aula"}"#], "the rest of the record goes on");
        assert!(world.ours.dump("room")[0].contains("about twenty"));
        assert!(world.theirs.dump("room")[0].contains("25"));
        assert!(world.conflicts().await.is_empty(), "an invalid value is never a conflict");

        // Both were edited: with the value repaired it is the question that it always was.
        world.ours.edit("room", "OUR-1", r#"{"seats":22}"#);
        world.run(RunKind::Nightly).await;
        let conflicts = world.conflicts().await;
        assert_eq!(conflicts.iter().map(|(_, fields)| fields.join(" ")).collect::<Vec<_>>(), ["seats"]);
    }
}

#[tokio::test]
async fn c55_a_record_with_a_value_that_cannot_be_taken_is_not_deleted() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
        world.ours.edit("room", "OUR-1", r#"{"seats":"about twenty"}"#);
        world.theirs.remove("room", "SIS-1");
        for _ in 0..3 {
            let run = world.run(RunKind::Nightly).await;
            assert_eq!(run.ended, Some(RunEnding::FinishedWithIssues), "{run:?}");
        }
        assert_eq!(world.ours.dump("room").len(), 20, "the edit that nobody can read is still there");

        world.ours.edit("room", "OUR-1", r#"{"seats":0}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.dump("room").len(), 19, "with the value of before, nothing speaks against it");
    }
}

#[tokio::test]
async fn c55_a_reference_is_taken_as_soon_as_its_record_is_there() {
    for engine in TestEngine::ALL {
        let section = r#"{"number":"1","title":"Intro"}"#;
        let world = World::agreed(engine, SETTINGS, &[("section", section)]).await;
        world.theirs.edit("section", "SIS-1", r#"{"room":"SIS-2"}"#);
        world.run(RunKind::Nightly).await;
        assert!(!world.ours.dump("section")[0].contains("room"), "nobody knows the room");
        assert_eq!(world.theirs.add("room", r#"{"code":"A1","seats":20,"name":"Hall"}"#), "SIS-2");
        for _ in 0..2 {
            world.run(RunKind::Nightly).await;
        }
        let ours = world.ours.dump("section");
        assert!(ours[0].contains("room"), "{ours:?}");
    }
}

#[tokio::test]
async fn q05_a_record_with_a_nul_is_set_aside_and_the_others_go_on() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.theirs.add("room", r#"{"code":"B\u00001","name":"Hall","seats":1}"#);
        world.theirs.add("room", r#"{"code":"C1","name":"Ha\u0000ll","seats":1}"#);
        world.theirs.add("room", r#"{"code":"D1","name":"Hall","seats":1}"#);
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::FinishedWithIssues), "{run:?}");
        assert_eq!(world.ours.log(), [r#"create room {"code":"D1","name":"Hall","seats":1}"#]);
    }
}
