//! P18, P24: a listing that is cut, empty, capped, repeated or nonsense never deletes anything, and is read again the next
//! time from its beginning.

use connect::sim::{Class, Op as Done};
use merge::Side;
use serde_json::{Value, json};
use store::lease::Phase;
use store::run::{Run, RunState};

use crate::school::School;

/// Pages of the listing of rooms: twelve of them, five a page.
const PAGES: usize = 3;

/// Ways in which a page can be wrong. The last ones cannot be seen in the listing.
fn truncations() -> Vec<Value> {
    let body = |body: Value| json!({ "kind": "status", "code": 200, "body": body });
    vec![
        json!({ "kind": "truncate", "bytes": 40, "length": "right" }),
        json!({ "kind": "truncate", "bytes": 40, "length": "wrong" }),
        json!({ "kind": "truncate", "bytes": 0, "length": "wrong" }),
        json!({ "kind": "reset", "bytes": 40 }),
        json!({ "kind": "html" }),
        json!({ "kind": "status", "code": 204 }),
        json!({ "kind": "status", "code": 206, "body": { "data": [], "total": 0 } }),
        json!({ "kind": "status", "code": 403, "body": {} }),
        json!({ "kind": "status", "code": 404, "body": {} }),
        json!({ "kind": "status", "code": 500, "body": {} }),
        body(json!({})),
        body(json!([])),
        body(json!({ "data": [] })),
        body(json!({ "data": [], "total": 12, "next": null })),
        body(json!({ "data": [{ "id": "ROM-1" }], "next": null })),
        json!({ "kind": "empty_list" }),
        json!({ "kind": "empty_list", "keep_total": true }),
        json!({ "kind": "repeat_page" }),
        json!({ "kind": "duplicate_ids", "count": 2 }),
        json!({ "kind": "duplicate_ids", "count": 2, "differing": true }),
        json!({ "kind": "cap", "n": 2 }),
        json!({ "kind": "skip_rows", "n": 2 }),
        json!({ "kind": "skip_rows", "n": 2, "adjust_total": true }),
    ]
}

async fn paged() -> School {
    let school = School::agreed(Class::Strong, 12).await;
    school.servers.client(Side::Theirs).switches(json!({ "page_cap": 5 })).await.expect("a switch");
    school
}

fn rule(fault: &Value, page: usize, times: u32) -> Value {
    json!({ "match": { "method": "GET", "path": "/rooms", "nth": page, "times": times }, "fault": fault })
}

#[tokio::test]
async fn p18_a_truncated_listing_never_deletes() {
    let school = paged().await;
    let mut failed = Vec::new();
    for fault in truncations() {
        for (page, times) in (1..=PAGES).flat_map(|page| [(page, 1), (page, 0)]) {
            school.fault(Side::Theirs, rule(&fault, page, times)).await;
            let run = school.bench().run().await.expect("a run that ends");
            school.no_faults().await;
            let writes = school.servers.look().await.writes();
            if writes > 0 || run.state != RunState::Reported {
                failed.push(format!("{fault} on page {page}: {writes} writes, left {:?}", run.state));
                return assert!(failed.is_empty(), "{failed:?}");
            }
        }
        if school.bench().is_at_rest().await != [""; 0] {
            failed.push(format!("{fault}: a clean run wrote something"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let mut reader = school.pipeline.store.read().await.expect("a reader");
    assert_eq!(store::conflict::count_living(&mut reader, school.school).await.expect("a count"), 0);
}

#[tokio::test]
async fn p18_what_is_really_gone_is_deleted_once_the_listing_is_whole() {
    for fault in
        [json!({ "kind": "cap", "n": 2 }), json!({ "kind": "skip_rows", "n": 2, "adjust_total": true })]
    {
        let school = paged().await;
        school.remove(Side::Theirs, "R7").await;
        school.fault(Side::Theirs, rule(&fault, 1, 0)).await;
        school.bench().run().await.expect("a run that ends");
        school.no_faults().await;
        assert_eq!(school.comes_together(&[]).await, 1, "one delete, of the one that is gone");
        let look = school.servers.look().await;
        let deleted: Vec<Done> = look.changes(Side::Ours).map(|change| change.op).collect();
        assert_eq!(deleted, [Done::Delete]);
    }
}

/// What the download of theirs' rooms noted.
async fn step(school: &School, run: &Run) -> (bool, bool) {
    let mut reader = school.pipeline.store.read().await.expect("a reader");
    let steps = store::run_step::list(&mut reader, run.id).await.expect("steps");
    let step = steps
        .iter()
        .find(|step| step.phase == Phase::Download && step.side == Side::Theirs && step.type_name == "room")
        .expect("the step");
    (step.complete, step.issue.is_some())
}

#[tokio::test]
async fn p24_a_listing_that_fails_at_any_page_counts_for_nothing_and_is_read_again() {
    let school = paged().await;
    for page in 1..=PAGES {
        school.change(Side::Theirs, "R1", json!({ "capacity": 50 + page })).await;
        school.fault(Side::Theirs, rule(&json!({ "kind": "status", "code": 500 }), page, 0)).await;
        let run = school.bench().run().await.expect("a run that ends");
        school.no_faults().await;
        assert_eq!(step(&school, &run).await, (false, true), "page {page} failed, and the run says so");
        assert_eq!(school.servers.look().await.writes(), page - 1, "nothing came of half a listing");
        let run = school.bench().run().await.expect("a run that ends");
        assert_eq!(step(&school, &run).await, (true, false));
        assert_eq!(school.servers.look().await.writes(), page);
    }
    school.comes_together(&[]).await;
}
