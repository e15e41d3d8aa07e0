//! Rules that are shown best by a story of their own, beside the tables and the laws.

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::listing::{Row, State};
use merge::{
    Action, FieldPath, Input, Outcome, PlannedWrite, Policy, Presence, RecordKey, Rule, Value, Verdict,
    apply, merge_record,
};
use record::{merge_texts, object, policy};
use show::show;

const MODES: [&str; 5] = ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];

fn merged(verdict: &Verdict) -> String {
    verdict.merged.as_ref().map_or("—".to_owned(), merge::Object::to_json)
}

fn contested(verdict: &Verdict) -> Vec<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| format!("{} {}", field.path, field.reason)).collect()
}

#[test]
fn v01_absent_null_empty_text_and_a_value_stay_what_they_are() {
    let plain = Policy::default();
    for ours in ["{}", r#"{"v":null}"#, r#"{"v":""}"#, r#"{"v":"x"}"#] {
        let verdict = merge_texts(&plain, r#"{"v":"old"}"#, ours, r#"{"v":"old"}"#);
        assert_eq!(merged(&verdict), ours);
    }
    let unfetched = Row::read(object(r#"{"id":1,"$unfetched":["v"]}"#), 1).expect("a row");
    assert_eq!((unfetched.record.to_json().as_str(), unfetched.unfetched.len()), (r#"{"id":1}"#, 1));
}

#[test]
fn v02_an_empty_text_that_is_blank_is_a_list_without_items_in_base() {
    let cases = [
        ("list = 'set'", "[1]", "[2]", "[1,2]"),
        ("list = 'multiset'", "[1]", "[2,1]", "[1,1,2]"),
        ("list = 'keyed'\nkey = ['k']", r#"[{"k":1}]"#, r#"[{"k":2}]"#, r#"[{"k":1},{"k":2}]"#),
    ];
    for (list, ours, theirs, both) in cases {
        let field = format!("[[field]]\npath = 'v'\ncompare = ['empty_null']\n{list}");
        let record = |value: &str| format!(r#"{{"v":{value}}}"#);
        let verdict = merge_texts(&policy(&field), r#"{"v":""}"#, &record(ours), &record(theirs));
        assert_eq!((merged(&verdict), verdict.conflict), (record(both), None), "{list}");
    }
    let union = policy("resolvers = ['union']\ncompare = ['empty_null']");
    let verdict = merge_texts(&union, r#"{"v":""}"#, r#"{"v":[1]}"#, r#"{"v":[2]}"#);
    assert_eq!(merged(&verdict), r#"{"v":[1,2]}"#);
}

#[test]
fn p01_what_changed_does_not_depend_on_the_mode() {
    let (base, ours, theirs) = (r#"{"v":1,"w":1,"x":1}"#, r#"{"v":2,"w":2,"x":1}"#, r#"{"v":3,"w":1,"x":3}"#);
    let rules = |mode: &str| -> Vec<(String, Rule)> {
        let verdict = merge_texts(&policy(&format!("mode = '{mode}'\nhold = 'field'")), base, ours, theirs);
        verdict.decisions.iter().map(|line| (line.path.to_string(), line.rule)).collect()
    };
    for mode in MODES {
        let found =
            [("v", Rule::F5), ("w", Rule::F2), ("x", Rule::F3)].map(|(path, rule)| (path.to_owned(), rule));
        assert_eq!(rules(mode), found, "{mode}");
    }
}

#[test]
fn p02_a_resolving_mode_is_for_conflicts_and_an_always_mode_for_all() {
    let values = |ours: &str, theirs: &str| {
        MODES.map(|mode| {
            merged(&merge_texts(&policy(&format!("mode = '{mode}'")), r#"{"v":1}"#, ours, theirs))
        })
    };
    let [one, two, three] = [r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":3}"#];
    assert_eq!(values(two, three), [two, two, three, two, three]);
    assert_eq!(values(two, one), [two, two, two, two, one]);
    assert_eq!(values(one, three), [three, three, three, one, three]);
}

#[test]
fn n03_what_is_written_is_a_raw_value_of_a_side() {
    let settings = policy("compare = ['nfkc', 'trim', 'space', 'case', 'decimal']");
    for raw in [r#"{"v":" ANN  b "}"#, r#"{"v":"\u2460"}"#, r#"{"v":"1.50"}"#] {
        let verdict = merge_texts(&settings, r#"{"v":"x"}"#, raw, r#"{"v":"X"}"#);
        let Some(PlannedWrite::Update { record, .. }) = &verdict.write_theirs else { panic!("{raw}") };
        assert_eq!((record, verdict.merged.as_ref()), (&object(raw), Some(&object(raw))));
    }
}

#[test]
fn n06_the_spelling_of_a_converged_value_is_the_modes_or_the_greater() {
    let (base, ours, theirs) = (r#"{"v":"a"}"#, r#"{"v":"bo"}"#, r#"{"v":"BO"}"#);
    let spelt = |mode| {
        merged(&merge_texts(&policy(&format!("mode = '{mode}'\ncompare = ['case']")), base, ours, theirs))
    };
    assert_eq!(MODES.map(spelt), [ours, ours, theirs, ours, theirs]);
}

#[test]
fn n07_equal_compare_forms_never_cause_a_write() {
    for mode in MODES {
        let settings = policy(&format!("mode = '{mode}'\ncompare = ['case', 'trim']"));
        for (base, ours, theirs) in [("a", "A", " a"), ("x", "a", "A ")] {
            let record = |text: &str| format!(r#"{{"v":"{text}","n":1.0}}"#);
            let verdict = merge_texts(&settings, &record(base), &record(ours), &record(theirs));
            assert!(verdict.write_ours.is_none() && verdict.write_theirs.is_none(), "{mode} {base}");
        }
    }
}

#[test]
fn a08_new_items_stand_in_canonical_order() {
    let settings = policy("[[field]]\npath = 'v'\nlist = 'set'");
    let ours = r#"{"v":["b",{"x":1},10,true,"B"]}"#;
    let theirs = r#"{"v":[[2],"a",9,false,null,1e1]}"#;
    let verdict = merge_texts(&settings, r#"{"v":[]}"#, ours, theirs);
    assert_eq!(merged(&verdict), r#"{"v":[null,false,true,9,1e1,"B","a","b",[2],{"x":1}]}"#);
}

#[test]
fn r16_what_is_put_back_is_the_surviving_record() {
    let (base, theirs) = (r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#);
    let verdict = merge_texts(&policy("mode = 'resolve_theirs'"), base, "—", theirs);
    assert_eq!(verdict.write_ours, Some(PlannedWrite::Create { record: object(theirs) }));
    assert_eq!(verdict.write_theirs, None);
}

#[test]
fn d01_each_state_of_a_record_has_an_answer_of_its_own() {
    let outcome = |theirs| merge_texts(&Policy::default(), r#"{"v":1}"#, r#"{"v":1}"#, theirs).outcome;
    assert_eq!(
        [r#"{"v":1}"#, "—", "?", "out"].map(outcome),
        [Outcome::Unchanged, Outcome::DeletedTheirs, Outcome::Missing, Outcome::OutOfScope]
    );
}

#[test]
fn d03_a_reserved_member_says_in_which_state_a_record_is() {
    let state = |text: &str| Row::read(object(text), 1).map(|row| (row.state, row.record.to_json()));
    let bare = r#"{"id":1}"#.to_owned();
    assert_eq!(state(r#"{"id":1,"$state":"deleted"}"#), Ok((State::Deleted, bare.clone())));
    assert_eq!(state(r#"{"id":1,"$state":"missing"}"#), Ok((State::Missing, bare.clone())));
    assert_eq!(state(r#"{"id":1,"$state":"out_of_scope"}"#), Ok((State::OutOfScope, bare)));
    assert!(state(r#"{"id":1,"$state":"gone"}"#).is_err());
}

#[test]
fn b02_a_first_run_links_creates_and_asks_and_never_deletes() {
    for mode in MODES {
        let settings = policy(&format!("mode = '{mode}'"));
        for (ours, theirs) in [(r#"{"v":1}"#, "—"), ("—", r#"{"v":1}"#), (r#"{"v":1}"#, r#"{"v":2}"#)] {
            let verdict = merge_texts(&settings, "—", ours, theirs);
            let deletes = |write: &Option<PlannedWrite>| matches!(write, Some(PlannedWrite::Delete));
            assert!(
                !deletes(&verdict.write_ours) && !deletes(&verdict.write_theirs),
                "{mode} {ours} {theirs}"
            );
        }
    }
}

#[test]
fn c04_decisions_lead_from_base_to_merged_and_keep_what_lost() {
    let base = r#"{"v":1,"w":1,"n":{"x":1,"y":1}}"#;
    let verdict = merge_texts(
        &policy("mode = 'resolve_theirs'"),
        base,
        r#"{"v":2,"n":{"x":5,"y":1}}"#,
        r#"{"v":3,"w":1,"n":{"x":1,"y":6}}"#,
    );
    assert_eq!(apply(Some(&object(base)), &verdict.decisions), verdict.merged);
    let line = verdict.decisions.iter().find(|line| line.rule == Rule::F5).expect("v was settled");
    assert_eq!(
        (line.conflict, &line.ours, &line.value),
        (false, &Some(Value::from(2)), &Some(Value::from(3)))
    );
}

#[test]
fn x04_keys_compare_exactly_and_sort_by_kind_then_value() {
    let key = |text: &str| RecordKey::from_object(&object(text), &["id".to_owned()]);
    let sorted =
        [r#"{"id":9}"#, r#"{"id":10}"#, r#"{"id":"10"}"#, r#"{"id":"9"}"#, r#"{"id":"A"}"#, r#"{"id":"a"}"#];
    let keys: Vec<RecordKey> = sorted.iter().map(|text| key(text).expect("a key")).collect();
    assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(key(r#"{"id":1.0}"#), key(r#"{"id":1}"#));
    for bad in ["{}", r#"{"id":""}"#, r#"{"id":null}"#, r#"{"id":true}"#, r#"{"id":[1]}"#] {
        assert!(key(bad).is_err(), "{bad}");
    }
}

#[test]
fn x09_contested_paths_are_sorted_with_their_values_and_who_has_them() {
    let verdict =
        merge_texts(&Policy::default(), r#"{"b":1,"a.c":1}"#, r#"{"a.c":2,"b":null}"#, r#"{"a.c":3,"b":4}"#);
    assert_eq!(contested(&verdict), [r#"["a.c"] both_changed"#, "b both_changed"]);
    let conflict = verdict.conflict.expect("a question");
    assert_eq!((conflict.present.base, conflict.present.ours, conflict.present.theirs), (true, true, true));
    assert_eq!(conflict.fields[1].ours, Some(Value::Null), "null is a value that is there");
    let deleted = merge_texts(&Policy::default(), r#"{"b":1,"c":1}"#, "—", r#"{"b":4,"c":1}"#);
    assert_eq!(contested(&deleted), ["b deleted"]);
    assert!(!deleted.conflict.expect("a question").present.ours);
}

#[test]
fn x11_an_outcome_says_who_contributed_or_who_settled_it() {
    let base = r#"{"v":1,"w":1}"#;
    for (settings, ours, theirs, outcome) in [
        ("", base, base, Outcome::Unchanged),
        ("", r#"{"v":2,"w":1}"#, base, Outcome::TakenOurs),
        ("", base, r#"{"v":2,"w":1}"#, Outcome::TakenTheirs),
        ("", r#"{"v":2,"w":1}"#, r#"{"v":1,"w":2}"#, Outcome::Merged),
        ("", r#"{"v":2,"w":1}"#, r#"{"v":2,"w":1}"#, Outcome::Converged),
        ("", r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#, Outcome::Conflict),
        ("mode = 'resolve_ours'", r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#, Outcome::Resolved),
        ("mode = 'always_ours'", base, r#"{"v":3,"w":1}"#, Outcome::Resolved),
        ("[[field]]\npath = 'v'\ncounter = true", r#"{"v":2,"w":1}"#, r#"{"v":3,"w":1}"#, Outcome::Merged),
        ("mode = 'always_theirs'", "—", base, Outcome::Restored),
    ] {
        assert_eq!(
            merge_texts(&policy(settings), base, ours, theirs).outcome,
            outcome,
            "{settings} {ours} {theirs}"
        );
    }
}

#[test]
fn x12_paths_that_stay_as_in_base_have_no_line_except_reverts() {
    let (base, theirs) = (r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#);
    let reverted = merge_texts(&policy("mode = 'always_ours'"), base, base, theirs);
    assert_eq!(show(&reverted), r#"{"v":1,"w":1} resolved | F3 v=1 | theirs: update v → {"v":1,"w":1}"#);
    assert!(merge_texts(&Policy::default(), base, base, base).decisions.is_empty());
    let held = merge_texts(&Policy::default(), base, r#"{"v":3,"w":1}"#, theirs);
    assert_eq!((held.decisions[0].action, held.decisions[0].conflict), (Action::Hold, true));
    let deleted = merge_texts(&Policy::default(), base, "—", base);
    assert_eq!((deleted.decisions[0].action, &deleted.decisions[0].value), (Action::Record, &None));
}

#[test]
fn x12_an_open_path_has_a_line_although_it_stays_as_in_base() {
    let asking = policy("hold = 'field'\nblank = { theirs_to_ours = 'ask' }");
    let verdict = merge_texts(&asking, r#"{"room":"B12"}"#, r#"{"room":"B12"}"#, "{}");
    assert_eq!(contested(&verdict), ["room blank"]);
    let lines: Vec<_> = verdict.decisions.iter().map(|line| (line.path.to_string(), line.conflict)).collect();
    assert_eq!(lines, [("room".to_owned(), true)]);
}

#[test]
fn v03_p09_an_ignored_path_that_was_not_fetched_is_not_warned_about() {
    let (sent, key) = (object(r#"{"room":"B12","etag":"1"}"#), RecordKey::from(1));
    let unfetched = ["etag", "room"].map(FieldPath::field);
    let input = Input {
        base: Some(&sent),
        ours: Presence::Live(&sent),
        theirs: Presence::Live(&sent),
        unfetched_theirs: &unfetched,
        ..Input::new("section", &key)
    };
    let verdict = merge_record(&policy("mode = 'always_theirs'\nignore = ['etag']"), &input);
    let warned: Vec<String> = verdict.warnings.iter().map(|warning| warning.path.to_string()).collect();
    assert_eq!(warned, ["room"]);
}

#[test]
fn f08_a_blank_that_stays_blank_asks_nobody() {
    let asking = policy("blank = { ours_to_theirs = 'ask', theirs_to_ours = 'ask' }");
    let verdict = merge_texts(&asking, "{}", r#"{"room":null}"#, r#"{"room":"B12"}"#);
    assert_eq!(
        show(&verdict),
        r#"{"room":"B12"} taken_theirs | F3 room="B12" | ours: update room → {"room":"B12"}"#
    );
    let verdict = merge_texts(&asking, r#"{"room":"A01"}"#, r#"{"room":"A01"}"#, r#"{"room":"B12"}"#);
    assert_eq!(verdict.outcome, Outcome::TakenTheirs, "what is not blank is no blank's business");
}

#[test]
fn n04_a_coarse_instant_that_is_the_same_as_two_finer_ones_has_changed_nothing() {
    let instants = policy("compare = ['instant']");
    let at = |text: &str| format!(r#"{{"at":"2026-03-01T10:{text}Z"}}"#);
    let verdict = merge_texts(&instants, &at("00:31"), &at("00"), &at("00:45"));
    assert_eq!(verdict.decisions[0].rule, Rule::F3);
    assert_eq!((verdict.outcome, merged(&verdict)), (Outcome::TakenTheirs, at("00:45")));
}

#[test]
fn o04_lists_in_place_of_a_value_that_was_none_are_not_put_together() {
    for kind in ["list = 'set'", "list = 'multiset'", "list = 'keyed'\nkey = ['k']"] {
        let lists = policy(&format!("[[field]]\npath = 'v'\n{kind}"));
        let verdict = merge_texts(&lists, r#"{"v":"x"}"#, r#"{"v":[{"k":1}]}"#, r#"{"v":[{"k":2}]}"#);
        assert_eq!(contested(&verdict), ["v both_changed"], "{kind}");
    }
}

#[test]
fn a04_what_makes_an_item_blank_does_not_make_its_list_blank() {
    let lists = "[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']\n[[field]]\npath = 'v[*]'\ncompare = ['empty_null']";
    let verdict = merge_texts(&policy(lists), r#"{"v":""}"#, r#"{"v":[{"k":1}]}"#, r#"{"v":[{"k":2}]}"#);
    assert_eq!(contested(&verdict), ["v both_changed"]);
}

#[test]
fn a04_p08_an_item_that_a_mode_has_settled_is_no_persons_choice() {
    let lists = policy("mode = 'resolve_theirs'\n[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']");
    let item = |room: &str| format!(r#"{{"v":[{{"k":1,"room":"{room}"}}]}}"#);
    let verdict = merge_texts(&lists, &item("A01"), &item("B12"), &item("C03"));
    assert_eq!(verdict.decisions[0].to_string(), "A4, level=type, mode=resolve_theirs");
    assert_eq!(merged(&verdict), item("C03"));
}
