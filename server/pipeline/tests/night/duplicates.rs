//! Records that share what must be unique (MS K1, K2, C9).

use merge::Choice;
use pipeline::Duplicate;
use pipeline::decide::DecisionRefused;
use store::conflict::ConflictStatus;
use store::run::{RunEnding, RunKind};
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

const UNIQUE: &str = r#"key = ["code"]
unique = [["name"], ["seats", "door"]]
[[type.room.field]]
path = "name"
compare = ["trim", "case"]
[type.room.fields]
door = { kind = "text" }"#;

fn settings() -> String {
    SETTINGS.replacen("key = [\"code\"]\n[type.room.fields]", UNIQUE, 1)
}

/// The open conflicts: record, kind, causes, paths, and who else holds the value.
async fn told(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for (conflict, fields) in world.conflicts().await {
        let duplicates = Duplicate::read(conflict.duplicates.as_deref()).expect("stored by us");
        let with = |one: &Duplicate| {
            let values: Vec<String> = one.values.iter().flatten().cloned().collect();
            format!("{} {} with {}", one.code, values.join("+"), one.with())
        };
        let with: Vec<String> = duplicates.iter().map(with).collect();
        let (causes, paths) = (conflict.causes.replace('"', ""), fields.join(" "));
        lines.push(format!("{} {} {causes} {paths}: {}", conflict.label, conflict.kind, with.join("; ")));
    }
    lines.sort();
    lines
}

/// After a night in which theirs had a new record with the name of an agreed one.
async fn with_a_name_twice(engine: TestEngine) -> World {
    let world = World::agreed(engine, &settings(), &ROOMS).await;
    world.theirs.add("room", r#"{"code":"B1","name":"HALL","seats":1}"#);
    world.run(RunKind::Nightly).await;
    world
}

#[tokio::test]
async fn k01_two_changed_records_that_come_to_share_a_value_are_both_held_in_whatever_batch_they_are() {
    for engine in TestEngine::ALL {
        let mut world = World::agreed(engine, &settings(), &ROOMS).await;
        world.pipeline.bounds.batch = 1;
        world.ours.edit("room", "OUR-1", r#"{"name":"Dome"}"#);
        world.theirs.edit("room", "SIS-3", r#"{"name":" dome "}"#);
        world.run(RunKind::Nightly).await;
        let line = |own: &str, other: &str, value: &str| {
            format!(r#"{own} duplicate [duplicate] name: DUPLICATE_NAME {value} with {other}"#)
        };
        let both = [line("A1", "A3", r#""Dome""#), line("A3", "A1", r#"" dome ""#)];
        assert_eq!(told(&world).await, both);
        assert_eq!(world.logs(), (Vec::new(), Vec::new()), "nothing is written for them");

        // The same question the next night; then one of them has another value, and both go on.
        world.run(RunKind::Nightly).await;
        assert_eq!(told(&world).await, both);
        world.theirs.edit("room", "SIS-3", r#"{"name":"Loft"}"#);
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Healed);
        assert_eq!(world.ours.log(), [r#"update room {"name":"Loft"}"#]);
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Dome"}"#]);
        assert_eq!(told(&world).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn k01_a_new_record_and_one_that_did_not_differ_are_both_held() {
    for engine in TestEngine::ALL {
        let world = with_a_name_twice(engine).await;
        let expected = [
            r#"A1 duplicate [duplicate] name: DUPLICATE_NAME "Hall" with B1"#,
            r#"B1 duplicate [duplicate] name: DUPLICATE_NAME "HALL" with A1"#,
        ];
        assert_eq!(told(&world).await, expected);
        assert_eq!(world.ours.dump("room").len(), 3, "the new record is not created");

        world.theirs.remove("room", "SIS-4");
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        assert_eq!(told(&world).await, Vec::<String>::new(), "who is gone collides with nothing");
    }
}

#[tokio::test]
async fn k02_records_that_did_not_change_are_not_held_for_each_other() {
    for engine in TestEngine::ALL {
        // They have agreed before anything had to be unique.
        let mut rooms = ROOMS.to_vec();
        rooms.push(("room", r#"{"code":"B1","name":"hall","seats":3}"#));
        let world = World::agreed(engine, SETTINGS, &rooms).await;
        world.set_settings(&settings()).await;
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert_eq!(told(&world).await, Vec::<String>::new());

        // With a third one they have something to do with a change.
        world.ours.edit("room", "OUR-2", r#"{"name":"Hall"}"#);
        world.run(RunKind::Nightly).await;
        let expected = [
            r#"A1 duplicate [duplicate] name: DUPLICATE_NAME "Hall" with A2, B1"#,
            r#"A2 duplicate [duplicate] name: DUPLICATE_NAME "Hall" with A1, B1"#,
            r#"B1 duplicate [duplicate] name: DUPLICATE_NAME "hall" with A1, A2"#,
        ];
        assert_eq!(told(&world).await, expected);
    }
}

#[tokio::test]
async fn k01_values_agreed_on_are_known_and_an_edit_taken_back_is_forgotten() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"name":"Dome"}"#);
        world.ours.edit("room", "OUR-2", r#"{"name":"Dome"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(told(&world).await.len(), 2);
        world.ours.edit("room", "OUR-2", r#"{"name":"Nook"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Dome"}"#]);

        // Free: what A1 had. Taken: what was written.
        world.ours.edit("room", "OUR-2", r#"{"name":"Hall"}"#);
        world.ours.edit("room", "OUR-3", r#"{"name":"Dome"}"#);
        world.run(RunKind::Nightly).await;
        let expected = [
            r#"A1 duplicate [duplicate] name: DUPLICATE_NAME "Dome" with A3"#,
            r#"A3 duplicate [duplicate] name: DUPLICATE_NAME "Dome" with A1"#,
        ];
        assert_eq!(told(&world).await, expected);
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"name":"Hall"}"#));
    }
}

#[tokio::test]
async fn k01_a_set_of_several_fields_collides_as_a_whole_and_never_where_one_is_blank() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"seats":9}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(told(&world).await, Vec::<String>::new(), "neither has a door");
        world.ours.edit("room", "OUR-1", r#"{"door":"N"}"#);
        world.theirs.edit("room", "SIS-3", r#"{"door":"N"}"#);
        world.run(RunKind::Nightly).await;
        let expected = [
            r#"A1 duplicate [duplicate] seats: DUPLICATE_SEATS_DOOR 9+"N" with A3"#,
            r#"A3 duplicate [duplicate] seats: DUPLICATE_SEATS_DOOR 9+"N" with A1"#,
        ];
        assert_eq!(told(&world).await, expected);
    }
}

#[tokio::test]
async fn c09_a_contested_record_that_also_collides_has_one_kind_and_all_causes() {
    for engine in TestEngine::ALL {
        // Enough rooms for one of them to be deleted.
        let more: Vec<String> =
            (0..17).map(|n| format!(r#"{{"code":"R{n}","name":"Room {n}","seats":{n}}}"#)).collect();
        let rooms: Vec<(&str, &str)> = more.iter().map(|room| ("room", room.as_str())).chain(ROOMS).collect();
        let world = World::agreed(engine, &settings(), &rooms).await;
        let place = |code: &str| rooms.iter().position(|(_, room)| room.contains(code)).expect("a room") + 1;
        let (first, third) = (place("\"A1\""), place("\"A3\""));
        world.ours.edit("room", &format!("OUR-{first}"), r#"{"name":"Nook"}"#);
        world.theirs.edit("room", &format!("SIS-{first}"), r#"{"name":"Hut"}"#);
        world.theirs.remove("room", &format!("SIS-{third}"));
        world.ours.edit("room", &format!("OUR-{third}"), r#"{"name":"nook"}"#);
        for _ in 0..3 {
            world.run(RunKind::Nightly).await;
        }
        let found = told(&world).await;
        assert_eq!(found[0], r#"A1 duplicate [duplicate,field] name: DUPLICATE_NAME "Nook" with A2, A3"#);
        assert!(found[2].starts_with("A3 update_delete [update_delete,duplicate] name: "), "{found:?}");
    }
}

#[tokio::test]
async fn k01_a_conflict_names_ten_others_and_says_how_many_more_there_are() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOMS).await;
        for number in 0..14 {
            let door = format!(r#"{{"code":"N{number:02}","name":"Dome","seats":{number}}}"#);
            world.ours.add("room", &door);
        }
        world.run(RunKind::Manual).await;
        let found = told(&world).await;
        assert_eq!(found.len(), 14);
        let first = r#"N00 duplicate [duplicate] name: DUPLICATE_NAME "Dome" with N01, N02, N03, N04, N05, N06, N07, N08, N09, N10 and 3 more"#;
        assert_eq!(found[0], first);
    }
}

#[tokio::test]
async fn k01_a_trial_plans_as_the_night_would() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"name":"Nook"}"#);
        world.ours.edit("room", "OUR-3", r#"{"seats":10}"#);
        let trial = world.run(RunKind::Trial).await;
        assert_eq!(told(&world).await, Vec::<String>::new(), "a trial asks nobody");
        let night = world.run(RunKind::Nightly).await;
        assert!(trial.plan_hash.is_some());
        assert_eq!(trial.plan_hash, night.plan_hash);
        assert_eq!(told(&world).await.len(), 2);
        assert_eq!(world.theirs.log(), [r#"update room {"seats":10}"#]);
    }
}

#[tokio::test]
async fn k01_other_comparators_are_found_out_about_and_nothing_unique_is_forgotten() {
    for engine in TestEngine::ALL {
        let exact = settings().replace(r#"compare = ["trim", "case"]"#, "compare = []");
        let world = World::agreed(engine, &exact, &ROOMS).await;
        world.ours.edit("room", "OUR-1", r#"{"name":"NOOK"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"name":"NOOK"}"#], "capitals tell them apart");

        world.set_settings(&settings()).await;
        world.ours.edit("room", "OUR-3", r#"{"name":"nook"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(told(&world).await.len(), 3, "all three are one by now");
        world.set_settings(SETTINGS).await;
        world.run(RunKind::Nightly).await;
        assert_eq!(told(&world).await, Vec::<String>::new());
        assert_eq!(world.theirs.log().last().map(String::as_str), Some(r#"update room {"name":"nook"}"#));
    }
}

#[tokio::test]
async fn k01_a_person_decides_another_value_and_no_decision_writes_one_twice() {
    for engine in TestEngine::ALL {
        let world = with_a_name_twice(engine).await;
        let new = world.conflict(1).await;
        assert_eq!(new.label, "B1");
        let value = |name: &str| ("name", Choice::Value(name.into()));
        for choices in [&[][..], &[("name", Choice::Theirs)], &[value("nook ")]] {
            let refused = world.decide(&new, choices, false).await.expect_err("it would be there twice");
            assert!(matches!(&refused, DecisionRefused::Choice { path, .. } if path == "name"), "{refused}");
        }
        world.decide(&new, &[value("Annex")], false).await.expect("stored");
        let old = world.conflict(2).await;
        let refused =
            world.decide(&old, &[value("annex")], false).await.expect_err("that was decided just now");
        assert!(refused.to_string().contains("B1 would have the same value"), "{refused}");
        world.send_decided().await;
        assert_eq!(world.ours.log(), [r#"create room {"code":"B1","name":"Annex","seats":1}"#]);
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Annex"}"#]);

        world.run(RunKind::Nightly).await;
        assert_eq!(world.conflict(2).await.status, ConflictStatus::Healed);
        assert_eq!(told(&world).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn k01_the_value_of_the_other_side_is_chosen_where_it_helps() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOMS).await;
        world.theirs.edit("room", "SIS-1", r#"{"name":"Attic","seats":21}"#);
        world.run(RunKind::Nightly).await;
        let changed = world.conflict(1).await;
        assert_eq!(changed.label, "A1");
        world.decide(&changed, &[("name", Choice::Ours)], false).await.expect("stored");
        world.send_decided().await;
        assert_eq!(world.ours.log(), [r#"update room {"seats":21}"#], "the rest of the record goes on");
        assert_eq!(world.theirs.log(), [r#"update room {"name":"Hall"}"#]);
        let settled = world.conflict(1).await;
        assert_eq!(settled.status, ConflictStatus::Settled);
    }
}

#[tokio::test]
async fn k01_a_trial_forgets_nothing_that_a_person_has_decided() {
    for engine in TestEngine::ALL {
        let world = with_a_name_twice(engine).await;
        let [new, old] = [world.conflict(1).await, world.conflict(2).await];
        let value = |name: &str| [("name", Choice::Value(name.into()))];
        world.decide(&new, &value("Annex"), false).await.expect("stored");
        world.run(RunKind::Trial).await;
        let old = world.conflict(old.number).await;
        let refused = world.decide(&old, &value("annex"), false).await.expect_err("it is on its way");
        assert!(refused.to_string().contains("B1 would have the same value"), "{refused}");
    }
}
