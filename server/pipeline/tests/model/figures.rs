//! What each variant must show (RL F3, F4), and how close the port is to the reference model.

use crate::measure::{Sum, measure};
use crate::seeds;
use crate::subject::Subject;
use crate::variants::Variant;

const SCENARIOS: u64 = 20_000;
/// A weakened variant must be caught within this many (F4).
const CAUGHT_WITHIN: u64 = 5_000;

/// Percent of bad scenarios at 20 000, as printed by `protocol_model.py 20000` of the design (Python 3.11), V0 to V14.
const REFERENCE: [f64; 15] =
    [0.0, 4.66, 12.71, 6.20, 4.12, 5.45, 0.03, 15.46, 98.38, 12.23, 0.38, 0.03, 0.0, 30.46, 4.15];

fn play(variant: Variant) -> Sum {
    let subject = Subject::Model(variant);
    for seed in seeds::of(subject) {
        seed.replay();
    }
    let scenarios = std::env::var("MODEL_SCENARIOS").ok().map(|wish| wish.parse().expect("a number"));
    let sum = measure(subject, scenarios.unwrap_or(SCENARIOS));
    println!("{sum}");
    assert_eq!(sum.unsteady, Vec::<u64>::new(), "{variant}: the same scenario went two ways");
    sum
}

fn is_like_the_reference(sum: &Sum) {
    let reference = REFERENCE[usize::from(sum.subject.variant().0)];
    assert!((sum.percent() - reference).abs() <= 1.0, "the reference model shows {reference} %: {sum}");
}

fn is_caught(number: u8) {
    let sum = play(Variant(number));
    is_like_the_reference(&sum);
    assert!(sum.bad_below(CAUGHT_WITHIN) > 0, "the checker is blind to {sum}");
}

fn is_caught_by_known_seed(number: u8) {
    let sum = play(Variant(number));
    is_like_the_reference(&sum);
    assert!(!seeds::of(sum.subject).is_empty(), "{} has no seed of its own", sum.subject);
}

#[test]
fn f3_the_whole_protocol_does_no_damage() {
    let sum = play(Variant(0));
    let stories: Vec<String> = sum.bad.iter().take(5).map(|number| sum.subject.replay(*number)).collect();
    assert!(sum.bad.is_empty(), "{sum}\n{}", stories.join("\n"));
    is_like_the_reference(&sum);
    assert!(sum.tally.conflicts > 0 && sum.tally.crashes > 0, "nothing happened: {sum}");
    let cautious = sum.tally.cautious as f64 / sum.tally.conflicts as f64;
    assert!(cautious <= 0.03, "F13: {cautious}");
}

#[test]
fn f4_v1_without_a_write_log_damage_is_done() {
    is_caught(1);
}

#[test]
fn f4_v2_without_a_version_guard_damage_is_done() {
    is_caught(2);
}

#[test]
fn f4_v3_comparing_first_is_no_version_guard() {
    is_caught(3);
}

#[test]
fn f4_v4_waiting_does_not_close_the_window_after_comparing() {
    is_caught(4);
}

#[test]
fn f4_v5_without_idempotency_keys_damage_is_done() {
    is_caught(5);
}

#[test]
fn f4_v6_waiting_does_not_replace_idempotency_keys() {
    is_caught(6);
}

#[test]
fn f4_v7_resending_blindly_without_keys_does_damage() {
    is_caught(7);
}

#[test]
fn f4_v8_a_base_taken_from_the_plan_does_damage() {
    is_caught(8);
}

#[test]
fn f4_v9_a_base_taken_from_the_last_read_does_damage() {
    is_caught(9);
}

#[test]
fn f4_v10_a_base_that_moves_by_record_does_damage() {
    is_caught(10);
}

#[test]
fn f4_v11_dropping_open_writes_does_damage() {
    is_caught_by_known_seed(11);
}

#[test]
fn f4_v12_creates_without_a_correlation_reference_do_damage() {
    is_caught_by_known_seed(12);
}

#[test]
fn f4_v13_without_any_of_it_damage_is_done() {
    is_caught(13);
}

#[test]
fn f4_v14_a_weak_counterpart_can_be_damaged() {
    is_caught(14);
}
