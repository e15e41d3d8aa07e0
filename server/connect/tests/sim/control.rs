//! What tests and the demo do to the server.

use chrono::TimeDelta;
use connect::sim::{Batch, By, Edit, EditOp, Event, Sim, SimOptions, Size, Timed};
use serde_json::{Value, json};

use crate::bench::{morning, options, people, person, start};

fn edit(id: &str, fields: &Value) -> Edit {
    let fields = fields.as_object().cloned().unwrap_or_default();
    Edit { type_name: "person".into(), id: Some(id.into()), fields, ..Edit::default() }
}

#[tokio::test]
async fn c103_users_edit_create_delete_and_bring_back() {
    let bench = start(people(3)).await;
    let changed = bench.client.edit(&edit("PER-1", &json!({ "note": "moved" }))).await.expect("an edit");
    assert_eq!(changed["note"], "moved");
    let create = Edit { op: EditOp::Create, id: None, ..edit("", &person("900")) };
    assert_eq!(bench.client.edit(&create).await.expect("an edit")["id"], "PER-4");
    let gone = Edit { op: EditOp::Delete, ..edit("PER-2", &json!({})) };
    assert_eq!(bench.client.edit(&gone).await.expect("an edit")["removed"], true);
    assert!(bench.client.edit(&gone).await.is_err());
    let back = Edit { op: EditOp::Restore, ..edit("PER-2", &json!({})) };
    assert_eq!(bench.client.edit(&back).await.expect("an edit")["number"], "00000002");
    assert_eq!(bench.get("/people/PER-2").await.status, 200);
    let refused = bench.client.update("person", "PER-1", json!({ "credits": "many" })).await;
    assert!(
        refused.is_err_and(|error| error.to_string().contains("credits")),
        "users are refused like everybody"
    );
    let damaged = Edit { unchecked: true, ..edit("PER-1", &json!({ "credits": "many" })) };
    assert_eq!(bench.client.edit(&damaged).await.expect("an edit")["credits"], "many");
    let log = bench.client.log().await.expect("the log");
    let by = log.iter().filter_map(|entry| match &entry.event {
        Event::Change(change) => Some(change.by),
        _ => None,
    });
    assert!(by.eq([By::User; 5]));
}

#[tokio::test]
async fn c103_a_seeded_batch_changes_so_many_different_records() {
    let bench = start(options()).await;
    let before = bench.client.state().await.expect("the state");
    let batch = Batch { seed: 1, count: 60, type_name: Some("section".into()), ..Batch::default() };
    let changed = bench.client.edit_batch(&batch).await.expect("edits");
    assert_eq!(changed.len(), 60);
    let after = bench.client.state().await.expect("the state");
    let differing =
        before.live("section").zip(after.live("section")).filter(|(old, new)| old["etag"] != new["etag"]);
    assert_eq!(differing.count(), 60);
    assert_eq!(
        before.record("section", "SEC-0"),
        after.record("section", "SEC-0"),
        "the canary is left alone"
    );
    let one = Batch { fields: vec!["capacity".into()], seed: 2, count: 5, ..batch };
    for changed in bench.client.edit_batch(&one).await.expect("edits") {
        let id = changed["record"]["id"].as_str().expect("an id");
        let old = after.record("section", id).expect("a record");
        assert_ne!(old["capacity"], changed["record"]["capacity"]);
        assert_eq!(old["title"], changed["record"]["title"]);
    }
}

#[tokio::test]
async fn c103_a_script_makes_its_edits_when_the_clock_gets_there() {
    let bench = start(people(2)).await;
    let line = |after_seconds, credits: u64| Timed {
        at: None,
        after_seconds,
        edit: edit("PER-1", &json!({ "credits": credits })),
    };
    let at = Some(morning() + TimeDelta::hours(2));
    let last = Timed { at, after_seconds: 0.0, edit: edit("PER-2", &json!({ "credits": 500 })) };
    bench.client.script(&[line(60.0, 602), line(10.0, 601), last]).await.expect("a script");
    let credits = |record: Value| record["data"]["credits"].as_u64();
    assert!(credits(bench.get("/people/PER-1").await.json()) < Some(600));
    bench.client.advance(10.0).await.expect("a clock");
    assert_eq!(credits(bench.get("/people/PER-1").await.json()), Some(601));
    bench.client.set_clock(morning() + TimeDelta::hours(3)).await.expect("a clock");
    assert_eq!(credits(bench.get("/people/PER-1").await.json()), Some(602));
    let second = bench.get("/people/PER-2").await;
    assert_eq!(credits(second.json()), Some(500));
    assert_eq!(second.headers["date"], "Mon, 02 Mar 2026 09:00:00 GMT");
}

#[tokio::test]
async fn c103_a_script_runs_by_itself_on_a_running_clock() {
    let bench = start(SimOptions { time: Default::default(), ..people(1) }).await;
    let line = Timed { at: None, after_seconds: 0.05, edit: edit("PER-1", &json!({ "credits": 601 })) };
    bench.client.script(&[line]).await.expect("a script");
    let changed = || async {
        bench.client.log().await.expect("the log").iter().any(|entry| matches!(entry.event, Event::Change(_)))
    };
    while !changed().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn c103_reset_is_a_fresh_start_with_any_seed_and_size() {
    let bench = start(options()).await;
    let fresh = bench.client.state().await.expect("the state").hash;
    bench.client.update("section", "SEC-3", json!({ "title": "X" })).await.expect("an edit");
    bench.client.fault(json!({ "fault": { "kind": "lost_reply" } })).await.expect("a rule");
    bench.client.reset().await.expect("a reset");
    assert_eq!(bench.client.state().await.expect("the state").hash, fresh);
    assert!(bench.client.log().await.expect("the log").is_empty());
    assert_eq!(bench.get("/sections/SEC-3").await.status, 200, "the fault is gone");
    let smaller = json!({ "size": "sections=20,courses=5", "seed": 9 });
    bench.client.control::<Value>("POST", "reset", Some(&smaller)).await.expect("a reset");
    assert_eq!(bench.get("/sections").await.json()["total"], 20);
}

#[tokio::test]
async fn c103_records_are_loaded_in_bulk_with_their_ids() {
    let bench = start(people(2)).await;
    let mut with_id = person("a1");
    with_id["id"] = "OLD-77".into();
    let ids = bench.client.load("person", &[with_id.clone(), person("a2")], false).await.expect("a load");
    assert_eq!(ids, ["OLD-77", "PER-3"]);
    assert_eq!(bench.get("/people/OLD-77").await.json()["data"]["number"], "a1");
    assert!(bench.client.load("person", &[person("a1")], false).await.is_err(), "the number is taken");
    with_id["note"] = "again".into();
    bench.client.load("people", &[with_id], true).await.expect("a load");
    assert_eq!(bench.get("/people").await.json()["total"], 1);
    assert_eq!(bench.get("/people?number=a1").await.json()["data"][0]["note"], "again");
    let log = bench.client.log().await.expect("the log");
    assert!(
        !log.iter().any(|entry| matches!(entry.event, Event::Change(_))),
        "a load is set-up, not a change"
    );
}

#[tokio::test]
async fn c103_a_hundred_thousand_records_are_listed_page_by_page() {
    let bench = start(people(100_000)).await;
    let (records, _) = bench.all("/people?limit=500").await;
    assert_eq!(records.len(), 100_000);
    let found = bench.get("/people?number=00099999").await.json();
    assert_eq!((found["total"].as_u64(), found["data"][0]["id"].as_str()), (Some(1), Some("PER-99999")));
}

#[tokio::test]
async fn c103_what_is_malformed_is_said_plainly() {
    let bench = start(people(1)).await;
    for (route, body) in [
        ("edit", json!({ "type": "planet", "id": "x" })),
        ("edit", json!({ "type": "person", "id": "PER-1", "feilds": {} })),
        ("faults", json!({ "fault": { "kind": "earthquake" } })),
        ("faults", json!({ "match": { "methd": "GET" }, "fault": { "kind": "lost_reply" } })),
        ("clock", json!({ "set": "yesterday" })),
        ("switches", json!({ "stict": true })),
        ("reset", json!({ "size": "enormous" })),
    ] {
        let raw =
            bench.client.send("POST", &format!("/__sim/{route}"), &[], Some(&body)).await.expect("an answer");
        assert_eq!(raw.status, 400, "{route} {body}");
        assert!(!raw.json()["error"]["message"].as_str().unwrap_or_default().is_empty());
    }
    assert_eq!(bench.client.send("POST", "/__sim/nowhere", &[], None).await.expect("an answer").status, 404);
}

#[tokio::test]
async fn a_server_can_go_down_and_come_up_with_its_data() {
    let mut bench = start(people(2)).await;
    bench.client.update("person", "PER-1", json!({ "credits": 321 })).await.expect("an edit");
    bench.sim.down().await;
    assert!(bench.try_call("GET", "/people", &[], None).await.is_err());
    bench.sim.up().await.expect("the same port");
    assert_eq!(bench.get("/people/PER-1").await.json()["data"]["credits"], 321);
    let port = bench.sim.addr.port();
    let taken = Sim::start(SimOptions { port, ..people(0) }).await;
    assert!(
        taken.is_err_and(|error| error.to_string().contains(&port.to_string())),
        "a port in use is named"
    );
    bench.sim.stop().await;
    Sim::start(SimOptions { port, ..people(0) }).await.expect("the port is free again").stop().await;
}

#[test]
fn a_size_is_read_from_text() {
    assert_eq!("small".parse(), Ok(Size::Small));
    let Ok(Size::Custom(counts)) = "sections=2000, courses=400,rooms=120".parse() else {
        panic!("custom counts")
    };
    assert_eq!(
        (counts.sections, counts.courses, counts.rooms, counts.terms, counts.people),
        (2_000, 400, 120, 3, 0)
    );
    let Ok(Size::Custom(counts)) = "people=100000".parse() else { panic!("custom counts") };
    assert_eq!((counts.people, counts.sections, counts.terms), (100_000, 0, 0));
    for wrong in ["huge", "sections", "sections=many", "planets=9"] {
        assert!(wrong.parse::<Size>().is_err_and(|message| message.contains(wrong)));
    }
}
