//! What the tables do not show: levels, switches, values that were not fetched, choices of the staff, conflicts.

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{
    Action, Choice, ConflictKind, DecideError, FieldPath, Hold, Input, Level, Mode, Object, Outcome, Policy,
    Presence, RecordKey, Rule, StaffRule, Value, Verdict, WarningCode, decide, merge_record,
};
use record::{merge_texts, object, policy};
use show::show;

fn path(text: &str) -> FieldPath {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Merges live records of which some paths were not fetched.
fn merge_partly(policy: &Policy, base: &str, ours: (&str, &[&str]), theirs: (&str, &[&str])) -> Verdict {
    let base = (base != "—").then(|| object(base));
    let (our_record, their_record) = (object(ours.0), object(theirs.0));
    let paths = |paths: &[&str]| paths.iter().map(|text| path(text)).collect::<Vec<FieldPath>>();
    let (unfetched_ours, unfetched_theirs) = (paths(ours.1), paths(theirs.1));
    let key = RecordKey::from(1);
    let input = Input {
        base: base.as_ref(),
        ours: Presence::Live(&our_record),
        theirs: Presence::Live(&their_record),
        unfetched_ours: &unfetched_ours,
        unfetched_theirs: &unfetched_theirs,
        ..Input::new("thing", &key)
    };
    merge_record(policy, &input)
}

fn decide_texts(
    base: &str,
    ours: &str,
    theirs: &str,
    choices: &[(&str, Choice)],
) -> Result<Verdict, DecideError> {
    let (base, ours, theirs) = (object(base), object(ours), object(theirs));
    let key = RecordKey::from(1);
    let live = |record| Presence::Live(record);
    let input =
        Input { base: Some(&base), ours: live(&ours), theirs: live(&theirs), ..Input::new("thing", &key) };
    let choices: Vec<(FieldPath, Choice)> =
        choices.iter().map(|(at, choice)| (path(at), choice.clone())).collect();
    decide(&Policy::default(), &input, &choices)
}

#[test]
fn p08_every_decision_names_rule_level_and_mode() {
    let text = "mode = 'resolve_ours'\n[[field]]\npath = 'w'\nmode = 'resolve_theirs'\n[[record]]\nkey = {id = 1}\nmode = 'always_ours'";
    let verdict = merge_texts(&policy(text), r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":3}"#);
    assert_eq!(verdict.decisions[0].to_string(), "F5, level=record, mode=always_ours");
    let text = "mode = 'resolve_ours'\n[[field]]\npath = 'w'\nmode = 'resolve_theirs'";
    let verdict = merge_texts(&policy(text), r#"{"v":1,"w":1}"#, r#"{"v":2,"w":2}"#, r#"{"v":3,"w":3}"#);
    let journal: Vec<String> = verdict.decisions.iter().map(ToString::to_string).collect();
    assert_eq!(journal, ["F5, level=type, mode=resolve_ours", "F5, level=field, mode=resolve_theirs"]);
    assert_eq!(verdict.merged, Some(object(r#"{"v":2,"w":3}"#)));
}

#[test]
fn p03_a_staff_rule_settles_what_would_be_asked() {
    let mut policy = Policy::default();
    policy.add_staff_rule(StaffRule {
        record: None,
        path: Some("v".parse().expect("pattern")),
        mode: Mode::ResolveTheirs,
    });
    let verdict = merge_texts(&policy, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":3}"#);
    assert_eq!(verdict.decisions[0].to_string(), "F5, level=rule, mode=resolve_theirs");
}

#[test]
fn p05_field_patterns_do_not_answer_record_questions() {
    let text = "[[field]]\npath = '*'\nmode = 'always_theirs'";
    assert_eq!(merge_texts(&policy(text), r#"{"v":1}"#, "—", r#"{"v":2}"#).outcome, Outcome::Conflict);
    assert_eq!(merge_texts(&policy(text), "—", r#"{"v":1}"#, "—").outcome, Outcome::CreatedOurs);
}

#[test]
fn p06_refused_writes_are_pending_and_the_answer_stays() {
    let text = "[allow.theirs]\ncreate = false\nupdate = false\ndelete = false\n[allow.ours]\nupdate = false";
    for (base, ours, theirs, expected) in [
        ("—", r#"{"v":1}"#, "—", r#"{"v":1} created_ours | R7 record={"v":1} | theirs: pending_create"#),
        (r#"{"v":1}"#, "—", r#"{"v":1}"#, "— deleted_ours | R1 record=— | theirs: pending_delete"),
        (
            r#"{"v":1,"w":1}"#,
            r#"{"v":2,"w":1}"#,
            r#"{"v":1,"w":2}"#,
            r#"{"v":2,"w":2} merged | F2 v=2, F3 w=2 | ours: pending_update | theirs: pending_update"#,
        ),
    ] {
        assert_eq!(show(&merge_texts(&policy(text), base, ours, theirs)), expected);
    }
}

#[test]
fn p07_with_hold_field_each_side_keeps_its_contested_value() {
    let text = "hold = 'field'";
    let verdict = merge_texts(
        &policy(text),
        r#"{"v":1,"w":1,"x":1}"#,
        r#"{"v":2,"w":2,"x":1}"#,
        r#"{"v":3,"w":1,"x":3}"#,
    );
    assert_eq!(
        show(&verdict),
        r#"{"v":2,"w":2,"x":3} conflict | ✗ field: v both_changed | F5 v=2, F2 w=2, F3 x=3 | ours: update x → {"v":2,"w":2,"x":3} | theirs: update w → {"v":3,"w":2,"x":3}"#
    );
    assert_eq!(verdict.conflict.map(|conflict| conflict.hold), Some(Hold::Field));
    assert!(verdict.decisions[0].conflict && verdict.decisions[0].action == Action::Set);
}

#[test]
fn p10_an_always_exception_stands_outside_the_strict_record() {
    let text = "strict = true\n[[field]]\npath = 'x'\nmode = 'always_ours'";
    let verdict = merge_texts(&policy(text), r#"{"v":1,"x":1}"#, r#"{"v":2,"x":1}"#, r#"{"v":1,"x":2}"#);
    assert_eq!(verdict.outcome, Outcome::Resolved);
    assert_eq!(verdict.merged, Some(object(r#"{"v":2,"x":1}"#)));
}

#[test]
fn f10_a_group_has_its_own_mode_else_that_of_the_type() {
    let text = "mode = 'resolve_ours'\n[[group]]\nname = 'g'\npaths = ['s', 'z']\nmode = 'resolve_theirs'";
    let verdict = merge_texts(
        &policy(text),
        r#"{"s":1,"z":1,"v":1}"#,
        r#"{"s":2,"z":1,"v":2}"#,
        r#"{"s":1,"z":2,"v":3}"#,
    );
    assert_eq!(verdict.merged, Some(object(r#"{"s":1,"z":2,"v":2}"#)));
}

#[test]
fn f10_equal_members_of_a_contested_group_are_not_contested() {
    let text = "[[group]]\nname = 'g'\npaths = ['s', 'z', 'c']";
    let verdict = merge_texts(
        &policy(text),
        r#"{"s":1,"z":1,"c":1}"#,
        r#"{"s":2,"z":1,"c":5}"#,
        r#"{"s":1,"z":2,"c":5}"#,
    );
    let paths: Vec<String> = verdict
        .conflict
        .iter()
        .flat_map(|conflict| &conflict.fields)
        .map(|field| field.path.to_string())
        .collect();
    assert_eq!(paths, ["s", "z"]);
}

#[test]
fn v03_what_was_not_fetched_never_clears_and_never_conflicts() {
    let plain = Policy::default();
    let verdict = merge_partly(&plain, r#"{"v":1,"w":1}"#, (r#"{"w":2}"#, &["v"]), (r#"{"v":5,"w":1}"#, &[]));
    assert_eq!(
        show(&verdict),
        r#"{"v":5,"w":2} merged | F3 v=5, F2 w=2 | ours: update v → {"w":2,"v":5} | theirs: update w → {"v":5,"w":2}"#
    );
    let verdict = merge_partly(&plain, r#"{"v":1}"#, ("{}", &["v"]), (r#"{"v":1}"#, &[]));
    assert_eq!(show(&verdict), r#"{"v":1} unchanged"#);
    let verdict = merge_partly(
        &plain,
        r#"{"n":{"x":1,"y":1}}"#,
        (r#"{"n":{"y":2}}"#, &["n.x"]),
        (r#"{"n":{"x":1,"y":1}}"#, &[]),
    );
    assert_eq!(
        show(&verdict),
        r#"{"n":{"x":1,"y":2}} taken_ours | F2 n.y=2 | theirs: update n.y → {"n":{"x":1,"y":2}}"#
    );
}

#[test]
fn v03_an_always_mode_cannot_take_what_its_side_did_not_send() {
    let always = policy("mode = 'always_ours'");
    let verdict = merge_partly(&always, r#"{"v":1}"#, ("{}", &["v"]), (r#"{"v":5}"#, &[]));
    assert_eq!(verdict.merged, Some(object(r#"{"v":5}"#)));
    assert_eq!(verdict.warnings[0].code, WarningCode::NotFetched);
}

#[test]
fn v03_a_record_of_which_nothing_was_fetched_is_unchanged() {
    let verdict =
        merge_partly(&Policy::default(), r#"{"v":1,"w":1}"#, ("{}", &[""]), (r#"{"v":5,"w":1}"#, &[]));
    assert_eq!(verdict.outcome, Outcome::TakenTheirs);
    assert_eq!(verdict.merged, Some(object(r#"{"v":5,"w":1}"#)));
}

#[test]
fn l07_the_spelling_of_equal_objects_does_not_depend_on_the_order_of_members() {
    let text = "compare = ['case']";
    let merged = |ours: &str| {
        let theirs = r#"{"l":[{"a":"x","b":"Y"}]}"#;
        merge_texts(&policy(text), "—", ours, theirs).merged.map(|merged| merged.to_canonical())
    };
    assert_eq!(merged(r#"{"l":[{"a":"X","b":"y"}]}"#), merged(r#"{"l":[{"b":"y","a":"X"}]}"#));
}

#[test]
fn v03_without_base_an_unfetched_value_is_no_difference() {
    let verdict = merge_partly(&Policy::default(), "—", (r#"{"w":1}"#, &["v"]), (r#"{"v":5,"w":1}"#, &[]));
    assert_eq!(show(&verdict), r#"{"w":1,"v":5} linked | R9 record={"w":1,"v":5}"#);
}

#[test]
fn v03_what_neither_base_nor_one_side_knows_stays_as_the_other_side_has_it() {
    let shapes = [
        (r#"{"id":1,"$unfetched":["n"]}"#, r#"{"id":1,"n":1}"#, r#"{"id":1}"#, "n"),
        (r#"{"id":1,"$unfetched":["n"]}"#, r#"{"id":1,"n":{"x":1,"y":1}}"#, r#"{"id":1,"n":{"y":1}}"#, "n.x"),
        (r#"{"id":1,"n":{"y":1},"$unfetched":["n.x"]}"#, r#"{"id":1,"n":{"y":1,"x":2}}"#, r#"{"id":1}"#, "n"),
        (r#"{"id":1,"$unfetched":["n"]}"#, r#"{"id":1,"n":1}"#, "{}", ""),
    ];
    for mode in ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"] {
        let policy = policy(&format!("mode = '{mode}'"));
        for (base, knows, lacks, hidden) in shapes {
            let hidden: &[&str] = &[hidden];
            let right = merge_partly(&policy, base, (knows, &[]), (lacks, hidden));
            assert_eq!(right.write_ours, None, "{mode}: {base} {knows} | {lacks} without {hidden:?}");
            let left = merge_partly(&policy, base, (lacks, hidden), (knows, &[]));
            assert_eq!(left.write_theirs, None, "{mode}: {base} {lacks} without {hidden:?} | {knows}");
        }
    }
}

#[test]
fn f12_a_path_that_base_does_not_know_is_asked_like_a_new_one() {
    let base = r#"{"id":1,"$unfetched":["v"]}"#;
    let verdict = merge_texts(&Policy::default(), base, r#"{"id":1}"#, r#"{"id":1,"v":2}"#);
    assert_eq!(show(&verdict), r#"{"id":1} conflict | ✗ field: v no_base | F12 hold={"id":1}"#);
    let verdict = merge_texts(&Policy::default(), base, r#"{"id":1,"v":2}"#, r#"{"id":1,"v":2}"#);
    assert_eq!(show(&verdict), r#"{"id":1,"v":2} converged | F11 v=2"#);
}

#[test]
fn d02_a_record_that_is_new_on_one_side_is_not_missing_on_the_other() {
    assert_eq!(merge_texts(&Policy::default(), "—", "?", r#"{"v":1}"#).outcome, Outcome::CreatedTheirs);
    assert_eq!(merge_texts(&Policy::default(), r#"{"v":1}"#, "?", "—").outcome, Outcome::Missing);
}

#[test]
fn o05_objects_below_the_thirty_second_level_are_one_value() {
    let nested =
        |levels: usize, leaf: &str| format!("{}{leaf}{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let three = |levels| {
        [r#"{"x":1,"y":1}"#, r#"{"x":2,"y":1}"#, r#"{"x":1,"y":2}"#].map(|leaf| nested(levels, leaf))
    };
    let [base, ours, theirs] = three(32);
    assert_eq!(merge_texts(&Policy::default(), &base, &ours, &theirs).outcome, Outcome::Merged);
    let [base, ours, theirs] = three(33);
    assert_eq!(merge_texts(&Policy::default(), &base, &ours, &theirs).outcome, Outcome::Conflict);
}

#[test]
fn o05_objects_above_a_mebibyte_are_one_value() {
    let three = |bytes: usize| {
        let filler = "x".repeat(bytes);
        [("1", "1"), ("2", "1"), ("1", "2")]
            .map(|(x, y)| format!(r#"{{"v":{{"f":"{filler}","x":{x},"y":{y}}}}}"#))
    };
    let [base, ours, theirs] = three(1000);
    assert_eq!(merge_texts(&Policy::default(), &base, &ours, &theirs).outcome, Outcome::Merged);
    let [base, ours, theirs] = three(1 << 20);
    assert_eq!(merge_texts(&Policy::default(), &base, &ours, &theirs).outcome, Outcome::Conflict);
}

#[test]
fn c01_the_id_depends_on_type_and_key_only_and_the_revision_on_what_is_asked() {
    let conflict = |base: &str, ours: &str, theirs: &str| {
        merge_texts(&Policy::default(), base, ours, theirs)
            .conflict
            .unwrap_or_else(|| panic!("{ours} {theirs}"))
    };
    let first = conflict(r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#);
    for (ours, theirs, same) in [
        (r#"{"w":1,"v":2.0}"#, r#"{"w":1,"v":3}"#, true),
        (r#"{"v":2,"w":7}"#, r#"{"v":3,"w":1}"#, true),
        (r#"{"v":4,"w":1}"#, r#"{"v":3,"w":1}"#, false),
        (r#"{"v":null,"w":1}"#, r#"{"v":3,"w":1}"#, false),
        (r#"{"v":2,"w":5}"#, r#"{"v":3,"w":6}"#, false),
    ] {
        let next = conflict(r#"{"v":1,"w":1}"#, ours, theirs);
        assert_eq!(next.id, first.id);
        assert_eq!(next.revision == first.revision, same, "{ours} {theirs}");
    }
    let deleted = conflict(r#"{"v":1,"w":1}"#, "—", r#"{"v":3,"w":1}"#);
    assert_eq!((deleted.id == first.id, deleted.revision == first.revision), (true, false));
    assert_eq!(deleted.kind, ConflictKind::DeleteUpdate);
}

#[test]
fn c05_each_choice_settles_its_path_once() {
    let three = [r#"{"v":1,"w":1}"#, r#"{"v":2,"w":2}"#, r#"{"v":3,"w":1}"#];
    for (choice, merged) in [
        (Choice::Ours, r#"{"v":2,"w":2}"#),
        (Choice::Theirs, r#"{"v":3,"w":2}"#),
        (Choice::Base, r#"{"v":1,"w":2}"#),
        (Choice::Value(Value::from("x")), r#"{"v":"x","w":2}"#),
        (Choice::Clear, r#"{"v":null,"w":2}"#),
    ] {
        let verdict =
            decide_texts(three[0], three[1], three[2], &[("v", choice)]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(verdict.merged, Some(object(merged)));
        assert_eq!(verdict.outcome, Outcome::Resolved);
        assert_eq!((verdict.decisions[0].rule, verdict.decisions[0].level), (Rule::C5, Level::Decision));
    }
}

#[test]
fn c05_paths_without_a_choice_stay_open_under_the_same_revision() {
    let three = [r#"{"v":1,"w":1}"#, r#"{"v":2,"w":2}"#, r#"{"v":3,"w":3}"#];
    let asked =
        merge_texts(&Policy::default(), three[0], three[1], three[2]).conflict.expect("two questions");
    let verdict = decide_texts(three[0], three[1], three[2], &[("v", Choice::Theirs)])
        .unwrap_or_else(|e| panic!("{e}"));
    let open = verdict.conflict.expect("one question is left");
    assert_eq!(open.fields.len(), 1);
    assert_eq!((open.id, open.revision), (asked.id, asked.revision));
    assert_eq!(verdict.merged, Some(object(three[1])), "the record is still held");
}

#[test]
fn c05_a_choice_must_fit_the_question() {
    let error = decide_texts(r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":1}"#, &[("v", Choice::Ours)]);
    assert_eq!(error.err(), Some(DecideError::NotContested { path: path("v") }));
    let (base, theirs) = (object(r#"{"v":1}"#), object(r#"{"v":2}"#));
    let key = RecordKey::from(1);
    let input = Input { base: Some(&base), theirs: Presence::Live(&theirs), ..Input::new("thing", &key) };
    let decided = |choice| decide(&Policy::default(), &input, &[(FieldPath::root(), choice)]);
    assert_eq!(decided(Choice::Value(Value::from(1))).err(), Some(DecideError::NotAnObject));
    let third = object(r#"{"v":7}"#);
    let verdict =
        decided(Choice::Value(Value::Object(third.clone()))).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        show(&verdict),
        r#"{"v":7} resolved | C5 record={"v":7} | ours: create {"v":7} | theirs: update v → {"v":7}"#
    );
}

#[test]
fn x08_members_stand_in_the_order_of_base_then_ours_then_theirs() {
    let verdict = merge_texts(
        &Policy::default(),
        r#"{"b":1,"a":{"y":1,"x":1}}"#,
        r#"{"o":1,"a":{"x":1,"n":2,"y":1},"b":1}"#,
        r#"{"t":1,"b":1.0,"a":{"y":1,"x":1,"m":2}}"#,
    );
    assert_eq!(
        verdict.merged.as_ref().map(Object::to_json).as_deref(),
        Some(r#"{"b":1,"a":{"y":1,"x":1,"n":2,"m":2},"o":1,"t":1}"#)
    );
}
