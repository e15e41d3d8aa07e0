//! What answers to writes mean, and what is learnt from them (CN C8, C9, C12, C43, C44).

use connect::{Deleted, Proof, System, SystemError};
use serde_json::json;

use crate::stub::{Answer, ROOMS, Stub, cx};
use crate::writing::{create, delete, hall, rooms, update};

#[tokio::test]
async fn c9_each_answer_to_a_write_has_its_meaning() {
    for (status, on_create, on_update) in [
        (400, "refused", "refused"),
        (401, "auth", "auth"),
        (403, "refused", "refused"),
        (404, "misconfigured", "not_found"),
        (405, "misconfigured", "misconfigured"),
        (408, "ambiguous", "ambiguous"),
        (409, "duplicate", "refused"),
        (410, "misconfigured", "not_found"),
        (412, "duplicate", "stale"),
        (413, "refused", "refused"),
        (415, "misconfigured", "misconfigured"),
        (422, "refused", "refused"),
        (425, "ambiguous", "ambiguous"),
        (428, "misconfigured", "misconfigured"),
        (429, "throttled", "throttled"),
        (500, "ambiguous", "ambiguous"),
        (503, "ambiguous", "ambiguous"),
        (504, "ambiguous", "ambiguous"),
        (206, "ambiguous", "ambiguous"),
        (301, "misconfigured", "misconfigured"),
    ] {
        let stub = Stub::start(move |asked| match asked.method.as_str() {
            "GET" => Answer::empty(404),
            _ => Answer::empty(status).with("retry-after", "1"),
        })
        .await;
        let system = stub.system(ROOMS);
        let made = system.create(&cx(), &create(&json!({ "name": "Hall" }))).await.expect_err("an error");
        assert_eq!(made.kind(), on_create, "create {status}: {made:?}");
        let stub = Stub::start(move |asked| match asked.method.as_str() {
            "GET" => Answer::empty(404),
            _ => Answer::empty(status),
        })
        .await;
        let changed = stub
            .system(ROOMS)
            .update(&cx(), &update(None, &json!({ "name": "B" })))
            .await
            .expect_err("an error");
        assert_eq!(changed.kind(), on_update, "update {status}: {changed:?}");
    }
}

#[tokio::test]
async fn c9_an_answer_of_success_that_cannot_be_read_leaves_the_write_unknown() {
    for answer in [
        Answer::text(200, "text/html", "<h1>Welcome</h1>"),
        Answer::text(201, "application/json", "{\"data\":"),
        Answer::json(200, &json!({ "data": null })),
        Answer::json(200, &json!({ "data": { "name": "no id" } })),
        Answer::json(200, &json!({ "data": { "id": "another" } })),
    ] {
        let shown = format!("{answer:?}");
        let stub = Stub::start(move |_| answer.clone()).await;
        let error = stub
            .system(ROOMS)
            .update(&cx(), &update(None, &json!({ "name": "B" })))
            .await
            .expect_err("unknown");
        assert!(error.is_ambiguous(), "{shown}: {error:?}");
    }
    let own = ROOMS
        .replace(", reply = { shape = \"record\", record = \"/data\" }", ", reply = { shape = \"none\" }");
    let stub = Stub::start(|_| Answer::text(200, "text/html", "<h1>Welcome</h1>")).await;
    let error =
        stub.system(&own).update(&cx(), &update(None, &json!({ "name": "B" }))).await.expect_err("unknown");
    assert!(error.is_ambiguous(), "{error:?}");
}

#[tokio::test]
async fn c8_a_write_is_never_sent_twice() {
    for status in [500, 502, 503, 429, 408] {
        let stub = Stub::start(move |_| Answer::empty(status)).await;
        stub.system(ROOMS).create(&cx(), &create(&json!({}))).await.expect_err("an error");
        assert_eq!(stub.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn c43_each_shape_of_reply_leads_to_the_new_record() {
    let made = json!({ "data": { "id": "1", "name": "Hall", "code": "A" } });
    for (shape, answer) in [
        ("{ shape = \"record\", record = \"/data\" }", Answer::json(201, &made)),
        ("{ shape = \"id_only\", id = \"/made/id\" }", Answer::json(201, &json!({ "made": { "id": 1 } }))),
        ("{ shape = \"location\" }", Answer::empty(201).with("location", "/api/rooms/1?x=y")),
        ("{ shape = \"none\" }", Answer::empty(201)),
    ] {
        let op = format!(
            "create = {{ method = \"POST\", path = \"/rooms\", body = '{{\"data\":\"{{{{fields}}}}\"}}', reply = {shape}, verify = \"never\" }}"
        );
        let stub = Stub::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/api/rooms/1") => {
                Answer::json(200, &json!({ "data": { "id": "1", "name": "Hall", "code": "A" } }))
            }
            ("GET", _) => Answer::json(200, &json!({ "data": [{ "id": "1", "name": "Hall", "code": "A" }] })),
            _ => answer.clone(),
        })
        .await;
        let done = stub
            .system(&rooms("", &op))
            .create(&cx(), &create(&json!({ "name": "Hall", "code": "A" })))
            .await;
        let done = done.unwrap_or_else(|error| panic!("{shape}: {error:?}"));
        assert_eq!((done.id.as_str(), done.record.is_some()), ("1", true), "{shape}");
    }
}

#[tokio::test]
async fn c43_no_reply_and_no_single_record_with_the_key_is_unknown() {
    let op = "create = { method = \"POST\", path = \"/rooms\", body = '\"{{fields}}\"', reply = { shape = \"none\" }, verify = \"never\" }";
    for found in [json!([]), json!([{ "id": "1", "code": "A" }, { "id": "2", "code": "A" }])] {
        let stub = Stub::start(move |asked| match asked.method.as_str() {
            "GET" => Answer::json(200, &json!({ "data": found })),
            _ => Answer::empty(201),
        })
        .await;
        let error = stub
            .system(&rooms("", op))
            .create(&cx(), &create(&json!({ "code": "A" })))
            .await
            .expect_err("unknown");
        assert!(error.is_ambiguous(), "{error:?}");
    }
}

#[tokio::test]
async fn row_23_an_update_of_a_missing_record_that_answers_204_is_not_found() {
    let op = "update = { method = \"PATCH\", path = \"/rooms/{id}\", body_mode = \"changed\", body = '\"{{fields}}\"' }";
    let stub = Stub::start(|asked| Answer::empty(if asked.method == "GET" { 404 } else { 204 })).await;
    let error = stub
        .system(&rooms("", op))
        .update(&cx(), &update(None, &json!({ "name": "B" })))
        .await
        .expect_err("missing");
    assert!(matches!(error, SystemError::NotFound), "{error:?}");
}

#[tokio::test]
async fn row_33_a_create_that_says_yes_and_makes_nothing_is_told() {
    let op = "create = { method = \"POST\", path = \"/rooms\", body = '\"{{fields}}\"', reply = { shape = \"id_only\", id = \"/id\" } }";
    for (holders, kind) in [(json!([{ "id": "9", "code": "A" }]), "duplicate"), (json!([]), "ambiguous")] {
        let stub = Stub::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/api/rooms") => Answer::json(200, &json!({ "data": holders })),
            ("GET", _) => Answer::empty(404),
            _ => Answer::json(201, &json!({ "id": "1" })),
        })
        .await;
        let error = stub
            .system(&rooms("", op))
            .create(&cx(), &create(&json!({ "code": "A" })))
            .await
            .expect_err("nothing");
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[tokio::test]
async fn c44_what_the_server_did_not_keep_is_told_field_by_field() {
    let stub = Stub::start(|_| {
        Answer::json(200, &json!({ "data": { "id": "1", "name": "Hall ", "seats": "10", "wide": 1.50 } }))
    })
    .await;
    let changed = json!({ "name": "Hall", "seats": 10, "wide": 1.5, "colour": "red", "none": null });
    let done = stub.system(ROOMS).update(&cx(), &update(None, &changed)).await.expect("written");
    let mut told: Vec<&str> = done.not_kept.iter().map(|not_kept| not_kept.field.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["colour", "name", "seats"]);
}

#[tokio::test]
async fn c44_verify_reads_back_always_for_the_weak_and_never_when_told() {
    for (verify, reads) in [("always", 1), ("weak", 1), ("never", 0)] {
        let op = format!(
            "update = {{ method = \"PATCH\", path = \"/rooms/{{id}}\", body_mode = \"changed\", body = '\"{{{{fields}}}}\"', reply = {{ shape = \"record\", record = \"/data\" }}, verify = \"{verify}\" }}"
        );
        let stub = Stub::start(|_| Answer::json(200, &hall("B"))).await;
        let done = stub
            .system(&rooms("", &op))
            .update(&cx(), &update(None, &json!({ "name": "B" })))
            .await
            .expect("written");
        assert_eq!(stub.asked().iter().filter(|asked| asked.method == "GET").count(), reads, "{verify}");
        assert_eq!(done.proof, if reads > 0 { Proof::ReadBack } else { Proof::Replied });
    }
}

/// The name that an answer or a read shows of the room, and its version where the system has some.
fn shown(name: &str, version: u8) -> Answer {
    let mut body = hall(name);
    if version > 0 {
        body["data"]["version"] = json!(version);
    }
    Answer::json(200, &body)
}

#[tokio::test]
async fn r21_a_read_after_an_update_takes_an_edit_for_no_form_of_the_systems_own() {
    let versions = r#"version = { from = "body", at = "/version" }"#;
    let op = "update = { method = \"PATCH\", path = \"/rooms/{id}\", body_mode = \"changed\", body = '\"{{fields}}\"', reply = { shape = \"record\", record = \"/data\" }, verify = \"always\" }";
    let nothing = || Answer::empty(204);
    // The room was `Hall`, and `Big` was sent.
    for (case, config, answer, read, proof, kept) in [
        ("kept as sent", "", shown("Big", 0), shown("Big", 0), Proof::ReadBack, "Big"),
        ("answered as it is kept", "", shown("BIG", 0), shown("BIG", 0), Proof::ReadBack, "BIG"),
        ("kept, and not answered", "", nothing(), shown("Big", 0), Proof::ReadBack, "Big"),
        ("as it was before", "", nothing(), shown("Hall", 0), Proof::ReadBack, "Hall"),
        ("neither", "", nothing(), shown("Small", 0), Proof::ReadOtherwise, "Small"),
        ("not as answered", "", shown("Big", 0), shown("Small", 0), Proof::ReadOtherwise, "Small"),
        ("the same version", versions, shown("Big", 2), shown("BIG", 2), Proof::ReadBack, "BIG"),
        ("a newer version", versions, shown("Big", 2), shown("Small", 3), Proof::Replied, "Big"),
        ("removed since", versions, shown("Big", 2), Answer::empty(404), Proof::Replied, "Big"),
    ] {
        let stub = Stub::start(move |asked| match asked.method.as_str() {
            "GET" => read.clone(),
            _ => answer.clone(),
        })
        .await;
        let system = stub.system(&rooms(config, op));
        let done = system.update(&cx(), &update(Some("1"), &json!({ "name": "Big" }))).await.expect(case);
        let record = done.record.expect("a record");
        assert_eq!((done.proof, record.fields.get("name")), (proof, Some(&kept.into())), "{case}");
        assert_eq!(done.not_kept.is_empty(), kept == "Big", "{case}");
    }
}

#[tokio::test]
async fn c12_a_delete_of_what_is_gone_is_success_once_a_read_agrees() {
    let op = "delete = { method = \"DELETE\", path = \"/rooms/{id}\" }";
    let gone = Stub::start(|_| Answer::empty(404)).await;
    let deleted = gone.system(&rooms("", op)).delete(&cx(), &delete(None)).await.expect("absent");
    assert_eq!(deleted, Deleted::WasAbsent);
    let odd = Stub::start(|asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &hall("Hall")),
        _ => Answer::empty(404),
    })
    .await;
    let error = odd.system(&rooms("", op)).delete(&cx(), &delete(None)).await.expect_err("a read finds it");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
    let kept = Stub::start(|asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &hall("Hall")),
        _ => Answer::empty(204),
    })
    .await;
    let error =
        kept.system(&rooms("", op)).delete(&cx(), &delete(None)).await.expect_err("it is still there");
    assert!(error.is_ambiguous(), "{error:?}");
}
