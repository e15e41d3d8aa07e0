//! What stands in the way of an undo: somebody's edit in whatever field, and the settings of now (UX 6.7, RL G12, MS P6).

use merge::{Choice, Side};
use pipeline::undo::UndoRefused;
use store::conflict::{Conflict, ConflictStatus};
use store::decision::DecisionState;
use store::ids::DecisionId;
use store::plan_change::Operation;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

/// Twenty rooms without a name; the second is deleted on theirs and was edited on ours.
async fn deleted_against_edited(engine: TestEngine, settings: &str) -> (World, Conflict) {
    let rooms: Vec<String> = (0..20).map(|n| format!(r#"{{"code":"R{n}","seats":{n}}}"#)).collect();
    let rooms: Vec<(&str, &str)> = rooms.iter().map(|fields| ("room", fields.as_str())).collect();
    let world = World::agreed(engine, settings, &rooms).await;
    world.theirs.remove("room", "SIS-2");
    world.ours.edit("room", "OUR-2", r#"{"seats":50}"#);
    for _ in 0..2 {
        world.run(RunKind::Nightly).await;
    }
    let conflict = world.conflict(1).await;
    (world, conflict)
}

/// The same, decided so that theirs has got the record anew.
async fn created_anew(engine: TestEngine, settings: &str) -> (World, DecisionId) {
    let (world, conflict) = deleted_against_edited(engine, settings).await;
    let stored = world.decide(&conflict, &[("", Choice::Ours)], false).await.expect("a decision");
    world.send_decided().await;
    assert_eq!(world.theirs.log(), [r#"create room {"code":"R1","seats":50}"#]);
    (world, stored.decision)
}

#[tokio::test]
async fn g12_a_created_record_in_which_somebody_has_filled_an_empty_field_stays() {
    for engine in TestEngine::ALL {
        let (world, decision) = created_anew(engine, SETTINGS).await;
        world.theirs.edit("room", "SIS-21", r#"{"name":"Aula"}"#);
        world.run(RunKind::Nightly).await;
        assert!(world.ours.dump("room").iter().any(|room| room.contains("Aula")), "the edit was read");
        let refused = world.undo(decision).await.unwrap_err();
        assert_eq!(refused, UndoRefused::Overtaken(vec![(Side::Theirs, "name".to_owned())]));
        world.send_decided().await;
        assert_eq!(world.theirs.dump("room").len(), 20, "it was not deleted");
    }
}

#[tokio::test]
async fn g12_a_created_record_with_an_edit_in_a_field_that_is_only_read_stays() {
    for engine in TestEngine::ALL {
        let only_read = r#"name = { kind = "text", direction = "in" }"#;
        let settings = SETTINGS.replace(r#"name = { kind = "text" }"#, only_read);
        let (world, decision) = created_anew(engine, &settings).await;
        world.theirs.edit("room", "SIS-21", r#"{"name":"Aula"}"#);
        world.run(RunKind::Nightly).await;
        assert!(matches!(world.undo(decision).await, Err(UndoRefused::Overtaken(_))));
    }
}

#[tokio::test]
async fn c55_a_created_record_with_a_value_that_nobody_can_read_stays() {
    for engine in TestEngine::ALL {
        let settings = SETTINGS.replace(r#"name = { kind = "text" }"#, r#"name = { kind = "integer" }"#);
        let (world, decision) = created_anew(engine, &settings).await;
        world.undo(decision).await.expect("nobody knows of an edit");
        world.theirs.edit("room", "SIS-21", r#"{"name":"about five"}"#);
        world.send_decided().await;
        assert_eq!(world.theirs.dump("room").len(), 20, "it was not deleted");
        world.run(RunKind::Nightly).await;
        assert!(matches!(world.undo(decision).await, Err(UndoRefused::Overtaken(_))), "nor is it later");
    }
}

#[tokio::test]
async fn p6_an_undo_deletes_nothing_where_deletes_have_been_forbidden_since() {
    for engine in TestEngine::ALL {
        let (world, decision) = created_anew(engine, SETTINGS).await;
        world.set_settings(&format!("{SETTINGS}[type.room.allow.theirs]\ndelete = false\n")).await;
        let (side, operation) = (Side::Theirs, Operation::Delete);
        let refused = UndoRefused::NotAllowed { side, operation, fields: Vec::new() };
        assert_eq!(world.undo(decision).await.unwrap_err(), refused);
        assert_eq!(world.preview_undo(decision).await.unwrap_err(), refused);
        world.set_settings(SETTINGS).await;
        world.undo_written(decision).await;
        assert_eq!(world.theirs.dump("room").len(), 19, "allowed again, it goes through");
    }
}

#[tokio::test]
async fn p6_an_undo_does_not_write_a_field_that_is_only_read_since() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
        world.run(RunKind::Nightly).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        let only_read = r#"seats = { kind = "integer", direction = "in" }"#;
        world.set_settings(&SETTINGS.replace(r#"seats = { kind = "integer" }"#, only_read)).await;
        let (side, operation) = (Side::Theirs, Operation::Update);
        let refused = UndoRefused::NotAllowed { side, operation, fields: vec!["seats".to_owned()] };
        assert_eq!(world.undo(stored.decision).await.unwrap_err(), refused);
        world.send_decided().await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#]);
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
    }
}

#[tokio::test]
async fn an_undo_creates_nothing_that_has_been_made_anew_since_it_was_pressed() {
    for engine in TestEngine::ALL {
        let (world, conflict) = deleted_against_edited(engine, SETTINGS).await;
        let stored = world.decide(&conflict, &[("", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        world.undo(stored.decision).await.expect("the key is free");
        // As a run leaves it that was creating the same record when the button was pressed.
        let (_, new_id) = world.made_anew("room", r#"["R1"]"#, r#"{"code":"R1","seats":3}"#).await;
        let logs = world.logs();
        world.send_decided().await;
        assert_eq!(world.logs(), logs, "{new_id} is not created a second time");
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
    }
}

/// RL R5: what somebody decided meanwhile stands while its write waits.
#[tokio::test]
async fn a_decision_between_the_writes_of_an_undo_and_its_end_stays_decided() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.theirs.edit("room", "SIS-2", r#"{"seats":6,"name":"Corner"}"#);
        world.run(RunKind::Nightly).await;
        let conflict = world.conflict(1).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        let first = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.decision(first.decision).await.state, DecisionState::Partly);
        world.undo(first.decision).await.expect("nobody knows of an edit");
        world.ours.edit("room", "OUR-2", r#"{"name":"Attic"}"#);
        world.send_decided().await;
        let mut tx = world.pipeline.store.begin().await.expect("a transaction");
        let all = store::decision::list_for_conflict(&mut tx, conflict.id, 10).await.expect("decisions");
        let undo = all.iter().find(|one| one.undoes.is_some()).expect("the undo");
        assert_eq!(undo.state, DecisionState::Refused, "the name had moved");
        // As it stands between the writes of the undo and its end.
        store::decision::set_state(&mut tx, undo.id, DecisionState::Decided, None).await.expect("set");
        tx.commit().await.expect("a commit");
        let open = world.conflict(1).await;
        world.decide(&open, &[("seats", Choice::Theirs)], false).await.expect("a decision");
        world.theirs.edit("room", "SIS-2", r#"{"seats":9}"#);
        world.pipeline.push_decided(world.school).await.expect("a push").expect("nobody else is at work");
        assert_eq!(world.decision(undo.id).await.state, DecisionState::Refused, "the undo has ended");
        let now = world.conflict(1).await;
        assert_eq!((now.status, now.revision), (ConflictStatus::Decided, open.revision));
    }
}
