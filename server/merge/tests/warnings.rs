//! Warnings are told with the whole path of the text they are about (MS A6, N4, N5).

#[path = "support/record.rs"]
mod record;

use record::{merge_texts, policy};

fn told(settings: &str, [base, ours, theirs]: [&str; 3]) -> Vec<String> {
    let verdict = merge_texts(&policy(settings), base, ours, theirs);
    let told = |one: &merge::Warning| {
        let side = one.side.map(|side| format!(" {side}")).unwrap_or_default();
        format!("{} {}{side}", one.code, one.path)
    };
    verdict.warnings.iter().map(told).collect()
}

const TIMES: &str =
    "[[field]]\npath = '*.at'\ncompare = ['instant']\n[[field]]\npath = 'l[*].at'\ncompare = ['instant']\n";

#[test]
fn n04_a_text_in_a_nested_object_is_told_with_its_path() {
    let base = r#"{"o":{"at":"2026-03-01T10:00Z"}}"#;
    assert_eq!(told(TIMES, [base, r#"{"o":{"at":"soon"}}"#, base]), ["not_a_time o.at ours"]);
    assert_eq!(told(TIMES, [base, base, r#"{"o":{"at":"soon"}}"#]), ["not_a_time o.at theirs"]);
    assert!(told(TIMES, [base, r#"{"o":{"at":"2026-03-01T11:00Z"}}"#, base]).is_empty());
}

#[test]
fn n04_an_object_that_is_one_value_is_looked_into() {
    for base in ["{}", r#"{"o":7}"#] {
        assert_eq!(told(TIMES, [base, r#"{"o":{"at":"soon"}}"#, base]), ["not_a_time o.at ours"], "{base}");
    }
    let hidden = format!("ignore = ['o.at']\n{TIMES}");
    assert!(told(&hidden, ["{}", r#"{"o":{"at":"soon"}}"#, "{}"]).is_empty(), "P9");
}

#[test]
fn n04_items_of_keyed_lists_are_told_by_their_keys() {
    let keyed = format!("{TIMES}[[field]]\npath = 'l'\nlist = 'keyed'\nkey = ['k']");
    let base = r#"{"l":[{"k":1,"at":"old"},{"k":2,"at":"2026-03-01T10:00Z"}]}"#;
    let ours = r#"{"l":[{"k":1,"at":"old"},{"k":2,"at":"soon"}]}"#;
    let theirs = r#"{"l":[{"k":1,"at":"old","p":1},{"k":2,"at":"2026-03-01T10:00Z"},{"k":3,"at":"later"}]}"#;
    let both = ["not_a_time l[k=2].at ours", "not_a_time l[k=3].at theirs"];
    assert_eq!(told(&keyed, [base, ours, theirs]), both, "what base had was told when it came");
    let whole = format!("{TIMES}[[field]]\npath = 'l'\nlist = 'ordered'");
    assert_eq!(
        told(&whole, [base, ours, base]),
        ["not_a_time l.at ours"],
        "items without a key have no place of their own"
    );
}

#[test]
fn n05_codes_in_lists_are_told_once_for_each_place() {
    let maps = "[map.rooms]\nB1 = 'North 1'\n[[field]]\npath = 'l'\nlist = 'set'\ncompare = ['map:rooms']";
    assert_eq!(
        told(maps, [r#"{"l":["B1"]}"#, r#"{"l":["B1","B8","B9"]}"#, r#"{"l":["B7"]}"#]),
        ["unmapped l ours"]
    );
}

#[test]
fn n04_members_of_groups_and_strict_records_are_told_too() {
    let time = "[[field]]\npath = 'at'\ncompare = ['instant']\n";
    let base = r#"{"at":"2026-03-01T10:00Z","v":1}"#;
    for unit in
        [format!("strict = true\n{time}"), format!("{time}[[group]]\nname = 'g'\npaths = ['at', 'v']")]
    {
        assert_eq!(told(&unit, [base, r#"{"at":"soon","v":1}"#, base]), ["not_a_time at ours"], "{unit}");
    }
}

#[test]
fn a06_lists_inside_objects_and_items_say_where_their_keys_are_bad() {
    let list = |path: &str| format!("[[field]]\npath = '{path}'\nlist = 'keyed'\nkey = ['k']\n");
    let keyed = ["l", "l[*].m", "o.l"].map(list).concat();
    let twice = r#"{"l":[{"k":1,"m":[{"k":1},{"k":1}]}]}"#;
    assert_eq!(told(&keyed, [r#"{"l":[{"k":1}]}"#, twice, r#"{"l":[{"k":1}]}"#]), ["list_key l[k=1].m"]);
    assert_eq!(told(&keyed, ["{}", r#"{"o":{"l":[{}]}}"#, "{}"]), ["list_key o.l"]);
    let bad = r#"{"l":[{"k":null}]}"#;
    assert_eq!(told(&keyed, [bad, r#"{"l":[]}"#, bad]), ["list_key l"], "in base, too");
}

#[test]
fn a06_n04_nothing_is_told_of_a_value_that_no_side_has_changed() {
    let rules =
        "[[field]]\npath = 'l'\nlist = 'keyed'\nkey = ['k']\n[[field]]\npath = 'at'\ncompare = ['instant']";
    let record = |v: i64| format!(r#"{{"at":"soon","l":[{{"k":null}}],"v":{v}}}"#);
    assert!(told(rules, [&record(1), &record(2), &record(1)]).is_empty(), "another field changed");
}
