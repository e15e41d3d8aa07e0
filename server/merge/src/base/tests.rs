use super::*;

fn record(text: &str) -> Object {
    crate::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn joined(base: Option<&str>, ours: &str, theirs: &str) -> String {
    let base = base.map(record);
    let (ours, theirs) = (record(ours), record(theirs));
    let joined = join(&Policy::default(), base.as_ref(), Known::Held(&ours), Known::Held(&theirs));
    format!("{} moved {:?}", joined.base.map_or("-".to_owned(), |base| base.to_json()), joined.moved)
}

#[test]
fn b01_base_moves_per_path_and_only_where_both_sides_agree() {
    assert_eq!(
        joined(Some(r#"{"v":1,"w":1}"#), r#"{"v":2,"w":2}"#, r#"{"v":2,"w":3}"#),
        r#"{"v":2,"w":1} moved [v]"#
    );
    assert_eq!(joined(Some(r#"{"v":1}"#), r#"{"v":2}"#, r#"{"v":1}"#), r#"{"v":1} moved []"#);
    assert_eq!(
        joined(Some(r#"{"a":{"x":1,"y":1}}"#), r#"{"a":{"x":2,"y":2}}"#, r#"{"a":{"x":2,"y":1}}"#),
        r#"{"a":{"x":2,"y":1}} moved [a.x]"#
    );
}

#[test]
fn b01_equal_spellings_leave_base_as_it_is() {
    assert_eq!(joined(Some(r#"{"v":1}"#), r#"{"v":1.0}"#, r#"{"v":1.00}"#), r#"{"v":1} moved []"#);
    assert_eq!(joined(Some(r#"{"v":null}"#), "{}", r#"{"v":null}"#), r#"{"v":null} moved []"#);
}

#[test]
fn n06_of_two_spellings_base_keeps_the_greater_whichever_side_has_it() {
    assert_eq!(joined(Some(r#"{"v":1}"#), r#"{"v":2}"#, r#"{"v":2.0}"#), r#"{"v":2.0} moved [v]"#);
    assert_eq!(joined(Some(r#"{"v":1}"#), r#"{"v":2.0}"#, r#"{"v":2}"#), r#"{"v":2.0} moved [v]"#);
}

#[test]
fn o03_objects_that_share_nothing_leave_base_without_one() {
    assert_eq!(
        joined(Some(r#"{"v":null}"#), r#"{"v":{"a":1}}"#, r#"{"v":{"b":2}}"#),
        r#"{"v":null} moved []"#
    );
}

#[test]
fn b01_a_value_cleared_on_both_sides_leaves_base() {
    assert_eq!(joined(Some(r#"{"v":1}"#), "{}", "{}"), "{} moved [v]");
    assert_eq!(joined(Some(r#"{"v":1}"#), "{}", r#"{"v":null}"#), r#"{"v":null} moved [v]"#);
}

#[test]
fn r19_nothing_moves_while_a_side_is_unknown_or_disagrees_about_existence() {
    let (base, ours) = (record(r#"{"v":1}"#), record(r#"{"v":2}"#));
    for (ours, theirs) in [
        (Known::Held(&ours), Known::Unknown),
        (Known::Unknown, Known::Absent),
        (Known::Held(&ours), Known::Absent),
        (Known::Unknown, Known::Unknown),
    ] {
        let joined = join(&Policy::default(), Some(&base), ours, theirs);
        assert_eq!(joined, Joined { base: Some(base.clone()), moved: Vec::new(), dropped: false });
    }
}

#[test]
fn r20_base_is_dropped_when_both_sides_have_none() {
    let base = record(r#"{"v":1}"#);
    let joined = join(&Policy::default(), Some(&base), Known::Absent, Known::Absent);
    assert_eq!(joined, Joined { base: None, moved: Vec::new(), dropped: true });
}

#[test]
fn v03_what_was_not_fetched_does_not_move_base() {
    let (base, ours, theirs) = (record(r#"{"v":1,"w":1}"#), record(r#"{"w":2}"#), record(r#"{"w":2}"#));
    let unknown = [FieldPath::field("v")];
    let joined = join(&Policy::default(), Some(&base), Known::Partly(&ours, &unknown), Known::Held(&theirs));
    assert_eq!(joined.base.map(|base| base.to_json()).as_deref(), Some(r#"{"v":1,"w":2}"#));
}

#[test]
fn f12_a_new_record_remembers_which_of_its_fields_have_no_base() {
    let partly = r#"{"id":1,"$unfetched":["v"]} moved [id]"#;
    assert_eq!(joined(None, r#"{"id":1,"v":1}"#, r#"{"id":1,"v":2}"#), partly);
    assert_eq!(joined(None, r#"{"id":1}"#, r#"{"id":1,"v":2}"#), partly, "a blank is no base either");
    let base = r#"{"id":1,"$unfetched":["v"]}"#;
    assert_eq!(joined(Some(base), r#"{"id":1,"v":2}"#, r#"{"id":1,"v":2}"#), r#"{"id":1,"v":2} moved [v]"#);
}

#[test]
fn o3_an_object_without_agreed_members_does_not_enter_base() {
    let both = |base: &str| joined(Some(base), r#"{"v":{"a":1}}"#, r#"{"v":{"a":2}}"#);
    assert_eq!(both("{}"), "{} moved []");
    assert_eq!(both(r#"{"v":null}"#), r#"{"v":null} moved []"#);
    assert_eq!(joined(Some("{}"), r#"{"v":{}}"#, r#"{"v":{}}"#), r#"{"v":{}} moved [v]"#);
}

#[test]
fn p09_ignored_paths_do_not_move_base() {
    let policy = Policy::from_toml("ignore = ['etag']").unwrap_or_else(|error| panic!("{error}"));
    let (base, side) = (record(r#"{"v":1,"etag":1}"#), record(r#"{"v":1,"etag":2}"#));
    let joined = join(&policy, Some(&base), Known::Held(&side), Known::Held(&side));
    assert_eq!(joined, Joined { base: Some(base), moved: Vec::new(), dropped: false });
}

#[test]
fn f10_members_of_a_group_move_together() {
    let policy = Policy::from_toml("[[group]]\nname = 'g'\npaths = ['s', 'z']")
        .unwrap_or_else(|error| panic!("{error}"));
    let base = record(r#"{"s":1,"z":1}"#);
    let join = |ours, theirs| {
        join(&policy, Some(&base), Known::Held(&record(ours)), Known::Held(&record(theirs))).base
    };
    assert_eq!(join(r#"{"s":2,"z":2}"#, r#"{"s":3,"z":2}"#), Some(base.clone()));
    assert_eq!(join(r#"{"s":2,"z":2}"#, r#"{"s":2,"z":2}"#), Some(record(r#"{"s":2,"z":2}"#)));
}

#[test]
fn f10_r13_a_saved_choice_does_not_move_a_part_of_a_unit() {
    for text in ["[[group]]\nname = 'g'\npaths = ['s', 'z']\nmode = 'manual'", "strict = true"] {
        let mut policy = Policy::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
        policy.add_staff_rule(crate::StaffRule {
            record: None,
            path: Some("z".parse().unwrap_or_else(|error| panic!("{error}"))),
            mode: crate::Mode::AlwaysOurs,
        });
        let base = record(r#"{"s":"Anna","z":true}"#);
        let (ours, theirs) = (record(r#"{"s":"S","z":1}"#), record(r#"{"s":"Anna","z":1}"#));
        let joined = join(&policy, Some(&base), Known::Held(&ours), Known::Held(&theirs));
        assert_eq!(joined, Joined { base: Some(base), moved: Vec::new(), dropped: false }, "{text}");
    }
}

#[test]
fn f10_an_object_in_a_unit_moves_with_the_unit() {
    let policy = Policy::from_toml("[[group]]\nname = 'g'\npaths = ['n', 's']");
    let policy = policy.unwrap_or_else(|error| panic!("{error}"));
    let base = record(r#"{"s":1}"#);
    let join = |ours, theirs| {
        join(&policy, Some(&base), Known::Held(&record(ours)), Known::Held(&record(theirs))).base
    };
    let ours = r#"{"s":2,"n":{"zip":"x"}}"#;
    assert_eq!(join(ours, r#"{"s":3,"n":{"zip":"x"}}"#), Some(base.clone()));
    assert_eq!(join(ours, ours), Some(record(ours)));
}
