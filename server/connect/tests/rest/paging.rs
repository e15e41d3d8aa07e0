//! From page to page (CN C3, C27, C32-C35, C108 rows 3-12).

use std::sync::atomic::{AtomicUsize, Ordering};

use connect::SystemError;
use serde_json::{Value, json};

use crate::stub::{Answer, Asked, Stub, list, listing};

fn item(n: usize) -> Value {
    json!({ "id": format!("{n:03}"), "name": format!("Room {n}") })
}

fn items(range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(item).collect()
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("{n:03}")).collect()
}

const ALL: usize = 25;

/// Pages by whatever it is asked with; ten at a time.
fn any_style(asked: &Asked) -> Answer {
    let size = asked.number("size").unwrap_or(10).min(10);
    let start =
        match (asked.number("page"), asked.number("offset"), asked.param("after"), asked.param("from")) {
            (Some(page), ..) => page.saturating_sub(asked.number("first").unwrap_or(1)) * size,
            (_, Some(offset), ..) => offset - asked.number("first").unwrap_or(0),
            (_, _, Some(after), _) => after.parse::<usize>().map_or(0, |n| n + 1),
            (_, _, _, Some(from)) => from.parse().unwrap_or(0),
            _ => asked.number("start").unwrap_or(0),
        };
    let end = (start + size).min(ALL);
    let data = items(start.min(ALL)..end);
    let more = end < ALL;
    let token = if more { json!((end - 1).to_string()) } else { Value::Null };
    let host = asked.header("host").unwrap_or_default().to_owned();
    let absolute = format!("http://{host}/api/rooms?start={end}");
    let body = json!({
        "data": data, "total": ALL, "token": token,
        "absolute": more.then(|| absolute.clone()),
        "root": more.then(|| format!("/api/rooms?start={end}")),
        "request": more.then(|| format!("?start={end}")),
        "service": more.then(|| format!("rooms?start={end}")),
    });
    let link =
        if more { format!("<{absolute}>; rel=\"next\", <{absolute}>; rel=\"last\"") } else { String::new() };
    let answer = Answer::json(200, &body).with("link", link).with("x-total", ALL.to_string());
    if more { answer.with("next-page", absolute).with("x-token", (end - 1).to_string()) } else { answer }
}

const TOTAL: &str = "total = { from = \"body\", at = \"/total\" }, limit = 10, sort = \"id\"";

#[tokio::test]
async fn c32_all_styles_read_the_same_records() {
    let styles = [
        (
            TOTAL,
            "{ style = \"page\", first = 1, param = \"page\", size_param = \"size\", end = [\"total\"] }",
        ),
        (TOTAL, "{ style = \"page\", first = 1, param = \"page\", end = [\"empty\"] }"),
        (TOTAL, "{ style = \"page\", first = 1, param = \"page\", end = [\"short_page\"] }"),
        (
            "limit = 10, sort = \"id\", params = { page = \"{page}\", first = \"0\" }",
            "{ style = \"page\", first = 0, end = [\"empty\"] }",
        ),
        (TOTAL, "{ style = \"offset\", first = 0, param = \"offset\", end = [\"total\"] }"),
        (
            "sort = \"id\", params = { offset = \"{offset}\", first = \"1\" }",
            "{ style = \"offset\", first = 1, end = [\"empty\"] }",
        ),
        ("", "{ style = \"body_url\", at = \"/absolute\" }"),
        ("", "{ style = \"body_url\", at = \"/root\" }"),
        ("", "{ style = \"body_url\", at = \"/request\", relative_to = \"request\" }"),
        ("", "{ style = \"body_url\", at = \"/service\", relative_to = \"service\" }"),
        ("", "{ style = \"link_header\" }"),
        ("", "{ style = \"header_url\", header = \"Next-Page\" }"),
        ("", "{ style = \"token\", from = \"body\", at = \"/token\", param = \"after\" }"),
        ("", "{ style = \"token\", from = \"header\", at = \"X-Token\", param = \"after\" }"),
        ("", "{ style = \"keyset\", param = \"after\", from = \"{last./id}\", end = [\"empty\"] }"),
        ("params = { from = \"{last./id}\" }", "{ style = \"keyset\", inclusive = true, end = [\"empty\"] }"),
        ("total = { from = \"header\", at = \"X-Total\" }", "{ style = \"link_header\" }"),
        ("total = { from = \"head\", at = \"X-Total\" }", "{ style = \"link_header\" }"),
    ];
    for (of_list, paging) in styles {
        let stub = Stub::start(any_style).await;
        let own = listing(of_list, &format!("paging = {paging}"));
        let (mut found, incomplete) =
            list(&stub.system(&own)).await.unwrap_or_else(|e| panic!("{paging}: {e}"));
        found.sort();
        assert_eq!((found, incomplete), (ids(0..ALL), None), "{paging}");
    }
}

#[tokio::test]
async fn c27_items_may_be_bare_wrapped_or_deep_and_the_same_records_result() {
    let shapes = [
        (
            "items = \"\"",
            json!([{ "id": 7, "name": "Hall" }]),
            "record = { id = \"/id\", id_type = \"integer\" }",
        ),
        (
            "items = \"/data\"",
            json!({ "data": [{ "id": "7", "name": "Hall" }] }),
            "record = { id = \"/id\" }",
        ),
        (
            "items = \"rows[].doc\"",
            json!({ "rows": [{ "doc": { "id": "7", "name": "Hall" } }] }),
            "record = { id = \"/id\" }",
        ),
        (
            "items = \"/rows/*/doc\"",
            json!({ "rows": [{ "doc": { "id": "7", "name": "Hall" } }] }),
            "record = { id = \"/id\" }",
        ),
        (
            "items = \"/data\"",
            json!({ "data": [{ "id": "7", "links": {}, "attributes": { "name": "Hall", "etag": "x" } }] }),
            "record = { id = \"/id\", attributes = \"/attributes\", ignore = [\"/attributes/etag\"] }",
        ),
    ];
    for (of_list, body, record) in shapes {
        let stub = Stub::start(move |_| Answer::json(200, &body)).await;
        let own = format!("[types.room]\nlist = {{ path = \"/rooms\", {of_list} }}\n{record}\n");
        let pages = crate::stub::pages(connect::System::list(
            &stub.system(&own),
            &crate::stub::cx(),
            &crate::stub::t(),
            &connect::Partition::whole(),
        ));
        let pages = pages.await.unwrap_or_else(|error| panic!("{of_list}: {error}"));
        let connect::Item::Live(record) = &pages[0].items[0] else { panic!("{:?}", pages[0].items) };
        let mut fields = record.fields.clone();
        fields.remove("id");
        assert_eq!((record.id.as_str(), fields.to_json().as_str()), ("7", r#"{"name":"Hall"}"#), "{of_list}");
    }
}

#[tokio::test]
async fn c27_missing_items_are_malformed_and_not_an_empty_page() {
    for body in [json!({}), json!({ "data": null }), json!({ "data": {} }), json!([]), json!("none")] {
        let stub = Stub::start(move |_| Answer::json(200, &body)).await;
        let error = list(&stub.system(&listing("", ""))).await.expect_err("no items");
        assert!(matches!(error, SystemError::Malformed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn c3_a_total_that_does_not_agree_makes_the_listing_incomplete() {
    for total in [json!(2), json!(4), Value::Null] {
        let stub =
            Stub::start(move |_| Answer::json(200, &json!({ "data": items(0..3), "total": total }))).await;
        let (found, incomplete) = list(&stub.system(&listing(TOTAL, ""))).await.expect("a page");
        assert_eq!(found, ids(0..3));
        assert!(incomplete.is_some());
    }
}

#[tokio::test]
async fn q01_a_record_that_cannot_be_read_is_set_aside_and_the_others_of_its_page_come() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (bad, id) in [
        (format!(r#"{{"id":"2","name":{}}}"#, deep(64)), "?2"),
        (r#"{"id":"2","name":"\ud800"}"#.to_owned(), "?2"),
        (r#"{"id":"2","name":"a","name":"b"}"#.to_owned(), "?2"),
        (r#"{"id":"2","seats":NaN}"#.to_owned(), "?2"),
        (r#"{"id":"2","id":"3"}"#.to_owned(), "?"),
        (format!(r#"{{"id":"2","name":{}}}"#, deep(63)), "2"),
    ] {
        let page = format!(r#"{{"total":3,"data":[{{"id":"1"}}, {bad} ,{{"id":"4"}}]}}"#);
        let stub = Stub::start(move |_| Answer::text(200, "application/json", &page)).await;
        let total = "total = { from = \"body\", at = \"/total\" }";
        let listed = list(&stub.system(&listing(total, ""))).await;
        let (ids, incomplete) = listed.unwrap_or_else(|error| panic!("{bad}: {error:?}"));
        assert_eq!((ids, incomplete), (vec!["1".to_owned(), id.to_owned(), "4".to_owned()], None), "{bad}");
    }
}

#[tokio::test]
async fn q01_a_page_that_is_broken_itself_is_no_page() {
    for (kind, page) in [
        ("application/json", r#"{"data":[{"id":"1"},{"id":"2"#),
        ("application/json", r#"{"data":[{"id":"1"},{"id":"2"}"#),
        ("application/json", r#"{"data":[{"id":"1"},{"id":NaN}],"total":NaN}"#),
        ("application/json", r#"{"data":[{"id":NaN}],"data":[]}"#),
        ("text/html", r#"{"data":[{"id":"1"},{"id":NaN}]}"#),
    ] {
        let stub = Stub::start(move |_| Answer::text(200, kind, page)).await;
        let error = list(&stub.system(&listing("limit = 9", ""))).await.expect_err(page);
        assert!(matches!(error, SystemError::Malformed { .. }), "{page}: {error:?}");
    }
}

#[tokio::test]
async fn c34_a_repeated_link_or_token_ends_incomplete() {
    let again = |asked: &Asked| {
        let n = asked.number("start").unwrap_or(0);
        let next =
            format!("http://{}/api/rooms?start={}", asked.header("host").unwrap_or_default(), (n + 1) % 3);
        let body =
            json!({ "data": [{ "id": format!("{n}-{}", asked.raw_query.len()), "n": n }], "next": next });
        Answer::json(200, &body)
    };
    let stub = Stub::start(again).await;
    let own = listing("", "paging = { style = \"body_url\", at = \"/next\" }");
    let (_, incomplete) = list(&stub.system(&own)).await.expect("pages");
    assert!(incomplete.is_some_and(|why| why.contains("again")));
    assert!(stub.count() <= 5, "{} requests", stub.count());
}

#[tokio::test]
async fn row_7_a_last_page_that_repeats_for_ever_is_the_end_only_if_the_total_agrees() {
    for (total, complete) in [(20, true), (30, false)] {
        let stub = Stub::start(move |asked| {
            let page = asked.number("page").unwrap_or(1).min(2) - 1;
            Answer::json(200, &json!({ "data": items(page * 10..page * 10 + 10), "total": total }))
        })
        .await;
        let paging = "paging = { style = \"page\", first = 1, param = \"page\", end = [\"empty\"] }";
        let (found, incomplete) = list(&stub.system(&listing(TOTAL, paging))).await.expect("pages");
        assert_eq!((found, incomplete.is_none()), (ids(0..20), complete));
    }
}

#[tokio::test]
async fn c34_pages_without_end_are_stopped() {
    let endless = |asked: &Asked| {
        let page = asked.number("page").unwrap_or(0);
        Answer::json(200, &json!({ "data": [item(page)], "total": 3 }))
    };
    // Page 1 shows that pages hold one record each, of three in all.
    for (limits, most) in [("", 2 * 3 + 11), ("limits = { pages = 4 }\n", 5)] {
        let stub = Stub::start(endless).await;
        let paging = "paging = { style = \"page\", first = 0, param = \"page\", end = [\"empty\"] }";
        let own = format!("{limits}{}", listing(TOTAL, paging));
        let (_, incomplete) = list(&stub.system(&own)).await.expect("pages");
        assert!(incomplete.is_some() && stub.count() <= most, "{} requests: {incomplete:?}", stub.count());
    }
}

#[tokio::test]
async fn row_6_a_page_past_the_end_may_answer_404_but_not_page_1() {
    let past = |asked: &Asked| match asked.number("page") {
        Some(1) => Answer::json(200, &json!({ "data": items(0..10) })),
        _ => Answer::empty(404),
    };
    let paging = "paging = { style = \"page\", first = 1, param = \"page\", end = [\"status\"] }";
    let stub = Stub::start(past).await;
    let (found, incomplete) = list(&stub.system(&listing("sort = \"id\"", paging))).await.expect("pages");
    assert_eq!((found, incomplete), (ids(0..10), None));
    let stub = Stub::start(|_| Answer::empty(404)).await;
    let error = list(&stub.system(&listing("sort = \"id\"", paging))).await.expect_err("no listing at all");
    assert!(matches!(error, SystemError::Misconfigured { .. }), "{error:?}");
}

#[tokio::test]
async fn row_8_a_silently_capped_page_is_followed_by_its_real_size() {
    for paging in [
        "{ style = \"offset\", first = 0, param = \"offset\", size_param = \"size\", end = [\"short_page\"] }",
        "{ style = \"page\", first = 1, param = \"page\", size_param = \"size\", end = [\"short_page\"] }",
    ] {
        let stub = Stub::start(any_style).await;
        let own = listing(
            "limit = 1000, sort = \"id\", total = { from = \"body\", at = \"/total\" }",
            &format!("paging = {paging}"),
        );
        let (found, incomplete) = list(&stub.system(&own)).await.expect("pages");
        assert_eq!((found, incomplete), (ids(0..ALL), None), "{paging}");
    }
}

#[tokio::test]
async fn c35_counting_without_a_sort_is_never_complete() {
    let stub = Stub::start(any_style).await;
    let paging = "paging = { style = \"offset\", first = 0, param = \"offset\", end = [\"empty\"] }";
    let (found, incomplete) = list(&stub.system(&listing("", paging))).await.expect("pages");
    assert_eq!(found, ids(0..ALL));
    assert!(incomplete.is_some_and(|why| why.contains("list.sort")));
}

/// Before each page but the first of a pass a record is put in front, for so many times.
fn shifting(times: usize) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    let shifted = AtomicUsize::new(0);
    move |asked| {
        let offset = asked.number("offset").unwrap_or(0);
        if offset == 10 && shifted.load(Ordering::SeqCst) < times {
            shifted.fetch_add(1, Ordering::SeqCst);
        }
        let shift = shifted.load(Ordering::SeqCst);
        let all: Vec<Value> =
            (0..shift).rev().map(|n| json!({ "id": format!("-{n}") })).chain(items(0..20)).collect();
        let page: Vec<&Value> = all.iter().skip(offset).take(10).collect();
        Answer::json(200, &json!({ "data": page, "total": all.len() }))
    }
}

#[tokio::test]
async fn c35_rows_that_shift_are_read_again_at_most_three_times() {
    let paging = "paging = { style = \"offset\", first = 0, param = \"offset\", end = [\"empty\"] }";
    let stub = Stub::start(shifting(2)).await;
    let (found, incomplete) = list(&stub.system(&listing(TOTAL, paging))).await.expect("pages");
    assert_eq!((found.len(), incomplete), (22, None), "{found:?}");
    let stub = Stub::start(shifting(usize::MAX)).await;
    let (found, incomplete) = list(&stub.system(&listing(TOTAL, paging))).await.expect("pages");
    assert!(incomplete.is_some_and(|why| why.contains("3 times")));
    assert!(ids(0..20).iter().all(|id| found.contains(id)), "{found:?}");
}

#[tokio::test]
async fn c35_one_id_twice_is_dropped_when_equal_and_kept_out_when_not() {
    let twice =
        json!([{ "id": "a", "n": 1 }, { "id": "b", "n": 1 }, { "id": "a", "n": 1 }, { "id": "b", "n": 2 }]);
    let stub = Stub::start(move |_| Answer::json(200, &json!({ "data": twice }))).await;
    let (found, _) = list(&stub.system(&listing("", ""))).await.expect("a page");
    assert_eq!(found, ["a", "b", "?b"]);
}

#[tokio::test]
async fn c4_an_id_that_is_a_number_and_one_that_is_text_are_the_same_record() {
    let both = json!([{ "id": 7, "n": 1 }, { "id": "7", "n": 2 }, { "n": 3 }, 4, { "id": "007", "n": 1 }]);
    let stub = Stub::start(move |_| Answer::json(200, &json!({ "data": both }))).await;
    let (found, _) = list(&stub.system(&listing("", ""))).await.expect("a page");
    assert_eq!(found, ["7", "?7", "?", "?", "007"]);
}

#[tokio::test]
async fn c30_tombstones_in_a_page_need_no_more_than_their_id() {
    let body = json!({ "data": [{ "id": "a", "gone": true }, { "id": "b", "gone": false }], "total": 1 });
    let stub = Stub::start(move |_| Answer::json(200, &body)).await;
    let own = format!(
        "[types.room]\nlist = {{ path = \"/rooms\", items = \"/data\", {TOTAL} }}\n\
         record = {{ id = \"/id\", deleted = {{ at = \"/gone\", equals = true }} }}\n"
    );
    let (found, incomplete) = list(&stub.system(&own)).await.expect("a page");
    assert_eq!((found, incomplete), (vec!["-a".to_owned(), "b".to_owned()], None));
}
