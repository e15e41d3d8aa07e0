//! Reading and writing one record.

use connect::sim::{Class, Deletes, Event, Normalise};
use serde_json::{Value, json};

use crate::bench::{Bench, morning, options, people, person, start};

fn error<'a>(body: &'a Value, member: &str) -> &'a str {
    body["error"][member].as_str().unwrap_or_default()
}

async fn sections() -> (Bench, Value) {
    let bench = start(options()).await;
    let section = bench.get("/sections/SEC-5").await.json()["data"].take();
    (bench, section)
}

#[tokio::test]
async fn c102_a_token_is_needed() {
    let bench = start(people(1)).await;
    let raw = bench.client.send("GET", "/sis/v1/people", &[], None).await.expect("an answer");
    assert_eq!(raw.status, 401);
    let wrong = [("authorization", "Bearer other")];
    assert_eq!(
        bench.client.send("GET", "/sis/v1/people", &wrong, None).await.expect("an answer").status,
        401
    );
    assert_eq!(bench.get("/people").await.status, 200);
}

#[tokio::test]
async fn c102_ids_are_assigned_on_create_and_the_answer_shows_the_record() {
    let bench = start(options()).await;
    let term = bench.get("/terms/TRM-1").await.json();
    assert_eq!(term["data"]["code"], "2026SP");
    let section = json!({ "term_id": "TRM-1", "course_id": "CRS-1", "number": "900", "title": "Niños", "capacity": 20, "status": "open", "external_ref": "ref-1" });
    let made = bench.call("POST", "/sections", &[], Some(section)).await;
    assert_eq!(made.status, 201);
    let body = made.json();
    assert_eq!(body["data"]["id"], "SEC-200");
    assert_eq!(body["data"]["crn"], "50200", "the SIS adds values of its own");
    assert_eq!(body["data"]["seats_taken"], 0);
    assert_eq!(body["data"]["updated_at"], "2026-03-02T06:00:00.000Z");
    assert_eq!(made.headers["location"], "/sis/v1/sections/SEC-200");
    assert_eq!(made.headers["etag"].to_str().ok(), body["data"]["etag"].as_str());
    assert_eq!(bench.get("/sections/SEC-200").await.json(), body);
}

#[tokio::test]
async fn c102_an_update_changes_what_is_sent_and_null_clears() {
    let (bench, section) = sections().await;
    let changes = json!({ "title": "Retitled", "notes": null, "room_id": null });
    let raw = bench.call("PATCH", "/sections/SEC-5", &[], Some(changes)).await;
    assert_eq!(raw.status, 200);
    let now = raw.json()["data"].take();
    let mut expected = section.clone();
    for (name, value) in [("title", json!("Retitled")), ("notes", Value::Null), ("room_id", Value::Null)] {
        expected[name] = value;
    }
    expected["etag"] = now["etag"].clone();
    expected["updated_at"] = "2026-03-02T06:00:00.000Z".into();
    assert_eq!(now, expected);
    assert_ne!(now["etag"], section["etag"]);
    let again =
        bench.call("PATCH", "/sections/SEC-5", &[], Some(json!({ "title": "Retitled" }))).await.json();
    assert_eq!(again["data"]["etag"], now["etag"], "equal values make no new version");
}

#[tokio::test]
async fn c102_a_stale_version_is_refused_with_the_current_record() {
    let (bench, section) = sections().await;
    let seen = section["etag"].as_str().expect("an etag").to_owned();
    bench.client.update("section", "SEC-5", json!({ "capacity": 77 })).await.expect("an edit");
    let stale =
        bench.call("PATCH", "/sections/SEC-5", &[("if-match", &seen)], Some(json!({ "title": "X" }))).await;
    assert_eq!(stale.status, 412);
    let body = stale.json();
    assert_eq!(error(&body, "code"), "stale");
    assert_eq!(body["current"]["capacity"], 77);
    let stale = bench.call("DELETE", "/sections/SEC-5", &[("if-match", &seen)], None).await;
    assert_eq!(stale.status, 412);
    let fresh = body["current"]["etag"].as_str().expect("an etag");
    let raw =
        bench.call("PATCH", "/sections/SEC-5", &[("if-match", fresh)], Some(json!({ "title": "X" }))).await;
    assert_eq!(raw.status, 200);
}

#[tokio::test]
async fn c102_strict_asks_for_a_version() {
    let bench = start(people(2).strict()).await;
    let raw = bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 9 }))).await;
    assert_eq!((raw.status, error(&raw.json(), "code")), (428, "version_required"));
    assert_eq!(bench.call("DELETE", "/people/PER-1", &[], None).await.status, 428);
    assert_eq!(
        bench.call("POST", "/people", &[], Some(person("1"))).await.status,
        201,
        "a create has no version"
    );
}

#[tokio::test]
async fn c102_weak_has_no_versions_and_no_keys() {
    let bench = start(people(1).class(Class::Weak)).await;
    let raw = bench.get("/people/PER-1").await;
    assert!(raw.headers.get("etag").is_none());
    assert!(raw.json()["data"].get("etag").is_none());
    assert!(bench.get("/people").await.json()["data"][0].get("etag").is_none());
    let old = [("if-match", "\"0-0\"")];
    assert_eq!(bench.call("PATCH", "/people/PER-1", &old, Some(json!({ "credits": 9 }))).await.status, 200);
    let key = [("idempotency-key", "k")];
    assert_eq!(bench.call("POST", "/people", &key, Some(person("x1"))).await.status, 201);
    assert_eq!(
        bench.call("POST", "/people", &key, Some(person("x1"))).await.status,
        409,
        "the key means nothing"
    );
}

#[tokio::test]
async fn c102_medium_has_versions_but_no_keys() {
    let bench = start(people(1).class(Class::Medium)).await;
    let old = [("if-match", "\"0-0\"")];
    assert_eq!(bench.call("PATCH", "/people/PER-1", &old, Some(json!({ "credits": 9 }))).await.status, 412);
    let key = [("idempotency-key", "k")];
    for status in [201, 409] {
        assert_eq!(bench.call("POST", "/people", &key, Some(person("x1"))).await.status, status);
    }
}

#[tokio::test]
async fn c102_a_version_can_be_reported_and_not_enforced() {
    let bench = start(people(1)).await;
    bench.client.switches(json!({ "versions": "reported" })).await.expect("a switch");
    assert!(bench.get("/people/PER-1").await.headers.contains_key("etag"));
    let old = [("if-match", "\"0-0\"")];
    assert_eq!(bench.call("PATCH", "/people/PER-1", &old, Some(json!({ "credits": 9 }))).await.status, 200);
}

#[tokio::test]
async fn c102_a_key_sent_twice_applies_once_and_answers_the_same() {
    let bench = start(people(1)).await;
    let key = [("idempotency-key", "k-1")];
    let first = bench.call("POST", "/people", &key, Some(person("77"))).await;
    bench.client.update("person", "PER-2", json!({ "credits": 50 })).await.expect("an edit");
    let second = bench.call("POST", "/people", &key, Some(person("77"))).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.body, second.body, "the stored answer, even if the record has changed since");
    assert_eq!(second.headers["idempotent-replay"], "true");
    let other = bench.call("POST", "/people", &key, Some(person("78"))).await;
    assert_eq!((other.status, error(&other.json(), "code")), (422, "key_reused"));
    assert_eq!(bench.get("/people").await.json()["total"], 2);
}

#[tokio::test]
async fn c102_a_key_holds_over_a_fresher_version_and_for_24_hours() {
    let bench = start(people(2)).await;
    let etag = bench.get("/people/PER-1").await.json()["data"]["etag"].as_str().expect("an etag").to_owned();
    let change = Some(json!({ "credits": 9 }));
    let key = ("idempotency-key", "k-2");
    assert_eq!(
        bench.call("PATCH", "/people/PER-1", &[key, ("if-match", &etag)], change.clone()).await.status,
        200
    );
    let stale = bench.call("PATCH", "/people/PER-1", &[key, ("if-match", &etag)], change.clone()).await;
    assert_eq!(stale.status, 200, "the answer is kept, the old version is not looked at");
    bench.client.advance(24.0 * 3600.0 + 1.0).await.expect("a clock");
    let forgotten = bench.call("PATCH", "/people/PER-1", &[key, ("if-match", &etag)], change).await;
    assert_eq!(forgotten.status, 412);
}

#[tokio::test]
async fn r2_a_refusal_is_kept_under_its_key_only_by_switch() {
    let bench = start(people(1)).await;
    let key = [("idempotency-key", "k"), ("if-match", "\"0-0\"")];
    let fresh = [("idempotency-key", "k")];
    let change = Some(json!({ "credits": 9 }));
    assert_eq!(bench.call("PATCH", "/people/PER-1", &key, change.clone()).await.status, 412);
    assert_eq!(bench.call("PATCH", "/people/PER-1", &fresh, change).await.status, 200);
    bench.client.switches(json!({ "stored_refusals": true })).await.expect("a switch");
    let (key, fresh) = ([("idempotency-key", "l"), ("if-match", "\"0-0\"")], [("idempotency-key", "l")]);
    let change = Some(json!({ "credits": 10 }));
    assert_eq!(bench.call("PATCH", "/people/PER-1", &key, change.clone()).await.status, 412);
    assert_eq!(bench.call("PATCH", "/people/PER-1", &fresh, change).await.status, 412);
}

#[tokio::test]
async fn c102_unique_values_are_enforced() {
    let bench = start(options()).await;
    let existing = bench.get("/sections/SEC-5").await.json()["data"].take();
    let mut copy = json!({ "title": "Copy", "capacity": 5, "status": "open" });
    for name in ["term_id", "course_id", "number"] {
        copy[name] = existing[name].clone();
    }
    let raw = bench.call("POST", "/sections", &[], Some(copy.clone())).await;
    let body = raw.json();
    assert_eq!((raw.status, error(&body, "code"), error(&body, "field")), (409, "duplicate", "number"));
    assert_eq!(body["existing"], "SEC-5");
    let two = bench.get("/instructors/INS-2").await.json()["data"]["employee_number"].clone();
    let raw = bench.call("PATCH", "/instructors/INS-1", &[], Some(json!({ "employee_number": two }))).await;
    assert_eq!((raw.status, error(&raw.json(), "field")), (409, "employee_number"));
    assert_eq!(bench.call("DELETE", "/sections/SEC-5", &[], None).await.status, 204);
    assert_eq!(
        bench.call("POST", "/sections", &[], Some(copy.clone())).await.status,
        201,
        "a removed value is free"
    );
    bench.client.switches(json!({ "unique": false })).await.expect("a switch");
    assert_eq!(bench.call("POST", "/sections", &[], Some(copy)).await.status, 201);
}

#[tokio::test]
async fn c102_references_are_enforced_with_the_field() {
    let bench = start(options()).await;
    for (change, field) in [
        (json!({ "room_id": "ROM-999" }), "room_id"),
        (json!({ "instructor_ids": ["INS-1", "INS-999"] }), "instructor_ids"),
        (json!({ "term_id": null }), "term_id"),
        (json!({ "room_id": 7 }), "room_id"),
    ] {
        let raw = bench.call("PATCH", "/sections/SEC-5", &[], Some(change)).await;
        assert_eq!((raw.status, error(&raw.json(), "field")), (422, field));
    }
    let used = bench.call("DELETE", "/terms/TRM-1", &[], None).await;
    assert_eq!((used.status, error(&used.json(), "code")), (422, "in_use"));
    bench.client.switches(json!({ "foreign_keys": false })).await.expect("a switch");
    let change = Some(json!({ "room_id": "ROM-999" }));
    assert_eq!(bench.call("PATCH", "/sections/SEC-5", &[], change).await.status, 200);
}

#[tokio::test]
async fn c102_a_body_that_does_not_fit_is_refused_with_the_field() {
    let bench = start(options()).await;
    let long = "x".repeat(201);
    for (change, code, field) in [
        (json!({ "capacity": "20" }), "invalid", "capacity"),
        (json!({ "capacity": -1 }), "invalid", "capacity"),
        (json!({ "title": long }), "invalid", "title"),
        (json!({ "title": "" }), "invalid", "title"),
        (json!({ "meetings": ["MWF"] }), "invalid", "meetings"),
        (json!({ "waitlist": "yes" }), "invalid", "waitlist"),
        (json!({ "colour": "red" }), "unknown_field", "colour"),
        (json!({ "seats_taken": 3 }), "read_only", "seats_taken"),
        (json!({ "id": "SEC-9" }), "read_only", "id"),
    ] {
        let raw = bench.call("PATCH", "/sections/SEC-5", &[], Some(change)).await;
        let body = raw.json();
        assert_eq!((raw.status, error(&body, "code"), error(&body, "field")), (422, code, field));
    }
    let dates = bench.call("PATCH", "/terms/TRM-1", &[], Some(json!({ "starts_on": "24.8.2026" }))).await;
    assert_eq!(dates.status, 422);
    let bearer = format!("Bearer {}", bench.sim.token());
    let bare = json!({ "title": "no envelope" });
    let raw = bench
        .client
        .send("PATCH", "/sis/v1/sections/SEC-5", &[("authorization", &bearer)], Some(&bare))
        .await;
    assert_eq!(raw.expect("an answer").status, 400);
    assert_eq!(bench.call("PUT", "/sections/SEC-5", &[], Some(bare)).await.status, 405);
    assert_eq!(bench.call("PATCH", "/sections/SEC-5", &[], None).await.status, 415);
    assert_eq!(bench.get("/planets").await.status, 404);
}

#[tokio::test]
async fn c102_a_soft_delete_reads_as_gone_and_a_hard_one_as_unknown() {
    let bench = start(people(3)).await;
    assert_eq!(bench.call("DELETE", "/people/PER-1", &[], None).await.status, 204);
    let gone = bench.get("/people/PER-1").await;
    assert_eq!((gone.status, gone.json()["data"]["removed"].as_bool()), (410, Some(true)));
    assert_eq!(bench.call("DELETE", "/people/PER-1", &[], None).await.status, 410);
    assert_eq!(bench.call("PATCH", "/people/PER-1", &[], Some(json!({ "credits": 1 }))).await.status, 410);
    bench.client.switches(json!({ "deletes": Deletes::Hard })).await.expect("a switch");
    assert_eq!(bench.call("DELETE", "/people/PER-2", &[], None).await.status, 204);
    assert_eq!(bench.get("/people/PER-2").await.status, 404);
    bench.client.switches(json!({ "deletes": Deletes::Off })).await.expect("a switch");
    assert_eq!(bench.call("DELETE", "/people/PER-3", &[], None).await.status, 405);
    assert_eq!(bench.get("/people").await.json()["total"], 1);
    let next = bench.call("POST", "/people", &[], Some(person("9"))).await.json();
    assert_eq!(next["data"]["id"], "PER-4", "an id is never given out twice");
}

#[tokio::test]
async fn c102_a_server_without_room_for_a_correlation_refuses_it() {
    let bench = start(people(0)).await;
    bench.client.switches(json!({ "correlation": false })).await.expect("a switch");
    let mut given = person("1");
    given["external_ref"] = "ref".into();
    let raw = bench.call("POST", "/people", &[], Some(given)).await;
    assert_eq!((raw.status, error(&raw.json(), "field")), (422, "external_ref"));
    let made = bench.call("POST", "/people", &[], Some(person("1"))).await.json();
    assert!(made["data"].get("external_ref").is_none());
}

#[tokio::test]
async fn c103_the_log_has_every_request_and_every_change_with_its_cause() {
    let bench = start(people(1)).await;
    let headers = [("idempotency-key", "k-9"), ("x-run-fence", "41"), ("x-run", "run-1"), ("if-match", "*")];
    bench.call("PATCH", "/people/PER-1", &headers, Some(json!({ "credits": 200 }))).await;
    let mut made = person("5");
    made["external_ref"] = "ref-5".into();
    bench.call("POST", "/people", &headers[1..3], Some(made)).await;
    bench.call("PATCH", "/people/PER-9", &[], Some(json!({ "credits": 1 }))).await;
    let log = bench.client.log().await.expect("the log");
    assert!(
        log.iter().enumerate().all(|(place, entry)| entry.n == place as u64 + 1 && entry.at == morning())
    );
    let [Event::Request(request), Event::Change(change), Event::Answer(answer), rest @ ..] =
        &log.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("a request, its change, its answer: {log:?}");
    };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PATCH", "/sis/v1/people/PER-1"));
    assert_eq!(
        (request.key.as_deref(), request.fence, request.run.as_deref()),
        (Some("k-9"), Some(41), Some("run-1"))
    );
    assert_eq!(request.body, Some(json!({ "data": { "credits": 200 } })));
    assert_eq!((change.request, change.revision, change.key.as_deref()), (Some(1), 2, Some("k-9")));
    assert_ne!(change.before.as_ref().map(|fields| fields["credits"].clone()), Some(json!(200)));
    assert_eq!(change.after.as_ref().map(|fields| fields["credits"].clone()), Some(json!(200)));
    assert_eq!((answer.request, answer.status), (1, Some(200)));
    let kinds: Vec<&str> = rest
        .iter()
        .map(|event| match event {
            Event::Request(_) => "request",
            Event::Change(change) => change.correlation.as_deref().unwrap_or("change"),
            Event::Answer(answer) => {
                if answer.status == Some(404) {
                    "missing"
                } else {
                    "answer"
                }
            }
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["request", "ref-5", "answer", "request", "missing"]);
}

#[tokio::test]
async fn p11_values_can_be_stored_in_another_form_than_they_were_sent_in() {
    let bench = start(options()).await;
    let long = "x".repeat(60);
    for (way, field, sent, stored) in [
        (Normalise::Trim, "title", json!("  Title "), json!("Title")),
        (Normalise::CollapseSpaces, "title", json!("Two  words"), json!("Two words")),
        (Normalise::UpperCodes, "number", json!("a1"), json!("A1")),
        (Normalise::PlainPunctuation, "title", json!("“It’s” – so"), json!("\"It's\" - so")),
        (Normalise::UnixLines, "notes", json!("a\r\nb"), json!("a\nb")),
        (Normalise::EmptyAsNull, "notes", json!(""), Value::Null),
        (Normalise::NullAsEmpty, "notes", Value::Null, json!("")),
        (Normalise::SortLists, "instructor_ids", json!(["INS-9", "INS-2"]), json!(["INS-2", "INS-9"])),
        (Normalise::DropRepeats, "instructor_ids", json!(["INS-9", "INS-9"]), json!(["INS-9"])),
        (Normalise::CutAt40, "title", json!(long), json!(long[..40])),
    ] {
        bench.client.switches(json!({ "normalise": [way] })).await.expect("a switch");
        let raw = bench.call("PATCH", "/sections/SEC-5", &[], Some(json!({ field: sent }))).await;
        assert_eq!((raw.status, &raw.json()["data"][field]), (200, &stored), "{way:?}");
    }
    bench.client.switches(json!({ "normalise": Normalise::ALL })).await.expect("a switch");
    let raw = bench.call("PATCH", "/instructors/INS-5", &[], Some(json!({ "email": " Zoë@X.edu" }))).await;
    assert_eq!(raw.json()["data"]["email"], "zoë@x.edu");
    let raw = bench.call("PATCH", "/courses/CRS-5", &[], Some(json!({ "credits": 2.5 }))).await;
    assert_eq!(raw.json()["data"]["credits"], 3);
}
