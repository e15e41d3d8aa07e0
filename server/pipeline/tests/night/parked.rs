//! Writes that stay open over nights in which users go on editing: what both sides are known to have held at some time
//! becomes the base, even if our side has moved on since (RL I2, I3, R19).

use store::run::RunKind;
use store::testing::TestEngine;

use crate::SETTINGS;
use crate::support::World;

const SIX: [(&str, &str); 6] = [
    ("room", r#"{"code":"A1","name":"Hall","seats":20}"#),
    ("room", r#"{"code":"A2","name":"Nook","seats":4}"#),
    ("room", r#"{"code":"A3","name":"Attic","seats":9}"#),
    ("room", r#"{"code":"A4","name":"Vault","seats":7}"#),
    ("room", r#"{"code":"A5","name":"Shed","seats":6}"#),
    ("room", r#"{"code":"A6","name":"Porch","seats":5}"#),
];

#[tokio::test]
async fn r19_an_update_that_lands_after_a_newer_edit_still_moves_the_base() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &SIX).await;
        world.theirs.lose_writes(true);
        world.ours.edit("room", "OUR-1", r#"{"seats":21}"#);
        world.run(RunKind::Nightly).await;
        world.ours.edit("room", "OUR-1", r#"{"seats":22}"#);
        world.run(RunKind::Nightly).await;
        world.theirs.lose_writes(false);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":21}"#, r#"update room {"seats":22}"#]);
        assert!(world.conflicts().await.is_empty(), "I4: nobody edited the other side");
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}

#[tokio::test]
async fn r19_a_record_deleted_while_its_create_was_open_does_not_come_back() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &SIX).await;
        world.theirs.lose_writes(true);
        let id = world.ours.add("room", r#"{"code":"N1","name":"New","seats":1}"#);
        world.run(RunKind::Nightly).await;
        world.ours.remove("room", &id);
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        world.theirs.lose_writes(false);
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        assert!(world.ours.log().is_empty(), "the user's delete stands: {:?}", world.ours.log());
        let created = r#"create room {"code":"N1","name":"New","seats":1}"#;
        assert_eq!(world.theirs.log(), [created, "delete room"]);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}

#[tokio::test]
async fn r19_a_record_restored_while_its_delete_was_open_is_not_deleted_again() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, SETTINGS, &SIX).await;
        world.theirs.lose_writes(true);
        world.ours.remove("room", "OUR-1");
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        world.ours.add(SIX[0].0, SIX[0].1);
        world.run(RunKind::Nightly).await;
        world.theirs.lose_writes(false);
        for _ in 0..4 {
            world.run(RunKind::Nightly).await;
        }
        assert!(world.ours.log().is_empty(), "the restored record stays: {:?}", world.ours.log());
        assert_eq!(world.theirs.log(), ["delete room", &format!("create room {}", SIX[0].1)]);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}
