//! A term at a university: our own records against the simulated SIS, all seven types, by settings alone. What came of it
//! is judged by comparing both sides and by the log of the SIS, which shares no code with the pipeline.

mod edits;
#[path = "../house/mod.rs"]
mod house;
#[path = "../house/own.rs"]
mod own;
mod school;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use connect::sim::Counts;
use edits::Day;
use house::House;
use pipeline::RunOptions;
use school::{School, Seen};
use store::conflict::ConflictFilter;
use store::local_record::LocalRecord;
use store::run::{Run, RunEnding, RunKind, RunState};
use store::testing::TestEngine;

/// The term of the issue.
const CAMPUS: Counts = Counts {
    terms: 3,
    buildings: 8,
    rooms: 120,
    departments: 60,
    instructors: 300,
    courses: 400,
    sections: 2_000,
    people: 0,
};

/// A smaller one, in which a hundred rooms are still more than the limit.
const COLLEGE: Counts = Counts {
    terms: 2,
    buildings: 4,
    rooms: 120,
    departments: 20,
    instructors: 50,
    courses: 80,
    sections: 300,
    people: 0,
};

/// The guards that hold the run, each once.
fn guards(run: &Run) -> BTreeSet<String> {
    let reasons: Vec<serde_json::Value> =
        serde_json::from_str(run.hold_reasons.as_deref().unwrap_or("[]")).expect("reasons");
    reasons.iter().filter_map(|reason| reason["guard"].as_str()).map(str::to_owned).collect()
}

/// Whether records were made in the order in which their types need each other.
fn parents_first<'a>(school: &School, made: impl Iterator<Item = &'a String>) -> bool {
    let types = &school.settings.types;
    made.map(|name| types.iter().position(|one| one.name == *name)).is_sorted()
}

/// The first merge waits for a person, who approves it; then our side holds what the SIS holds, parents first.
async fn fill(house: &House, school: &School, counts: Counts) {
    let run = house.night(school.id).await;
    assert_eq!(run.state, RunState::Held, "{run:?}");
    let reasons = guards(&run);
    assert!(reasons.contains("G23"), "{reasons:?}");
    assert!(school.written_by_merge(house).await.is_empty(), "nothing is written before the approval");
    let run = house.approve(&run).await;
    assert_eq!((run.state, run.ended), (RunState::Reported, Some(RunEnding::Finished)), "{run:?}");
    school.differs_in(house, BTreeSet::new()).await;
    let written = school.written_by_merge(house).await;
    let Counts { terms, buildings, rooms, departments, instructors, courses, sections, .. } = counts;
    assert_eq!(written.len(), terms + buildings + rooms + departments + instructors + courses + sections);
    assert!(parents_first(school, written.iter().map(|row| &row.type_name)));
    assert_eq!(school.seen_by_sis().await.asked, 0);
}

/// The night after a day of edits on both sides. What the SIS saw of it, and what was written on our side.
async fn first_night(house: &House, school: &School, day: Day) -> (Seen, Vec<LocalRecord>) {
    let filled = school.written_by_merge(house).await.last().expect("records").seq;
    let run = house.night(school.id).await;
    assert_eq!(run.state, RunState::Reported, "{:?}", run.hold_reasons);
    assert_eq!(run.ended, Some(RunEnding::FinishedWithIssues), "the rooms are held by their limit");

    let seen = school.seen_by_sis().await;
    assert_eq!(seen.complaints, Vec::<String>::new());
    assert_eq!(seen.changes, day.sis_changes);
    assert!(parents_first(school, seen.created.iter()), "{:?}", seen.created);
    let written = school.written_by_merge(house).await;
    assert_eq!(written.iter().filter(|row| row.seq > filled).count(), day.our_changes);
    let open = day.conflicts.iter().map(|(name, _)| name.clone()).chain(day.held).collect();
    school.differs_in(house, open).await;
    assert_eq!(conflicts(house, school).await, day.conflicts);
    (seen, written)
}

/// A night after a day without edits.
async fn second_night(house: &House, school: &School, (seen, written): (Seen, Vec<LocalRecord>)) {
    let again = house.night(school.id).await;
    assert_eq!(again.state, RunState::Reported, "{:?}", again.hold_reasons);
    assert_eq!(school.seen_by_sis().await, seen, "a second night writes nothing to the SIS");
    assert_eq!(school.written_by_merge(house).await, written, "and nothing to us");
}

/// A merge without limits sends what waited, once a person has agreed to so many changes.
async fn lift_the_limit(house: &House, school: &School) {
    let options = RunOptions { no_limits: true, ..RunOptions::default() };
    let run = house.run(school.id, RunKind::Manual, &options).await;
    assert_eq!((run.state, guards(&run)), (RunState::Held, BTreeSet::from(["G18".to_owned()])));
    let run = house.approve(&run).await;
    assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
    let open = conflicts(house, school).await.into_iter().map(|(name, _)| name).collect();
    school.differs_in(house, open).await;
    assert_eq!(school.seen_by_sis().await.complaints, Vec::<String>::new());
}

/// The open conflicts by name, with their kind.
async fn conflicts(house: &House, school: &School) -> Vec<(String, String)> {
    let mut reader = house.store.read().await.expect("a reader");
    let found = store::conflict::list(&mut reader, school.id, &ConflictFilter::default(), 100).await;
    let mut names: Vec<(String, String)> = found
        .expect("conflicts")
        .into_iter()
        .map(|one| (format!("{} {}", one.type_name, one.key), one.kind.as_str().to_owned()))
        .collect();
    names.sort();
    names
}

async fn two_schools_side_by_side(engine: TestEngine) {
    let test = store::testing::fresh(engine).await.expect("a database");
    let house = House::over(test.store.clone(), "sim-token");
    let half_a_day = TimeDelta::hours(13);
    let north = School::open(&house, "north", 7, COLLEGE).await;
    let south = School::open(&house, "south", 8, COLLEGE).await;
    tokio::join!(fill(&house, &north, COLLEGE), fill(&house, &south, COLLEGE));
    // What happens in one school leaves the other as it is.
    house.clock.advance(half_a_day);
    let untouched = (south.ours(&house).await, south.sis().await, south.seen_by_sis().await);
    let day = edits::make(&house, &north).await;
    let in_the_north = first_night(&house, &north, day).await;
    assert!((south.ours(&house).await, south.sis().await, south.seen_by_sis().await) == untouched);
    assert!(conflicts(&house, &south).await.is_empty());
    // Two different nights at the same time.
    house.clock.advance(half_a_day);
    let day = edits::make(&house, &south).await;
    let (in_the_south, ()) =
        tokio::join!(first_night(&house, &south, day), second_night(&house, &north, in_the_north));
    house.clock.advance(half_a_day);
    tokio::join!(second_night(&house, &south, in_the_south), lift_the_limit(&house, &north));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_term_ends_with_both_sides_equal_except_conflicts_and_what_limits_hold() {
    let test = store::testing::fresh(TestEngine::Sqlite).await.expect("a database");
    let house = House::over(test.store.clone(), "sim-token");
    let school = School::open(&house, "north", 7, CAMPUS).await;
    fill(&house, &school, CAMPUS).await;
    house.clock.advance(TimeDelta::hours(13));
    let day = edits::make(&house, &school).await;
    let written = first_night(&house, &school, day).await;
    house.clock.advance(TimeDelta::hours(13));
    second_night(&house, &school, written).await;
    lift_the_limit(&house, &school).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_schools_on_sqlite_do_not_touch_each_other() {
    two_schools_side_by_side(TestEngine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_schools_on_postgres_do_not_touch_each_other() {
    two_schools_side_by_side(TestEngine::Postgres).await;
}
