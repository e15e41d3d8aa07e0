//! What the real pipeline must show in this world (RL F3, F4).

use crate::measure::{measure, measure_until_caught};
use crate::seeds;
use crate::subject::Subject;
use crate::variants::Variant;

/// As many scenarios of the whole protocol as every test run bears: some fifteen seconds on two cores.
const SCENARIOS: u64 = 60;
/// A weakened world must be caught within this many; most are within the first four.
const CAUGHT_WITHIN: u64 = 400;

fn wish() -> Option<u64> {
    std::env::var("MODEL_SCENARIOS").ok().map(|wish| wish.parse().expect("a number"))
}

fn is_caught(number: u8) {
    let subject = Subject::Real(Variant(number));
    if wish().is_none()
        && let Some(known) = seeds::of(subject).iter().find(|seed| seed.shows_damage())
    {
        println!("{subject} does damage in {}", subject.replay(known.number));
        return;
    }
    let sum = wish().map_or_else(
        || measure_until_caught(subject, CAUGHT_WITHIN),
        |scenarios| measure(subject, scenarios),
    );
    println!("{sum}");
    assert!(!sum.bad.is_empty(), "the checker is blind to {sum}");
}

#[test]
fn f3_the_real_pipeline_does_no_damage() {
    let subject = Subject::Real(Variant(0));
    for seed in seeds::of(subject) {
        seed.replay();
    }
    let sum = measure(subject, wish().unwrap_or(SCENARIOS));
    println!("{sum}");
    assert_eq!(sum.unsteady, Vec::<u64>::new(), "the same scenario went two ways");
    let stories: Vec<String> = sum.bad.iter().take(5).map(|number| sum.subject.replay(*number)).collect();
    assert!(sum.bad.is_empty() && sum.tally.errors == 0, "{sum}\n{}", stories.join("\n"));
    assert!(sum.tally.conflicts > 0 && sum.tally.crashes > 0, "nothing happened: {sum}");
}

#[test]
fn f4_v1_a_real_pipeline_that_forgets_does_damage() {
    is_caught(1);
}

#[test]
fn f4_v2_a_counterpart_that_ignores_versions_loses_edits() {
    is_caught(2);
}

#[test]
fn f4_v3_a_connector_that_compares_first_loses_edits() {
    is_caught(3);
}

#[test]
fn f4_v4_a_counterpart_without_versions_loses_edits() {
    is_caught(4);
}

#[test]
fn f4_v5_a_counterpart_that_forgets_keys_doubles_records() {
    is_caught(5);
}

#[test]
fn f4_v6_a_counterpart_without_keys_is_rarely_damaged() {
    is_caught(6);
}

#[test]
fn f4_v7_a_connector_that_resends_blindly_doubles_records() {
    is_caught(7);
}

#[test]
fn f4_v8_a_connector_that_believes_what_it_sent_spoils_the_base() {
    is_caught(8);
}

#[test]
fn f4_v9_a_base_taken_from_the_last_read_is_unsound() {
    is_caught(9);
}

#[test]
fn f4_v10_a_base_that_moves_by_record_makes_conflicts_of_nothing() {
    is_caught(10);
}

#[test]
fn f4_v11_parked_writes_that_are_dropped_do_damage() {
    is_caught(11);
}

#[test]
fn f4_v12_creates_that_cannot_be_recognised_do_damage() {
    is_caught(12);
}

#[test]
fn f4_v13_without_any_of_it_the_real_pipeline_does_damage() {
    is_caught(13);
}

#[test]
fn f4_v14_a_weak_counterpart_can_be_damaged_by_the_real_pipeline() {
    is_caught(14);
}
