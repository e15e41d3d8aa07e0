//! Records that differ on purpose (MS C10).

#[path = "support/record.rs"]
mod record;

use merge::{
    Difference, Input, Known, Object, Outcome, Policy, Presence, RecordKey, Rule, Value, Verdict, apply,
    base, merge_record,
};
use record::{merge_texts, object, policy, presence};

fn difference(path: &str, ours: Option<Value>, theirs: Option<Value>) -> Difference {
    Difference { path: path.parse().expect("a path"), ours, theirs }
}

/// The verdict on a record whose `v` was 2 on ours and 3 on theirs when it was declared to differ; whether that stands.
fn merged(policy: &Policy, base: &str, ours: &str, theirs: &str) -> (Verdict, bool) {
    let base = (base != "—").then(|| object(base));
    let (mut our_record, mut their_record) = (Object::default(), Object::default());
    let difference = difference("v", Some(Value::from(2)), Some(Value::from(3)));
    let key = RecordKey::from(1);
    let input = Input {
        base: base.as_ref(),
        ours: presence(ours, &mut our_record),
        theirs: presence(theirs, &mut their_record),
        differences: std::slice::from_ref(&difference),
        ..Input::new("thing", &key)
    };
    (merge_record(policy, &input), difference.stands(policy, &input))
}

const BASE: &str = r#"{"v":1,"w":1}"#;

#[test]
fn c10_nothing_is_written_and_nobody_is_asked_while_both_sides_stay_as_they_are() {
    let asked = merge_texts(&policy(""), BASE, r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#);
    assert!(asked.conflict.is_some(), "without the declaration it is a question");
    for text in ["", "mode = 'resolve_ours'", "mode = 'always_theirs'"] {
        let (verdict, stands) = merged(&policy(text), BASE, r#"{"v":2,"w":1}"#, r#"{"v":3.0,"w":1}"#);
        assert!(stands && verdict.conflict.is_none(), "{text}");
        assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none(), "{text}");
        assert_eq!(verdict.outcome, Outcome::Unchanged, "{text}");
    }
}

#[test]
fn c10_the_rest_of_the_record_goes_on_and_base_follows_it() {
    let policy = policy("");
    let (verdict, _) = merged(&policy, BASE, r#"{"v":2,"w":7}"#, r#"{"v":3,"w":1}"#);
    let write = verdict.write_theirs.as_ref().expect("a write");
    let merge::PlannedWrite::Update { changed, record } = write else { panic!("{write:?}") };
    assert_eq!(changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["w"]);
    assert_eq!(record.to_json(), r#"{"v":3,"w":7}"#, "theirs keeps its own");
    assert!(verdict.write_ours.is_none());
    assert_eq!(apply(Some(&object(BASE)), &verdict.decisions), verdict.merged);
    assert_eq!(verdict.decisions.iter().filter(|one| one.rule == Rule::C10).count(), 1);

    let (ours, theirs) = (object(r#"{"v":2,"w":7}"#), object(r#"{"v":3,"w":7}"#));
    let joined = base::join(&policy, Some(&object(BASE)), Known::Held(&ours), Known::Held(&theirs));
    assert_eq!(joined.base.expect("a base").to_json(), r#"{"v":1,"w":7}"#);
}

#[test]
fn c10_it_ends_when_either_side_changes_or_deletes_the_record() {
    let policy = policy("");
    for (ours, theirs) in [
        (r#"{"v":4,"w":1}"#, r#"{"v":3,"w":1}"#),
        (r#"{"v":2,"w":1}"#, r#"{"v":"3","w":1}"#),
        (r#"{"v":2,"w":1}"#, r#"{"w":1}"#),
        ("—", r#"{"v":3,"w":1}"#),
    ] {
        let (verdict, stands) = merged(&policy, BASE, ours, theirs);
        assert!(!stands && verdict.conflict.is_some(), "{ours} {theirs}");
    }
    let (verdict, stands) = merged(&policy, BASE, r#"{"v":2,"w":1}"#, r#"{"v":2,"w":1}"#);
    assert!(!stands && verdict.outcome == Outcome::Converged, "they agree");
}

#[test]
fn c10_who_says_nothing_has_changed_nothing() {
    let (_, stands) = merged(&policy(""), BASE, r#"{"v":2,"w":1}"#, "?");
    assert!(stands, "missing is not yet deleted (D2)");
    let (base, record) = (object(BASE), object(r#"{"v":2,"w":1}"#));
    let (unfetched, key) = (["v".parse().expect("a path")], RecordKey::from(1));
    let difference = difference("v", Some(Value::from(2)), Some(Value::from(3)));
    let input = Input {
        base: Some(&base),
        ours: Presence::Live(&record),
        theirs: Presence::Live(&base),
        unfetched_theirs: &unfetched,
        differences: std::slice::from_ref(&difference),
        ..Input::new("thing", &key)
    };
    assert!(difference.stands(&policy(""), &input));
    assert!(merge_record(&policy(""), &input).write_theirs.is_none());
}

#[test]
fn c10_two_new_records_may_differ_on_purpose() {
    let policy = policy("");
    let (ours, theirs) = (r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#);
    let (verdict, stands) = merged(&policy, "—", ours, theirs);
    assert!(stands && verdict.conflict.is_none());
    assert_eq!(verdict.outcome, Outcome::Linked);
    let (ours, theirs) = (object(ours), object(theirs));
    let joined = base::join(&policy, None, Known::Held(&ours), Known::Held(&theirs)).base.expect("a base");
    assert_eq!(joined.to_json(), r#"{"w":1,"$unfetched":["v"]}"#, "v was never agreed on");
}
