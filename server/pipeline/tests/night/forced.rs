//! Force apply over what was seen: the set shown is the set overwritten (UX 7.4.8, 12.32).

use merge::{Choice, Value};
use pipeline::ConflictRefused;
use store::conflict::ConflictStatus;
use store::decision::DecisionState;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

async fn contested(engine: TestEngine) -> World {
    let world = World::agreed(engine, SETTINGS, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
    world.run(RunKind::Nightly).await;
    world
}

#[tokio::test]
async fn a_value_that_moved_before_the_button_is_refused_with_the_newest() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.pipeline.ask_read_again(world.school, 1).await.expect("asked").expect("a conflict");
        world.send_decided().await;
        let refused = world.force_seen(&seen, &[("seats", Choice::Ours)]).await;
        assert_eq!(refused.unwrap_err(), ConflictRefused::Stale.into());
        assert_eq!(world.logs(), (vec![], vec![]));
        let now = world.conflict(1).await;
        world.force_seen(&now, &[("seats", Choice::Ours)]).await.expect("the newest was seen");
        world.send_decided().await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#]);
    }
}

#[tokio::test]
async fn a_value_that_moved_after_the_button_is_not_overwritten() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        let stored =
            world.force_seen(&seen, &[("seats", Choice::Value(Value::from(12)))]).await.expect("stored");
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.send_decided().await;
        assert_eq!(world.logs(), (vec![], vec![]), "neither side is written");
        let decision = world.decision(stored.decision).await;
        assert_eq!((decision.state, decision.overwrote), (DecisionState::Refused, None));
        let now = world.conflict(1).await;
        assert_eq!(now.status, ConflictStatus::Open);
        assert_ne!(now.revision, seen.revision, "the newest values are asked about");
    }
}

#[tokio::test]
async fn an_edit_of_another_field_is_gone_past_and_what_was_overwritten_comes_back_with_an_undo() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        let stored = world.force_seen(&seen, &[("seats", Choice::Ours)]).await.expect("stored");
        world.theirs.edit("room", "SIS-2", r#"{"note":"projector"}"#);
        world.send_decided().await;
        let decision = world.decision(stored.decision).await;
        assert_eq!(decision.state, DecisionState::Applied);
        assert_eq!(decision.overwrote.as_deref(), Some(r#"{"theirs":{"seats":6}}"#));
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#], "only the chosen field");
        world.undo_written(stored.decision).await;
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"seats":6}"#));
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
    }
}

/// RL I1: nothing that a force wrote over is forgotten, on either side, in the decision or in the audit log.
#[tokio::test]
async fn a_forced_value_of_its_own_keeps_what_it_wrote_over_on_both_sides() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        let stored =
            world.force_seen(&seen, &[("seats", Choice::Value(Value::from(12)))]).await.expect("stored");
        world.send_decided().await;
        let kept = r#"{"ours":{"seats":5},"theirs":{"seats":6}}"#;
        assert_eq!(world.decision(stored.decision).await.overwrote.as_deref(), Some(kept));
        let rows = world.audited("force.end").await;
        let rows = rows[0].as_array().expect("a list");
        let was: Vec<_> = rows.iter().map(|row| (row["side"].as_str(), row["was"].as_str())).collect();
        assert_eq!(
            was,
            [(Some("ours"), Some("5")), (Some("theirs"), Some("6"))],
            "and so does the audit log"
        );
    }
}

#[tokio::test]
async fn a_forced_delete_keeps_the_record_as_it_was_then() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
        world.ours.remove("room", "OUR-2");
        world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
        world.run(RunKind::Nightly).await;
        world.run(RunKind::Nightly).await;
        let seen = world.conflict(1).await;
        let stored = world.decide(&seen, &[("", Choice::Ours)], true).await.expect("stored");
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.send_decided().await;
        let decision = world.decision(stored.decision).await;
        assert_eq!(decision.state, DecisionState::Applied);
        let kept = r#"{"theirs":{"code":"R1","name":"x","seats":7}}"#;
        assert_eq!(decision.overwrote.as_deref(), Some(kept));
    }
}

/// A room that Banner has deleted and Scheduler has changed.
async fn deleted_and_changed(engine: TestEngine, settings: &str) -> World {
    let world = World::agreed_on_rooms(engine, settings, 20).await;
    world.theirs.remove("room", "SIS-2");
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.run(RunKind::Nightly).await;
    world.run(RunKind::Nightly).await;
    world
}

#[tokio::test]
async fn c7_a_limit_on_deletes_holds_for_a_forced_one_too() {
    for engine in TestEngine::ALL {
        let none = "[type.room]\nlimits = { deletes_hold = { count = 0, percent = 0 } }\n";
        let world = deleted_and_changed(engine, &SETTINGS.replace("[type.room]\n", none)).await;
        let seen = world.conflict(1).await;
        let refused = world.force_seen(&seen, &[("", Choice::Theirs)]).await.unwrap_err();
        let words = "would delete a record of Room in Scheduler, which a safety limit does not allow; nothing was written";
        assert_eq!(refused.to_string(), words);
        world.send_decided().await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
        assert_eq!(world.logs(), (vec![], vec![]));
    }
}

#[tokio::test]
async fn g15_a_single_delete_is_within_the_usual_limits() {
    for engine in TestEngine::ALL {
        let world = deleted_and_changed(engine, SETTINGS).await;
        let seen = world.conflict(1).await;
        world.force_seen(&seen, &[("", Choice::Theirs)]).await.expect("stored");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room").len(), 19);
    }
}
