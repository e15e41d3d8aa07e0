//! Undos that meet a failing database or a silent system: nothing is written twice, and nothing is half undone (RL P30).

use merge::{Choice, Value};
use pipeline::undo::UndoRequest;
use store::Trouble;
use store::conflict::ConflictStatus;
use store::decision::DecisionState;
use store::ids::DecisionId;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

const KINDS: [Trouble; 3] = [Trouble::Busy, Trouble::Io, Trouble::LostConnection];

/// Other seats on both sides of the second room; the conflict is open.
async fn contested(engine: TestEngine) -> World {
    let world = World::agreed(engine, SETTINGS, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
    world.run(RunKind::Nightly).await;
    world
}

/// Decides for a third value, which goes to both sides.
async fn decided(world: &World) -> DecisionId {
    let conflict = world.conflict(1).await;
    let choice = [("seats", Choice::Value(Value::from(12)))];
    let stored = world.decide(&conflict, &choice, false).await.expect("a decision");
    world.send_decided().await;
    assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
    stored.decision
}

/// Undoes a decision while one call of the database fails, and then until it is undone; whether a call failed.
async fn undo_with_a_fault(world: &World, decision: DecisionId, nth: usize) -> bool {
    let faults = world.pipeline.store.faults();
    let settings = world.settings().await;
    let request = UndoRequest { school: world.school, decision, person: "ben", person_id: "b" };
    faults.fail_at(nth as u64, KINDS[nth % KINDS.len()]);
    // Either may meet the fault; what they answer then is for the next ones to find out.
    let _ = world.pipeline.undo(&settings, &request).await;
    world.clock.advance(chrono::TimeDelta::seconds(11));
    let _ = world.pipeline.push_decided(world.school).await;
    let struck = faults.struck();
    faults.clear();
    for _ in 0..3 {
        if world.decision(decision).await.state == DecisionState::Undone {
            break;
        }
        let _ = world.undo(decision).await;
        world.send_decided().await;
    }
    struck
}

async fn any_database_call_of_an_undo_may_fail(engine: TestEngine, step: usize) {
    let world = contested(engine).await;
    let before = (world.ours.dump("room"), world.theirs.dump("room"));
    let asked = world.conflict(1).await.revision;
    let (mut nth, mut rounds) = (1, 0);
    loop {
        let decision = decided(&world).await;
        let struck = undo_with_a_fault(&world, decision, nth).await;
        rounds += 1;
        assert_eq!(world.decision(decision).await.state, DecisionState::Undone, "call {nth}");
        assert_eq!((world.ours.dump("room"), world.theirs.dump("room")), before, "call {nth}");
        let writes = (world.ours.log().len(), world.theirs.log().len());
        assert_eq!(writes, (2 * rounds, 2 * rounds), "call {nth}: each is written once, there and back");
        let open = world.conflict(1).await;
        assert_eq!((open.status, &open.revision), (ConflictStatus::Open, &asked), "call {nth}");
        if !struck {
            break;
        }
        nth += step;
    }
    assert!(nth > 40, "an undo has more calls than {nth}");
    let logs = world.logs();
    world.run(RunKind::Nightly).await;
    assert_eq!(world.logs(), logs, "the night after it writes nothing");
}

#[tokio::test]
async fn p30_any_database_call_of_an_undo_may_fail_on_sqlite() {
    any_database_call_of_an_undo_may_fail(TestEngine::Sqlite, 2).await;
}

#[tokio::test]
async fn p30_any_database_call_of_an_undo_may_fail_on_postgres() {
    any_database_call_of_an_undo_may_fail(TestEngine::Postgres, 5).await;
}

#[tokio::test]
async fn an_undo_whose_writes_get_lost_arrives_with_the_next_night() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let decision = decided(&world).await;
        world.theirs.lose_writes(true);
        world.undo(decision).await.expect("it can be undone");
        world.send_decided().await;
        assert_eq!(world.ours.log().last().map(String::as_str), Some(r#"update room {"seats":5}"#));
        assert_eq!(world.decision(decision).await.state, DecisionState::Applied, "not yet");
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        world.theirs.lose_writes(false);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"seats":6}"#));
        assert_eq!(world.decision(decision).await.state, DecisionState::Undone);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
        let logs = world.logs();
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), logs);
    }
}

#[tokio::test]
async fn a_record_that_an_undo_creates_and_somebody_edits_at_once_is_created_once() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
        world.theirs.remove("room", "SIS-2");
        world.ours.edit("room", "OUR-2", r#"{"seats":50}"#);
        for _ in 0..2 {
            world.run(RunKind::Nightly).await;
        }
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        world.ours.lose_next_answer_and_edit(r#"{"seats":60}"#);
        world.undo_written(stored.decision).await;
        world.run(RunKind::Nightly).await;
        let created = r#"create room {"code":"R1","name":"x","seats":50}"#;
        assert_eq!(world.logs(), (vec!["delete room".to_owned(), created.to_owned()], vec![]));
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Undone);
        let open = world.conflicts().await;
        assert_eq!((open.len(), open[0].0.number), (1, 1), "the edit is part of the question");
        assert!(world.ours.dump("room").iter().any(|room| room.contains("\"seats\":60")));
    }
}
