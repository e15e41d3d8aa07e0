//! Records that are read again because a person asked (UX 7.4.8).

use merge::Choice;
use store::conflict::ConflictStatus;
use store::read_request::{self, ReadRequest};
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

/// Asks, lets the pipeline work, and answers what came of it.
async fn read_again(world: &World) -> ReadRequest {
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let asked = world.pipeline.ask_read_again(world.school, 1).await.expect("asked").expect("a conflict");
    assert!(asked.is_open());
    world.send_decided().await;
    request(world).await
}

async fn request(world: &World) -> ReadRequest {
    let link = world.conflict(1).await.link;
    let mut reader = world.pipeline.store.read().await.expect("a reader");
    read_request::find(&mut reader, link).await.expect("asked").expect("a request")
}

#[tokio::test]
async fn a_record_that_is_read_again_shows_the_values_of_now() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        let same = read_again(&world).await;
        assert!(!same.is_open() && same.error.is_none());
        assert_eq!(world.conflict(1).await.revision, seen.revision, "nothing has moved");
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        let done = read_again(&world).await;
        assert!(done.done_at > same.done_at);
        let now = world.conflict(1).await;
        assert_ne!(now.revision, seen.revision);
        let mut reader = world.pipeline.store.read().await.expect("a reader");
        let fields = store::conflict::fields(&mut reader, now.id).await.expect("fields");
        assert_eq!(fields[0].theirs.as_deref(), Some("7"));
        drop(reader);
        assert_eq!(world.logs(), (vec![], vec![]), "reading writes nothing");
        world.decide(&now, &[("seats", Choice::Ours)], false).await.expect("decided");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}

#[tokio::test]
async fn c3_a_question_that_has_gone_away_is_closed_by_reading_again() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":5}"#);
        read_again(&world).await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Healed);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_says_so_in_plain_words() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        world.theirs.remove("room", "SIS-2");
        let failed = read_again(&world).await;
        let words = failed.error.expect("an error");
        assert!(words.starts_with("Banner does not show this record now"), "{words}");
        assert_eq!(world.conflict(1).await.revision, seen.revision, "RL G10: this proves nothing yet");
    }
}

#[tokio::test]
async fn a_side_that_is_known_to_have_deleted_the_record_is_no_failure() {
    for engine in TestEngine::ALL {
        let world = World::agreed_on_rooms(engine, SETTINGS, 20).await;
        world.theirs.remove("room", "SIS-2");
        world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
        world.run(RunKind::Nightly).await;
        world.run(RunKind::Nightly).await;
        let done = read_again(&world).await;
        assert!(!done.is_open() && done.error.is_none(), "{:?}", done.error);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
    }
}

#[tokio::test]
async fn a_request_waits_while_a_run_is_at_work_and_for_a_decision_on_its_way() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let seen = world.conflict(1).await;
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        let guard = world.begin_run_elsewhere().await;
        world.pipeline.ask_read_again(world.school, 1).await.expect("asked");
        assert_eq!(world.pipeline.push_decided(world.school).await.expect("asked"), None);
        assert!(request(&world).await.is_open());
        world.end_run_elsewhere(&guard).await;
        world.decide(&seen, &[("seats", Choice::Ours)], false).await.expect("a decision");
        assert_eq!(world.pipeline.push_decided(world.school).await.expect("asked"), Some(0));
        assert!(request(&world).await.is_open(), "it waits, and nothing is claimed for it meanwhile");
        let decided = world.conflict(1).await;
        assert_eq!((decided.status, &decided.revision), (ConflictStatus::Decided, &seen.revision));
        world.send_decided().await;
        let done = request(&world).await;
        assert!(!done.is_open() && done.error.is_none(), "{done:?}");
        let now = world.conflict(1).await;
        assert_eq!(now.status, ConflictStatus::Open, "the decision was on old values");
        assert_ne!(now.revision, seen.revision);
    }
}

#[tokio::test]
async fn nobody_can_ask_for_a_conflict_that_is_not_there() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        assert_eq!(world.pipeline.ask_read_again(world.school, 7).await.expect("asked"), None);
    }
}
