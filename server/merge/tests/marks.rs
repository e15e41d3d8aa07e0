//! Which rules of the merge semantics, sections 2 to 12 and 16, this crate answers for, and that each has a test.
//!
//! A test shows a rule by beginning with its mark: `f05_…`, or `a04_a06_…` for two.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The letters of the sections, each with its number of rules.
const SECTIONS: [(char, u32); 13] = [
    ('v', 6),
    ('p', 10),
    ('f', 13),
    ('n', 8),
    ('o', 5),
    ('a', 8),
    ('t', 5),
    ('r', 16),
    ('k', 6),
    ('d', 5),
    ('b', 2),
    ('c', 11),
    ('x', 14),
];

/// Rules about what happens before and after a merge, with the part of the product and the test that show them.
const ELSEWHERE: [(&str, &str, &str); 21] = [
    ("v04", "pipeline", "v04_what_a_partial_answer_lacks_is_not_fetched"),
    ("f13", "pipeline", "f13_c55_a_value_that_cannot_be_taken_is_overwritten_on_neither_side"),
    ("n08", "pipeline", "r21_a_normalised_value_reads_as_it_was_sent"),
    ("k06", "pipeline", "k06_a_reference_to_a_record_that_the_side_lacks_is_named"),
    ("d02", "pipeline", "g12_a_delete_against_an_edit_is_a_conflict_and_a_delete_alone_needs_two_nights"),
    ("d04", "pipeline", "r19_a_record_restored_while_its_delete_was_open_is_not_deleted_again"),
    ("d05", "pipeline", "p26_one_bad_record_stops_nobody_and_does_not_look_deleted"),
    ("c02", "store", "a_question_is_opened_and_refreshed"),
    ("c03", "pipeline", "c3_a_question_that_has_gone_away_is_closed_by_reading_again"),
    ("c06", "server", "c06_a_stale_decision_leaves_the_conflict_open"),
    ("c07", "pipeline", "c7_a_limit_on_deletes_holds_for_a_forced_one_too"),
    ("c08", "pipeline", "c08_the_same_three_values_again_offer_the_earlier_choice_and_decide_nothing"),
    ("x01", "server", "x01_bad_input_names_file_and_line_and_leaves_the_outputs_alone"),
    ("x02", "server", "x02_json_and_ndjson_with_a_byte_order_mark_say_the_same"),
    ("x03", "server", "x03_csv_keeps_null_and_empty_text_apart"),
    ("x05", "server", "x05_unsorted_files_give_the_same_bytes_as_sorted_ones"),
    ("x06", "server", "d03_the_state_of_a_record_overrides_its_absence"),
    ("x07", "server", "with_hold_field_the_clean_name_of_the_small_run_goes_on"),
    ("x10", "server", "the_complete_small_run_comes_out_as_the_page_says"),
    ("x13", "server", "x13_decisions_of_the_staff_settle_what_they_saw"),
    ("x14", "server", "x05_unsorted_files_give_the_same_bytes_as_sorted_ones"),
];

/// The marks with which names in this crate begin, each with the names.
fn shown() -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in ["src", "tests"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut |source| {
            for name in names(source) {
                for mark in name.split('_').map_while(mark) {
                    shown.entry(mark).or_default().insert(name.to_owned());
                }
            }
        });
    }
    shown
}

fn read(folder: &Path, each: &mut impl FnMut(&str)) {
    for entry in folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            read(&entry, each);
        } else if entry.extension().is_some_and(|ending| ending == "rs") && !entry.ends_with("marks.rs") {
            each(&std::fs::read_to_string(&entry).expect("a source"));
        }
    }
}

/// The names of tests: functions, and the cells of the tables, each of which becomes a module of tests.
fn names(source: &str) -> impl Iterator<Item = &str> {
    let lines = source.lines().map(str::trim);
    lines.filter_map(|line| {
        let name = line.strip_prefix("fn ").or_else(|| line.contains(": r#\"").then_some(line))?;
        name.split(['(', ':', '<']).next()
    })
}

/// A mark in two digits: `f5` and `f05` are one.
fn mark(part: &str) -> Option<String> {
    let (letter, number) = part.split_at_checked(1)?;
    let number: u32 = number.parse().ok()?;
    Some(format!("{letter}{number:02}"))
}

fn all_marks() -> impl Iterator<Item = String> {
    SECTIONS
        .into_iter()
        .flat_map(|(letter, rules)| (1..=rules).map(move |number| format!("{letter}{number:02}")))
}

#[test]
fn every_rule_that_this_crate_answers_for_has_a_test_that_begins_with_its_mark() {
    let shown = shown();
    let others: BTreeSet<&str> = ELSEWHERE.iter().map(|(mark, ..)| *mark).collect();
    let bare: Vec<String> =
        all_marks().filter(|mark| !others.contains(mark.as_str()) && !shown.contains_key(mark)).collect();
    assert!(bare.is_empty(), "no test begins with {bare:?}");
    for law in (1..=12).map(|number| format!("l{number:02}")) {
        assert!(shown.contains_key(&law), "no test begins with {law}");
    }
}

#[test]
fn what_is_shown_elsewhere_is_a_rule_of_the_page_and_named_once() {
    let marks: BTreeSet<String> = all_marks().collect();
    let named: Vec<&str> = ELSEWHERE.iter().map(|(mark, ..)| *mark).collect();
    assert!(named.iter().all(|mark| marks.contains(*mark)), "{named:?}");
    assert_eq!(BTreeSet::from_iter(&named).len(), named.len());
}
