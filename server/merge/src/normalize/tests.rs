use super::*;
use crate::policy::Compare;

fn same_under(compare: &[&str], a: &str, b: &str) -> bool {
    let names = compare.iter().map(|name| name.parse::<Comparator>().expect("comparator"));
    let compare: Compare = names.collect();
    normal_text(compare, a) == normal_text(compare, b)
}

#[test]
fn n1_text_is_compared_in_nfc() {
    assert!(same_under(&[], "e\u{301}", "\u{e9}"));
    assert!(!same_under(&[], "e", "\u{e9}"));
    assert!(!same_under(&["bytes"], "e\u{301}", "\u{e9}"), "bytes turns NFC off too");
    assert!(!same_under(&["bytes", "case", "trim"], " A", "a"), "bytes turns everything off");
}

#[test]
fn n1_each_comparator_makes_its_own_spellings_equal_and_no_others() {
    for (compare, a, b) in [
        ("nfkc", "\u{fb01}ne", "fine"),
        ("trim", "\u{a0} Ann\t", "Ann"),
        ("space", "a \n\u{2003} b", "a b"),
        ("case", "STRASSE", "Stra\u{df}e"),
        ("case", "\u{1e9e}", "ss"),
        ("case", "\u{3a3}\u{3c2}", "\u{3c3}\u{3c3}"),
        ("case", "\u{c9}cole", "e\u{301}COLE"),
        ("decimal", "1.50", "+01.5"),
        ("decimal", "-0", "0.0"),
        ("decimal", "1e2", "100"),
    ] {
        assert!(same_under(&[compare], a, b), "{compare}: {a:?} {b:?}");
        assert!(!same_under(&[], a, b), "without {compare}: {a:?} {b:?}");
    }
    assert!(!same_under(&["space"], " a", "a"), "space alone keeps the blank at the end");
    assert!(!same_under(&["decimal"], "1.5.0", "1.5") && !same_under(&["decimal"], "abc", "0"));
    assert!(!same_under(&["case"], "\u{131}", "i"), "the dotless i is a letter of its own");
}

#[test]
fn n1_comparators_work_one_after_another_in_their_order() {
    assert!(same_under(&["case", "trim", "nfkc"], "\u{ff21}\u{3000}", "a"));
    assert!(same_under(&["trim", "decimal"], " 1.0 ", "1"));
    assert!(same_under(&["space", "trim"], "  a   b ", "a b"));
}

#[test]
fn n2_numeric_text_is_no_number() {
    let policy = Policy::from_toml("compare = [\"decimal\"]").expect("policy");
    let same = |a: &Value, b: &Value| Comparing::new(&policy).same(&mut Vec::new(), Some(a), Some(b));
    assert!(same(&Value::from("1.0"), &Value::from("1")));
    assert!(!same(&Value::from("1"), &Value::from(1)));
}

#[test]
fn v2_empty_null_makes_empty_text_blank_after_trimming() {
    let policy = Policy::from_toml("compare = [\"trim\", \"empty_null\"]").expect("policy");
    let comparing = Comparing::new(&policy);
    for blank in [None, Some(Value::Null), Some("".into()), Some(" \t".into())] {
        assert!(comparing.is_blank(&[], blank.as_ref()), "{blank:?}");
        assert!(comparing.same(&mut Vec::new(), blank.as_ref(), None));
    }
    let plain = Policy::default();
    assert!(!Comparing::new(&plain).is_blank(&[], Some(&"".into())));
}

#[test]
fn v5_kinds_never_equal_each_other() {
    let policy = Policy::default();
    let values = [r#""1""#, "1", "true", "[1]", r#"{"a":1}"#, r#""""#, "[]", "{}", "null", "false"];
    let values = values.map(|text| json::parse(text.as_bytes()).expect("JSON"));
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            let same = Comparing::new(&policy).same(&mut Vec::new(), Some(a), Some(b));
            assert_eq!(same, i == j, "{a} {b}");
        }
    }
}

#[test]
fn the_form_of_equal_values_is_one_text() {
    let policy = Policy::from_toml("ignore = ['e']\ncompare = ['case']\n[[field]]\npath='s'\nlist='set'");
    let policy = policy.expect("policy");
    let value = |text: &str| json::parse(text.as_bytes()).expect("JSON");
    let comparing = Comparing::new(&policy);
    for (a, b, same) in [
        (r#"{"s":[1,2,2],"x":"A","e":1}"#, r#"{"x":"a","s":[2,1.0],"n":null}"#, true),
        (r#"{"l":[1,2]}"#, r#"{"l":[2,1]}"#, false),
        (r#"{"l":["1"]}"#, r#"{"l":[1]}"#, false),
    ] {
        let (a, b) = (value(a), value(b));
        assert_eq!(comparing.same(&mut Vec::new(), Some(&a), Some(&b)), same, "{a} {b}");
        assert_eq!(
            comparing.form(&mut Vec::new(), &a) == comparing.form(&mut Vec::new(), &b),
            same,
            "{a} {b}"
        );
    }
}
