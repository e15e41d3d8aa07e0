//! Objects inside records: when they are opened and when they are one value (MS O1 to O5, R13).

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{Outcome, Policy};
use record::{merge_texts, policy};
use show::show;

/// The outcome where ours changes `v.x` and theirs `v.y`, the record being otherwise as `around` makes it of `v`.
fn outcome(around: impl Fn(&str) -> String) -> Outcome {
    let [base, ours, theirs] = [r#""x":1,"y":1"#, r#""x":2,"y":1"#, r#""x":1,"y":2"#].map(around);
    merge_texts(&Policy::default(), &base, &ours, &theirs).outcome
}

#[test]
fn o05_an_object_is_as_long_as_its_json_whatever_it_is_made_of() {
    let list = |count: usize| vec![r#""0123456789""#; count].join(",");
    let filled = |filler: &str| outcome(|v| format!(r#"{{"v":{{"f":{filler},{v}}}}}"#));
    assert_eq!(filled(&format!("\"{}\"", "x".repeat(600_000))), Outcome::Merged);
    assert_eq!(filled(&format!("[{}]", list(70_000))), Outcome::Merged);
    assert_eq!(filled(&format!("[{}]", list(90_000))), Outcome::Conflict);
    assert_eq!(filled(&format!("[{}]", "[],".repeat(400_000) + "[]")), Outcome::Conflict);
    assert_eq!(filled(&format!("{{\"n\":[{}]}}", list(90_000))), Outcome::Conflict);
    let members = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!(r#""{n:020}":1"#)).collect();
        outcome(|v| format!(r#"{{"v":{{{},{v}}}}}"#, members.join(",")))
    };
    assert_eq!(members(20_000), Outcome::Merged);
    assert_eq!(members(45_000), Outcome::Conflict);
}

#[test]
fn o05_a_small_object_in_a_large_record_is_opened() {
    let filler = "x".repeat(1 << 20);
    assert_eq!(outcome(|v| format!(r#"{{"f":"{filler}","v":{{{v}}}}}"#)), Outcome::Merged);
}

#[test]
fn o03_objects_that_both_added_are_journaled_by_what_is_in_them() {
    let verdict =
        merge_texts(&Policy::default(), r#"{"v":null}"#, r#"{"v":{"n":{"x":1}}}"#, r#"{"v":{"n":{"y":2}}}"#);
    assert_eq!(
        show(&verdict),
        r#"{"v":{"n":{"x":1,"y":2}}} merged | F2 v.n.x=1, F3 v.n.y=2 | ours: update v.n.y → {"v":{"n":{"x":1,"y":2}}} | theirs: update v.n.x → {"v":{"n":{"y":2,"x":1}}}"#
    );
    let empty = merge_texts(&Policy::default(), r#"{"v":null}"#, r#"{"v":{"n":{}}}"#, r#"{"v":{"n":{}}}"#);
    assert_eq!(show(&empty), r#"{"v":{"n":{}}} converged | O3 v.n={}"#);
}

#[test]
fn r13_a_strict_record_is_one_unit_whatever_groups_it_has() {
    let policy = policy("strict = true\n[[group]]\nname = 'g'\npaths = ['s', 'z']");
    let [base, theirs] = [r#"{"s":1,"z":1,"w":1}"#, r#"{"s":1,"z":1,"w":2}"#];
    assert_eq!(
        show(&merge_texts(&policy, base, r#"{"s":2,"z":1,"w":1}"#, theirs)),
        r#"{"s":2,"z":1,"w":1} conflict | ✗ field: s strict, w strict | R13 hold={"s":2,"z":1,"w":1}"#
    );
}

#[test]
fn x12_a_blank_where_base_has_none_is_not_in_the_journal() {
    let verdict = merge_texts(&Policy::default(), r#"{"v":1}"#, r#"{"v":1,"w":null}"#, r#"{"v":1}"#);
    assert_eq!(show(&verdict), r#"{"v":1} unchanged"#);
}
