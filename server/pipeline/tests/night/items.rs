//! Lists whose items are merged one by one, from the settings of a school to both of its systems (MS A4 to A6, T3).

use merge::Choice;
use pipeline::read_journal;
use pipeline::report::{Summary, assemble};
use store::conflict::ConflictStatus;
use store::plan_change::{Operation, PlanFilter};
use store::run::{Run, RunKind};
use store::testing::TestEngine;

use crate::SETTINGS;
use crate::support::World;

const PHONES: &str = r#"name = { kind = "text" }
phones = { kind = "list(object)" }
notes = { kind = "text" }
[[type.room.field]]
path = "phones"
list = "keyed"
key = ["type"]
[[type.room.field]]
path = "notes"
text = "lines"
[type.section]"#;
const ROOM: [(&str, &str); 1] = [(
    "room",
    r#"{"code":"A1","name":"Hall","phones":[{"type":"desk","number":"1"},{"type":"home","number":"2"},{"type":"lab","number":"3"}],"notes":"one\ntwo\nthree"}"#,
)];

fn settings() -> String {
    SETTINGS.replacen("name = { kind = \"text\" }\n[type.section]", PHONES, 1)
}

/// Both change the number of the desk; ours removes the home phone, which theirs edits; theirs alone edits the lab's.
async fn contested(engine: TestEngine, settings: &str) -> World {
    let world = World::agreed(engine, settings, &ROOM).await;
    world.ours.edit(
        "room",
        "OUR-1",
        r#"{"phones":[{"type":"desk","number":"11"},{"type":"lab","number":"3"}],"name":"Great Hall"}"#,
    );
    world.theirs.edit(
        "room",
        "SIS-1",
        r#"{"phones":[{"type":"desk","number":"12"},{"type":"home","number":"22"},{"type":"lab","number":"33"}]}"#,
    );
    world.run(RunKind::Nightly).await;
    world
}

const DESK: &str = r#"phones[type="desk"].number"#;
const HOME: &str = r#"phones[type="home"]"#;

#[tokio::test]
async fn a04_items_are_decided_one_by_one_and_the_whole_list_is_written() {
    for engine in TestEngine::ALL {
        let world = contested(engine, &settings()).await;
        let conflicts = world.conflicts().await;
        assert_eq!(conflicts[0].1, [DESK, HOME], "by the bytes of their text");
        assert_eq!(world.logs(), (vec![], vec![]), "the record waits as a whole (P7)");
        let half = world.decide(&conflicts[0].0, &[(DESK, Choice::Ours)], false).await;
        assert!(half.expect_err("one item has no choice").to_string().contains(HOME));
        let choices = [(DESK, Choice::Ours), (HOME, Choice::Theirs)];
        world.decide(&conflicts[0].0, &choices, false).await.expect("a decision");
        assert_eq!(world.send_decided().await, 2);
        let list =
            r#"[{"number":"11","type":"desk"},{"number":"22","type":"home"},{"number":"33","type":"lab"}]"#;
        let (ours, theirs) = world.logs();
        assert_eq!(ours, [format!(r#"update room {{"phones":{list}}}"#)]);
        assert_eq!(theirs, [format!(r#"update room {{"name":"Great Hall","phones":{list}}}"#)]);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        world.run(RunKind::Nightly).await;
        assert_eq!((world.ours.log().len(), world.theirs.log().len()), (1, 1), "base holds the list");
        assert!(world.conflicts().await.is_empty());
    }
}

#[tokio::test]
async fn p07_where_fields_are_held_the_list_waits_and_the_rest_goes_on() {
    for engine in TestEngine::ALL {
        let settings = settings().replacen("[type.room]\n", "[type.room]\nhold = \"field\"\n", 1);
        let world = contested(engine, &settings).await;
        assert_eq!(world.logs(), (vec![], vec![r#"update room {"name":"Great Hall"}"#.to_owned()]));
        assert_eq!(world.conflicts().await[0].1, [DESK, HOME]);
        let conflict = world.conflict(1).await;
        let choices = [(DESK, Choice::Theirs), (HOME, Choice::Clear)];
        world.decide(&conflict, &choices, false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
        let there = world.ours.dump("room").remove(0);
        assert!(there.contains(r#"[{"number":"12","type":"desk"},{"number":"33","type":"lab"}]"#), "{there}");
    }
}

async fn journal(world: &World, run: &Run) -> Vec<pipeline::JournalLine> {
    let mut reader = world.pipeline.store.read().await.expect("a reader");
    let rows = store::plan_change::list(&mut reader, run.id, &PlanFilter::default(), 10).await;
    let row = rows.expect("rows").into_iter().find(|row| row.operation == Operation::Update);
    read_journal(&row.expect("a planned update").decisions)
}

#[tokio::test]
async fn t03_a_merged_text_is_in_the_journal_with_both_inputs() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOM).await;
        world.ours.edit("room", "OUR-1", r#"{"notes":"ONE\ntwo\nthree"}"#);
        world.theirs.edit("room", "SIS-1", r#"{"notes":"one\ntwo\nTHREE"}"#);
        let run = world.run(RunKind::Nightly).await;
        let merged = r#"update room {"notes":"ONE\ntwo\nTHREE"}"#.to_owned();
        assert_eq!(world.logs(), (vec![merged.clone()], vec![merged]));
        let line = journal(&world, &run).await.remove(0);
        assert_eq!((line.path.as_str(), line.rule.as_str()), ("notes", "T2"));
        let inputs = [r#""ONE\ntwo\nthree""#, r#""one\ntwo\nTHREE""#].map(|text| Some(text.to_owned()));
        assert_eq!(line.inputs, Some(inputs));
    }
}

#[tokio::test]
async fn a06_a_list_that_cannot_be_merged_by_its_keys_is_told() {
    for engine in TestEngine::ALL {
        let world = World::agreed(engine, &settings(), &ROOM).await;
        world.ours.edit("room", "OUR-1", r#"{"phones":[{"type":"desk"},{"type":"desk"}]}"#);
        let run = world.run(RunKind::Nightly).await;
        let summary = Summary::of(&run);
        let warning = &summary.warnings[0];
        assert_eq!((warning.code.as_str(), warning.path.as_str(), warning.count), ("list_key", "phones", 1));
        let mut reader = world.pipeline.store.read().await.expect("a reader");
        let report = assemble(&mut reader, run.id).await.expect("a report");
        let note = "Room: phones has an item whose key is missing, empty or repeated; the list is merged as one value (1 record, A1)";
        assert_eq!(report.notes, [note]);
    }
}
