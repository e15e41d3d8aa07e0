//! Long texts and counters that both sides changed (MS section 8).

#[path = "support/cases.rs"]
mod cases;

use cases::cases;
use merge::{
    Input, Object, Outcome, PlannedWrite, Policy, Presence, RecordKey, Rule, Value, Verdict, merge_record,
};
use proptest::prelude::*;

fn merged(policy: &str, values: [Value; 3]) -> Verdict {
    let policy = Policy::from_toml(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let [base, ours, theirs]: [Object; 3] =
        values.map(|value| [("id", Value::from(7)), ("v", value)].into_iter().collect());
    let key = RecordKey::from(7);
    let input = Input {
        base: Some(&base),
        ours: Presence::Live(&ours),
        theirs: Presence::Live(&theirs),
        ..Input::new("thing", &key)
    };
    merge_record(&policy, &input)
}

fn texts(how: &str, base: &str, ours: &str, theirs: &str) -> Verdict {
    merged(&format!("[[field]]\npath = 'v'\ntext = '{how}'"), [base, ours, theirs].map(Value::from))
}

fn value(verdict: &Verdict) -> Option<&Value> {
    verdict.conflict.is_none().then(|| verdict.merged.as_ref()?.get("v"))?
}

#[test]
fn t01_only_long_texts_are_merged_and_only_where_it_is_asked_for() {
    let (base, ours, theirs) = ("a\nb\nc", "A\nb\nc", "a\nb\nC");
    assert_eq!(value(&texts("lines", base, ours, theirs)), Some(&Value::from("A\nb\nC")));
    assert!(merged("", [base, ours, theirs].map(Value::from)).conflict.is_some());
    assert!(texts("words", "a b c", "A b c", "a b C").conflict.is_some(), "one short line");
    let long = "w ".repeat(40);
    let (base, ours, theirs) = (format!("a {long}b"), format!("A {long}b"), format!("a {long}B"));
    assert_eq!(value(&texts("words", &base, &ours, &theirs)), Some(&Value::from(format!("A {long}B"))));
    assert!(texts("lines", &base, &ours, &theirs).conflict.is_some(), "one line that both changed");
    assert!(texts("lines", "a\nb\nc", "A\nb\nc", "a").conflict.is_some(), "one of the three is short");
}

#[test]
fn t01_eighty_characters_are_a_long_text_and_seventy_nine_are_not() {
    for (length, is_merged) in [(80, true), (79, false)] {
        let filled = |from: &str, to: &str| format!("{from} {} {to}", "é".repeat(length - 4));
        let verdict = texts("words", &filled("a", "b"), &filled("A", "b"), &filled("a", "B"));
        assert_eq!(value(&verdict).is_some(), is_merged, "{length}");
    }
}

#[test]
fn t02_edits_that_touch_are_a_question_about_the_whole_text() {
    let verdict = texts("words", "a\nb\nc", "a\nB\nc", "a\nb\nC");
    let conflict = verdict.conflict.expect("a question");
    assert_eq!(conflict.fields.len(), 1);
    assert_eq!(conflict.fields[0].ours, Some(Value::from("a\nB\nc")));
    assert_eq!(conflict.fields[0].reason.as_str(), "both_changed");
}

#[test]
fn t03_a_merged_text_is_in_the_journal_with_both_inputs() {
    let verdict = texts("lines", "a\nb\nc", "A\nb\nc", "a\nb\nC");
    assert_eq!(verdict.outcome, Outcome::Merged);
    let line = &verdict.decisions[0];
    assert_eq!(line.to_string(), "T2, level=default, mode=manual");
    assert_eq!((&line.ours, &line.theirs), (&Some("A\nb\nc".into()), &Some("a\nb\nC".into())));
}

#[test]
fn t04_each_side_is_written_with_its_own_line_ends() {
    let verdict = texts("lines", "a\nb\nc", "A\r\nb\r\nc", "a\nb\nC");
    let written = |write: &Option<PlannedWrite>| match write {
        Some(PlannedWrite::Update { record, .. }) => record.get("v").cloned(),
        _ => None,
    };
    assert_eq!(written(&verdict.write_ours), Some(Value::from("A\r\nb\r\nC")));
    assert_eq!(written(&verdict.write_theirs), Some(Value::from("A\nb\nC")));
    let ends = texts("lines", "a\nb", "a\r\nb", "a\nb");
    assert_eq!(ends.outcome, Outcome::Unchanged, "other line ends are no change");
    let plain = merged("", ["a\nb", "a\r\nb", "a\nb"].map(Value::from));
    assert_eq!(plain.outcome, Outcome::TakenOurs, "where texts are not merged they are");
}

#[test]
fn t04_a_text_that_is_not_merged_is_written_as_it_is() {
    let verdict = merged("", ["a", "x\r\ny", "a"].map(Value::from));
    let Some(PlannedWrite::Update { record, .. }) = &verdict.write_theirs else { panic!("no update") };
    assert_eq!(record.get("v"), Some(&Value::from("x\r\ny")));
}

#[test]
fn t05_a_counter_adds_up_what_both_sides_counted() {
    let count = |values: [&str; 3]| {
        let values = values.map(|text| merge::json::parse(text.as_bytes()).expect("JSON"));
        merged("[[field]]\npath = 'v'\ncounter = true", values)
    };
    assert_eq!(value(&count(["10", "13", "8"])).map(Value::to_json).as_deref(), Some("11"));
    assert_eq!(value(&count(["10.0", "1e2", "-8"])).map(Value::to_json).as_deref(), Some("82"));
    for values in [["10", "10.5", "8"], ["10", "\"13\"", "8"], ["null", "13", "8"]] {
        assert!(count(values).conflict.is_some(), "{values:?}");
    }
    assert!(merged("", [10, 13, 8].map(Value::from)).conflict.is_some(), "off by default");
}

#[test]
fn l05_a_sum_that_is_bases_value_again_is_in_the_journal() {
    let counter = "[[field]]\npath = 'v'\ncounter = true";
    let verdict = merged(counter, [10, 13, 7].map(Value::from));
    assert_eq!(value(&verdict), Some(&10.into()));
    let journal = verdict.decisions.iter().map(|line| (line.rule, line.ours.clone(), line.theirs.clone()));
    assert_eq!(journal.collect::<Vec<_>>(), [(Rule::T5, Some(13.into()), Some(7.into()))]);
}

/// A text of a few lines, and edits of it by line.
fn three_texts() -> impl Strategy<Value = [String; 3]> {
    let edits = || prop::collection::vec((0..6_usize, prop::option::of("[a-c]( [a-c]){0,2}")), 0..3);
    (prop::collection::vec("[a-c]( [a-c]){0,3}", 3..6), edits(), edits()).prop_map(|(lines, ours, theirs)| {
        let edited = |edits: Vec<(usize, Option<String>)>| {
            let mut lines = lines.clone();
            for (at, line) in edits {
                match line {
                    Some(line) if at < lines.len() => lines[at] = line,
                    Some(line) => lines.push(line),
                    None if lines.len() > 2 && at < lines.len() => drop(lines.remove(at)),
                    None => {}
                }
            }
            lines.join("\n")
        };
        [lines.join("\n"), edited(ours), edited(theirs)]
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn l01_l03_t03_merged_texts_are_the_same_both_ways_and_hold_nothing_else(
        [base, ours, theirs] in three_texts(), words in any::<bool>()
    ) {
        let how = if words { "words" } else { "lines" };
        let there = texts(how, &base, &ours, &theirs);
        let back = texts(how, &base, &theirs, &ours);
        prop_assert_eq!(value(&there), value(&back));
        let alone = texts(how, &base, &ours, &base);
        prop_assert_eq!(value(&alone), Some(&Value::from(ours.clone())));
        if let Some(Value::Text(text)) = value(&there) {
            for word in text.split_whitespace() {
                prop_assert!(format!("{base} {ours} {theirs}").contains(word), "{} is from nowhere", word);
            }
        }
    }
}
