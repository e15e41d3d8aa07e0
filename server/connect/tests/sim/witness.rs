//! The witness says what the log proves, and nothing else.

use connect::sim::{By, Entry, client::State, witness::Witness};
use serde_json::{Value, json};

use crate::bench::{Bench, people, person, start};

async fn testimony(bench: &Bench) -> (Vec<Entry>, State) {
    (bench.client.log().await.expect("the log"), bench.client.state().await.expect("the state"))
}

async fn patch(bench: &Bench, headers: &[(&str, &str)], change: Value) -> u16 {
    bench.call("PATCH", "/people/PER-1", headers, Some(change)).await.status
}

#[tokio::test]
async fn t2_a_clean_night_has_nothing_to_complain_about() {
    let bench = start(people(5)).await;
    bench.all("/people").await;
    bench.client.update("person", "PER-2", json!({ "note": "by a user" })).await.expect("an edit");
    patch(&bench, &[("idempotency-key", "k1"), ("x-run-fence", "1")], json!({ "credits": 200 })).await;
    patch(&bench, &[("idempotency-key", "k1"), ("x-run-fence", "1")], json!({ "credits": 200 })).await;
    patch(&bench, &[("idempotency-key", "k2"), ("x-run-fence", "2")], json!({ "note": "mine" })).await;
    bench.get("/people/PER-2").await;
    bench.call("DELETE", "/people/PER-2", &[("idempotency-key", "k3"), ("x-run-fence", "2")], None).await;
    let (log, state) = testimony(&bench).await;
    let witness = Witness::new(&log);
    assert_eq!(witness.complaints(&state), Vec::<String>::new());
    assert_eq!(witness.effects_by_key().into_iter().collect::<Vec<_>>(), [("k1", 1), ("k2", 1), ("k3", 1)]);
    assert_eq!(witness.writes_sent().count(), 4);
    assert_eq!(witness.deletes().len(), 1);
}

#[tokio::test]
async fn p03_an_edit_of_a_user_that_was_overwritten_unseen_is_found() {
    let bench = start(people(1)).await;
    bench.get("/people/PER-1").await;
    bench
        .client
        .update("person", "PER-1", json!({ "note": "by a user", "credits": 201 }))
        .await
        .expect("an edit");
    patch(&bench, &[], json!({ "note": "blind", "credits": 201 })).await;
    let (log, _) = testimony(&bench).await;
    let lost = Witness::new(&log).lost_updates();
    assert_eq!(lost.len(), 1, "the value that was right anyway is not lost: {lost:?}");
    assert_eq!((lost[0].field.as_str(), lost[0].lost_by), ("note", Some(By::User)));
    assert_eq!(
        (&lost[0].read, &lost[0].lost, &lost[0].written),
        (&Some(Value::Null), &json!("by a user"), &json!("blind"))
    );
    let known = Witness::new(&log).lost_updates_against(|_, change| change.before.as_deref().cloned());
    assert!(known.is_empty(), "the caller's own pre images can be judged instead");
}

#[tokio::test]
async fn p03_a_change_of_another_field_loses_nothing() {
    let bench = start(people(1)).await;
    bench.get("/people/PER-1").await;
    bench.client.update("person", "PER-1", json!({ "note": "by a user" })).await.expect("an edit");
    patch(&bench, &[], json!({ "credits": 202 })).await;
    let (log, state) = testimony(&bench).await;
    assert_eq!(Witness::new(&log).complaints(&state), Vec::<String>::new());
}

#[tokio::test]
async fn p03_a_write_or_delete_of_a_record_never_read_is_found() {
    let bench = start(people(2)).await;
    bench.client.update("person", "PER-1", json!({ "note": "by a user" })).await.expect("an edit");
    patch(&bench, &[], json!({ "note": "blind" })).await;
    bench.call("DELETE", "/people/PER-2", &[], None).await;
    let (log, _) = testimony(&bench).await;
    let lost = Witness::new(&log).lost_updates();
    assert_eq!((lost[0].id.as_str(), &lost[0].read), ("PER-1", &None));
    assert!(lost[1..].iter().all(|lost| lost.id == "PER-2" && lost.lost_by.is_none()));
}

#[tokio::test]
async fn p04_a_late_write_over_a_newer_edit_is_judged_by_what_was_read_when_it_was_sent() {
    let bench = start(people(1)).await;
    bench.get("/people/PER-1").await;
    let late = json!({ "match": { "method": "PATCH" }, "fault": { "kind": "late_apply", "seconds": 60 } });
    bench.client.fault(late).await.expect("a rule");
    assert!(bench.try_call("PATCH", "/people/PER-1", &[], Some(json!({ "note": "late" }))).await.is_err());
    bench.client.update("person", "PER-1", json!({ "note": "newer" })).await.expect("an edit");
    bench.get("/people/PER-1").await;
    bench.client.advance(61.0).await.expect("a clock");
    let (log, state) = testimony(&bench).await;
    let witness = Witness::new(&log);
    assert_eq!(witness.lost_updates().len(), 1, "the later read does not excuse it");
    assert_eq!(witness.complaints(&state).len(), 1);
    assert!(witness.changes_by_api().all(|(_, change)| change.by == By::Late));
}

#[tokio::test]
async fn p05_doubled_creates_and_effects_are_found() {
    let bench = start(people(0)).await;
    bench.client.switches(json!({ "idempotency": false, "unique": false })).await.expect("a switch");
    let mut made = person("1");
    made["external_ref"] = "ref".into();
    for _ in 0..2 {
        bench.call("POST", "/people", &[("idempotency-key", "k")], Some(made.clone())).await;
    }
    let (log, state) = testimony(&bench).await;
    let witness = Witness::new(&log);
    assert_eq!(witness.creates_by_correlation()["ref"], 2);
    assert_eq!(witness.effects_by_key()["k"], 2);
    assert_eq!(witness.complaints(&state).len(), 2);
}

#[tokio::test]
async fn p07_a_request_with_an_old_fence_after_a_new_one_is_found() {
    let bench = start(people(1)).await;
    for fence in ["3", "4", "4", "3", "5"] {
        bench.call("GET", "/people/PER-1", &[("x-run-fence", fence)], None).await;
    }
    let (log, _) = testimony(&bench).await;
    let late = Witness::new(&log).late_fences();
    assert_eq!((late.len(), late[0].fence, late[0].newest), (1, 3, 4));
}

#[tokio::test]
async fn p02_every_value_a_field_ever_held_is_known() {
    let bench = start(people(2)).await;
    let (_, before) = testimony(&bench).await;
    let first = before.record("person", "PER-1").expect("a record")["credits"].clone();
    bench.client.update("person", "PER-1", json!({ "credits": 201 })).await.expect("an edit");
    bench.client.update("person", "PER-1", json!({ "note": "n" })).await.expect("an edit");
    bench.get("/people/PER-1").await;
    patch(&bench, &[], json!({ "credits": 202 })).await;
    let (log, state) = testimony(&bench).await;
    let witness = Witness::new(&log);
    let held = witness.values_held("person", "PER-1", "credits", &state);
    let values: Vec<(&Value, Option<By>)> = held.iter().map(|held| (&held.value, held.by)).collect();
    assert_eq!(values, [(&first, None), (&json!(201), Some(By::User)), (&json!(202), Some(By::Api))]);
    assert!(witness.ever_held("person", "PER-2", "number", &json!("00000002"), &state));
    assert!(!witness.ever_held("person", "PER-2", "number", &json!("00000001"), &state));
    assert_eq!(witness.users_changed("person", "PER-1", "credits", 0).len(), 1);
    assert!(witness.users_changed("person", "PER-1", "credits", held[1].from).is_empty());
}

#[tokio::test]
async fn c103_a_log_with_a_line_missing_is_noticed() {
    let bench = start(people(1)).await;
    for credits in [201, 202, 203] {
        bench.client.update("person", "PER-1", json!({ "credits": credits })).await.expect("an edit");
    }
    let (log, state) = testimony(&bench).await;
    assert!(Witness::new(&log).gaps(&state).is_empty());
    for missing in [3, 5] {
        let mut cut = log.clone();
        cut.remove(missing);
        assert!(!Witness::new(&cut).gaps(&state).is_empty(), "line {missing}");
    }
}
