//! The line above every page while a merge is at work, waits or is silent, and what scripts are told of it.

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use store::ids::RunId;
use store::lease::Phase;
use store::run::{NewRun, RunKind, RunState};

use crate::house::{TestHouse, text};

/// A merge at work whose last sign of life is so long ago.
async fn at_work(house: &TestHouse, silent: TimeDelta) -> DateTime<Utc> {
    let pipeline = &house.installation.pipeline;
    let now = pipeline.clock.now();
    let then = now - silent;
    let mut tx = pipeline.store.begin().await.expect("begun");
    let school = store::school::find_by_slug(&mut tx, "one").await.expect("asked").expect("a school").id;
    let id = RunId::new(now, 7);
    let new = NewRun { id, school, kind: RunKind::Manual, slot: "s", options: "{}", requested_by: "Ada" };
    store::run::request(&mut tx, &new, then).await.expect("asked for");
    let mut guards = Vec::new();
    for phase in [Phase::Push, Phase::Download] {
        let lease = pipeline.bounds.lease;
        let claimed =
            store::lease::claim(&mut tx, school, phase, "somebody", then, lease).await.expect("asked");
        guards.push(claimed.expect("free").guard);
    }
    assert!(store::run::claim(&mut tx, &guards[0], id, 1, "h", then).await.expect("claimed"));
    let moved = store::run::set_state(&mut tx, &guards[0], id, &[RunState::Claimed], RunState::Merging).await;
    assert!(moved.expect("moved"));
    store::run::note_state(&mut tx, id, RunState::Merging, then).await.expect("noted");
    tx.commit().await.expect("committed");
    now
}

async fn page(house: &TestHouse, path: &str) -> String {
    text(house.get(path).await).await.replace("<!>", "")
}

#[tokio::test]
async fn ux_12_4_every_page_says_that_a_merge_runs_and_at_which_step() {
    let house = TestHouse::open().await;
    at_work(&house, TimeDelta::seconds(4)).await;
    for path in ["/one/overview", "/one/merges", "/one/merges/1", "/one/records", "/one/merges/new"] {
        let page = page(&house, path).await;
        assert!(page.contains("step 4 of 8, comparing") && page.contains("data-banner"), "{path}: {page}");
        assert!(page.contains("last sign of life"), "{path}: {page}");
    }
    let status = house.get("/one/merges/current/status").await;
    assert_eq!(status.headers()[header::CONTENT_TYPE], "application/json");
    let status: serde_json::Value = serde_json::from_str(&text(status).await).expect("JSON");
    assert_eq!((status["state"].as_str(), status["step"].as_u64()), (Some("running"), Some(4)));
}

#[tokio::test]
async fn ux_12_5_a_merge_without_a_sign_of_life_may_be_stuck_and_later_counts_as_failed() {
    for (silent, wanted) in [(100, "No sign of life"), (700, "counts as failed")] {
        let house = TestHouse::open().await;
        at_work(&house, TimeDelta::seconds(silent)).await;
        let overview = page(&house, "/one/overview").await;
        assert!(overview.contains(wanted) && overview.contains("Needs attention (1)"), "{overview}");
        assert_eq!(overview.contains("✗ Failed"), silent > 600, "{overview}");
        let merge = page(&house, "/one/merges/1").await;
        assert!(merge.contains(wanted), "{merge}");
    }
}

#[tokio::test]
async fn nothing_is_said_while_nothing_runs_and_a_stream_ends_at_once() {
    let house = TestHouse::open().await;
    assert!(!page(&house, "/one/merges").await.contains("data-banner"));
    let status: serde_json::Value =
        serde_json::from_str(&page(&house, "/one/merges/current/status").await).expect("JSON");
    assert_eq!(status["text"], "No merge is running.");
    let events = page(&house, "/one/merges/current/events").await;
    assert!(events.contains("event: done") && events.contains("\"state\":\"idle\""), "{events}");
}

#[tokio::test]
async fn ux_10_5_a_stream_begins_with_everything_in_under_512_bytes() {
    let house = TestHouse::open().await;
    at_work(&house, TimeDelta::seconds(1)).await;
    let response = house.get("/one/merges/current/events").await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let first = body.next().await.expect("an event").expect("bytes");
    let first = String::from_utf8(first.to_vec()).expect("text");
    assert!(first.contains("event: phase") && first.contains("id: 1-1"), "{first}");
    let data = first.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    assert!(data.len() < 512, "{} bytes: {data}", data.len());
}

#[tokio::test]
async fn s27_what_goes_on_is_for_people_of_the_school() {
    let house = TestHouse::open().await;
    assert_eq!(house.get("/two/merges/current/status").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(house.get("/two/merges/current/events").await.status(), StatusCode::NOT_FOUND);
    let house = house.signed_out();
    assert_eq!(house.get("/one/merges/current/status").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house.get("/one/merges/1/changes.csv").await.status(), StatusCode::SEE_OTHER);
}
