//! The shared fixtures of MS section 18, where they are on this machine.

mod support;

use merge::Policy;
use support::{differences, fixture, read_cases, run};

/// Runs a shared file; returns how many cases ran and how many ask for features that are refused.
fn run_file(name: &str) -> Option<(usize, usize)> {
    let (mut ran, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in read_cases(&fixture(name)?) {
        let Ok(policy) = Policy::from_toml(&case.policy) else {
            refused += 1;
            continue;
        };
        ran += 1;
        let verdicts = run(&case, &policy);
        wrong.extend(differences(&case, &verdicts));
    }
    println!("{name}: {ran} cases ran, {refused} need features this version refuses");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    Some((ran, refused))
}

#[test]
fn every_cell_case_comes_out_as_expected() {
    if let Some(counts) = run_file("cell_cases.jsonl") {
        assert_eq!(counts, (144, 0));
    }
}

#[test]
fn every_mode_case_comes_out_as_expected() {
    if let Some(counts) = run_file("mode_cases.jsonl") {
        assert_eq!(counts, (200, 0));
    }
}

#[test]
fn every_list_case_comes_out_as_expected() {
    if let Some(counts) = run_file("list_cases.jsonl") {
        assert_eq!(counts, (218, 0));
    }
}

#[test]
fn real_merges_come_out_as_the_rule_says() {
    run_file("real_merges/ai_deadlines.jsonl");
}
