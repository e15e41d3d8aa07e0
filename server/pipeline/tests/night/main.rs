//! Whole nights against two systems in memory, on both databases.

mod differences;
mod duplicates;
mod earlier;
mod forced;
mod items;
mod lengths;
mod parked;
mod recovery;
mod reread;
mod support;
mod undo;
mod undo_faults;
mod undo_guards;
mod violations;
mod waiting;

use merge::{Choice, ConflictKind, Value};
use pipeline::{ConflictRefused, RunOptions};
use store::conflict::ConflictStatus;
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
        assert_eq!(
            (world.ours.log().len(), world.theirs.log().len()),
            (1, 2),
            "a second night writes nothing"
        );
    }
}

const ROOMS: [(&str, &str); 3] = [
    ("room", r#"{"code":"A1","name":"Hall","seats":20}"#),
    ("room", r#"{"code":"A2","name":"Nook","seats":4}"#),
    ("room", r#"{"code":"A3","name":"Attic","seats":9}"#),
];

#[tokio::test]
async fn edits_of_different_fields_meet_and_edits_of_one_field_wait_for_a_person() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"seats":22}"#);
        world.theirs.edit("room", "SIS-1", r#"{"name":"Great Hall"}"#);
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.theirs.edit("room", "SIS-2", r#"{"seats":6,"name":"Corner"}"#);
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert_eq!(world.theirs.log(), [r#"update room {"seats":22}"#]);
        assert_eq!(world.ours.log(), [r#"update room {"name":"Great Hall"}"#]);
        let conflicts = world.conflicts().await;
        assert_eq!(conflicts.len(), 1);
        assert_eq!((conflicts[0].0.kind, &conflicts[0].1), (ConflictKind::Field, &vec!["seats".to_owned()]));

        let stored = world.decide(&conflicts[0].0, &[("seats", Choice::Theirs)], false).await;
        assert!(stored.is_ok(), "{stored:?}");
        assert_eq!(world.send_decided().await, 1);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        let writes = (world.ours.log().len(), world.theirs.log().len());
        world.run(RunKind::Nightly).await;
        assert_eq!((world.ours.log().len(), world.theirs.log().len()), writes, "the clean name went along");
    }
}

#[tokio::test]
async fn r21_an_edit_found_while_looking_for_a_create_is_the_users_and_no_stored_form() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.add("room", r#"{"code":"N1","name":"New","seats":1}"#);
        world.theirs.lose_next_answer_and_edit(r#"{"seats":7}"#);
        world.run(RunKind::Nightly).await;
        world.run(RunKind::Nightly).await;
        let created = r#"create room {"code":"N1","name":"New","seats":1}"#;
        assert_eq!(world.theirs.log(), [created], "it was known again, and created once");
        assert_eq!(world.ours.log(), [r#"update room {"seats":7}"#], "the edit has gone to the other side");
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        assert!(world.conflicts().await.is_empty(), "nobody contradicts the user");
    }
}

#[tokio::test]
async fn p17_a_decision_on_old_values_is_refused_and_a_forced_one_goes_through() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
        world.run(RunKind::Nightly).await;
        let seen = world.conflict(1).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        // The SIS moved without our knowing: the write itself is refused, and the values of now come back.
        world
            .decide(&seen, &[("seats", Choice::Ours)], false)
            .await
            .expect("nothing is known of the edit yet");
        world.send_decided().await;
        let moved = world.conflict(1).await;
        assert_eq!(moved.status, ConflictStatus::Open);
        assert_ne!(moved.revision, seen.revision);
        assert!(world.theirs.dump("room")[1].contains("\"seats\":7"), "the edit stands");
        let refused = world.decide(&seen, &[("seats", Choice::Ours)], false).await;
        assert_eq!(refused.unwrap_err(), ConflictRefused::Stale.into());

        world.theirs.edit("room", "SIS-2", r#"{"seats":8}"#);
        world.decide(&moved, &[("seats", Choice::Value(Value::from(12)))], true).await.expect("forced");
        world.send_decided().await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        assert!(world.theirs.dump("room")[1].contains("\"seats\":12"));
        let mut reader = world.pipeline.store.read().await.expect("a reader");
        let decisions =
            store::decision::list_for_conflict(&mut reader, moved.id, 10).await.expect("decisions");
        assert_eq!(decisions[0].overwrote.as_deref(), Some(r#"{"ours":{"seats":5},"theirs":{"seats":8}}"#));
    }
}

#[tokio::test]
async fn g12_a_delete_against_an_edit_is_a_conflict_and_a_delete_alone_needs_two_nights() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
        world.theirs.remove("room", "SIS-1");
        world.theirs.remove("room", "SIS-2");
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.dump("room").len(), 20, "one listing without a record proves nothing");
        assert!(world.conflicts().await.is_empty());
        world.run(RunKind::Nightly).await;
        assert_eq!(world.ours.dump("room").len(), 19, "{:?}", world.ours.log());
        let conflicts = world.conflicts().await;
        let kinds: Vec<_> = conflicts.iter().map(|(conflict, _)| (conflict.kind, &*conflict.label)).collect();
        assert_eq!(kinds, [(ConflictKind::UpdateDelete, "R1")]);
        assert!(world.ours.dump("room").iter().any(|room| room.contains("\"seats\":5")));
    }
}

#[tokio::test]
async fn g13_a_listing_that_lost_most_of_its_records_changes_nothing() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.theirs.remove("room", "SIS-1");
        world.theirs.remove("room", "SIS-2");
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        assert_eq!(world.ours.dump("room").len(), 3);
        assert!(world.ours.log().is_empty());
    }
}

#[tokio::test]
async fn both_added_is_a_conflict_of_its_own() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.add("room", r#"{"code":"N1","name":"New","seats":1}"#);
        world.theirs.add("room", r#"{"code":"N1","name":"Newer","seats":1}"#);
        world.run(RunKind::Nightly).await;
        let conflicts = world.conflicts().await;
        assert_eq!(
            (conflicts[0].0.kind, &conflicts[0].1),
            (ConflictKind::BothAdded, &vec!["name".to_owned()])
        );
        // C3: the sides agree by themselves, and the question goes away.
        world.theirs.edit("room", "SIS-4", r#"{"name":"New"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Healed);
    }
}

#[tokio::test]
async fn g1_more_than_the_limit_waits_and_a_manual_run_without_limits_sends_it() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 600).await;
        for n in 1..=101 {
            world.ours.edit("room", &format!("OUR-{n}"), r#"{"name":"y"}"#);
        }
        world.theirs.edit("room", "SIS-300", r#"{"name":"z"}"#);
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::FinishedWithIssues));
        assert!(world.theirs.log().is_empty(), "101 changes: none goes");
        assert_eq!(world.ours.log().len(), 1, "the other side goes on");

        world.ours.edit("room", "OUR-101", r#"{"name":"x"}"#);
        let run = world.run(RunKind::Nightly).await;
        // G20 holds 100 equal new values in one field.
        assert_eq!(run.state, RunState::Held, "{run:?}");
        let run = world.approve(&run).await;
        assert_eq!(run.ended, Some(RunEnding::Finished));
        assert_eq!(world.theirs.log().len(), 100);

        for n in 1..=101 {
            world.ours.edit("room", &format!("OUR-{n}"), &format!(r#"{{"name":"q{n}"}}"#));
        }
        let options = RunOptions { no_limits: true, ..RunOptions::default() };
        let run = world.run_with(RunKind::Manual, &options).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert_eq!(world.theirs.log().len(), 201);
    }
}

#[tokio::test]
async fn a_trial_shows_its_plan_and_changes_nothing() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        let trial = world.run(RunKind::Trial).await;
        assert_eq!((trial.state, trial.ended), (RunState::Reported, Some(RunEnding::Finished)));
        assert!(world.theirs.log().is_empty());
        let run = world.run(RunKind::Manual).await;
        assert_eq!(run.plan_hash, trial.plan_hash, "MS G2: the same inputs give the same plan");
        assert_eq!(world.theirs.log().len(), 1);
    }
}
