//! Listings, filters and the change feed.

use std::collections::{BTreeSet, HashSet};

use connect::sim::{Batch, EditOp};
use serde_json::{Value, json};

use crate::bench::{Bench, ids, options, people, person, start};

#[tokio::test]
async fn c102_pages_by_token_give_every_record_once_with_a_total() {
    for count in [0, 1, 200, 201, 1_234] {
        let bench = start(people(count)).await;
        let (records, _) = bench.all("/people?limit=200").await;
        assert_eq!(ids(&records).into_iter().collect::<HashSet<_>>().len(), count);
        assert_eq!(records.len(), count);
        assert_eq!(bench.get("/people?limit=1").await.json()["total"], count);
    }
}

#[tokio::test]
async fn c102_a_listing_stays_whole_while_records_come_and_go() {
    let bench = start(people(50)).await;
    let first = bench.get("/people?limit=20").await.json();
    bench.call("DELETE", "/people/PER-3", &[], None).await;
    bench.call("POST", "/people", &[], Some(person("x"))).await;
    let after = first["next"].as_str().expect("a next page").to_owned();
    let (rest, _) = bench.all(&format!("/people?limit=100&after={after}")).await;
    assert_eq!(
        (rest.len(), rest[0]["id"].as_str(), rest[30]["id"].as_str()),
        (31, Some("PER-21"), Some("PER-51"))
    );
}

#[tokio::test]
async fn c102_the_largest_page_is_cut_silently_and_a_bad_limit_is_refused() {
    let bench = start(people(700)).await;
    assert_eq!(
        ids(bench.get("/people?limit=9999").await.json()["data"].as_array().expect("rows")).len(),
        500
    );
    assert_eq!(ids(bench.get("/people").await.json()["data"].as_array().expect("rows")).len(), 100);
    for query in ["limit=0", "limit=x", "after=nonsense", "colour=red"] {
        assert_eq!(bench.get(&format!("/people?{query}")).await.status, 400, "{query}");
    }
    bench.client.switches(json!({ "total": false })).await.expect("a switch");
    assert!(bench.get("/people").await.json().get("total").is_none());
}

async fn found(bench: &Bench, query: &str) -> Vec<String> {
    ids(&bench.all(&format!("/sections?{query}")).await.0).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn c102_lists_are_filtered_by_references_keys_and_correlation() {
    let bench = start(options()).await;
    let (all, _) = bench.all("/sections").await;
    let expected = |fits: &dyn Fn(&Value) -> bool| -> Vec<String> {
        all.iter()
            .filter(|section| fits(section))
            .filter_map(|section| section["id"].as_str())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(found(&bench, "term=TRM-2&limit=7").await, expected(&|s| s["term_id"] == "TRM-2"));
    assert_eq!(
        found(&bench, "term=TRM-2&room=ROM-3").await,
        expected(&|s| s["term_id"] == "TRM-2" && s["room_id"] == "ROM-3")
    );
    assert_eq!(
        found(&bench, "room=").await,
        expected(&|s| s["room_id"].is_null()),
        "an empty value means none"
    );
    assert_eq!(found(&bench, "term=").await.len(), 200, "an empty value of a required field filters nothing");
    let teaches = |s: &Value| s["instructor_ids"].as_array().is_some_and(|ids| ids.contains(&json!("INS-4")));
    assert_eq!(found(&bench, "instructor=INS-4").await, expected(&teaches));
    let one = &all[33];
    let key =
        ["term_id", "course_id", "number"].map(|name| one[name].as_str().unwrap_or_default().to_owned());
    let natural = format!("term={}&course={}&number={}", key[0], key[1], key[2]);
    assert_eq!(found(&bench, &natural).await, [one["id"].as_str().unwrap_or_default()]);
    assert_eq!(found(&bench, "external_ref=abc").await, Vec::<String>::new());
    bench
        .call("PATCH", "/sections/SEC-7", &[], Some(json!({ "external_ref": "abc", "room_id": "ROM-3" })))
        .await;
    assert_eq!(found(&bench, "external_ref=abc").await, ["SEC-7"]);
    assert!(found(&bench, "room=ROM-3").await.contains(&"SEC-7".to_owned()));
    assert_eq!(
        bench.get("/sections?term=TRM-2").await.json()["total"],
        expected(&|s| s["term_id"] == "TRM-2").len()
    );
}

#[tokio::test]
async fn c102_a_cursor_gives_what_changed_since_with_tombstones() {
    let bench = start(people(300)).await;
    let (_, cursor) = bench.all("/people").await;
    let cursor = cursor.expect("a cursor");
    assert!(bench.all(&format!("/people/changes?since={cursor}")).await.0.is_empty());
    bench.client.update("person", "PER-9", json!({ "credits": 999 })).await.expect("an edit");
    bench.client.update("person", "PER-8", json!({ "credits": 999 })).await.expect("an edit");
    bench.client.update("person", "PER-9", json!({ "credits": 998 })).await.expect("an edit");
    bench.call("POST", "/people", &[], Some(person("new"))).await;
    bench.call("DELETE", "/people/PER-100", &[], None).await;
    let (changed, next) = bench.all(&format!("/people/changes?since={cursor}&limit=2")).await;
    assert_eq!(ids(&changed), ["PER-8", "PER-9", "PER-301", "PER-100"], "each once, at its newest change");
    assert_eq!((&changed[1]["credits"], &changed[3]["removed"]), (&json!(998), &json!(true)));
    assert!(changed[3].get("number").is_none(), "a tombstone has no fields");
    let next = next.expect("a cursor");
    assert!(bench.all(&format!("/people/changes?since={next}")).await.0.is_empty());
    assert_eq!(bench.all("/people/changes").await.0.len(), 301, "without a cursor everything");
    bench.client.switches(json!({ "tombstones": false })).await.expect("a switch");
    assert_eq!(bench.all(&format!("/people/changes?since={cursor}")).await.0.len(), 3);
    bench.client.switches(json!({ "delta": false })).await.expect("a switch");
    assert_eq!(bench.get("/people/changes").await.status, 404);
    assert!(bench.get("/people").await.json().get("cursor").is_none());
}

#[tokio::test]
async fn c102_a_cursor_expires_by_time_and_on_demand() {
    let bench = start(people(3)).await;
    let cursor = bench.all("/people").await.1.expect("a cursor");
    bench.client.advance(8.0 * 24.0 * 3600.0).await.expect("a clock");
    let raw = bench.get(&format!("/people/changes?since={cursor}")).await;
    assert_eq!((raw.status, raw.json()["error"]["code"].as_str()), (410, Some("cursor_expired")));
    let cursor = bench.all("/people").await.1.expect("a cursor");
    assert_eq!(bench.get(&format!("/people/changes?since={cursor}")).await.status, 200);
    bench.client.expire_cursors().await.expect("an answer");
    assert_eq!(bench.get(&format!("/people/changes?since={cursor}")).await.status, 410);
    let cursor = bench.all("/people").await.1.expect("a cursor");
    assert_eq!(
        bench.get(&format!("/people/changes?since={cursor}")).await.status,
        200,
        "a new one is good at once"
    );
    assert_eq!(bench.get("/people/changes?since=nonsense").await.status, 400);
}

#[tokio::test]
async fn c101_the_data_has_what_real_data_has() {
    let bench = start(options()).await;
    let state = bench.client.state().await.expect("the state");
    let all = |name: &str| state.live(name).cloned().collect::<Vec<_>>();
    let counts: Vec<usize> =
        ["term", "building", "room", "department", "instructor", "course", "section", "person"]
            .iter()
            .map(|name| all(name).len())
            .collect();
    assert_eq!(counts, [3, 6, 40, 12, 60, 80, 200, 0]);
    let text = serde_json::to_string(&state.types).expect("text");
    for word in ["é", "ñ", "O'", "“"] {
        assert!(text.contains(word), "{word}");
    }
    let sections = all("section");
    assert_eq!(sections[0]["id"], "SEC-0");
    assert!(sections.iter().any(|section| section["cross_list"].is_string()), "cross-listed sections");
    assert!(all("room").iter().any(|room| room["building_id"].is_null()), "rooms without a building");
    assert!(
        all("room").iter().any(|room| room["number"].as_str().is_some_and(|number| number.starts_with('0')))
    );
    let over_midnight = |meeting: &Value| meeting["starts"].as_str() > meeting["ends"].as_str();
    assert!(
        sections
            .iter()
            .any(|section| section["meetings"].as_array().is_some_and(|m| m.iter().any(over_midnight)))
    );
    let named = |instructor: &Value| (instructor["given_name"].clone(), instructor["family_name"].clone());
    let instructor = |id| named(state.record("instructor", id).expect("an instructor"));
    assert_eq!(instructor("INS-1"), instructor("INS-2"), "two instructors with one name");
    let crns: Vec<_> = sections.iter().filter_map(|section| section["crn"].as_str()).collect();
    assert!(crns.iter().collect::<BTreeSet<_>>().len() < crns.len(), "a code is used again in another term");
    assert!(bench.client.log().await.expect("the log").is_empty());
}

#[tokio::test]
async fn c100_the_same_seed_gives_the_same_data_ids_and_answers() {
    let mut answers = Vec::new();
    for seed in [7, 7, 8] {
        let bench = start(options().seed(seed)).await;
        let batch = Batch { seed: 3, count: 40, ..Batch::default() };
        bench.client.edit_batch(&batch).await.expect("edits");
        for op in [EditOp::Create, EditOp::Delete] {
            let batch = Batch { seed: 5, count: 5, type_name: Some("section".into()), op, fields: vec![] };
            assert_eq!(bench.client.edit_batch(&batch).await.expect("edits").len(), 5);
        }
        let state = bench.client.state().await.expect("the state");
        let page = bench.get("/sections?limit=500").await;
        let log = serde_json::to_string(&bench.client.log().await.expect("the log")).expect("text");
        answers.push((state.hash, page.body, page.headers["date"].clone(), log));
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0].0, answers[2].0);
}
