//! A question that was answered before is not answered again by itself: the earlier choice is offered (MS C8).

use merge::{Choice, ConflictKind, Value};
use store::conflict::{ConflictStatus, Earlier, earlier_choices};
use store::decision::ChoiceKind;
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

async fn clash(world: &World, ours: u8, theirs: u8) {
    world.ours.edit("room", "OUR-2", &format!(r#"{{"seats":{ours}}}"#));
    world.theirs.edit("room", "SIS-2", &format!(r#"{{"seats":{theirs}}}"#));
    world.run(RunKind::Nightly).await;
}

async fn earlier(world: &World, number: i64) -> Vec<Earlier> {
    let conflict = world.conflict(number).await;
    let mut reader = world.pipeline.store.read().await.expect("a reader");
    earlier_choices(&mut reader, &conflict).await.expect("asked")
}

#[tokio::test]
async fn c08_the_same_three_values_again_offer_the_earlier_choice_and_decide_nothing() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        clash(&world, 5, 6).await;
        assert_eq!(earlier(&world, 1).await, [], "asked for the first time");
        let first = world.conflict(1).await;
        world.decide(&first, &[("seats", Choice::Base)], false).await.expect("a decision");
        assert_eq!(earlier(&world, 1).await, [], "it has not arrived yet");
        world.send_decided().await;
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);

        let writes = world.logs();
        clash(&world, 5, 6).await;
        let again = world.conflict(2).await;
        assert_eq!((again.status, world.logs()), (ConflictStatus::Open, writes), "offered, not applied");
        let offered = earlier(&world, 2).await;
        assert_eq!(offered.len(), 1);
        let Earlier { path, choice, conflict, person, .. } = &offered[0];
        assert_eq!(
            (path.as_str(), *choice, *conflict, person.as_str()),
            ("seats", ChoiceKind::Base, 1, "ann")
        );

        world.decide(&again, &[("seats", Choice::Value(Value::from(9)))], false).await.expect("a decision");
        world.send_decided().await;
        clash(&world, 5, 6).await;
        assert_eq!(earlier(&world, 3).await, [], "the last agreed value is another one now");
    }
}

#[tokio::test]
async fn c08_a_choice_that_was_taken_back_is_not_offered() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &ROOMS).await;
        clash(&world, 5, 6).await;
        let first = world.conflict(1).await;
        let stored = world.decide(&first, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        world.undo_written(stored.decision).await;
        world.run(RunKind::Nightly).await;
        let (found, _) = world.conflicts().await.remove(0);
        assert_eq!(earlier(&world, found.number).await, []);
    }
}

#[tokio::test]
async fn c08_the_choice_for_a_whole_record_is_known_by_the_whole_question() {
    for engine in TestEngine::ALL {
        let settings = format!("{SETTINGS}[limits]\nabsence_runs = 1\nabsence_hours = 0\n");
        let world = World::agreed_on_rooms(engine, &settings, 5).await;
        for (number, gone) in [(1, "SIS-2"), (2, "SIS-6")] {
            world.ours.edit("room", "OUR-2", r#"{"seats":9}"#);
            world.theirs.remove("room", gone);
            world.run(RunKind::Nightly).await;
            let conflict = world.conflict(number).await;
            assert_eq!((conflict.kind, conflict.status), (ConflictKind::UpdateDelete, ConflictStatus::Open));
            let offered = earlier(&world, number).await;
            let offered: Vec<_> = offered.iter().map(|one| (one.path.as_str(), one.choice)).collect();
            if number == 2 {
                assert_eq!(offered, [("", ChoiceKind::Base)]);
                break;
            }
            assert_eq!(offered, []);
            world.decide(&conflict, &[("", Choice::Base)], false).await.expect("a decision");
            world.send_decided().await;
        }
    }
}
