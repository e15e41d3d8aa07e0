//! Single reads, searches and what answers mean (CN C5, C23, C28, C29, C37, C41, C42, C58).

use connect::{Mark, Partition, System, SystemError};
use serde_json::json;

use crate::stub::{Answer, Asked, ROOMS, Stub, cx, list, ours, pages, t};

fn get_with(more: &str) -> String {
    format!(
        "[types.room]\nlist = {{ path = \"/rooms\", items = \"/data\" }}\n\
         get = {{ path = \"/rooms/{{id}}\", record = \"/data\" }}\n{more}\n"
    )
}

#[tokio::test]
async fn c41_each_answer_to_a_read_has_its_meaning() {
    for (status, kind) in [
        (400, "refused"),
        (401, "auth"),
        (402, "refused"),
        (404, "not_found"),
        (405, "misconfigured"),
        (406, "misconfigured"),
        (408, "unreachable"),
        (409, "refused"),
        (410, "not_found"),
        (413, "refused"),
        (415, "misconfigured"),
        (418, "refused"),
        (422, "refused"),
        (425, "unreachable"),
        (428, "misconfigured"),
        (429, "throttled"),
        (500, "unreachable"),
        (502, "unreachable"),
        (503, "unreachable"),
        (504, "unreachable"),
        (206, "malformed"),
        (304, "misconfigured"),
    ] {
        let stub = Stub::start(move |_| Answer::empty(status)).await;
        let error = stub.system(ROOMS).get(&cx(), &t(), &"1".into()).await.expect_err("an error");
        assert_eq!(error.kind(), kind, "{status}: {error:?}");
    }
}

#[tokio::test]
async fn c41_lists_replace_single_rows() {
    let stub = Stub::start(|asked| Answer::empty(if asked.path.ends_with('1') { 404 } else { 418 })).await;
    let system = stub.system(&format!("status = {{ missing = [418] }}\n{ROOMS}"));
    let kinds = [system.get(&cx(), &t(), &"1".into()).await, system.get(&cx(), &t(), &"2".into()).await];
    let kinds = kinds.map(|result| result.expect_err("an error").kind());
    assert_eq!(kinds, ["refused", "not_found"]);
}

#[tokio::test]
async fn c42_rules_come_first_and_in_order() {
    let rules = r#"match = [
        { status = 500, at = "/error", equals = "gone", then = "missing" },
        { status = 200, header = "X-State", contains = "retired", then = "missing" },
        { status = 422, at = "/errors", equals = [], then = "missing" },
        { op = "get", status = 400, at = "/error", regex = '^no (?<field>\w+) there$', then = "refused" },
    ]
    "#;
    for (answer, kind) in [
        (Answer::json(500, &json!({ "error": "gone" })), "not_found"),
        (Answer::json(500, &json!({ "error": "else" })), "unreachable"),
        (Answer::json(200, &json!({ "data": { "id": "1" } })).with("x-state", "is retired"), "not_found"),
        (Answer::json(422, &json!({ "errors": [] })), "not_found"),
        (Answer::json(422, &json!({ "errors": [1] })), "refused"),
        (Answer::json(400, &json!({ "error": "no colour there" })), "refused"),
    ] {
        let stub = Stub::start(move |_| answer.clone()).await;
        let error = stub
            .system(&format!("{rules}{ROOMS}"))
            .get(&cx(), &t(), &"1".into())
            .await
            .expect_err("an error");
        assert_eq!(error.kind(), kind, "{error:?}");
        if let SystemError::Refused { field: Some(field), message, .. } = &error {
            assert_eq!(field, "colour");
            assert!(message.contains("no colour there"), "{message}");
        }
    }
}

#[tokio::test]
async fn c58_a_forbidden_record_is_missing_only_when_a_known_one_answers() {
    let answers = |canary: u16| {
        move |asked: &Asked| match asked.path.as_str() {
            "/api/rooms/canary" if canary == 200 => Answer::json(200, &json!({ "data": { "id": "canary" } })),
            "/api/rooms/canary" => Answer::empty(canary),
            _ => Answer::empty(403),
        }
    };
    let probe = "probe = { type = \"room\", canary = \"canary\" }\n";
    let mapped = "status = { missing = [403, 404] }\n";
    for (own, canary, kind) in [
        (format!("{mapped}{probe}{ROOMS}"), 200, "not_found"),
        (format!("{mapped}{probe}{ROOMS}"), 403, "auth"),
        (format!("{mapped}{ROOMS}"), 200, "malformed"),
        (format!("{probe}{ROOMS}"), 200, "refused"),
        (format!("{probe}{ROOMS}"), 403, "auth"),
        (ROOMS.to_owned(), 200, "refused"),
        (format!("{mapped}{probe}{ROOMS}"), 500, "unreachable"),
    ] {
        let stub = Stub::start(answers(canary)).await;
        let error = stub.system(&own).get(&cx(), &t(), &"1".into()).await.expect_err("an error");
        assert_eq!(error.kind(), kind, "{own}\n{error:?}");
    }
}

#[tokio::test]
async fn c58_an_empty_answer_is_missing_only_when_a_known_record_answers() {
    let probe = "probe = { type = \"room\", canary = \"canary\" }\n";
    for status in [204, 200] {
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            "/api/rooms/canary" => Answer::json(200, &json!({ "data": { "id": "canary" } })),
            _ => Answer::empty(status),
        })
        .await;
        let error =
            stub.system(&format!("{probe}{ROOMS}")).get(&cx(), &t(), &"1".into()).await.expect_err("empty");
        assert_eq!(error.kind(), "not_found");
        let error = stub.system(ROOMS).get(&cx(), &t(), &"1".into()).await.expect_err("empty");
        assert_eq!(error.kind(), "malformed");
    }
}

#[tokio::test]
async fn row_24_a_missing_answer_with_the_whole_document_is_missing_all_the_same() {
    let stub = Stub::start(|_| Answer::json(404, &json!({ "data": { "id": "1", "name": "Hall" } }))).await;
    let error = stub.system(ROOMS).get(&cx(), &t(), &"1".into()).await.expect_err("missing");
    assert!(matches!(error, SystemError::NotFound), "{error:?}");
}

#[tokio::test]
async fn c27_an_answer_about_another_record_or_in_another_form_is_malformed() {
    for answer in [
        Answer::json(200, &json!({ "data": { "id": "2" } })),
        Answer::json(200, &json!({ "data": null })),
        Answer::json(200, &json!({ "id": "1" })),
        Answer::text(200, "text/html", "<h1>Welcome</h1>"),
        Answer::text(200, "text/plain", "{\"data\":{\"id\":\"1\"}}"),
        Answer::text(200, "application/json", "{\"data\":{\"id\":\"1\""),
        Answer::text(200, "application/json", "{\"data\":{\"id\":\"1\",\"id\":\"1\"}}"),
    ] {
        let shown = format!("{answer:?}");
        let stub = Stub::start(move |_| answer.clone()).await;
        let error = stub.system(ROOMS).get(&cx(), &t(), &"1".into()).await.expect_err("malformed");
        assert!(matches!(error, SystemError::Malformed { .. }), "{shown}: {error:?}");
    }
}

#[tokio::test]
async fn row_37_other_media_types_are_json_by_suffix_or_by_configuration() {
    let body = "{\"data\":{\"id\":\"1\"}}";
    for (kind, own) in
        [("application/vnd.sis.v2+json", ""), ("text/plain", "accept_types = [\"text/plain\"]\n")]
    {
        let stub = Stub::start(move |_| Answer::text(200, &format!("{kind}; charset=utf-8"), body)).await;
        let system = stub.system(&format!("{own}read_headers = {{ Accept = \"{kind}\" }}\n{ROOMS}"));
        system.get(&cx(), &t(), &"1".into()).await.expect("JSON");
        let asked = &stub.asked()[0];
        assert_eq!((asked.header("accept"), asked.header("cache-control")), (Some(kind), Some("no-cache")));
    }
}

#[tokio::test]
async fn c28_a_version_comes_from_body_header_or_nowhere() {
    let stub = Stub::start(|_| {
        Answer::json(200, &json!({ "data": { "id": "1", "rev": 12 } })).with("etag", "W/\"a\"")
    });
    let stub = stub.await;
    for (version, text) in [
        ("{ from = \"body\", at = \"/rev\" }", Some("12")),
        ("{ from = \"header\", name = \"ETag\" }", Some("W/\"a\"")),
        ("{ from = \"none\" }", None),
    ] {
        let system = stub.system(&get_with(&format!("record = {{ id = \"/id\", version = {version} }}")));
        let record = system.get(&cx(), &t(), &"1".into()).await.expect("a record");
        let told = record.version.expect("a version");
        assert_eq!(
            (text.is_none(), text.unwrap_or(told.as_str())),
            (told.is_local(), told.as_str()),
            "{version}"
        );
    }
}

#[tokio::test]
async fn row_14_times_in_all_forms_are_read_as_utc() {
    let forms = [
        ("format = \"iso\"", json!("2026-03-02T01:14:09.5Z")),
        ("format = \"iso\"", json!("2026-03-01T19:14:09.500000-06:00")),
        ("format = \"iso\"", json!("2026-03-02T01:14:09.500+0000")),
        ("format = \"iso\", zone = \"America/Chicago\"", json!("2026-03-01T19:14:09.5")),
        ("format = \"epoch_ms\"", json!(1_772_414_049_500_i64)),
    ];
    for (form, value) in forms {
        let shown = value.to_string();
        let stub =
            Stub::start(move |_| Answer::json(200, &json!({ "data": { "id": "1", "at": value } }))).await;
        let own = get_with(&format!("record = {{ id = \"/id\", modified = {{ at = \"/at\", {form} }} }}"));
        let record = stub.system(&own).get(&cx(), &t(), &"1".into()).await.expect(form);
        assert_eq!(
            record.modified.map(|at| at.timestamp_millis()),
            Some(1_772_414_049_500),
            "{form} {shown}"
        );
    }
    for (form, value) in [
        ("format = \"rfc1123\"", json!("Mon, 02 Mar 2026 01:14:09 GMT")),
        ("format = \"epoch_s\"", json!(1_772_414_049)),
    ] {
        let stub =
            Stub::start(move |_| Answer::json(200, &json!({ "data": { "id": "1", "at": value } }))).await;
        let own = get_with(&format!("record = {{ id = \"/id\", modified = {{ at = \"/at\", {form} }} }}"));
        let record = stub.system(&own).get(&cx(), &t(), &"1".into()).await.expect(form);
        assert_eq!(record.modified.map(|at| at.timestamp()), Some(1_772_414_049), "{form}");
    }
}

#[tokio::test]
async fn c29_an_instant_that_cannot_be_read_spoils_its_record_alone() {
    let body = json!({ "data": [{ "id": "a", "at": "2026-03-01T19:14:09" }, { "id": "b", "at": null }, { "id": "c" }] });
    let stub = Stub::start(move |_| Answer::json(200, &body)).await;
    let own = get_with("record = { id = \"/id\", modified = { at = \"/at\", format = \"iso\" } }");
    let (found, _) = list(&stub.system(&own)).await.expect("a page");
    assert_eq!(found, ["?a", "b", "c"]);
}

#[tokio::test]
async fn row_10_a_search_that_was_not_understood_is_a_configuration_error() {
    let all = |_: &Asked| {
        Answer::json(200, &json!({ "data": [{ "id": "1", "code": "A" }, { "id": "2", "code": "B" }] }))
    };
    let stub = Stub::start(all).await;
    let error =
        stub.system(ROOMS).find(&cx(), &t(), &ours(&json!({ "code": "B" }))).await.expect_err("ignored");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
    let blurred = |_: &Asked| {
        Answer::json(200, &json!({ "data": [{ "id": "1", "code": "b " }, { "id": "2", "code": "B" }] }))
    };
    let stub = Stub::start(blurred).await;
    let found = stub.system(ROOMS).find(&cx(), &t(), &ours(&json!({ "code": "B" }))).await.expect("found");
    assert_eq!(found.len(), 1, "a server that compares loosely is sorted out by us");
}

const SINCE: &str = r#"
[types.room]
list = { path = "/rooms", items = "/data", params = { order = "id" } }
record = { id = "/id", modified = { at = "/at", format = "iso", grain = "1s" } }
"#;

#[tokio::test]
async fn c37_changes_are_asked_with_overlap_and_one_grain_less_for_greater_than() {
    let mark = Mark::Time("2026-03-02T01:00:00Z".parse().expect("an instant"));
    for (operator, format, since) in [
        (">=", "iso", "2026-03-02T00:45:00.000Z"),
        (">", "iso", "2026-03-02T00:44:59.000Z"),
        (">=", "epoch_s", "1772412300"),
        (">=", "epoch_ms", "1772412300000"),
        (">=", "rfc1123", "Mon, 02 Mar 2026 00:45:00 GMT"),
    ] {
        let stub = Stub::start(|_| {
            Answer::json(200, &json!({ "data": [] })).with("date", "Mon, 02 Mar 2026 02:00:00 GMT")
        });
        let stub = stub.await;
        let delta = format!(
            "delta = {{ style = \"timestamp\", param = \"since\", format = \"{format}\", operator = \"{operator}\", \
             overlap = \"15m\", params = {{ order = \"at\" }}, tombstones = \"none\" }}\n"
        );
        let system = stub.system(&format!("{SINCE}{delta}"));
        let pages = pages(system.changes(&cx(), &t(), &Partition::whole(), &mark)).await.expect("changes");
        let asked = &stub.asked()[0];
        assert_eq!(
            (asked.param("since"), asked.param("order")),
            (Some(since), Some("at")),
            "{operator} {format}"
        );
        let next = Mark::Time("2026-03-02T02:00:00Z".parse().expect("an instant"));
        assert_eq!(pages[0].next_mark, Some(next), "the next mark is the server's clock at the start");
    }
}

#[tokio::test]
async fn c39_a_cursor_that_is_no_longer_known_asks_for_a_full_listing() {
    for status in [400, 410] {
        let stub = Stub::start(move |asked| match asked.param("since") {
            Some(_) => Answer::empty(status),
            None => Answer::json(200, &json!({ "data": [], "cursor": "c1" })),
        })
        .await;
        let delta = "delta = { style = \"cursor\", param = \"since\", from = \"body\", at = \"/cursor\", page = \"last\", tombstones = \"none\" }\n";
        let system = stub.system(&format!("{SINCE}{delta}"));
        let first =
            pages(system.changes(&cx(), &t(), &Partition::whole(), &Mark::Beginning)).await.expect("changes");
        let mark = first[0].next_mark.clone().expect("a cursor");
        assert_eq!(mark, Mark::Cursor("c1".to_owned()));
        let error =
            pages(system.changes(&cx(), &t(), &Partition::whole(), &mark)).await.expect_err("expired");
        assert!(matches!(error, SystemError::MarkExpired), "{error:?}");
    }
}

#[tokio::test]
async fn c26_secrets_travel_as_configured_and_show_in_no_error() {
    for (auth, header, query) in [
        (
            "{ kind = \"basic\", username = \"u\", password = { secret = \"a\" } }",
            Some(("authorization", "Basic dTpzZWNyZXQtb2YtYQ==")),
            None,
        ),
        (
            "{ kind = \"bearer\", token = { secret = \"a\" } }",
            Some(("authorization", "Bearer secret-of-a")),
            None,
        ),
        (
            "{ kind = \"bearer\", scheme = \"Token\", token = { secret = \"a\" } }",
            Some(("authorization", "Token secret-of-a")),
            None,
        ),
        (
            "{ kind = \"headers\", headers = { X-Key = { secret = \"a\" } } }",
            Some(("x-key", "secret-of-a")),
            None,
        ),
        ("{ kind = \"query\", params = { key = { secret = \"a\" } } }", None, Some("secret-of-a")),
    ] {
        let stub = Stub::start(|asked| {
            Answer::text(400, "text/plain", &format!("bad: secret-of-a {:?}", asked.raw_query))
        });
        let stub = stub.await;
        let error = stub
            .system(&format!("auth = {auth}\n{ROOMS}"))
            .get(&cx(), &t(), &"1".into())
            .await
            .expect_err("400");
        let asked = &stub.asked()[0];
        assert_eq!(asked.param("key"), query, "{auth}");
        if let Some((name, value)) = header {
            assert_eq!(asked.header(name), Some(value), "{auth}");
        }
        assert!(!format!("{error:?} {error}").contains("secret-of-a"), "{error:?}");
    }
}

#[tokio::test]
async fn check_tells_of_each_type_and_fails_for_the_system() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/rooms" => Answer::json(200, &json!({ "data": [{ "id": "1" }, { "name": "no id" }] })),
        _ => Answer::json(200, &json!({ "rows": [] })),
    })
    .await;
    let more = "[types.term]\nlist = { path = \"/terms\", items = \"/data\" }\nrecord = { id = \"/id\" }\n";
    let report = stub.system(&format!("{ROOMS}{more}")).check(&cx()).await.expect("a report");
    let lines: Vec<(String, usize, usize, Option<&str>)> = report
        .types
        .iter()
        .map(|of| (of.type_name.0.clone(), of.read, of.bad, of.error.as_ref().map(SystemError::kind)))
        .collect();
    assert_eq!(lines, [("room".to_owned(), 2, 1, None), ("term".to_owned(), 0, 0, Some("malformed"))]);
    assert_eq!(report.warnings.len(), 1, "plain http is worth a warning");
    let stub = Stub::start(|_| Answer::empty(401)).await;
    assert_eq!(stub.system(ROOMS).check(&cx()).await.expect_err("refused").kind(), "auth");
}

#[tokio::test]
async fn c1_digits_of_numbers_are_kept_as_they_came() {
    let stub = Stub::start(|_| {
        Answer::text(
            200,
            "application/json",
            r#"{"data":{"id":9007199254740993,"a":1.10,"b":12345678901234567890.5}}"#,
        )
    })
    .await;
    let record = stub.system(ROOMS).get(&cx(), &t(), &"9007199254740993".into()).await.expect("a record");
    assert_eq!(record.fields.to_json(), r#"{"id":9007199254740993,"a":1.10,"b":12345678901234567890.5}"#);
}
