//! Decisions that are taken back (UX 6.7, RL R13): before they are sent without a trace, afterwards by writing back the
//! values from before. The systems' own logs say what was written, and the nights after it write nothing.

use merge::{Choice, ConflictKind, Side, Value};
use pipeline::undo::{UndoHow, UndoRefused};
use store::conflict::{Conflict, ConflictStatus};
use store::decision::DecisionState;
use store::ids::DecisionId;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

/// The second room has other seats on both sides, and a new name on theirs that waits with them.
async fn contested(engine: TestEngine) -> (World, Conflict) {
    let world = World::agreed(engine, SETTINGS, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.theirs.edit("room", "SIS-2", r#"{"seats":6,"name":"Corner"}"#);
    world.run(RunKind::Nightly).await;
    let conflict = world.conflict(1).await;
    assert_eq!(conflict.status, ConflictStatus::Open);
    (world, conflict)
}

/// The same, decided for one side and written.
async fn decided(engine: TestEngine, choice: Choice) -> (World, DecisionId) {
    let (world, conflict) = contested(engine).await;
    let stored = world.decide(&conflict, &[("seats", choice)], false).await.expect("a decision");
    world.send_decided().await;
    assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
    assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
    (world, stored.decision)
}

/// Two more nights write nothing, and the question stays what it was.
async fn nothing_follows(world: &World, paths: &[&str]) {
    let logs = world.logs();
    let asked = world.conflict(1).await;
    for _ in 0..2 {
        world.run(RunKind::Nightly).await;
    }
    assert_eq!(world.logs(), logs, "neither is the decision repeated nor the undo lost");
    let conflicts = world.conflicts().await;
    assert_eq!(conflicts.len(), 1);
    assert_eq!((&conflicts[0].0.revision, conflicts[0].0.number), (&asked.revision, 1));
    assert_eq!(conflicts[0].1, paths);
}

#[tokio::test]
async fn an_undo_in_time_leaves_no_trace_outside() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Theirs)], false).await.expect("a decision");
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Decided);
        let effects = world.preview_undo(stored.decision).await.expect("in time");
        assert!(effects.is_empty(), "nothing would be written: {effects:?}");
        let done = world.undo(stored.decision).await.expect("in time");
        assert_eq!((done.conflict, done.how), (1, UndoHow::NeverSent));
        let again = world.undo(stored.decision).await;
        assert_eq!(again.unwrap_err(), UndoRefused::AlreadyUndone, "a second press changes nothing");
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Undone);
        let open = world.conflict(1).await;
        assert_eq!((open.status, open.revision), (ConflictStatus::Open, conflict.revision));
        world.send_decided().await;
        assert_eq!(world.logs(), (vec![], vec![]), "nothing was ever sent");
        nothing_follows(&world, &["seats"]).await;
        let open = world.conflict(1).await;
        world.decide(&open, &[("seats", Choice::Ours)], false).await.expect("decided anew");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}

#[tokio::test]
async fn an_undo_of_what_was_written_brings_the_values_and_the_question_back() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        let before = (world.ours.dump("room"), world.theirs.dump("room"));
        let stored = world.decide(&conflict, &[("seats", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        let effects = world.preview_undo(stored.decision).await.expect("it can be undone");
        assert_eq!(effects, ["ours update name: \"Corner\" → \"Nook\", seats: 6 → 5"]);
        let undo = world.undo_written(stored.decision).await;
        assert_eq!((undo.state, undo.undoes), (DecisionState::Applied, Some(stored.decision)));
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Undone, "both are kept");
        assert_eq!(
            world.logs(),
            (
                vec![
                    r#"update room {"name":"Corner","seats":6}"#.to_owned(),
                    r#"update room {"name":"Nook","seats":5}"#.to_owned()
                ],
                vec![]
            )
        );
        assert_eq!((world.ours.dump("room"), world.theirs.dump("room")), before);
        let open = world.conflict(1).await;
        assert_eq!((open.status, open.revision), (ConflictStatus::Open, conflict.revision));
        assert_eq!(world.undo(stored.decision).await.unwrap_err(), UndoRefused::AlreadyUndone);
        assert_eq!(world.undo(undo.id).await.unwrap_err(), UndoRefused::IsUndo);
        nothing_follows(&world, &["seats"]).await;
        let open = world.conflict(1).await;
        world.decide(&open, &[("seats", Choice::Theirs)], false).await.expect("decided anew");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"), "the same again is another decision");
    }
}

#[tokio::test]
async fn an_undo_of_a_value_of_its_own_writes_back_on_both_sides() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Value(Value::from(12))).await;
        world.undo_written(decision).await;
        assert!(world.ours.dump("room").contains(&r#"{"code":"A2","name":"Nook","seats":5}"#.to_owned()));
        assert!(world.theirs.dump("room").contains(&r#"{"code":"A2","name":"Corner","seats":6}"#.to_owned()));
        nothing_follows(&world, &["seats"]).await;
    }
}

#[tokio::test]
async fn an_undo_does_not_write_over_what_somebody_has_changed_since() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Theirs).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.run(RunKind::Nightly).await;
        let logs = world.logs();
        let refused = world.undo(decision).await.unwrap_err();
        assert_eq!(refused, UndoRefused::Overtaken(vec![(Side::Ours, "seats".to_owned())]));
        assert_eq!(world.preview_undo(decision).await.unwrap_err(), refused);
        world.send_decided().await;
        assert_eq!(world.logs(), logs, "nothing was written");
        assert_eq!(world.decision(decision).await.state, DecisionState::Applied);
    }
}

#[tokio::test]
async fn an_undo_looks_once_more_right_before_it_writes() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Value(Value::from(12))).await;
        let (logs, done) = (world.logs(), world.undo(decision).await.expect("nobody knows of an edit"));
        let UndoHow::WritesBack { undo, held_until } = done.how else { panic!("{done:?}") };
        assert!(held_until.is_some());
        assert_eq!(world.undo(decision).await.unwrap_err(), UndoRefused::AlreadyUndone, "it is on its way");
        world.theirs.edit("room", "SIS-2", r#"{"seats":8}"#);
        world.send_decided().await;
        assert_eq!(world.logs(), logs, "neither side is written when one of them has moved");
        assert_eq!(world.decision(undo).await.state, DecisionState::Refused);
        assert_eq!(world.decision(decision).await.state, DecisionState::Applied);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        // The edit goes its way, as after any decision.
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.log().last().map(String::as_str), Some(r#"update room {"seats":8}"#));
    }
}

#[tokio::test]
async fn an_edit_of_another_field_does_not_stand_in_the_way_of_an_undo() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Ours).await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#]);
        world.theirs.edit("room", "SIS-2", r#"{"note":"projector"}"#);
        let undo = world.undo_written(decision).await;
        assert_eq!(undo.state, DecisionState::Applied);
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"seats":6}"#));
        nothing_follows(&world, &["seats"]).await;
    }
}

#[tokio::test]
async fn a_write_back_that_is_taken_back_in_time_leaves_the_decision_as_it_is() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Theirs).await;
        let logs = world.logs();
        let done = world.undo(decision).await.expect("it can be undone");
        let UndoHow::WritesBack { undo, .. } = done.how else { panic!("{done:?}") };
        assert_eq!(world.undo(undo).await.expect("in time").how, UndoHow::NeverSent);
        world.send_decided().await;
        assert_eq!(world.logs(), logs);
        assert_eq!(world.decision(decision).await.state, DecisionState::Applied);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        world.undo_written(decision).await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open, "it can be undone after all");
    }
}

/// Twenty rooms; the second is deleted on theirs and was edited on ours.
async fn deleted_against_edited(engine: TestEngine) -> (World, Conflict) {
    let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
    world.theirs.remove("room", "SIS-2");
    world.ours.edit("room", "OUR-2", r#"{"seats":50}"#);
    for _ in 0..2 {
        world.run(RunKind::Nightly).await;
    }
    let conflict = world.conflict(1).await;
    assert_eq!(conflict.kind, ConflictKind::UpdateDelete);
    (world, conflict)
}

#[tokio::test]
async fn a_record_that_a_decision_created_is_deleted_again() {
    for engine in TestEngine::ALL {
        let (world, conflict) = deleted_against_edited(engine).await;
        let stored = world.decide(&conflict, &[("", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        world.undo_written(stored.decision).await;
        let created = r#"create room {"code":"R1","name":"x","seats":50}"#;
        assert_eq!(world.logs(), (vec![], vec![created.to_owned(), "delete room".to_owned()]));
        assert_eq!(world.theirs.dump("room").len(), 19);
        assert_eq!(world.conflict(1).await.kind, ConflictKind::UpdateDelete);
        nothing_follows(&world, &["seats"]).await;
        let open = world.conflict(1).await;
        world.decide(&open, &[("", Choice::Theirs)], false).await.expect("decided anew");
        world.send_decided().await;
        assert_eq!((world.ours.dump("room").len(), world.theirs.dump("room").len()), (19, 19));
    }
}

#[tokio::test]
async fn a_created_record_that_somebody_has_edited_since_stays() {
    for engine in TestEngine::ALL {
        let (world, conflict) = deleted_against_edited(engine).await;
        let stored = world.decide(&conflict, &[("", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        let done = world.undo(stored.decision).await.expect("nobody knows of an edit");
        assert!(matches!(done.how, UndoHow::WritesBack { .. }));
        world.theirs.edit("room", "SIS-21", r#"{"name":"y"}"#);
        world.send_decided().await;
        assert_eq!(world.theirs.log().len(), 1, "it was not deleted");
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"), "the edit goes its way");
    }
}

#[tokio::test]
async fn a_record_that_a_decision_deleted_is_created_again() {
    for engine in TestEngine::ALL {
        let (world, conflict) = deleted_against_edited(engine).await;
        let stored = world.decide(&conflict, &[("", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!((world.ours.dump("room").len(), world.theirs.dump("room").len()), (19, 19));
        let effects = world.preview_undo(stored.decision).await.expect("it can be undone");
        assert_eq!(effects, [r#"ours create code: – → "R1", name: – → "x", seats: – → 50"#]);
        world.undo_written(stored.decision).await;
        let created = r#"create room {"code":"R1","name":"x","seats":50}"#;
        assert_eq!(world.logs(), (vec!["delete room".to_owned(), created.to_owned()], vec![]));
        assert_eq!(world.conflict(1).await.kind, ConflictKind::UpdateDelete);
        nothing_follows(&world, &["seats"]).await;
        let open = world.conflict(1).await;
        world.decide(&open, &[("", Choice::Ours)], false).await.expect("decided anew");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        assert_eq!(world.ours.dump("room").len(), 20);
    }
}

#[tokio::test]
async fn a_record_that_somebody_made_anew_is_not_created_by_an_undo() {
    for engine in TestEngine::ALL {
        let (world, conflict) = deleted_against_edited(engine).await;
        let stored = world.decide(&conflict, &[("", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        world.theirs.add("room", r#"{"code":"R1","name":"anew","seats":3}"#);
        world.run(RunKind::Nightly).await;
        let logs = world.logs();
        let refused = world.undo(stored.decision).await.unwrap_err();
        assert_eq!(refused, UndoRefused::Overtaken(vec![(Side::Ours, String::new())]));
        world.send_decided().await;
        assert_eq!(world.logs(), logs);
    }
}

#[tokio::test]
async fn records_added_on_both_sides_have_never_agreed_again_after_an_undo() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.add("room", r#"{"code":"N1","name":"New","seats":1}"#);
        world.theirs.add("room", r#"{"code":"N1","name":"Newer","seats":1}"#);
        world.run(RunKind::Nightly).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("name", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        world.undo_written(stored.decision).await;
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"name":"Newer"}"#));
        let open = world.conflict(1).await;
        assert_eq!((open.kind, open.revision), (ConflictKind::BothAdded, conflict.revision));
        nothing_follows(&world, &["name"]).await;
    }
}

#[tokio::test]
async fn what_is_on_its_way_is_not_undone() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.theirs.lose_writes(true);
        world.send_decided().await;
        assert_eq!(world.undo(stored.decision).await.unwrap_err(), UndoRefused::Busy);
        world.theirs.lose_writes(false);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#]);
        world.undo_written(stored.decision).await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
    }
}

#[tokio::test]
async fn a_refused_decision_has_nothing_to_undo() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
        world.run(RunKind::Nightly).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.undo(stored.decision).await.unwrap_err(), UndoRefused::NothingWritten);
        let unknown = DecisionId::new(chrono::DateTime::UNIX_EPOCH, 1);
        assert_eq!(world.undo(unknown).await.unwrap_err(), UndoRefused::NoDecision);
    }
}

#[tokio::test]
async fn a_decision_that_arrived_in_part_is_undone_where_it_arrived() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Partly);
        world.undo_written(stored.decision).await;
        assert_eq!(
            world.ours.log(),
            [r#"update room {"name":"Corner"}"#, r#"update room {"name":"Nook"}"#],
            "the name had come along"
        );
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Undone);
        nothing_follows(&world, &["seats"]).await;
    }
}

#[tokio::test]
async fn an_undo_while_a_run_is_at_work_is_written_when_it_has_ended() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Theirs).await;
        let guard = world.begin_run_elsewhere().await;
        let logs = world.logs();
        world.undo(decision).await.expect("stored");
        world.clock.advance(chrono::TimeDelta::seconds(11));
        let pushed = world.pipeline.push_decided(world.school).await.expect("asked");
        assert_eq!((pushed, world.logs()), (None, logs), "it waits");
        world.end_run_elsewhere(&guard).await;
        world.send_decided().await;
        assert_eq!(world.decision(decision).await.state, DecisionState::Undone);
        nothing_follows(&world, &["seats"]).await;
    }
}

#[tokio::test]
async fn an_undo_in_time_shows_what_the_night_has_read_meanwhile() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.theirs.edit("room", "SIS-2", r#"{"seats":9}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.conflict(1).await.revision, conflict.revision, "R5: a decision on its way stands");
        world.undo(stored.decision).await.expect("in time");
        let open = world.conflict(1).await;
        assert_eq!(open.status, ConflictStatus::Open);
        assert_ne!(open.revision, conflict.revision);
        assert_eq!(world.logs(), (vec![], vec![]));
    }
}

#[tokio::test]
async fn an_undo_whose_end_was_not_said_before_a_crash_is_ended_without_a_merge() {
    for engine in TestEngine::ALL {
        let (world, decision) = decided(engine, Choice::Theirs).await;
        let undo = world.undo_written(decision).await;
        // As a crash between the confirmation and the end would leave it.
        let mut tx = world.pipeline.store.begin().await.expect("a transaction");
        for (id, state) in [(undo.id, DecisionState::Decided), (decision, DecisionState::Applied)] {
            store::decision::set_state(&mut tx, id, state, None).await.expect("set");
        }
        tx.commit().await.expect("a commit");
        world.send_decided().await;
        assert_eq!(world.decision(undo.id).await.state, DecisionState::Applied);
        assert_eq!(world.decision(decision).await.state, DecisionState::Undone);
    }
}
