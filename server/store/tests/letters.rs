//! Letters beyond ASCII and letters of either case: both engines find and sort the same.

use chrono::{DateTime, Utc};
use merge::{ContentHash, Side};
use sqlx::{Connection as _, PgConnection};
use store::ids::{LinkId, PersonId, SchoolId};
use store::link::{self, NewLink};
use store::person::{self, NewPerson, PersonFilter};
use store::staged::{self, Origin, Staged, StagedState};
use store::testing::{TestEngine, TestStore, fresh};
use store::{Tx, school};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("in range")
}

/// A fresh database with one school.
async fn a_school(engine: TestEngine) -> (TestStore, SchoolId) {
    let test = fresh(engine).await.expect("a database");
    let id = SchoolId::new(now(), 1);
    let mut tx = test.store.begin().await.expect("begins");
    school::add(&mut tx, id, "north", "North", now()).await.expect("a school");
    tx.commit().await.expect("committed");
    (test, id)
}

async fn stage(tx: &mut Tx, school: SchoolId, n: u64, body: &str) {
    let id = LinkId::new(now(), n);
    let key = format!("[\"{n}\"]");
    let new = NewLink { id, key, label: n.to_string(), ours_id: None, theirs_id: None };
    link::add_many(tx, school, "sections", &[new], now()).await.expect("a link");
    let row = Staged {
        link: id,
        side: Side::Theirs,
        remote_id: format!("R{n}"),
        state: StagedState::Live,
        hash: Some(ContentHash::of(body.as_bytes())),
        raw_hash: None,
        version: None,
        modified: None,
        origin: Origin::Read,
        run: None,
        missing_runs: 0,
        missing_since: None,
        body: Some(body.to_owned()),
    };
    staged::upsert_many(tx, school, "sections", &[row]).await.expect("staged");
}

/// RL G12: a page that says that no record points at one must not have overlooked any.
#[tokio::test]
async fn a_record_is_found_by_what_it_points_at_letter_by_letter() {
    for engine in TestEngine::ALL {
        let (test, school) = a_school(engine).await;
        let mut tx = test.store.begin().await.expect("begins");
        let rooms = ["A101", "a101", "Ä1", "ä1", "50%_\\\\"];
        for (n, room) in (10..).zip(rooms) {
            stage(&mut tx, school, n, &format!("{{\"room\":\"{room}\"}}")).await;
        }
        for room in rooms {
            let json = format!("\"{room}\"");
            let found = staged::bodies_holding(&mut tx, school, "sections", Side::Theirs, &json, 10).await;
            assert_eq!(found.expect("asked"), [format!("{{\"room\":\"{room}\"}}")], "{engine:?}");
        }
        let wild = staged::bodies_holding(&mut tx, school, "sections", Side::Theirs, "\"%\"", 10).await;
        assert_eq!(wild.expect("asked"), Vec::<String>::new(), "{engine:?}: % is a letter like any");
    }
}

#[tokio::test]
async fn a_person_is_found_by_a_name_with_letters_beyond_ascii() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let mut tx = test.store.begin().await.expect("begins");
        let id = PersonId::new(now(), 1);
        let new = NewPerson { id, email: "E.Roy@Example.edu", name: "Élodie Roy", password_hash: None };
        assert!(person::add(&mut tx, &new, now()).await.expect("asked"));
        for (q, found) in [("élo", 1), ("ÉLO", 1), ("e.roy@", 1), ("roye", 0), ("_", 0)] {
            let filter = PersonFilter { q: Some(q), ..PersonFilter::default() };
            assert_eq!(person::count(&mut tx, &filter).await.expect("counted"), found, "{engine:?}: {q}");
        }
        person::rename(&mut tx, id, "Øyvind Ask").await.expect("renamed");
        for (q, found) in [("øyv", 1), ("élo", 0), ("e.roy", 1)] {
            let filter = PersonFilter { q: Some(q), ..PersonFilter::default() };
            assert_eq!(
                person::list(&mut tx, &filter, 9).await.expect("listed").len(),
                found,
                "{engine:?}: {q}"
            );
        }
    }
}

/// SQLite sorts by the bytes; PostgreSQL does whatever its locale says, unless the column says otherwise.
#[tokio::test]
async fn who_has_acted_is_listed_in_the_same_order_whatever_the_locale() {
    let test = fresh(TestEngine::Postgres).await.expect("a database");
    let mut connection = PgConnection::connect(&test.url).await.expect("connects");
    let collation: Option<String> = sqlx::query_scalar(
        "select collation_name from information_schema.columns
         where table_name = 'audit' and column_name = 'actor'",
    )
    .fetch_one(&mut connection)
    .await
    .expect("a column");
    assert_eq!(collation.as_deref(), Some("C"));
}
