//! Decisions that wait for the next merge (UX 6.7, 12.33).

use chrono::TimeDelta;
use merge::Choice;
use pipeline::RunOptions;
use pipeline::undo::UndoHow;
use store::conflict::ConflictStatus;
use store::decision::DecisionState;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

async fn contested(engine: TestEngine) -> World {
    let settings = format!("{SETTINGS}[desk]\nhold = \"next-merge\"\n");
    let world = World::agreed(engine, &settings, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
    world.run(RunKind::Nightly).await;
    world
}

#[tokio::test]
async fn nothing_is_written_until_the_next_merge_which_writes_it() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        assert_eq!(stored.held_until, None);
        world.clock.advance(TimeDelta::hours(9));
        assert_eq!(world.send_decided().await, 0);
        world.run(RunKind::Trial).await;
        let options = RunOptions { types: vec!["nothing".to_owned()], ..RunOptions::default() };
        world.run_with(RunKind::Manual, &options).await;
        assert_eq!(world.logs(), (vec![], vec![]), "neither a trial nor a merge of other types writes it");
        world.theirs.edit("room", "SIS-2", r#"{"name":"Corner"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#], "whatever else was edited meanwhile");
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"), "the same merge carried the name");
    }
}

#[tokio::test]
async fn a_decision_is_taken_back_as_long_as_it_waits() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.clock.advance(TimeDelta::hours(9));
        assert_eq!(world.undo(stored.decision).await.expect("in time").how, UndoHow::NeverSent);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), (vec![], vec![]));
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
    }
}

#[tokio::test]
async fn values_that_moved_while_a_decision_waited_are_asked_about_again() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), (vec![], vec![]));
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Refused);
        let open = world.conflict(1).await;
        assert_eq!(open.status, ConflictStatus::Open);
        assert_ne!(open.revision, conflict.revision);
    }
}
