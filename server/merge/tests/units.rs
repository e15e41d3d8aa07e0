//! Units, that is groups of fields and strict records (MS F10, R13), where a side sends a blank or has sent nothing.

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{FieldPath, Input, Outcome, Policy, Presence, RecordKey, Value, Verdict, merge_record};
use record::{merge_texts, object, policy};
use show::show;

/// The same settings for a strict record and for a group of all its fields.
fn units(settings: &str) -> [Policy; 2] {
    let group = format!("{settings}\n[[group]]\nname = 'g'\npaths = ['a', 'n', 'name', 'room', 'tags']");
    [policy(&format!("strict = true\n{settings}")), policy(&group)]
}

fn merge_each(settings: &str, base: &str, ours: &str, theirs: &str) -> [Verdict; 2] {
    units(settings).map(|policy| merge_texts(&policy, base, ours, theirs))
}

fn contested(verdict: &Verdict) -> Vec<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| field.path.to_string()).collect()
}

#[test]
fn f08_a_blank_that_never_clears_counts_as_unchanged_in_a_unit() {
    for mode in ["manual", "resolve_ours", "resolve_theirs"] {
        let settings = format!("mode = '{mode}'\nblank = {{ theirs_to_ours = 'never_clear' }}");
        let [base, ours, theirs] = [r#"{"room":"1.0"}"#, r#"{"name":"x","room":"1.0"}"#, r#"{"name":"x"}"#];
        for verdict in merge_each(&settings, base, ours, theirs) {
            assert_eq!(
                show(&verdict),
                r#"{"room":"1.0","name":"x"} converged | F4 name="x", F8 room="1.0" | theirs: update room → {"name":"x","room":"1.0"}"#
            );
        }
    }
}

#[test]
fn f08_a_blank_that_was_turned_down_in_a_unit_is_in_the_journal() {
    let settings = "blank = { theirs_to_ours = 'never_clear' }";
    for verdict in merge_each(settings, r#"{"room":"2"}"#, r#"{"room":"2","name":"x"}"#, "{}") {
        assert_eq!(verdict.outcome, Outcome::TakenOurs);
        let lines: Vec<String> =
            verdict.decisions.iter().map(|line| format!("{} {}", line.path, line.rule)).collect();
        assert!(lines.contains(&"room F8".to_owned()), "{lines:?}");
        assert_eq!(verdict.merged, Some(object(r#"{"room":"2","name":"x"}"#)));
    }
}

#[test]
fn f08_a_blank_that_never_clears_is_not_contested_in_a_unit() {
    let settings = "blank = { ours_to_theirs = 'never_clear' }";
    for verdict in merge_each(settings, r#"{"n":1}"#, r#"{"tags":[1]}"#, r#"{"n":1,"a":"x"}"#) {
        let mut paths = contested(&verdict);
        paths.sort();
        assert_eq!(paths, ["a", "tags"]);
    }
}

#[test]
fn f08_a_mode_that_settles_a_unit_does_not_clear_what_is_never_cleared() {
    let settings =
        "mode = 'resolve_theirs'\nblank = { ours_to_theirs = 'ask', theirs_to_ours = 'never_clear' }";
    for (ours, theirs, merged) in [
        (r#"{"n":1}"#, r#"{"a":2}"#, r#"{"a":2,"n":1}"#),
        (r#"{"a":4,"n":1}"#, r#"{"a":3}"#, r#"{"a":3,"n":1}"#),
        (r#"{"a":4,"n":5}"#, r#"{"a":3}"#, r#"{"a":3,"n":1}"#),
    ] {
        for verdict in merge_each(settings, r#"{"a":2,"n":1}"#, ours, theirs) {
            assert_eq!(verdict.merged, Some(object(merged)), "{ours} {theirs}");
            assert_eq!(verdict.outcome, Outcome::Resolved);
        }
    }
}

#[test]
fn v03_what_an_always_side_did_not_send_in_a_unit_is_not_put_back() {
    let (empty, sent, unfetched) = (object("{}"), object(r#"{"tags":[1]}"#), [FieldPath::field("tags")]);
    let key = RecordKey::from(1);
    let input = Input { base: Some(&empty), ..Input::new("thing", &key) };
    let from_theirs = Input {
        ours: Presence::Live(&empty),
        theirs: Presence::Live(&sent),
        unfetched_ours: &unfetched,
        ..input
    };
    let from_ours = Input {
        ours: Presence::Live(&sent),
        theirs: Presence::Live(&empty),
        unfetched_theirs: &unfetched,
        ..input
    };
    for (mode, input, outcome) in
        [("always_ours", from_theirs, Outcome::TakenTheirs), ("always_theirs", from_ours, Outcome::TakenOurs)]
    {
        for policy in units(&format!("mode = '{mode}'")) {
            let verdict = merge_record(&policy, &input);
            assert_eq!((verdict.outcome, verdict.merged), (outcome, Some(sent.clone())), "{mode}");
        }
    }
}

/// Contested paths with their reasons.
fn reasons(verdict: &Verdict) -> Vec<String> {
    let fields = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    fields.map(|field| format!("{} {}", field.path, field.reason)).collect()
}

#[test]
fn f08_a_person_is_asked_whichever_side_cleared_a_member_of_a_unit() {
    let settings = "blank = { ours_to_theirs = 'ask', theirs_to_ours = 'ask' }";
    let (base, cleared) = (r#"{"name":"x","room":"B12"}"#, r#"{"name":"x"}"#);
    for (ours, theirs) in [(cleared, base), (base, cleared)] {
        for verdict in merge_each(settings, base, ours, theirs) {
            assert_eq!(reasons(&verdict), ["room blank"], "{ours} {theirs}");
        }
    }
}

#[test]
fn f08_a_blank_beside_a_clash_is_a_question_about_the_unit() {
    let settings = "blank = { theirs_to_ours = 'ask' }";
    let [base, ours, theirs] =
        [r#"{"name":"x","room":"1"}"#, r#"{"name":"y","room":"1"}"#, r#"{"name":"x"}"#];
    let reasons = merge_each(settings, base, ours, theirs).map(|verdict| reasons(&verdict));
    assert_eq!(reasons, [["name strict", "room strict"], ["name group", "room group"]]);
}

#[test]
fn f12_a_unit_without_base_is_asked_about_or_filled_as_a_whole() {
    let (filled, blank) = (r#"{"name":"x","room":"1"}"#, r#"{"name":null}"#);
    for (ours, theirs, receiver) in [(filled, blank, "theirs"), (blank, filled, "ours")] {
        for verdict in merge_each("", "—", ours, theirs) {
            assert_eq!(reasons(&verdict), ["name no_base", "room no_base"]);
        }
        for verdict in merge_each("no_base_blank = 'fill'", "—", ours, theirs) {
            assert_eq!(verdict.merged.as_ref(), Some(&object(filled)));
            let written = [verdict.write_ours.is_some(), verdict.write_theirs.is_some()];
            assert_eq!(written, [receiver == "ours", receiver == "theirs"]);
        }
    }
    for verdict in merge_each("no_base_blank = 'fill'", "—", filled, r#"{"name":"y"}"#) {
        assert_eq!(reasons(&verdict), ["name no_base", "room no_base"], "a part of a unit fills nothing");
    }
}

#[test]
fn n06_blanks_of_a_unit_that_fills_the_other_are_spelt_the_same_whichever_side_has_them() {
    for (ours, theirs) in [(r#"{"name":"x"}"#, r#"{"room":null}"#), (r#"{"room":null}"#, r#"{"name":"x"}"#)] {
        for verdict in merge_each("no_base_blank = 'fill'", "—", ours, theirs) {
            let merged = verdict.merged.expect("a record");
            assert!(merged.same_json(&object(r#"{"name":"x","room":null}"#)), "{merged}");
        }
    }
}

#[test]
fn f10_a_unit_taken_from_a_side_has_its_spelling_of_what_stayed_the_same() {
    let base = r#"{"name":"Ann","room":"1"}"#;
    let (edited, other) = (r#"{"name":"ANN","room":"2"}"#, r#"{"name":"Ann","room":"3"}"#);
    for verdict in merge_each("compare = ['case']", base, edited, base) {
        assert_eq!(verdict.merged, Some(object(edited)));
    }
    for verdict in merge_each("compare = ['case']\nmode = 'resolve_ours'", base, edited, other) {
        assert_eq!(verdict.merged, Some(object(edited)));
        assert_eq!(verdict.outcome, Outcome::Resolved);
    }
    let cleared = r#"{"name":"ANN"}"#;
    let asked = "compare = ['case']\nmode = 'resolve_ours'\nblank = { ours_to_theirs = 'ask' }";
    for verdict in merge_each(asked, base, cleared, base) {
        assert_eq!(verdict.merged, Some(object(cleared)), "F8");
        assert_eq!(verdict.outcome, Outcome::Resolved);
    }
}

#[test]
fn l05_a_small_change_that_a_unit_from_the_other_side_replaces_is_in_the_journal() {
    let small = "[[field]]\npath = 'n'\ntolerance = 0.5";
    let [base, ours, theirs] =
        [r#"{"n":10,"room":"1"}"#, r#"{"n":10.2,"room":"1"}"#, r#"{"n":10,"room":"2"}"#];
    for verdict in merge_each(small, base, ours, theirs) {
        assert_eq!(verdict.merged, Some(object(theirs)));
        let lines: Vec<(String, Option<&Value>)> =
            verdict.decisions.iter().map(|line| (line.path.to_string(), line.ours.as_ref())).collect();
        let (n, room) = (object(ours).remove("n"), Value::from("1"));
        assert_eq!(lines, [("n".to_owned(), n.as_ref()), ("room".to_owned(), Some(&room))], "N7, F10");
    }
}

#[test]
fn x11_an_always_side_that_fills_the_other_without_base_has_resolved_something() {
    for (mode, ours, theirs) in
        [("always_ours", r#"{"room":"1"}"#, "{}"), ("always_theirs", "{}", r#"{"room":"1"}"#)]
    {
        for verdict in merge_each(&format!("mode = '{mode}'"), "—", ours, theirs) {
            assert_eq!(verdict.outcome, Outcome::Resolved, "{mode}");
        }
    }
}

#[test]
fn f04_what_both_sides_changed_alike_is_no_part_of_what_a_mode_settles() {
    let [base, ours] = [r#"{"name":"x","room":"1"}"#, r#"{"name":"y","room":"2"}"#];
    for verdict in merge_each("mode = 'resolve_ours'", base, ours, r#"{"name":"z","room":"2"}"#) {
        let rules: Vec<String> = verdict.decisions.iter().map(|line| line.rule.to_string()).collect();
        assert_eq!(rules[1], "F4", "{rules:?}");
        assert_eq!(verdict.merged, Some(object(ours)));
    }
}
