//! One side deleted what the other changed: what is asked, and what each answer leads to (MS R2, R4, C5, X9).

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{Choice, FieldPath, Input, PlannedWrite, Presence, Present, RecordKey, Value, decide};
use record::{merge_texts, object, policy};
use show::show;

#[test]
fn x09_the_question_shows_what_the_survivor_changed_and_that_the_other_side_has_no_record() {
    let value = |number: i64| Some(Value::from(number));
    for (ours, theirs, present, values) in [
        ("—", r#"{"v":2,"w":1}"#, Present { base: true, ours: false, theirs: true }, (None, value(2))),
        (r#"{"v":2,"w":1}"#, "—", Present { base: true, ours: true, theirs: false }, (value(2), None)),
    ] {
        let verdict = merge_texts(&policy(""), r#"{"v":1,"w":1}"#, ours, theirs);
        let conflict = verdict.conflict.expect("a question");
        assert_eq!(conflict.present, present);
        let [field] = &conflict.fields[..] else { panic!("{:?}", conflict.fields) };
        assert_eq!((field.path.to_string().as_str(), &field.base), ("v", &value(1)));
        assert_eq!((field.ours.clone(), field.theirs.clone()), values);
    }
}

#[test]
fn c05_a_record_deleted_on_one_side_goes_or_comes_back_as_was_chosen() {
    let (base, record) = (object(r#"{"v":1}"#), object(r#"{"v":2}"#));
    let key = RecordKey::from(1);
    let nobody = Input { base: Some(&base), ..Input::new("thing", &key) };
    let deleted_by_ours = Input { theirs: Presence::Live(&record), ..nobody };
    let deleted_by_theirs = Input { ours: Presence::Live(&record), ..nobody };
    let decided = |input: &Input<'_>, choice| {
        show(&decide(&policy(""), input, &[(FieldPath::root(), choice)]).expect("contested"))
    };
    let gone = "— resolved | C5 record=— | theirs: delete";
    assert_eq!(decided(&deleted_by_ours, Choice::Ours), gone);
    assert_eq!(decided(&deleted_by_ours, Choice::Clear), gone);
    let back = r#"{"v":2} resolved | C5 record={"v":2} | ours: create {"v":2}"#;
    assert_eq!(decided(&deleted_by_ours, Choice::Theirs), back);
    let before =
        r#"{"v":1} resolved | C5 record={"v":1} | ours: create {"v":1} | theirs: update v → {"v":1}"#;
    assert_eq!(decided(&deleted_by_ours, Choice::Base), before);

    let gone = "— resolved | C5 record=— | ours: delete";
    assert_eq!(decided(&deleted_by_theirs, Choice::Theirs), gone);
    assert_eq!(decided(&deleted_by_theirs, Choice::Clear), gone);
    let back = r#"{"v":2} resolved | C5 record={"v":2} | theirs: create {"v":2}"#;
    assert_eq!(decided(&deleted_by_theirs, Choice::Ours), back);
    let before =
        r#"{"v":1} resolved | C5 record={"v":1} | ours: update v → {"v":1} | theirs: create {"v":1}"#;
    assert_eq!(decided(&deleted_by_theirs, Choice::Base), before);
}

#[test]
fn g08_of_a_record_that_is_chosen_anew_the_survivor_is_sent_what_differs_and_nothing_else() {
    let (base, record) = (object(r#"{"v":1,"n":{"x":1,"y":1}}"#), object(r#"{"v":2,"n":{"x":1,"y":1}}"#));
    let key = RecordKey::from(1);
    let input = Input { base: Some(&base), theirs: Presence::Live(&record), ..Input::new("thing", &key) };
    let chosen = Choice::Value(Value::Object(object(r#"{"v":2.0,"n":{"x":1,"y":2},"w":null,"z":3}"#)));
    let verdict = decide(&policy(""), &input, &[(FieldPath::root(), chosen)]).expect("contested");
    let Some(PlannedWrite::Update { changed, .. }) = verdict.write_theirs else { panic!("no update") };
    assert_eq!(changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["n.y", "z"]);
}
