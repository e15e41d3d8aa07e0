//! Many clients at once, and several servers.

use connect::sim::witness::Witness;
use futures::future::join_all;
use serde_json::json;

use crate::bench::{options, people, person, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c102_of_many_writes_with_one_version_exactly_one_wins() {
    let bench = start(people(1)).await;
    let etag = bench.get("/people/PER-1").await.json()["data"]["etag"].as_str().expect("an etag").to_owned();
    let headers = [("if-match", etag.as_str())];
    let write = |credits| bench.call("PATCH", "/people/PER-1", &headers, Some(json!({ "credits": credits })));
    let statuses: Vec<u16> =
        join_all((200..220).map(write)).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p05_of_many_creates_with_one_key_one_takes_effect_and_all_get_its_answer() {
    let bench = start(people(0)).await;
    let create = |_| bench.call("POST", "/people", &[("idempotency-key", "k")], Some(person("1")));
    let answers = join_all((0..20).map(create)).await;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
    let log = bench.client.log().await.expect("the log");
    assert_eq!(Witness::new(&log).effects_by_key()["k"], 1);
}

#[tokio::test]
async fn c100_two_servers_share_nothing() {
    let (one, two) = (start(options()).await, start(options().seed(8)).await);
    let before = two.client.state().await.expect("the state").hash;
    one.client.update("section", "SEC-4", json!({ "title": "X" })).await.expect("an edit");
    one.client.fault(json!({ "match": { "times": 0 }, "fault": { "kind": "html" } })).await.expect("a rule");
    assert_eq!(two.client.state().await.expect("the state").hash, before);
    assert!(two.get("/sections/SEC-4").await.json()["data"].is_object());
    assert_eq!(two.client.log().await.expect("the log").len(), 2, "its own request and answer");
}
