//! Choices of the staff for items of keyed lists (MS A4, A5, C5).

#[path = "support/record.rs"]
mod record;

use merge::{
    Choice, DecideError, FieldPath, Input, Known, Level, Presence, RecordKey, Rule, Value, Verdict, base,
    decide,
};
use record::{merge_texts, object, policy};

const KEYED: &str = "[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']";
const BASE: &str = r#"{"v":[{"k":1,"p":1},{"k":2,"p":1},{"k":3,"p":1}]}"#;

fn chosen(ours: &str, theirs: &str, choices: &[(&str, Choice)]) -> Result<Verdict, DecideError> {
    let (base, ours, theirs) = (object(BASE), object(ours), object(theirs));
    let key = RecordKey::from(1);
    let live = |record| Presence::Live(record);
    let input =
        Input { base: Some(&base), ours: live(&ours), theirs: live(&theirs), ..Input::new("thing", &key) };
    let choices: Vec<(FieldPath, Choice)> =
        choices.iter().map(|(at, choice)| (at.parse().expect("a path"), choice.clone())).collect();
    decide(&policy(KEYED), &input, &choices)
}

fn merged(verdict: &Verdict) -> String {
    verdict.merged.as_ref().expect("a record").to_json()
}

fn open(verdict: &Verdict) -> Vec<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| field.path.to_string()).collect()
}

/// Ours edits item 1 and removes item 2; theirs edits both; item 3 is theirs' alone.
const OURS: &str = r#"{"v":[{"k":1,"p":2},{"k":3,"p":1}]}"#;
const THEIRS: &str = r#"{"v":[{"k":1,"p":3},{"k":2,"p":9},{"k":3,"p":5}]}"#;

#[test]
fn c05_items_and_fields_of_items_are_decided_one_by_one() {
    assert_eq!(open(&merge_texts(&policy(KEYED), BASE, OURS, THEIRS)), ["v[k=1].p", "v[k=2]"]);
    let both = [("v[k=1].p", Choice::Ours), ("v[k=2]", Choice::Theirs)];
    let verdict = chosen(OURS, THEIRS, &both).expect("a verdict");
    assert_eq!(merged(&verdict), r#"{"v":[{"k":1,"p":2},{"k":2,"p":9},{"k":3,"p":5}]}"#);
    let line = &verdict.decisions[0];
    assert_eq!((line.path.to_string().as_str(), line.rule, line.level), ("v", Rule::C5, Level::Decision));

    let other = [("v[k=1].p", Choice::Value(Value::from(7))), ("v[k=2]", Choice::Clear)];
    let verdict = chosen(OURS, THEIRS, &other).expect("a verdict");
    assert_eq!(merged(&verdict), r#"{"v":[{"k":1,"p":7},{"k":3,"p":5}]}"#);
    let base = [("v[k=1].p", Choice::Base), ("v[k=2]", Choice::Base)];
    let verdict = chosen(OURS, THEIRS, &base).expect("a verdict");
    assert_eq!(merged(&verdict), r#"{"v":[{"k":1,"p":1},{"k":2,"p":1},{"k":3,"p":5}]}"#);
}

#[test]
fn c05_an_item_without_a_choice_stays_open_and_the_list_cannot_be_chosen_over_it() {
    let verdict = chosen(OURS, THEIRS, &[("v[k=2]", Choice::Ours)]).expect("a verdict");
    assert_eq!(open(&verdict), ["v[k=1].p"]);
    let whole = chosen(OURS, THEIRS, &[("v", Choice::Ours)]);
    assert!(matches!(whole, Err(DecideError::NotContested { .. })), "{whole:?}");
}

#[test]
fn a05_the_side_chosen_for_an_order_gives_the_order_and_takes_no_item_away() {
    let ours = r#"{"v":[{"k":2,"p":1},{"k":1,"p":2},{"k":3,"p":1}]}"#;
    let theirs = r#"{"v":[{"k":1,"p":3},{"k":3,"p":1},{"k":4,"p":4},{"k":2,"p":1}]}"#;
    let asked = merge_texts(&policy(KEYED), BASE, ours, theirs);
    assert_eq!(open(&asked), ["v", "v[k=1].p"]);
    let choices = [("v", Choice::Ours), ("v[k=1].p", Choice::Theirs)];
    let verdict = chosen(ours, theirs, &choices).expect("a verdict");
    assert_eq!(merged(&verdict), r#"{"v":[{"k":2,"p":1},{"k":1,"p":3},{"k":3,"p":1},{"k":4,"p":4}]}"#);
    let verdict = chosen(ours, theirs, &[("v", Choice::Theirs)]).expect("a verdict");
    assert_eq!(open(&verdict), ["v[k=1].p"], "the item is still a question");
    let last = [("v", Choice::Base), ("v[k=1].p", Choice::Theirs)];
    let verdict = chosen(ours, theirs, &last).expect("a verdict");
    assert_eq!(merged(&verdict), BASE, "the list that was last agreed on, as it was shown");
}

#[test]
fn b01_a_list_moves_base_as_one_path_once_both_sides_hold_it() {
    let policy = policy(KEYED);
    let (old, ours, theirs) = (object(BASE), object(OURS), object(THEIRS));
    let joined = base::join(&policy, Some(&old), Known::Held(&ours), Known::Held(&theirs));
    assert_eq!((joined.moved.len(), joined.base.as_ref()), (0, Some(&old)), "no item moves alone");
    let joined = base::join(&policy, Some(&old), Known::Held(&theirs), Known::Held(&theirs));
    assert_eq!(joined.moved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["v"]);
    assert_eq!(joined.base, Some(theirs));
}
