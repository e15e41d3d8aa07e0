//! Many at once: a slot has one run, a lease one holder, numbers have no gaps, the audit chain no forks.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use merge::ContentHash;
use store::audit::{NewAudit, Verification};
use store::ids::{AuditId, LinkId, RunId, SchoolId};
use store::lease::Phase;
use store::link::NewLink;
use store::local_record::{LocalChange, LocalKey};
use store::run::{NewRun, RunFilter, RunKind};
use store::testing::{TestEngine, TestStore, fresh};
use store::unique_value::{Declaration, UniqueValues};
use store::{Store, StoreError, audit, lease, link, local_record, run, school, unique_value};

const RACERS: u64 = 8;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("in range")
}

async fn with_school(engine: TestEngine) -> (TestStore, SchoolId) {
    let test = fresh(engine).await.expect("a database");
    let school = SchoolId::new(now(), 1);
    let mut tx = test.store.begin().await.expect("begins");
    school::add(&mut tx, school, "s", "S", now()).await.expect("added");
    tx.commit().await.expect("committed");
    (test, school)
}

/// Runs `racer` in as many tasks as there are racers, and answers what each of them found.
async fn race<T, F, Work>(store: &Store, racer: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(Store, u64) -> Work,
    Work: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let tasks: Vec<_> = (0..RACERS).map(|n| tokio::spawn(racer(store.clone(), n))).collect();
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.expect("ran").expect("no error"));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn p08_a_slot_that_is_asked_for_by_many_has_one_run() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        let asked = race(&test.store, |store, n| async move {
            let mut tx = store.begin().await?;
            let id = RunId::new(now(), n);
            let kind = RunKind::Nightly;
            let new = NewRun { id, school, kind, slot: "2025-10-10", options: "{}", requested_by: "x" };
            let (run, created) = run::request(&mut tx, &new, now()).await?;
            let own =
                NewRun { kind: RunKind::Manual, slot: &n.to_string(), id: RunId::new(now(), 100 + n), ..new };
            run::request(&mut tx, &own, now()).await?;
            tx.commit().await?;
            Ok((run.id, created))
        })
        .await;
        assert_eq!(asked.iter().filter(|(_, created)| *created).count(), 1, "{engine:?}");
        assert!(asked.iter().all(|(id, _)| *id == asked[0].0));
        let mut reader = test.store.read().await.expect("reads");
        let runs = run::list(&mut reader, school, &RunFilter::default(), 100).await.expect("listed");
        let numbers: Vec<i64> = runs.iter().rev().map(|run| run.number).collect();
        assert_eq!(numbers, (1..=9).collect::<Vec<_>>(), "{engine:?}: no gaps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p07_a_lease_that_is_wanted_by_many_has_one_holder() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        let claims = race(&test.store, |store, n| async move {
            let mut tx = store.begin().await?;
            let holder = format!("node-{n}");
            let ttl = TimeDelta::minutes(1);
            let claimed = lease::claim(&mut tx, school, Phase::Push, &holder, now(), ttl).await?;
            tx.commit().await?;
            Ok(claimed.is_some())
        })
        .await;
        assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_rows_that_are_appended_at_once_make_one_chain() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        race(&test.store, |store, n| async move {
            for row in 0..5 {
                let mut tx = store.begin().await?;
                let id = AuditId::new(now(), n * 100 + row);
                let new =
                    NewAudit { id, school: Some(school), actor: "a", action: "b", target: "c", detail: "{}" };
                audit::append(&mut tx, &new, now()).await?;
                tx.commit().await?;
            }
            Ok(())
        })
        .await;
        let mut reader = test.store.read().await.expect("reads");
        let found = audit::verify(&mut reader).await.expect("verified");
        assert!(matches!(found, Verification::Intact(head) if head.count == 40), "{engine:?}");
    }
}

/// Whoever follows the change sequence must never find a place filled behind the one it has read (RL W2).
#[tokio::test(flavor = "multi_thread")]
async fn p23_changes_are_committed_in_the_order_of_their_sequence() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (store, finished) = (test.store.clone(), Arc::clone(&done));
        let follower = tokio::spawn(async move {
            let mut seen = Vec::new();
            loop {
                let last = finished.load(std::sync::atomic::Ordering::SeqCst);
                let mut reader = store.read().await.expect("reads");
                let since = seen.last().copied().unwrap_or(0);
                let page =
                    local_record::changes(&mut reader, school, "rooms", since, 7).await.expect("listed");
                if page.is_empty() && last {
                    return seen;
                }
                seen.extend(page.iter().map(|record| record.seq));
            }
        });
        race(&test.store, |store, n| async move {
            for record in 0..5 {
                let mut tx = store.begin().await?;
                let id = format!("{n}-{record}");
                let key = LocalKey { school, type_name: "rooms", id: &id };
                let change = LocalChange { fields: "{}", natural_key: &id, actor: "a" };
                local_record::insert_with_id(&mut tx, key, &change, now()).await?;
                tx.commit().await?;
            }
            Ok(())
        })
        .await;
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(follower.await.expect("ran"), (1..=40).collect::<Vec<i64>>(), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_a_lease_under_which_somebody_writes_is_not_claimed_before_that_has_ended() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        let ttl = TimeDelta::minutes(1);
        let mut tx = test.store.begin().await.expect("begins");
        let old = lease::claim(&mut tx, school, Phase::Push, "old", now(), ttl).await.expect("asked");
        let guard = old.expect("free").guard;
        lease::release(&mut tx, &guard).await.expect("released");
        tx.commit().await.expect("committed");

        let mut writing = test.store.begin().await.expect("begins");
        assert!(
            lease::hold(&mut writing, &guard).await.expect("asked"),
            "{engine:?}: not yet claimed by another"
        );
        let store = test.store.clone();
        let claim = tokio::spawn(async move {
            let mut tx = store.begin().await?;
            let claimed = lease::claim(&mut tx, school, Phase::Push, "new", now(), ttl).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(claimed.is_some())
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!claim.is_finished(), "{engine:?}: it waits");
        writing.commit().await.expect("committed");
        assert!(claim.await.expect("ran").expect("no error"), "{engine:?}");
        let mut tx = test.store.begin().await.expect("begins");
        assert!(
            !lease::hold(&mut tx, &guard).await.expect("asked"),
            "{engine:?}: the old one writes no more"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k01_of_many_who_take_a_free_value_at_once_one_gets_it() {
    for engine in TestEngine::ALL {
        let (test, school) = with_school(engine).await;
        let mut tx = test.store.begin().await.expect("begins");
        let declaration = Declaration { declared: "[[\"email\"]]".to_owned(), complete: true };
        unique_value::set_declaration(&mut tx, school, "people", &declaration).await.expect("declared");
        let link = |n: u64| NewLink {
            id: LinkId::new(now(), n),
            key: format!("[{n}]"),
            label: n.to_string(),
            ours_id: None,
            theirs_id: None,
        };
        let links: Vec<NewLink> = (0..RACERS).map(link).collect();
        link::add_many(&mut tx, school, "people", &links, now()).await.expect("added");
        tx.commit().await.expect("committed");

        let email = ContentHash::of(b"ann@example.org");
        let taken = race(&test.store, |store, n| async move {
            let mut tx = store.begin().await?;
            unique_value::hold_declaration(&mut tx, school, "people").await?;
            let holders = unique_value::holders(&mut tx, school, "people", &[email], 1).await?;
            let row = UniqueValues { link: LinkId::new(now(), n), values: vec![Some(email)], plan: None };
            if holders.is_empty() {
                unique_value::replace_many(&mut tx, school, "people", &[row]).await?;
            }
            tx.commit().await?;
            Ok(holders.is_empty())
        })
        .await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1, "{engine:?}");
    }
}
