//! How far a value may be from base and still count as unchanged (MS N7).

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{Known, Policy, Tolerance, apply, base};
use record::{merge_texts, object, policy};
use show::show;

const HALF: &str = "[[field]]\npath = 'v'\ntolerance = 0.5";

/// One field of three versions, and what became of it.
fn shown(policy: &Policy, [base, ours, theirs]: [&str; 3]) -> String {
    let record = |value: &str| format!(r#"{{"v":{value}}}"#);
    show(&merge_texts(policy, &record(base), &record(ours), &record(theirs)))
}

#[test]
fn n07_a_value_within_the_tolerance_of_base_is_no_change_and_causes_no_write() {
    let half = policy(HALF);
    for near in ["10.5", "9.5", "10.49", "1E1"] {
        assert_eq!(shown(&half, ["10", near, "10"]), r#"{"v":10} unchanged"#, "{near}");
        assert_eq!(shown(&half, ["10", "10", near]), r#"{"v":10} unchanged"#, "{near}");
    }
    assert_eq!(shown(&half, ["10", "10.2", "9.8"]), r#"{"v":10} unchanged"#, "one on either side of it");
    let far = shown(&half, ["10", "10.500001", "10"]);
    assert_eq!(far, r#"{"v":10.500001} taken_ours | F2 v=10.500001 | theirs: update v → {"v":10.500001}"#);
    let without = shown(&Policy::default(), ["10", "10.5", "10"]);
    assert!(without.contains("taken_ours"), "off by default: {without}");
}

#[test]
fn n07_a_real_change_goes_over_a_small_one_and_nobody_is_asked() {
    let taken = shown(&policy(HALF), ["10", "10.3", "12"]);
    assert_eq!(taken, r#"{"v":12} taken_theirs | F3 v=12 | ours: update v → {"v":12}"#);
}

#[test]
fn n07_the_sides_are_compared_with_each_other_as_they_are() {
    let half = policy(HALF);
    let asked = merge_texts(&half, r#"{"v":10}"#, r#"{"v":12}"#, r#"{"v":12.3}"#);
    assert!(asked.conflict.is_some(), "both left base, and for different values");
    let equal = merge_texts(&half, r#"{"v":10}"#, r#"{"v":12}"#, r#"{"v":12.0}"#);
    assert_eq!(equal.outcome, merge::Outcome::Converged);
    let new = merge_texts(&half, "—", r#"{"v":10}"#, r#"{"v":10.3}"#);
    assert!(new.conflict.is_some(), "without a base there is nothing to be near to");
}

#[test]
fn n07_small_steps_do_not_add_up_unseen_because_base_stays() {
    let half = policy(HALF);
    let mut agreed = object(r#"{"v":10}"#);
    for step in [r#"{"v":10.4}"#, r#"{"v":10.3}"#] {
        let side = object(step);
        let joined = base::join(&half, Some(&agreed), Known::Held(&side), Known::Held(&side));
        assert!(joined.moved.is_empty());
        agreed = joined.base.expect("a base");
    }
    let verdict = merge_texts(&half, &agreed.to_json(), r#"{"v":10.8}"#, r#"{"v":10.4}"#);
    assert!(verdict.write_theirs.is_some(), "0.4 from what the other side has, 0.8 from base");
}

#[test]
fn n07_decimal_text_has_a_tolerance_and_other_text_has_none() {
    let text = policy("[[field]]\npath = 'v'\ntolerance = '0.5'\ncompare = ['decimal']");
    assert_eq!(shown(&text, [r#""10""#, r#""10.50""#, r#""10""#]), r#"{"v":"10"} unchanged"#);
    assert!(shown(&text, [r#""10""#, r#""10.6""#, r#""10""#]).contains("taken_ours"));
    assert!(shown(&text, [r#""10""#, "10.2", r#""10""#]).contains("taken_ours"), "another kind (V5)");
    let plain = policy(HALF);
    assert!(shown(&plain, [r#""10""#, r#""10.2""#, r#""10""#]).contains("taken_ours"));
}

#[test]
fn n07_instants_have_a_tolerance_in_time() {
    let minutes = policy("[[field]]\npath = 'v'\ntolerance = '2m'\ncompare = ['instant']");
    let base = r#""2026-03-01T10:00:00Z""#;
    for (moved, near) in [
        (r#""2026-03-01T10:02:00Z""#, true),
        (r#""2026-03-01T04:58:00-05:00""#, true),
        (r#""2026-03-01T10:02:01Z""#, false),
        (r#""soon""#, false),
    ] {
        assert_eq!(shown(&minutes, [base, moved, base]).contains("unchanged"), near, "{moved}");
    }
}

#[test]
fn n07_it_holds_inside_objects_and_lists_and_items_with_keys() {
    for list in ["atomic", "ordered"] {
        let inside = policy(&format!("[[field]]\npath = 'v'\ntolerance = 0.5\nlist = '{list}'"));
        assert_eq!(shown(&inside, ["[1,2]", "[1.5,2]", "[1,2]"]), r#"{"v":[1,2]} unchanged"#);
        assert_eq!(
            shown(&inside, [r#"{"a":1}"#, r#"{"a":1.5}"#, r#"{"a":1}"#]),
            r#"{"v":{"a":1}} unchanged"#
        );
    }
    for order in ["merge", "ignore"] {
        let keyed = format!("[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']\norder = '{order}'\n");
        let keyed = policy(&(keyed + "[[field]]\npath = 'v[*].p'\ntolerance = 0.5"));
        let (base, near) = (r#"[{"k":1,"p":1}]"#, r#"[{"k":1,"p":1.5}]"#);
        assert!(shown(&keyed, [base, near, base]).ends_with("unchanged"), "{order}");
        assert!(
            shown(&keyed, [base, near, "[]"]).contains("taken_theirs"),
            "{order}: untouched, so it may go"
        );
        let other = r#"[{"k":2,"p":1}]"#;
        assert!(shown(&keyed, [base, other, base]).contains("taken_ours"), "{order}: another item");
    }
    let group = policy(&format!("{HALF}\n[[group]]\nname = 'g'\npaths = ['v', 'w']"));
    let verdict = merge_texts(&group, r#"{"v":1,"w":1}"#, r#"{"v":1.2,"w":1}"#, r#"{"v":1,"w":2}"#);
    assert!(verdict.conflict.is_none(), "F10: only one side changed a member");
    let deleted = merge_texts(&policy(HALF), r#"{"v":1}"#, "—", r#"{"v":1.2}"#);
    assert_eq!(deleted.outcome, merge::Outcome::DeletedOurs, "R1: untouched");
}

#[test]
fn n07_a_tolerance_is_a_number_from_0_or_a_time_with_its_unit() {
    for (text, message) in [
        ("-1", "field[1].tolerance: must be a number from 0"),
        ("'soon'", "field[1].tolerance: must be a number from 0"),
        ("'5 m'", "field[1].tolerance: must be a number from 0"),
        ("'+5m'", "field[1].tolerance: must be a number from 0"),
        ("'5w'", "field[1].tolerance: must be a number from 0"),
        ("'99999999999s'", "field[1].tolerance: must be a number from 0"),
        ("'1e900'", "field[1].tolerance: must be a number from 0"),
        ("true", "field[1].tolerance: must be text"),
    ] {
        let file = format!("[[field]]\npath = 'v'\n\ntolerance = {text}");
        let error = Policy::from_toml(&file).expect_err("refused");
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(error.line, Some(4));
    }
    for rule in ["", "compare = ['decimal']", "compare = ['instant', 'bytes']"] {
        let file = format!("[[field]]\npath = 'v'\ntolerance = '5m'\n{rule}");
        let error = Policy::from_toml(&file).expect_err("no text is read as an instant");
        let expected = "field[1].tolerance: a time needs `compare = [\"instant\"]` (MS N7)";
        assert_eq!(error.to_string(), expected, "{rule}");
    }
    let elsewhere = "[[field]]\npath = 'v'\ntolerance = '5m'\n[[field]]\npath = '*'\ncompare = ['instant']";
    for read in ["compare = ['instant']\n[[field]]\npath = 'v'\ntolerance = '5m'", elsewhere] {
        assert!(Policy::from_toml(read).is_ok(), "{read}");
    }
    let twice = "[[field]]\npath = 'v'\ntolerance = 1\n[[field]]\npath = 'v'\ntolerance = 2";
    assert_eq!(Policy::from_toml(twice).expect_err("P4").member, "field[2].tolerance");
    for (text, read) in
        [("90s", "90s"), ("120s", "2m"), ("60m", "1h"), ("48h", "2d"), ("0s", "0s"), ("0.50", "0.50")]
    {
        assert_eq!(text.parse::<Tolerance>().map(|read| read.to_string()).as_deref(), Ok(read));
    }
}

#[test]
fn n07_l01_l02_l10_hold_for_every_small_number_near_base_and_far_from_it() {
    let numbers = || (-5..=5).map(|v: i32| format!(r#"{{"v":{v}}}"#));
    for mode in ["manual", "resolve_ours", "always_theirs"] {
        let one = policy(&format!("mode = '{mode}'\n[[field]]\npath = 'v'\ntolerance = 2"));
        for (ours, theirs) in numbers().flat_map(|ours| numbers().map(move |theirs| (ours.clone(), theirs))) {
            let verdict = merge_texts(&one, r#"{"v":0}"#, &ours, &theirs);
            let back = merge_texts(&one.mirror(), r#"{"v":0}"#, &theirs, &ours);
            assert_eq!(verdict.conflict.is_some(), back.conflict.is_some(), "L1 {mode} {ours} {theirs}");
            assert_eq!(
                verdict.write_ours.is_some(),
                back.write_theirs.is_some(),
                "L1 {mode} {ours} {theirs}"
            );
            assert_eq!(apply(Some(&object(r#"{"v":0}"#)), &verdict.decisions), verdict.merged, "L10");
            if verdict.conflict.is_none() {
                assert_eq!(verdict.merged, back.merged, "L1 {mode} {ours} {theirs}");
                let merged = verdict.merged.expect("a record").to_json();
                let again = merge_texts(&one, &merged, &merged, &merged);
                assert_eq!(again.outcome, merge::Outcome::Unchanged, "L2");
            }
        }
    }
}
