//! Writes: bodies, guards, replies, verification and what answers mean (CN C6-C12, C24, C40-C44).

use std::sync::atomic::{AtomicUsize, Ordering};

use connect::{Create, Proof, Record, System, SystemError, Update, Version};
use serde_json::{Value, json};

use crate::stub::{Answer, Asked, ROOMS, Stub, cx, ours, t};

pub fn seen(version: Option<&str>) -> Record {
    let fields = ours(&json!({ "id": "1", "name": "Hall", "code": "A", "seats": 10, "href": "/x" }));
    Record { id: "1".into(), version: version.map(Version::from), modified: None, fields }
}

pub fn create(fields: &Value) -> Create {
    let natural_key = ours(&json!({ "code": "A" }));
    let key = "0123456789abcdefghijklmnopqrstuvwxyz".into();
    Create {
        type_name: t(),
        fields: ours(fields),
        natural_key,
        key,
        correlation: "0123456789abcdefghijkl".to_owned(),
    }
}

pub fn update(version: Option<&str>, changed: &Value) -> Update {
    Update {
        type_name: t(),
        id: "1".into(),
        seen: seen(version),
        changed: ours(changed),
        cleared: Vec::new(),
        key: "key".into(),
    }
}

pub fn delete(version: Option<&str>) -> connect::Delete {
    connect::Delete { type_name: t(), id: "1".into(), seen: seen(version), key: "key".into() }
}

/// A type with the given operations besides its reads.
pub fn rooms(record: &str, operations: &str) -> String {
    format!(
        "[types.room]\nlist = {{ path = \"/rooms\", items = \"/data\" }}\nrecord = {{ id = \"/id\", {record} }}\n\
         get = {{ path = \"/rooms/{{id}}\", record = \"/data\" }}\n\
         find = {{ path = \"/rooms\", params = {{ code = \"{{key.code}}\" }}, items = \"/data\" }}\n{operations}\n"
    )
}

pub fn hall(name: &str) -> Value {
    json!({ "data": { "id": "1", "name": name, "code": "A", "seats": 10, "href": "/x" } })
}

/// The last request that was not a read.
fn written(stub: &Stub) -> Asked {
    stub.asked().into_iter().rfind(|asked| asked.method != "GET").expect("a write")
}

#[tokio::test]
async fn c42_rules_decide_before_the_table_on_writes_too() {
    let rules = r#"match = [
        { op = "create", status = 500, contains = "duplicate id", then = "duplicate", field = "id" },
        { status = 400, at = "/error", regex = '^UNIQUE constraint failed: [^.]+\.(?<field>\w+)', then = "duplicate" },
        { op = "update", status = 422, at = "/errors", equals = [], then = "stale" },
    ]
    "#;
    let own = format!("{rules}{ROOMS}");
    for (answer, field) in [
        (Answer::text(500, "text/html", "Error: Insert failed, duplicate id"), "id"),
        (Answer::json(400, &json!({ "error": "UNIQUE constraint failed: people.email" })), "email"),
    ] {
        let stub = Stub::start(move |asked| match asked.method.as_str() {
            "GET" => Answer::json(200, &json!({ "data": [{ "id": "9", "code": "A" }] })),
            _ => answer.clone(),
        })
        .await;
        let error =
            stub.system(&own).create(&cx(), &create(&json!({ "code": "A" }))).await.expect_err("taken");
        let SystemError::Duplicate { field: told, existing } = error else { panic!("{error:?}") };
        assert_eq!((told.as_deref(), existing), (Some(field), Some("9".into())));
    }
    let stub = Stub::start(|asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &hall("edited")),
        _ => Answer::json(422, &json!({ "errors": [] })),
    })
    .await;
    let error =
        stub.system(&own).update(&cx(), &update(None, &json!({ "name": "B" }))).await.expect_err("stale");
    let SystemError::Stale { current: Some(current) } = error else { panic!("{error:?}") };
    assert_eq!(current.fields.get("name").and_then(merge::Value::as_text), Some("edited"));
}

#[tokio::test]
async fn c6_a_full_body_is_the_freshest_read_with_our_changes_and_no_read_only_members() {
    let put = "update = { method = \"PUT\", path = \"/rooms/{id}\", body = '{\"data\":\"{{fields}}\"}', clear = \"omit\", reply = { shape = \"record\", record = \"/data\" }, verify = \"never\" }";
    let own = rooms("read_only = [\"/id\", \"/href\"]", put);
    let stub = Stub::start(|asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &json!({ "data": { "id": "1", "name": "Hall", "code": "A", "seats": 99, "href": "/x", "extra": [1] } })),
        _ => Answer::json(200, &hall("B")),
    })
    .await;
    let mut w = update(None, &json!({ "name": "B", "href": "/y" }));
    w.cleared.push("code".to_owned());
    stub.system(&own).update(&cx(), &w).await.expect("written");
    assert_eq!(written(&stub).body, json!({ "data": { "name": "B", "seats": 99, "extra": [1] } }));
}

#[tokio::test]
async fn c40_a_version_is_sent_in_the_header_the_body_or_the_query() {
    let body = "'{\"data\":\"{{fields}}\"}'";
    for (style, params, body) in [
        ("if_match_header", "", body),
        ("version_in_query", "params = { v = \"{version}\" },", body),
        ("version_in_body", "", "'{\"data\":\"{{fields}}\",\"rev\":\"{{version}}\"}'"),
    ] {
        let op = format!(
            "update = {{ method = \"PATCH\", path = \"/rooms/{{id}}\", {params} body_mode = \"changed\", body = {body}, optimistic = \"{style}\", reply = {{ shape = \"record\", record = \"/data\" }}, verify = \"never\" }}"
        );
        let own = rooms("version = { from = \"body\", at = \"/rev\" }", &op);
        let stub =
            Stub::start(|_| Answer::json(200, &json!({ "data": { "id": "1", "name": "B", "rev": 8 } })))
                .await;
        let done = stub
            .system(&own)
            .update(&cx(), &update(Some("7"), &json!({ "name": "B" })))
            .await
            .expect("written");
        assert_eq!(done.version, Some("8".into()));
        let sent = written(&stub);
        let told = (
            sent.header("if-match").is_some(),
            sent.param("v").is_some(),
            sent.body.get("rev") == Some(&json!(7)),
        );
        let expected = (style == "if_match_header", style == "version_in_query", style == "version_in_body");
        assert_eq!(told, expected, "{style}");
    }
}

#[tokio::test]
async fn row_30_a_version_keeps_its_quotes_or_gets_them() {
    for (version, from, sent) in [
        ("W/\"a b\"", "{ from = \"header\", name = \"ETag\" }", "W/\"a b\""),
        ("17", "{ from = \"body\", at = \"/rev\", send = \"\\\"{version}\\\"\" }", "\"17\""),
    ] {
        let op = "delete = { method = \"DELETE\", path = \"/rooms/{id}\", optimistic = \"if_match_header\", verify = \"never\" }";
        let stub = Stub::start(|_| Answer::empty(204)).await;
        let own = rooms(&format!("version = {from}"), op);
        stub.system(&own).delete(&cx(), &delete(Some(version))).await.expect("deleted");
        assert_eq!(written(&stub).header("if-match"), Some(sent));
    }
}

#[tokio::test]
async fn c28_where_a_listing_has_no_version_the_record_is_read_before_the_write() {
    let op = "update = { method = \"PATCH\", path = \"/rooms/{id}\", body_mode = \"changed\", body = '\"{{fields}}\"', optimistic = \"if_match_header\", reply = { shape = \"record\", record = \"/data\" }, verify = \"never\" }";
    let own = rooms("version = { from = \"header\", name = \"ETag\" }", op);
    for (name, goes) in [("Hall", true), ("edited", false)] {
        let stub = Stub::start(move |_| Answer::json(200, &hall(name)).with("etag", "\"v3\"")).await;
        let result = stub.system(&own).update(&cx(), &update(None, &json!({ "name": "B" }))).await;
        assert_eq!(result.is_ok(), goes, "{result:?}");
        if goes {
            assert_eq!(written(&stub).header("if-match"), Some("\"v3\""));
        } else {
            assert!(matches!(result, Err(SystemError::Stale { current: Some(_) })));
            assert!(stub.asked().iter().all(|asked| asked.method == "GET"), "nothing was written");
        }
    }
}

#[tokio::test]
async fn c40_compare_then_write_sends_nothing_when_a_field_we_change_moved() {
    let ops = "update = { method = \"PATCH\", path = \"/rooms/{id}\", body_mode = \"changed\", body = '\"{{fields}}\"', clear = \"null\", optimistic = \"compare_then_write\", verify = \"never\" }\n\
               delete = { method = \"DELETE\", path = \"/rooms/{id}\", optimistic = \"compare_then_write\", verify = \"never\" }";
    let own = rooms("", ops);
    let now = |name: &'static str, seats: u64| {
        move |asked: &Asked| match asked.method.as_str() {
            "GET" => Answer::json(
                200,
                &json!({ "data": { "id": "1", "name": name, "code": "A", "seats": seats, "href": "/x" } }),
            ),
            _ => Answer::empty(204),
        }
    };
    let moved = Stub::start(now("edited", 10)).await;
    let elsewhere = Stub::start(now("Hall", 11)).await;
    let w = update(None, &json!({ "name": "B" }));
    let mut clearing = update(None, &json!({}));
    clearing.cleared.push("name".to_owned());
    for w in [&w, &clearing] {
        let error = moved.system(&own).update(&cx(), w).await.expect_err("stale");
        assert!(matches!(error, SystemError::Stale { .. }), "{error:?}");
    }
    elsewhere.system(&own).update(&cx(), &w).await.expect("another field may move");
    let error =
        elsewhere.system(&own).delete(&cx(), &delete(None)).await.expect_err("for a delete, no field may");
    assert!(matches!(error, SystemError::Stale { .. }), "{error:?}");
    assert!(moved.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn c4_a_reference_seen_as_text_is_the_number_that_is_there() {
    let ops = "update = { method = \"PATCH\", path = \"/rooms/{id}\", body_mode = \"changed\", body = '\"{{fields}}\"', optimistic = \"compare_then_write\", verify = \"never\" }\n\
               delete = { method = \"DELETE\", path = \"/rooms/{id}\", optimistic = \"compare_then_write\", verify = \"never\" }\n\
               fields = { next_to = \"reference(room)\" }";
    let stub = Stub::start(|asked: &Asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &json!({ "data": { "id": 1, "next_to": 2 } })),
        _ => Answer::empty(204),
    })
    .await;
    let system = stub.system(&rooms("id_type = \"integer\"", ops));
    let seen = |id: &str| Record { fields: ours(&json!({ "next_to": id })), ..seen(None) };
    let moved = |id: &str| Update { seen: seen(id), ..update(None, &json!({ "next_to": "3" })) };
    system.update(&cx(), &moved("2")).await.expect("it is still the second room");
    assert_eq!(written(&stub).body, json!({ "next_to": 3 }));
    let gone = |id: &str| connect::Delete { seen: seen(id), ..delete(None) };
    system.delete(&cx(), &gone("2")).await.expect("it is still the second room");
    assert!(matches!(system.update(&cx(), &moved("4")).await, Err(SystemError::Stale { .. })));
    assert!(matches!(system.delete(&cx(), &gone("4")).await, Err(SystemError::Stale { .. })));
}

#[tokio::test]
async fn c7_a_write_carries_its_key_its_reference_and_the_fence() {
    let own = format!(
        "idempotency_header = \"Idempotency-Key\"\ncorrelation_field = \"ref\"\nwrite_headers = {{ X-Via = \"tiebreak\" }}\n{ROOMS}"
    );
    let stub = Stub::start(|asked| {
        let mut data = asked.body["data"].clone();
        data["id"] = json!("1");
        Answer::json(201, &json!({ "data": data }))
    })
    .await;
    let mut cx = cx();
    cx.fence = Some(42);
    let w = create(&json!({ "name": "Hall" }));
    stub.system(&own).create(&cx, &w).await.expect("made");
    let sent = written(&stub);
    assert_eq!(sent.header("idempotency-key"), Some(w.key.as_str()));
    assert_eq!((sent.header("x-run-fence"), sent.header("x-via")), (Some("42"), Some("tiebreak")));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.body["data"]["ref"], json!(w.correlation));
}

#[tokio::test]
async fn c24_bodies_of_all_forms_can_be_written() {
    for (body, expected) in [
        ("'\"{{fields}}\"'", json!({ "name": "B", "seats": null })),
        (
            "'{\"type\":\"{{type}}\",\"id\":\"{{id}}\",\"attributes\":\"{{fields}}\"}'",
            json!({ "type": "room", "id": 1, "attributes": { "name": "B", "seats": null } }),
        ),
        (
            "'{\"$merge\":[{\"key\":\"k-{{idempotency_key}}\"},\"{{fields}}\"]}'",
            json!({ "key": "k-key", "name": "B", "seats": null }),
        ),
        (
            "'[{\"$each\":\"changed\",\"do\":{\"op\":\"replace\",\"path\":\"{{field.pointer}}\",\"value\":\"{{field.value}}\"}}]'",
            json!([[{ "op": "replace", "path": "/name", "value": "B" }, { "op": "replace", "path": "/seats", "value": null }]]),
        ),
        (
            "'{\"set\":{\"$each\":\"set\",\"do\":\"{{field.name}}\"},\"unset\":{\"$each\":\"cleared\",\"do\":\"{{field.name}}\"}}'",
            json!({ "set": ["name"], "unset": ["seats"] }),
        ),
        (
            "'{\"$if\":\"version\",\"then\":{\"v\":\"{{version}}\"},\"else\":{\"v\":\"none\"}}'",
            json!({ "v": "none" }),
        ),
    ] {
        let op = format!(
            "update = {{ method = \"PATCH\", path = \"/rooms/{{id}}\", body_mode = \"changed\", body = {body}, clear = \"null\", reply = {{ shape = \"record\", record = \"/data\" }}, verify = \"never\" }}"
        );
        let stub = Stub::start(|_| Answer::json(200, &hall("B"))).await;
        let mut w = update(None, &json!({ "name": "B" }));
        w.cleared.push("seats".to_owned());
        stub.system(&rooms("id_type = \"integer\"", &op)).update(&cx(), &w).await.expect(body);
        assert_eq!(written(&stub).body, expected, "{body}");
    }
}

#[tokio::test]
async fn row_36_a_field_is_emptied_as_configured_or_the_write_is_refused() {
    for (clear, sent) in
        [("clear = \"null\",", Some(Value::Null)), ("clear = \"empty_string\",", Some(json!(""))), ("", None)]
    {
        let op = format!(
            "update = {{ method = \"PATCH\", path = \"/rooms/{{id}}\", body_mode = \"changed\", {clear} body = '\"{{{{fields}}}}\"', reply = {{ shape = \"record\", record = \"/data\" }}, verify = \"never\" }}"
        );
        let stub = Stub::start(|_| Answer::json(200, &hall("B"))).await;
        let mut w = update(None, &json!({}));
        w.cleared.push("code".to_owned());
        let result = stub.system(&rooms("", &op)).update(&cx(), &w).await;
        match sent {
            Some(value) => {
                result.expect("written");
                assert_eq!(written(&stub).body, json!({ "code": value }));
            }
            None => {
                assert!(
                    matches!(result, Err(SystemError::Refused { field: Some(field), .. }) if field == "code")
                );
                assert_eq!(stub.count(), 0);
            }
        }
    }
}

#[tokio::test]
async fn row_40_a_value_of_the_wrong_type_is_refused_before_it_is_sent() {
    let fields = "fields = { seats = \"integer\", price = \"decimal(2)\", open = \"boolean\", hall = \"reference(hall)\", tags = \"list(text)\" }";
    let hall = "[types.hall]\nlist = { path = \"/halls\", items = \"/data\" }\nrecord = { id = \"/id\", id_type = \"integer\" }\n";
    let own = format!("{ROOMS}{fields}\n{hall}");
    let stub = Stub::start(|asked| {
        let mut data = asked.body["data"].clone();
        data["id"] = json!("1");
        Answer::json(200, &json!({ "data": data }))
    })
    .await;
    let system = stub.system(&own);
    for wrong in [
        json!({ "seats": "ten" }),
        json!({ "seats": 1.5 }),
        json!({ "open": 1 }),
        json!({ "tags": ["a", 1] }),
        json!({ "price": true }),
    ] {
        let error = system.update(&cx(), &update(None, &wrong)).await.expect_err("wrong");
        assert!(matches!(error, SystemError::Refused { field: Some(_), .. }), "{wrong}: {error:?}");
    }
    assert_eq!(stub.count(), 0);
    let right = json!({ "seats": 1e1, "price": "1.50", "open": null, "tags": [], "hall": "7", "other": "x" });
    system.update(&cx(), &update(None, &right)).await.expect("right");
    assert_eq!(written(&stub).body["data"]["hall"], json!(7), "C4: an id gets its JSON type back");
}

#[tokio::test]
async fn c7_an_id_of_our_choosing_makes_the_same_create_the_same_record() {
    let op = "create = { method = \"PUT\", path = \"/rooms/{new_id}\", body = '{\"data\":\"{{fields}}\"}', optimistic = \"if_match_header\", create_only = \"*\", status = { duplicate = [412] }, reply = { shape = \"record\", record = \"/data\" }, verify = \"never\" }";
    let puts = AtomicUsize::new(0);
    let stub = Stub::start(move |asked| {
        let id = asked.path.rsplit('/').next().unwrap_or_default();
        let record = json!({ "data": { "id": id, "name": "Hall" } });
        match asked.method.as_str() {
            "PUT" if puts.fetch_add(1, Ordering::SeqCst) > 0 => Answer::empty(412),
            "PUT" => Answer::json(201, &record),
            _ => Answer::json(200, &record),
        }
    })
    .await;
    let system = stub.system(&rooms("", op));
    let w = create(&json!({ "name": "Hall" }));
    let first = system.create(&cx(), &w).await.expect("made");
    let second = system.create(&cx(), &w).await.expect("found to be made");
    assert_eq!((first.id.clone(), Proof::ReadBack), (second.id, second.proof));
    assert_eq!(stub.asked()[0].header("if-none-match"), Some("*"));
    let found = system.find_by_correlation(&cx(), &t(), &w.correlation).await.expect("found");
    assert_eq!(found[0].id, first.id);
    uuid::Uuid::parse_str(first.id.as_str()).expect("a UUID");
}
