//! Guards: a holder that lost its lease changes nothing (RL R4), a record has one open write (R1), the audit log
//! shows every tampering (S46).

use std::slice::from_ref;

use chrono::{DateTime, TimeDelta, Utc};
use merge::Side;
use sqlx::{Connection, PgConnection, SqliteConnection};
use store::audit::{NewAudit, Verification};
use store::ids::{AuditId, LinkId, RunId, SchoolId, WriteId};
use store::lease::{Guard, Phase};
use store::link::NewLink;
use store::plan_change::Operation;
use store::run::{Finish, NewRun, RunEnding, RunKind, RunState};
use store::testing::{TestEngine, TestStore, fresh};
use store::write::{Lookahead, NewWrite, Settlement, Why, WriteState};
use store::{Tx, audit, lease, link, run, school, write};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("in range")
}

struct Scene {
    test: TestStore,
    school: SchoolId,
    run: RunId,
    links: Vec<LinkId>,
    old: Guard,
    new: Guard,
}

impl Scene {
    /// A school with two rooms and a claimed run, whose lease went from one holder to another.
    async fn set(engine: TestEngine) -> Self {
        let test = fresh(engine).await.expect("a database");
        let school = SchoolId::new(now(), 1);
        let run_id = RunId::new(now(), 2);
        let links = vec![LinkId::new(now(), 3), LinkId::new(now(), 4)];
        let mut tx = test.store.begin().await.expect("begins");
        school::add(&mut tx, school, "s", "S", now()).await.expect("added");
        let new_links: Vec<NewLink> = links.iter().map(|id| room(*id)).collect();
        link::add_many(&mut tx, school, "rooms", &new_links, now()).await.expect("added");
        let asked = NewRun {
            id: run_id,
            school,
            kind: RunKind::Manual,
            slot: "1",
            options: "{}",
            requested_by: "ada",
        };
        run::request(&mut tx, &asked, now()).await.expect("asked for");
        let old = claim(&mut tx, school, "old").await;
        assert!(run::claim(&mut tx, &old, run_id, 1, "h", now()).await.expect("claimed"));
        lease::release(&mut tx, &old).await.expect("released");
        let new = claim(&mut tx, school, "new").await;
        tx.commit().await.expect("committed");
        Self { test, school, run: run_id, links, old, new }
    }

    async fn begin(&self) -> Tx {
        self.test.store.begin().await.expect("begins")
    }

    fn write(&self, random: u64, link: LinkId, key: &str) -> NewWrite {
        NewWrite {
            id: WriteId::new(now(), random),
            run: Some(self.run),
            link,
            type_name: "rooms".into(),
            side: Side::Theirs,
            position: 0,
            operation: Operation::Update,
            state: WriteState::Pending,
            why: Why::Run,
            remote_id: Some("R1".into()),
            idempotency_key: key.into(),
            correlation: String::new(),
            refusals: 0,
            held_until: None,
            decision: None,
            pre_hash: None,
            pre_version: None,
            post_hash: None,
            changed: "[]".into(),
            apart: None,
            pre_body: None,
            post_body: None,
        }
    }
}

async fn claim(tx: &mut Tx, school: SchoolId, holder: &str) -> Guard {
    let claimed = lease::claim(tx, school, Phase::Push, holder, now(), TimeDelta::minutes(1)).await;
    claimed.expect("asked").expect("free").guard
}

fn room(id: LinkId) -> NewLink {
    NewLink {
        id,
        key: format!("[\"{id}\"]"),
        label: id.to_string(),
        ours_id: None,
        theirs_id: Some(id.to_string()),
    }
}

fn ahead(seconds: i64) -> Lookahead {
    Lookahead { remaining: TimeDelta::seconds(seconds), settle_until: now() }
}

#[tokio::test]
async fn r04_a_holder_that_lost_its_lease_changes_nothing() {
    for engine in TestEngine::ALL {
        let scene = Scene::set(engine).await;
        let (id, old, new) = (scene.run, &scene.old, &scene.new);
        let one = scene.write(10, scene.links[0], "k1");
        let mut tx = scene.begin().await;
        write::add_many(&mut tx, scene.school, from_ref(&one), now()).await.expect("added");
        assert!(!run::adopt(&mut tx, old, id).await.expect("asked"));
        let moved = run::set_state(&mut tx, old, id, &[RunState::Claimed], RunState::Merging).await;
        assert!(!moved.expect("asked"));
        assert!(!run::settle_plan(&mut tx, old, id, "p").await.expect("asked"));
        assert!(!run::hold(&mut tx, old, id, "p", "[]").await.expect("asked"));
        let finish =
            Finish { state: RunState::Aborted, ended: RunEnding::Failed, error: Some("x"), summary: None };
        let ended = run::finish(&mut tx, old, id, &[RunState::Claimed], &finish, now()).await;
        assert!(!ended.expect("asked"));
        assert!(!lease::renew(&mut tx, old, now(), TimeDelta::minutes(1)).await.expect("asked"));
        assert!(!lease::check(&mut tx, old, now(), TimeDelta::zero()).await.expect("asked"));
        assert_eq!(write::begin_send(&mut tx, old, one.id, now(), ahead(1)).await.expect("asked"), None);
        assert_eq!(write::begin_send(&mut tx, new, one.id, now(), ahead(1)).await.expect("asked"), Some(1));
        let unknown = Settlement::of(WriteState::Unknown);
        assert!(!write::settle(&mut tx, old, one.id, &unknown, now()).await.expect("asked"));
        let from = [WriteState::Sending];
        let moved = write::set_state_recovered(&mut tx, old, one.id, &from, &unknown, now()).await;
        assert!(!moved.expect("asked"));
        assert_eq!(write::drop_pending(&mut tx, old, id, now()).await.expect("asked"), 0);
        assert!(
            write::settle(&mut tx, new, one.id, &Settlement::of(WriteState::Acked), now())
                .await
                .expect("asked")
        );
        assert_eq!(write::confirm_many(&mut tx, old, &[one.id], now()).await.expect("asked"), 0);
        assert_eq!(write::confirm_many(&mut tx, new, &[one.id], now()).await.expect("asked"), 1);
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn p07_the_answer_to_a_request_of_an_older_fence_settles_nothing() {
    for engine in TestEngine::ALL {
        let scene = Scene::set(engine).await;
        let one = scene.write(10, scene.links[0], "k1");
        let mut tx = scene.begin().await;
        write::add_many(&mut tx, scene.school, from_ref(&one), now()).await.expect("added");
        write::begin_send(&mut tx, &scene.new, one.id, now(), ahead(1)).await.expect("asked").expect("sent");
        let again = claim(&mut tx, scene.school, "new").await;
        assert_eq!(again.fence, scene.new.fence + 1, "the same holder, claimed anew");
        let acked = Settlement::of(WriteState::Acked);
        for guard in [&scene.new, &again] {
            assert!(!write::settle(&mut tx, guard, one.id, &acked, now()).await.expect("asked"));
        }
        let from = [WriteState::Sending];
        let moved = write::set_state_recovered(&mut tx, &again, one.id, &from, &acked, now()).await;
        assert!(moved.expect("recovered"));
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn t5_sends_only_with_enough_lease_left_and_while_the_side_is_not_paused() {
    for engine in TestEngine::ALL {
        let scene = Scene::set(engine).await;
        let one = scene.write(10, scene.links[0], "k1");
        let mut tx = scene.begin().await;
        write::add_many(&mut tx, scene.school, from_ref(&one), now()).await.expect("added");
        let long = write::begin_send(&mut tx, &scene.new, one.id, now(), ahead(61)).await;
        assert_eq!(long.expect("asked"), None, "the lease has 60 s");
        school::set_paused(&mut tx, scene.school, Side::Theirs, true).await.expect("paused");
        let paused = write::begin_send(&mut tx, &scene.new, one.id, now(), ahead(30)).await;
        assert_eq!(paused.expect("asked"), None);
        school::set_paused(&mut tx, scene.school, Side::Theirs, false).await.expect("resumed");
        school::set_paused(&mut tx, scene.school, Side::Ours, true).await.expect("paused");
        let sent = write::begin_send(&mut tx, &scene.new, one.id, now(), ahead(30)).await;
        assert_eq!(sent.expect("asked"), Some(1), "the other side's pause does not count");
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn r01_r02_a_record_and_a_key_have_one_open_write() {
    for engine in TestEngine::ALL {
        let scene = Scene::set(engine).await;
        let first = scene.write(10, scene.links[0], "k1");
        let same_record = scene.write(11, scene.links[0], "k2");
        let same_key = scene.write(12, scene.links[1], "k1");
        let mut tx = scene.begin().await;
        let rows = [first.clone(), same_record.clone(), same_key];
        let added = write::add_many(&mut tx, scene.school, &rows, now()).await.expect("added");
        assert_eq!(added, [first.id]);
        for state in WriteState::ALL.iter().filter(|state| state.is_open()) {
            let settled = Settlement::of(*state);
            let moved =
                write::set_state_recovered(&mut tx, &scene.new, first.id, &WriteState::OPEN, &settled, now());
            assert!(moved.await.expect("moved"));
            let refused = write::add_many(&mut tx, scene.school, from_ref(&same_record), now()).await;
            assert_eq!(refused.expect("asked"), [], "{engine:?} {state}");
        }
        let closed = Settlement::of(WriteState::Superseded);
        let moved =
            write::set_state_recovered(&mut tx, &scene.new, first.id, &WriteState::OPEN, &closed, now());
        assert!(moved.await.expect("moved"));
        let added = write::add_many(&mut tx, scene.school, from_ref(&same_record), now()).await;
        assert_eq!(added.expect("added"), [same_record.id]);
        tx.commit().await.expect("committed");
    }
}

async fn three_rows(scene: &Scene) {
    let mut tx = scene.begin().await;
    for random in 0..3 {
        let row = NewAudit {
            id: AuditId::new(now(), random),
            school: Some(scene.school),
            actor: "ada",
            action: "decide",
            target: "conflict 1",
            detail: "{}",
        };
        audit::append(&mut tx, &row, now()).await.expect("appended");
    }
    tx.commit().await.expect("committed");
}

/// Runs statements as somebody would who has the database in hand and takes the triggers away first.
async fn tamper(engine: TestEngine, scene: &Scene, statement: &'static str) -> Result<(), sqlx::Error> {
    match engine {
        TestEngine::Sqlite => {
            let mut connection = SqliteConnection::connect(&scene.test.url).await?;
            sqlx::raw_sql(statement).execute(&mut connection).await?;
            connection.close().await
        }
        TestEngine::Postgres => {
            let mut connection = PgConnection::connect(&scene.test.url).await?;
            sqlx::raw_sql(statement).execute(&mut connection).await?;
            connection.close().await
        }
    }
}

#[tokio::test]
async fn s46_audit_rows_cannot_be_changed_or_removed() {
    for engine in TestEngine::ALL {
        let scene = Scene::set(engine).await;
        three_rows(&scene).await;
        for statement in ["update audit set actor = 'eve'", "delete from audit where seq = 3"] {
            assert!(tamper(engine, &scene, statement).await.is_err(), "{engine:?}: {statement}");
        }
        let mut reader = scene.test.store.read().await.expect("reads");
        assert!(matches!(audit::verify(&mut reader).await.expect("verified"), Verification::Intact(_)));
    }
}

#[tokio::test]
async fn s46_a_changed_removed_inserted_or_moved_row_is_named() {
    let cases = [
        ("update audit set actor = 'eve' where seq = 2", 2),
        ("update audit set detail = '{\"x\":1}', hash = previous_hash where seq = 2", 2),
        ("delete from audit where seq = 1", 1),
        ("delete from audit where seq = 3", 3),
        (
            "update audit set seq = 9 where seq = 2; update audit set seq = 2 where seq = 3;
          update audit set seq = 3 where seq = 9",
            2,
        ),
        (
            "insert into audit select 4, id, school, recorded_at, actor, action, target, detail, hash, hash
          from audit where seq = 3",
            4,
        ),
    ];
    for engine in TestEngine::ALL {
        for (statement, seq) in cases {
            let scene = Scene::set(engine).await;
            three_rows(&scene).await;
            let unlock = match engine {
                TestEngine::Sqlite => "drop trigger audit_no_update; drop trigger audit_no_delete",
                TestEngine::Postgres => "alter table audit disable trigger user",
            };
            tamper(engine, &scene, unlock).await.expect("unlocked");
            tamper(engine, &scene, statement).await.expect("tampered");
            let mut reader = scene.test.store.read().await.expect("reads");
            let found = audit::verify(&mut reader).await.expect("verified");
            assert_eq!(found, Verification::Broken { seq }, "{engine:?}: {statement}");
        }
    }
}
