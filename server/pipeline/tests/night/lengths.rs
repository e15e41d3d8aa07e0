//! A text that a system does not take is refused before it is decided, whoever typed it (UX 7.4.1, MS C7).

use merge::{Choice, Side, Value};
use pipeline::decide::DecisionRefused;
use store::conflict::{Conflict, ConflictStatus};
use store::run::RunKind;
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

/// Theirs takes eight characters; ours has a longer name.
async fn contested(engine: TestEngine) -> (World, Conflict) {
    let short = r#"name = { kind = "text", max_length = { theirs = 8 } }"#;
    let settings = SETTINGS.replacen(r#"name = { kind = "text" }"#, short, 1);
    let world = World::agreed(engine, &settings, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"name":"Auditorium"}"#);
    world.theirs.edit("room", "SIS-2", r#"{"name":"Corner"}"#);
    world.run(RunKind::Nightly).await;
    let conflict = world.conflict(1).await;
    (world, conflict)
}

fn too_long(long: usize) -> DecisionRefused {
    DecisionRefused::TooLong { field: "name".to_owned(), side: Side::Theirs, most: 8, long }
}

#[tokio::test]
async fn c7_a_text_that_a_side_does_not_take_is_refused_forced_or_not() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        let typed = Choice::Value(Value::from("Ähnlich groß"));
        for (choice, long) in [(Choice::Ours, 10), (typed, 12)] {
            for force in [false, true] {
                let refused = world.decide(&conflict, &[("name", choice.clone())], force).await;
                assert_eq!(refused.unwrap_err(), too_long(long));
            }
        }
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
        let fits = Choice::Value(Value::from("Ähnlich!"));
        world.decide(&conflict, &[("name", fits)], false).await.expect("eight characters are eight");
        world.send_decided().await;
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Ähnlich!"}"#]);
    }
}

#[tokio::test]
async fn c7_a_long_text_is_no_hindrance_where_it_is_not_written() {
    for engine in TestEngine::ALL {
        let (world, conflict) = contested(engine).await;
        world.decide(&conflict, &[("name", Choice::Theirs)], false).await.expect("only ours is written");
    }
}
