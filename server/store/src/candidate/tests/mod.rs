//! The search for differing records, and how the engine goes about it.

mod walk;

use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use chrono::{DateTime, Utc};

use super::*;
use crate::base::{self, NewBase};
use crate::ids::RunId;
use crate::link::{self, NewLink};
use crate::staged::{Origin, Staged};
use crate::testing::{TestEngine, fresh};
use crate::{Store, school, staged};

fn copy(link: LinkId, side: Side) -> Staged {
    Staged {
        link,
        side,
        remote_id: link.to_string(),
        state: StagedState::Live,
        hash: Some(ContentHash::of(b"{}")),
        raw_hash: None,
        version: None,
        modified: None,
        origin: Origin::Read,
        run: None,
        missing_runs: 0,
        missing_since: None,
        body: Some("{}".into()),
    }
}

/// A few hundred records that are equal on both sides; answers their school.
async fn fill(store: &Store) -> SchoolId {
    let now = DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
    let school = SchoolId::new(now, 1);
    let ids: Vec<LinkId> = (0..300).map(|n| LinkId::new(now, n)).collect();
    let links: Vec<NewLink> = ids
        .iter()
        .map(|id| NewLink {
            id: *id,
            key: id.to_string(),
            label: id.to_string(),
            ours_id: None,
            theirs_id: None,
        })
        .collect();
    let copies: Vec<Staged> =
        ids.iter().flat_map(|id| [Side::Ours, Side::Theirs].map(|side| copy(*id, side))).collect();
    let bases: Vec<NewBase> = ids
        .iter()
        .map(|id| NewBase {
            link: *id,
            body: "{}".into(),
            hash: ContentHash::of(b"{}"),
            fields_agreed: "{}".into(),
        })
        .collect();
    let mut tx = store.begin().await.expect("begins");
    school::add(&mut tx, school, "s", "S", now).await.expect("added");
    link::add_many(&mut tx, school, "rooms", &links, now).await.expect("added");
    staged::upsert_many(&mut tx, school, "rooms", &copies).await.expect("staged");
    base::upsert_many(&mut tx, &bases, None, now).await.expect("moved");
    tx.commit().await.expect("committed");
    let mut reader = store.read().await.expect("reads");
    assert_eq!(list(&mut reader, school, "rooms", None, 10).await.expect("listed"), []);
    school
}

#[tokio::test]
async fn of_large_records_fewer_are_read_at_once_and_none_is_passed_over() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let school = fill(&test.store).await;
        let now = DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
        let large = format!("\"{}\"", "x".repeat(MOST_BYTES / 2));
        let mut tx = test.store.begin().await.expect("begins");
        for n in 0..3 {
            let staged = Staged { link: LinkId::new(now, n), ..of_theirs(&large) };
            let staged = Staged { remote_id: n.to_string(), ..staged };
            staged::upsert_many(&mut tx, school, "rooms", &[staged]).await.expect("staged");
        }
        let (mut after, mut counts) = (None, Vec::new());
        loop {
            let found = list(&mut tx, school, "rooms", after, 10).await.expect("listed");
            let Some(last) = found.last() else { break };
            (after, counts) = (Some(last.link), [counts, vec![found.len()]].concat());
        }
        assert_eq!(counts, [2, 1], "{engine:?}");
        tx.commit().await.expect("committed");
    }
}

/// The first record as their side has it.
fn of_theirs(body: &str) -> Staged {
    let now = DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
    let hash = Some(ContentHash::of(body.as_bytes()));
    Staged { hash, body: Some(body.into()), ..copy(LinkId::new(now, 0), Side::Theirs) }
}

/// Whichever of the two comes first and is not committed when the other one begins.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_meets_the_sweep_is_found() {
    for (engine, edit_first) in
        TestEngine::ALL.into_iter().flat_map(|engine| [(engine, true), (engine, false)])
    {
        let test = fresh(engine).await.expect("a database");
        let school = fill(&test.store).await;
        let mut tx = test.store.begin().await.expect("begins");
        for body in ["[]", "{}"] {
            staged::upsert_many(&mut tx, school, "rooms", &[of_theirs(body)]).await.expect("staged");
        }
        tx.commit().await.expect("committed");
        let act = async move |store: Store, edits: bool| {
            let mut tx = store.begin().await.expect("begins");
            if edits {
                staged::upsert_many(&mut tx, school, "rooms", &[of_theirs("[]")]).await.expect("staged");
            } else {
                assert!(sweep(&mut tx, school, "rooms", None).await.expect("swept").is_some(), "{engine:?}");
            }
            tx
        };
        let first = act(test.store.clone(), edit_first).await;
        let store = test.store.clone();
        let second = tokio::spawn(async move { act(store, !edit_first).await.commit().await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!second.is_finished(), "{engine:?}: it waits");
        first.commit().await.expect("committed");
        second.await.expect("ran").expect("committed");
        let mut reader = test.store.read().await.expect("reads");
        let found = list(&mut reader, school, "rooms", None, 10).await.expect("listed");
        assert_eq!(found.len(), 1, "{engine:?}, edit first: {edit_first}");
    }
}

#[tokio::test]
async fn the_search_walks_the_unmarked_links_and_looks_each_up_once() {
    let test = crate::testing::fresh_sqlite().await.expect("a file");
    fill(&test.store).await;
    test.store.refresh_statistics().await.expect("counted");
    let mut connection = SqliteConnection::connect(&test.url).await.expect("connects");
    let question =
        sql(["explain query plan ", SELECT, UNMARKED, "not coalesce(", IN_SYNC, ", false) order by l.id"]);
    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(question)
        .bind(SchoolId(Uuid::nil()))
        .bind("rooms")
        .bind(LinkId(Uuid::nil()))
        .fetch_all(&mut connection)
        .await
        .expect("a plan");
    let plan = steps.into_iter().map(|step| step.3).collect::<Vec<_>>().join("\n");
    assert!(plan.contains("SEARCH l USING INDEX link_unsynced"), "{plan}");
    for table in ["b", "o", "t", "c"] {
        assert!(plan.contains(&format!("SEARCH {table} USING")), "{table}:\n{plan}");
    }
    assert!(!plan.contains("SCAN"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "sorted by the index:\n{plan}");
}
