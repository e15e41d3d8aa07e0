//! The queue of conflicts: pages in every order, forwards and backwards, and counts that stay fast (UX 7.3.1).

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use merge::ConflictKind;
use sqlx::{Connection as _, SqliteConnection};
use store::conflict::{
    self, ConflictField, ConflictFilter, ConflictSort, ConflictStatus, Neighbours, NewConflict, Place,
};
use store::ids::{ConflictId, LinkId, SchoolId};
use store::link::{self, NewLink};
use store::school;
use store::testing::{TestEngine, TestStore, fresh};

const LABELS: [&str; 5] = ["Éclair", "attic", "Zoo", "ATRIUM", "attic"];

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("in range")
}

fn field(path: &str, position: i64) -> ConflictField {
    ConflictField {
        path: path.into(),
        position,
        base: Some("10".into()),
        ours: Some("12".into()),
        theirs: Some("13".into()),
        question: String::new(),
        reason: "both_changed".into(),
        with_keys: "[]".into(),
    }
}

fn kind_of(n: usize) -> ConflictKind {
    if n.is_multiple_of(3) { ConflictKind::DeleteUpdate } else { ConflictKind::Field }
}

/// A school with so many open conflicts of two types and two kinds, one a minute.
async fn school_with(test: &TestStore, count: usize, label: impl Fn(usize) -> String) -> SchoolId {
    let now = start();
    let school = SchoolId::new(now, 1);
    let mut tx = test.store.begin().await.expect("a transaction");
    school::add(&mut tx, school, "north", "North", now).await.expect("a school");
    for n in 0..count {
        let at = now + TimeDelta::minutes(i64::try_from(n).expect("small"));
        let type_name = if n.is_multiple_of(4) { "rooms" } else { "sections" };
        let link = LinkId::new(at, n as u64);
        let key = format!("[\"{n}\"]");
        let new = NewLink { id: link, key: key.clone(), label: label(n), ours_id: None, theirs_id: None };
        link::add_many(&mut tx, school, type_name, &[new], at).await.expect("a link");
        let found = NewConflict {
            id: ConflictId::new(at, n as u64),
            link,
            type_name: type_name.into(),
            key,
            label: label(n),
            engine_id: format!("c-{n}"),
            kind: kind_of(n),
            causes: "[\"field\"]".into(),
            duplicates: None,
            revision: "r-1".into(),
            hold: "record".into(),
            cautious: false,
            present_base: true,
            present_ours: true,
            present_theirs: true,
            fields: vec![field("seats", 0), field(if n.is_multiple_of(2) { "name" } else { "room" }, 1)],
        };
        conflict::open_or_refresh_many(&mut tx, school, None, &[found], at).await.expect("opened");
    }
    tx.commit().await.expect("committed");
    school
}

async fn numbers(test: &TestStore, school: SchoolId, filter: &ConflictFilter<'_>, limit: u32) -> Vec<i64> {
    let mut reader = test.store.read().await.expect("a reader");
    let rows = conflict::list(&mut reader, school, filter, limit).await.expect("listed");
    rows.iter().map(|row| row.number).collect()
}

#[tokio::test]
async fn every_order_is_paged_through_both_ways_without_gap_or_repeat() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let school = school_with(&test, LABELS.len(), |n| LABELS[n].to_owned()).await;
        let orders = [
            (ConflictSort::Waiting, [1, 2, 3, 4, 5]),
            (ConflictSort::Newest, [5, 4, 3, 2, 1]),
            (ConflictSort::Label, [4, 2, 5, 3, 1]),
        ];
        for (sort, expected) in orders {
            let at = |place| ConflictFilter { sort, place, ..ConflictFilter::default() };
            assert_eq!(numbers(&test, school, &at(Place::First), 10).await, expected);
            assert_eq!(numbers(&test, school, &at(Place::Last), 2).await, expected[3..]);
            for (index, number) in (0_i64..).zip(expected) {
                let here = usize::try_from(index).expect("small");
                assert_eq!(
                    numbers(&test, school, &at(Place::After(number)), 2).await,
                    expected[here + 1..(here + 3).min(5)]
                );
                assert_eq!(
                    numbers(&test, school, &at(Place::Before(number)), 2).await,
                    expected[here.saturating_sub(2)..here]
                );
                let mut reader = test.store.read().await.expect("a reader");
                let filter = at(Place::First);
                let before = conflict::position(&mut reader, school, &filter, number).await.expect("asked");
                assert_eq!(before, Some(index));
                let beside = conflict::neighbours(&mut reader, school, &filter, number).await.expect("asked");
                let previous = here.checked_sub(1).map(|before| expected[before]);
                assert_eq!(beside, Neighbours { previous, next: expected.get(here + 1).copied() });
            }
        }
    }
}

#[tokio::test]
async fn a_decided_conflict_keeps_its_place_among_the_open_ones() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let school = school_with(&test, 6, |n| format!("R{n}")).await;
        let mut tx = test.store.begin().await.expect("a transaction");
        let found = conflict::find_by_number(&mut tx, school, 3).await.expect("asked").expect("is there");
        let (open, decided) = ([ConflictStatus::Open], ConflictStatus::Decided);
        conflict::set_status(&mut tx, found.id, "r-1", &open, decided, start()).await.expect("decided");
        let filter = ConflictFilter { statuses: open.to_vec(), ..ConflictFilter::default() };
        let beside = conflict::neighbours(&mut tx, school, &filter, 3).await.expect("asked");
        assert_eq!(beside, Neighbours { previous: Some(2), next: Some(4) });
        let rooms = ConflictFilter { types: vec!["rooms"], ..filter.clone() };
        let beside = conflict::neighbours(&mut tx, school, &rooms, 3).await.expect("asked");
        assert_eq!(beside, Neighbours { previous: Some(1), next: Some(5) });
        assert_eq!(conflict::position(&mut tx, school, &filter, 4).await.expect("asked"), Some(2));
        let paths = conflict::path_counts(&mut tx, school, &filter, 2).await.expect("counted");
        let paths: Vec<_> = paths.iter().map(|count| (count.path.as_str(), count.count)).collect();
        assert_eq!(paths, [("seats", 5), ("room", 3)]);
        let paths = conflict::open_paths(&mut tx, school, 10).await.expect("counted");
        let paths: Vec<_> =
            paths.iter().map(|one| (one.type_name.as_str(), one.path.as_str(), one.count)).collect();
        let expected =
            [("rooms", "name", 2), ("rooms", "seats", 2), ("sections", "room", 3), ("sections", "seats", 3)];
        assert_eq!(paths, expected);
        assert_eq!(conflict::count(&mut tx, school, &rooms).await.expect("counted"), 2);
        let others = SchoolId::new(start(), 2);
        let open = conflict::count_open(&mut tx, &[school, others]).await.expect("counted");
        assert_eq!(open, [(school, 5)]);
        let old = ConflictFilter { opened_before: Some(start() + TimeDelta::minutes(2)), ..filter };
        assert_eq!(conflict::counts(&mut tx, school, &old).await.expect("counted").len(), 2);
    }
}

/// Plans are asked of SQLite for the statements as the store writes them: none walks the table, none sorts a whole queue.
#[tokio::test]
async fn ten_thousand_open_conflicts_are_counted_and_paged_from_indexes() {
    let test = fresh(TestEngine::Sqlite).await.expect("a database");
    let school = school_with(&test, 10_000, |n| format!("Room {n}")).await;
    test.store.refresh_statistics().await.expect("counted");
    let mut connection = SqliteConnection::connect(&test.url).await.expect("connects");
    let statements = [
        (
            "select type, kind, status, count(*) from conflict where school = x'00' and status in ('open')
            group by type, kind, status",
            "COVERING INDEX conflict_queue",
        ),
        (
            "select count(*) from conflict where school = x'00' and type in ('rooms') and status in ('open')
            and number < 5000",
            "COVERING INDEX conflict_queue",
        ),
        (
            "select count(*) from conflict where school = x'00' and status in ('open')",
            "COVERING INDEX conflict_",
        ),
        (
            "select school, count(*) from conflict where school in (x'00', x'01') and status = 'open' group by school",
            "COVERING INDEX conflict_",
        ),
        (
            "select c.type, f.path, count(*) from conflict c join conflict_field f on f.conflict = c.id
            where c.school = x'00' and c.status = 'open' group by c.type, f.path limit 10",
            "COVERING INDEX conflict_queue",
        ),
        (
            "select id, label from conflict where school = x'00' and status in ('open') and number > 5000
            order by number limit 51",
            "INDEX conflict_queue",
        ),
        (
            "select id, label from conflict where school = x'00' and status in ('open')
            and (search, number) > ('room 5', 5000) order by search, number limit 51",
            "INDEX conflict_label",
        ),
        (
            "select number from conflict where school = x'00' and type = 'rooms' and key = 'R1'
            and closed_at is not null",
            "INDEX conflict_key",
        ),
    ];
    for (statement, wanted) in statements {
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {statement}")))
                .fetch_all(&mut connection)
                .await
                .expect("a plan");
        let plan: Vec<&str> = rows.iter().map(|row| row.3.as_str()).collect();
        assert!(plan[0].contains(wanted), "{statement}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("ORDER BY")), "{statement}: {plan:?}");
    }
    let mut reader = test.store.read().await.expect("a reader");
    let open = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let begun = Instant::now();
    let counts = conflict::counts(&mut reader, school, &open).await.expect("counted");
    assert_eq!(counts.iter().map(|count| count.count).sum::<i64>(), 10_000);
    let counted = begun.elapsed();
    let filter = ConflictFilter { paths: vec!["name"], types: vec!["rooms"], ..open.clone() };
    let page = ConflictFilter { place: Place::After(5_000), ..filter.clone() };
    let rows = conflict::list(&mut reader, school, &page, 50).await.expect("listed");
    assert_eq!(rows.len(), 50);
    let listed = begun.elapsed();
    conflict::position(&mut reader, school, &filter, 5_000).await.expect("asked");
    let placed = begun.elapsed();
    conflict::path_counts(&mut reader, school, &open, 100).await.expect("counted");
    println!(
        "counts {counted:?}, page {:?}, position {:?}, paths {:?}",
        listed - counted,
        placed - listed,
        begun.elapsed() - placed
    );
    assert!(begun.elapsed().as_millis() < 2_000, "all of it together took {:?}", begun.elapsed());
}
