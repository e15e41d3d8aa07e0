//! Runs that a later one finds unfinished (RL R12, P36).

use store::run::{RunEnding, RunKind, RunState};
use store::testing::{TestEngine, tamper};

use crate::SETTINGS;
use crate::support::World;

#[tokio::test]
async fn p36_an_earlier_run_whose_settings_nobody_accepts_any_more_ends_all_the_same() {
    for engine in TestEngine::ALL {
        let world = World::new(engine, SETTINGS).await;
        world.ours.add("room", r#"{"code":"A1","seats":20,"name":"Hall"}"#);
        let held = world.run(RunKind::Nightly).await;
        assert_eq!(held.state, RunState::Held);
        world.set_settings(&format!("{SETTINGS}# the same, anew\n")).await;
        let spoil = "update settings_revision set document = 'version = 0' where number = 1";
        tamper(&world.pipeline.store, spoil).await.expect("as an older version may have stored it");
        let next = world.run(RunKind::Nightly).await;
        assert_ne!(next.ended, Some(RunEnding::Failed), "{next:?}");
        let earlier = world.get(held.id).await;
        assert_eq!((earlier.state, earlier.ended), (RunState::Aborted, Some(RunEnding::Held)));
        assert!(earlier.outcome.is_some(), "{earlier:?}");
    }
}
