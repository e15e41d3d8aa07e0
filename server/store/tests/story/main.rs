//! One story over every public function of the store, told on both engines: a school is set up, a night runs, people
//! decide, mail goes out. `every_function_has_its_place_in_the_story` fails when a function is left out.

mod complete;
mod kept;
mod night;
mod people;
mod records;
mod setup;
mod tools;
mod unique;
mod visitors;
mod writes;

use store::testing::{TestEngine, TestStore, fresh};
use tools::Teller;

async fn tell(engine: TestEngine) {
    let test: TestStore = fresh(engine).await.expect("a database");
    let mut teller = Teller::new(test.store.clone());
    let school = setup::a_school_is_set_up(&mut teller).await;
    visitors::people_come_in(&mut teller, school).await;
    let run = night::a_night_is_asked_for_and_claimed(&mut teller, school).await;
    night::both_sides_are_read(&mut teller, &run).await;
    let links = records::what_was_read_is_staged(&mut teller, &run).await;
    unique::what_must_be_unique_is_kept(&mut teller, &run, &links).await;
    records::only_what_differs_is_a_candidate(&mut teller, &run, &links).await;
    let conflict = people::a_question_is_opened_and_refreshed(&mut teller, &run, &links).await;
    writes::a_plan_becomes_writes(&mut teller, &run, &links).await;
    writes::writes_are_sent_and_settled(&mut teller, &run).await;
    writes::what_is_left_is_recovered(&mut teller, &run, &links).await;
    people::a_decision_waits_out_its_undo_time(&mut teller, &run, &links, conflict).await;
    people::a_question_is_closed_by_revision(&mut teller, &run, conflict).await;
    people::a_field_may_differ_on_purpose(&mut teller, &run, &links, conflict).await;
    records::poison_is_set_aside(&mut teller, &run).await;
    night::the_run_ends_and_is_reported(&mut teller, &run).await;
    records::a_record_that_is_gone_is_forgotten(&mut teller, &run, &links).await;
    records::a_record_is_read_again_on_request(&mut teller, &run, &links).await;
    records::our_own_records_are_kept(&mut teller, school).await;
    kept::what_was_typed_is_kept(&mut teller, school).await;
    kept::everything_was_written_down(&mut teller, school).await;
    test.store.close().await;
    assert!(test.store.begin().await.is_err(), "a closed store begins nothing");
}

#[tokio::test]
async fn the_story_on_sqlite() {
    tell(TestEngine::Sqlite).await;
}

#[tokio::test]
async fn the_story_on_postgres() {
    tell(TestEngine::Postgres).await;
}
