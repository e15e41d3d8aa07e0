//! Every scripted fault of CN C104, over real TCP.

use std::{io::ErrorKind, time::Duration};

use connect::sim::{By, Delivery, Entry, Event, witness::Witness};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::bench::{Bench, ids, people, person, start};

/// A server with `count` people and one rule.
async fn broken(count: usize, rule: Value) -> Bench {
    let bench = start(people(count)).await;
    bench.client.fault(rule).await.expect("a rule");
    bench
}

fn on(method: &str, path: &str, fault: &Value) -> Value {
    json!({ "match": { "method": method, "path": path }, "fault": fault })
}

async fn credits(bench: &Bench) -> Value {
    bench.get("/people/PER-1").await.json()["data"]["credits"].clone()
}

async fn log(bench: &Bench) -> Vec<Entry> {
    bench.client.log().await.expect("the log")
}

async fn api_changes(bench: &Bench) -> usize {
    Witness::new(&log(bench).await).changes_by_api().count()
}

/// Sends a request by hand and gives every byte that comes back, and how the connection ended.
async fn raw(bench: &Bench, method: &str, path: &str, body: &str) -> (String, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(bench.sim.addr).await.expect("a connection");
    let (token, length) = (bench.sim.token(), body.len());
    let head = format!(
        "{method} /sis/v1{path} HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) => return (String::from_utf8_lossy(&bytes).into_owned(), None),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => return (String::from_utf8_lossy(&bytes).into_owned(), Some(error.kind())),
        }
    }
}

const CHANGE: &str = r#"{"data":{"credits":222}}"#;

#[tokio::test]
async fn c104_status_before_applies_nothing_and_after_applies() {
    let unavailable = json!({ "kind": "status", "code": 503, "headers": { "Retry-After": "7" } });
    let bench = broken(1, on("PATCH", "/people/*", &unavailable)).await;
    let answer = bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 222 }))).await;
    assert_eq!((answer.status, answer.headers["retry-after"].to_str().ok()), (503, Some("7")));
    assert_ne!(credits(&bench).await, 222);
    let body = json!({ "errors": [] });
    let after = json!({ "kind": "status", "code": 422, "body": body, "when": "after" });
    bench.client.fault(on("PATCH", "/people/*", &after)).await.expect("a rule");
    let answer = bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 222 }))).await;
    assert_eq!((answer.status, answer.json()), (422, body));
    assert_eq!(credits(&bench).await, 222);
}

#[tokio::test]
async fn c104_hang_gives_no_answer_until_the_client_gives_up() {
    let bench = broken(1, on("PATCH", "**", &json!({ "kind": "hang" }))).await;
    let patch = || bench.try_call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 222 })));
    let wait = Duration::from_millis(60);
    assert!(tokio::time::timeout(wait, patch()).await.is_err());
    assert_ne!(credits(&bench).await, 222);
    bench.client.fault(on("PATCH", "**", &json!({ "kind": "hang", "when": "after" }))).await.expect("a rule");
    assert!(tokio::time::timeout(wait, patch()).await.is_err());
    assert_eq!(credits(&bench).await, 222);
    let short = json!({ "kind": "hang", "seconds": 0.02, "when": "after" });
    bench.client.fault(on("PATCH", "**", &short)).await.expect("a rule");
    assert_eq!(patch().await.expect("an answer at last").status, 200);
}

#[tokio::test]
async fn c104_reset_ends_the_connection_with_a_tcp_reset() {
    let bench = broken(1, on("PATCH", "**", &json!({ "kind": "reset", "when": "before" }))).await;
    let (text, end) = raw(&bench, "PATCH", "/people/PER-1", CHANGE).await;
    assert_eq!((text.as_str(), end), ("", Some(ErrorKind::ConnectionReset)));
    assert_ne!(credits(&bench).await, 222);
    bench.client.fault(on("PATCH", "**", &json!({ "kind": "reset", "bytes": 10 }))).await.expect("a rule");
    let (text, end) = raw(&bench, "PATCH", "/people/PER-1", CHANGE).await;
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("\r\n\r\n{\"data\":{\""), "{text}");
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert_eq!(credits(&bench).await, 222);
}

#[tokio::test]
async fn c104_truncate_cuts_the_body_with_the_length_right_or_wrong() {
    let bench = broken(3, on("GET", "/people", &json!({ "kind": "truncate", "bytes": 40 }))).await;
    assert!(
        bench.try_call("GET", "/people", &[], None).await.is_err(),
        "the length shows that bytes are missing"
    );
    let wrong = json!({ "kind": "truncate", "bytes": 40, "length": "wrong" });
    bench.client.fault(on("GET", "/people", &wrong)).await.expect("a rule");
    let cut = bench.get("/people").await;
    assert_eq!((cut.status, cut.body.len()), (200, 40));
    assert!(serde_json::from_slice::<Value>(&cut.body).is_err());
    let whole =
        |entry: &Entry| matches!(&entry.event, Event::Answer(answer) if answer.delivery == Delivery::Whole);
    assert!(!log(&bench).await.iter().any(whole), "what was cut does not count as read");
}

#[tokio::test]
async fn c104_html_comes_instead_of_json() {
    let bench = broken(1, on("GET", "/people", &json!({ "kind": "html" }))).await;
    let page = bench.get("/people").await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    assert!(page.body.starts_with(b"<!doctype html>"));
    assert_eq!(bench.get("/people").await.json()["total"], 1);
}

#[tokio::test]
async fn c104_duplicate_ids_come_with_the_same_or_another_content() {
    let bench = broken(5, on("GET", "/people", &json!({ "kind": "duplicate_ids", "count": 2 }))).await;
    let rows = bench.get("/people").await.json()["data"].take();
    assert_eq!(
        ids(rows.as_array().expect("rows")),
        ["PER-1", "PER-2", "PER-3", "PER-4", "PER-5", "PER-1", "PER-2"]
    );
    assert_eq!(rows[0], rows[5]);
    let differing = json!({ "kind": "duplicate_ids", "differing": true });
    bench.client.fault(on("GET", "/people", &differing)).await.expect("a rule");
    let rows = bench.get("/people").await.json()["data"].take();
    assert_eq!((&rows[0]["id"], rows.as_array().map(Vec::len)), (&rows[5]["id"], Some(6)));
    assert_ne!(rows[0]["family_name"], rows[5]["family_name"]);
}

#[tokio::test]
async fn c104_lost_reply_applies_and_closes_without_an_answer() {
    let bench = broken(1, on("POST", "/people", &json!({ "kind": "lost_reply" }))).await;
    let body = json!({ "data": person("5") }).to_string();
    let (text, end) = raw(&bench, "POST", "/people", &body).await;
    assert_eq!((text.as_str(), end), ("", None), "an orderly close, no reset");
    assert_eq!(bench.get("/people/PER-2").await.status, 200);
    assert_eq!(bench.call("POST", "/people", &[], Some(person("6"))).await.status, 201, "used once");
}

#[tokio::test]
async fn c104_late_apply_lands_when_its_time_comes_even_after_newer_edits() {
    let bench = broken(1, on("PATCH", "**", &json!({ "kind": "late_apply", "seconds": 120 }))).await;
    assert!(bench.try_call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 222 }))).await.is_err());
    assert_eq!(bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 333 }))).await.status, 200);
    bench.client.advance(119.0).await.expect("a clock");
    assert_eq!(credits(&bench).await, 333);
    bench.client.advance(1.0).await.expect("a clock");
    assert_eq!(credits(&bench).await, 222);
    let by: Vec<By> =
        Witness::new(&log(&bench).await).changes_by_api().map(|(_, change)| change.by).collect();
    assert_eq!(by, [By::Api, By::Late]);
}

#[tokio::test]
async fn p04_a_late_request_with_an_old_version_or_a_used_key_changes_nothing() {
    let bench = start(people(1)).await;
    let late = json!({ "match": { "times": 2 }, "fault": { "kind": "late_apply", "seconds": 60 } });
    let etag = bench.get("/people/PER-1").await.json()["data"]["etag"].as_str().expect("an etag").to_owned();
    bench.client.fault(late).await.expect("a rule");
    let (key, made) = ([("idempotency-key", "k")], Some(person("5")));
    assert!(
        bench
            .try_call("PATCH", "/people/PER-1", &[("if-match", &etag)], Some(json!({ "credits": 222 })))
            .await
            .is_err()
    );
    assert!(bench.try_call("POST", "/people", &key, made.clone()).await.is_err());
    assert_eq!(bench.call("POST", "/people", &key, made).await.status, 201);
    bench.client.update("person", "PER-1", json!({ "note": "newer" })).await.expect("an edit");
    assert_eq!(bench.client.release().await.expect("released"), 2);
    assert_eq!(api_changes(&bench).await, 1);
    let answers: Vec<_> = log(&bench)
        .await
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Answer(answer) if answer.delivery == Delivery::None && answer.status.is_some() => {
                Some(answer)
            }
            _ => None,
        })
        .collect();
    assert_eq!((answers[0].status, answers[1].status, answers[1].replayed), (Some(412), Some(201), true));
}

#[tokio::test]
async fn c104_drip_sends_slowly() {
    let bench = broken(50, on("GET", "/people", &json!({ "kind": "drip", "bytes_per_second": 100 }))).await;
    let wait = Duration::from_millis(150);
    assert!(tokio::time::timeout(wait, bench.try_call("GET", "/people", &[], None)).await.is_err());
    bench
        .client
        .fault(on("GET", "/people", &json!({ "kind": "drip", "bytes_per_second": 200_000 })))
        .await
        .expect("a rule");
    assert_eq!(bench.get("/people").await.json()["data"].as_array().map(Vec::len), Some(50));
}

#[tokio::test]
async fn c104_repeat_page_answers_the_page_before_again() {
    let rule =
        json!({ "match": { "path": "/people", "query": "after=" }, "fault": { "kind": "repeat_page" } });
    let bench = broken(30, rule).await;
    let first = bench.get("/people?limit=10").await.json();
    let next = first["next"].as_str().expect("a next page");
    let path = format!("/people?limit=10&after={next}");
    assert_eq!(bench.get(&path).await.json(), first);
    assert_eq!(bench.get(&path).await.json()["data"][0]["id"], "PER-11", "once");
}

#[tokio::test]
async fn c104_skip_rows_empty_list_and_cap_spoil_a_listing() {
    let bench = start(people(30)).await;
    let page = async |fault: Value| {
        bench.client.fault(on("GET", "/people", &fault)).await.expect("a rule");
        let page = bench.get("/people?limit=20").await.json();
        (page["data"].as_array().map(Vec::len), page["total"].as_u64(), page["next"].is_string())
    };
    assert_eq!(page(json!({ "kind": "skip_rows", "n": 3 })).await, (Some(17), Some(30), true));
    assert_eq!(
        page(json!({ "kind": "skip_rows", "n": 3, "adjust_total": true })).await,
        (Some(17), Some(27), true)
    );
    assert_eq!(page(json!({ "kind": "empty_list" })).await, (Some(0), Some(0), false));
    assert_eq!(page(json!({ "kind": "empty_list", "keep_total": true })).await, (Some(0), Some(30), false));
    assert_eq!(page(json!({ "kind": "cap", "n": 4 })).await, (Some(4), Some(30), true));
    assert_eq!(bench.all("/people?limit=20").await.0.len(), 30);
}

#[tokio::test]
async fn c104_clock_skew_moves_the_clock_of_one_request() {
    let bench = broken(1, on("PATCH", "**", &json!({ "kind": "clock_skew", "seconds": 3600 }))).await;
    let answer = bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 222 }))).await;
    assert_eq!(answer.headers["date"], "Mon, 02 Mar 2026 07:00:00 GMT");
    assert_eq!(answer.json()["data"]["updated_at"], "2026-03-02T07:00:00.000Z");
    assert_eq!(bench.get("/people/PER-1").await.headers["date"], "Mon, 02 Mar 2026 06:00:00 GMT");
}

#[tokio::test]
async fn c104_stale_read_shows_an_older_state_and_changes_nothing() {
    let bench = start(people(3)).await;
    bench.client.snapshot("before").await.expect("a snapshot");
    let old = bench.get("/people").await.json();
    bench.client.advance(60.0).await.expect("a clock");
    bench.client.update("person", "PER-1", json!({ "credits": 222 })).await.expect("an edit");
    bench.call("DELETE", "/people/PER-2", &[], None).await;
    bench.call("POST", "/people", &[], Some(person("5"))).await;
    let new = bench.get("/people").await.json();
    for older in [
        json!({ "kind": "stale_read", "seconds": 30 }),
        json!({ "kind": "stale_read", "snapshot": "before" }),
    ] {
        bench.client.fault(on("GET", "/people", &older.clone())).await.expect("a rule");
        assert_eq!(bench.get("/people").await.json()["data"], old["data"], "{older}");
        assert_eq!(bench.get("/people").await.json(), new);
        bench.client.fault(on("GET", "/people/PER-1", &older)).await.expect("a rule");
        assert_ne!(credits(&bench).await, 222);
        assert_eq!(credits(&bench).await, 222);
    }
}

#[tokio::test]
async fn c104_restore_puts_a_backup_back_ids_and_sequence_included() {
    let bench = start(people(3)).await;
    let before = bench.client.state().await.expect("the state");
    bench.client.advance(60.0).await.expect("a clock");
    bench.client.update("person", "PER-1", json!({ "credits": 222 })).await.expect("an edit");
    bench.call("DELETE", "/people/PER-2", &[("idempotency-key", "k")], None).await;
    assert_eq!(bench.call("POST", "/people", &[], Some(person("5"))).await.json()["data"]["id"], "PER-4");
    let cursor = bench.all("/people").await.1.expect("a cursor");
    bench
        .client
        .fault(on("GET", "/people", &json!({ "kind": "restore", "seconds": 30 })))
        .await
        .expect("a rule");
    assert_eq!(bench.get("/people").await.json()["total"], 3);
    let after = bench.client.state().await.expect("the state");
    assert_eq!((&after.hash, after.sequence), (&before.hash, before.sequence));
    assert!(
        bench.all(&format!("/people/changes?since={cursor}")).await.0.is_empty(),
        "a cursor ahead of the server"
    );
    assert_eq!(
        bench.call("POST", "/people", &[], Some(person("6"))).await.json()["data"]["id"],
        "PER-4",
        "given out again"
    );
    let delete = bench.call("DELETE", "/people/PER-2", &[("idempotency-key", "k")], None).await;
    assert_eq!(
        (delete.status, delete.headers.contains_key("idempotent-replay")),
        (204, false),
        "the key is forgotten"
    );
    let state = bench.client.state().await.expect("the state");
    let log = log(&bench).await;
    assert_eq!(Witness::new(&log).gaps(&state), Vec::<String>::new(), "the log tells of the restore");
    assert_eq!(Witness::new(&log).changes().filter(|(_, change)| change.by == By::Restore).count(), 3);
}

#[tokio::test]
async fn p03_a_user_edits_right_before_or_after_a_request() {
    let edit = json!({ "type": "person", "id": "PER-1", "fields": { "note": "in between" } });
    let bench = broken(1, on("PATCH", "**", &json!({ "kind": "edit", "edit": edit }))).await;
    let etag = bench.get("/people/PER-1").await.json()["data"]["etag"].as_str().expect("an etag").to_owned();
    let stale =
        bench.call("PATCH", "/people/PER-1", &[("if-match", &etag)], Some(json!({ "credits": 222 }))).await;
    assert_eq!((stale.status, stale.json()["current"]["note"].as_str()), (412, Some("in between")));
    let after = json!({ "kind": "edit", "when": "after", "edit": { "type": "person", "id": "PER-1", "fields": { "note": "x" } } });
    bench.client.fault(on("GET", "**", &after)).await.expect("a rule");
    assert_eq!(bench.get("/people/PER-1").await.json()["data"]["note"], "in between");
    assert_eq!(bench.get("/people/PER-1").await.json()["data"]["note"], "x");
}

#[tokio::test]
async fn c104_rules_are_matched_in_order_by_count_query_and_body_and_each_use_is_logged() {
    let bench = start(people(3)).await;
    let status = |code: u16| json!({ "kind": "status", "code": code });
    for rule in [
        json!({ "match": { "method": "get", "path": "/people/*", "nth": 2, "times": 2 }, "fault": status(501) }),
        json!({ "match": { "path": "/people/*", "nth": 3, "every": 2, "times": 0 }, "fault": status(502) }),
        json!({ "match": { "query": "limit=3" }, "fault": status(503) }),
        json!({ "match": { "body": "magic" }, "fault": status(504) }),
        json!({ "match": { "path": "/people", "chance": 0.0, "times": 0 }, "fault": status(505) }),
    ] {
        bench.client.fault(rule).await.expect("a rule");
    }
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(bench.get("/people/PER-1").await.status);
    }
    assert_eq!(seen, [200, 501, 501, 200, 502, 200, 502]);
    assert_eq!(bench.get("/people?limit=3").await.status, 503);
    let change = Some(json!({ "note": "magic" }));
    assert_eq!(bench.call("PATCH", "/people/PER-2", &[], change).await.status, 504);
    assert_eq!(bench.get("/people").await.status, 200);
    let uses: Vec<u64> = log(&bench)
        .await
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Fault(used) => Some(used.rule),
            _ => None,
        })
        .collect();
    assert_eq!(uses, [1, 1, 2, 2, 3, 4]);
    let rules: Value = bench.client.control("GET", "faults", None).await.expect("the rules");
    assert_eq!((&rules["rules"][0]["used"], &rules["rules"][0]["seen"]), (&json!(2), &json!(7)));
    bench.client.clear_faults().await.expect("cleared");
    assert_eq!(bench.get("/people/PER-1").await.status, 200);
}
