//! Lists by example (MS section 7): each line of a rule, and each way in which two lists can be put together.

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

use merge::{Choice, FieldPath, Input, Object, Policy, Presence, RecordKey, Value, decide};
use record::{merge_texts, object, policy};
use show::show;

fn listed(settings: &str) -> Policy {
    policy(&format!("[[field]]\npath = 'v'\n{settings}"))
}

/// Merges three lists and gives the merged one, or what the question is about.
fn merged(policy: &Policy, lists: [&str; 3]) -> String {
    let [base, ours, theirs] = lists.map(|list| match list {
        "—" => "—".to_owned(),
        list => format!(r#"{{"v":{list}}}"#),
    });
    let verdict = merge_texts(policy, &base, &ours, &theirs);
    match (&verdict.conflict, &verdict.merged) {
        (Some(conflict), _) => {
            let field = |field: &merge::ConflictField| format!("✗ {} {}", field.path, field.reason);
            conflict.fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        (None, merged) => {
            let list =
                merged.as_ref().and_then(|merged| merged.get("v")).map_or("—".to_owned(), Value::to_json);
            format!("{list} {}", verdict.outcome)
        }
    }
}

const KEYED: &str = "list = 'keyed'\nkey = ['k']";

/// Items with a key and one field, as `1:5` for `{"k":1,"p":5}`; without a field just `1`.
fn items(text: &str) -> String {
    let item = |item: &str| match item.split_once(':') {
        Some((key, field)) => format!(r#"{{"k":{key},"p":{field}}}"#),
        None => format!(r#"{{"k":{item}}}"#),
    };
    format!("[{}]", text.split_whitespace().map(item).collect::<Vec<_>>().join(","))
}

fn keyed(policy: &Policy, lists: [&str; 3], wanted: &str) {
    let lists = lists.map(|list| if list == "—" { list.to_owned() } else { items(list) });
    let (list, outcome) = wanted.rsplit_once(' ').unwrap_or(("", wanted));
    let wanted = match list.starts_with('✗') {
        true => format!("{list} {outcome}"),
        false => format!("{} {outcome}", items(list)),
    };
    assert_eq!(merged(policy, [&lists[0], &lists[1], &lists[2]]), wanted, "{lists:?}");
}

#[test]
fn a02_of_a_new_item_in_two_spellings_the_greater_is_kept_whichever_side_has_it() {
    let policy = listed("list = 'set'\ncompare = ['case']");
    assert_eq!(merged(&policy, [r#"["a"]"#, r#"["a","B"]"#, r#"["b","c","a"]"#]), r#"["a","b","c"] merged"#);
    assert_eq!(merged(&policy, [r#"["a"]"#, r#"["a","b"]"#, r#"["B","c","a"]"#]), r#"["a","b","c"] merged"#);
}

#[test]
fn a02_a03_a07_without_a_base_sets_are_united_and_other_lists_are_a_question() {
    let lists = ["—", r#"["a","b"]"#, r#"["a","c"]"#];
    assert_eq!(merged(&listed("list = 'set'"), lists), r#"["a","b","c"] merged"#);
    for kind in ["multiset", "ordered", "atomic"] {
        assert_eq!(merged(&listed(&format!("list = '{kind}'")), lists), "✗ v no_base", "{kind}");
    }
}

#[test]
fn a07_what_both_sides_put_in_one_place_is_there_once_in_the_spelling_of_the_mode_or_the_greater() {
    let lists = [r#"["a","b"]"#, r#"["X","b","d"]"#, r#"["x","b"]"#];
    let turned = [lists[0], lists[2], lists[1]];
    for (mode, there, back) in
        [("manual", "x", "x"), ("resolve_ours", "X", "x"), ("resolve_theirs", "x", "X")]
    {
        let policy =
            policy(&format!("mode = '{mode}'\n[[field]]\npath = 'v'\nlist = 'ordered'\ncompare = ['case']"));
        assert_eq!(merged(&policy, lists), format!(r#"["{there}","b","d"] merged"#));
        assert_eq!(merged(&policy, turned), format!(r#"["{back}","b","d"] merged"#));
    }
}

#[test]
fn a08_new_items_stand_in_canonical_order_texts_by_their_bytes_and_not_by_their_json() {
    let new = r#"[{"k":1},[2],"a ","a","b","\n",10,9,true,false,null]"#;
    assert_eq!(
        merged(&listed("list = 'set'"), ["[0]", new, "[0,1.5]"]),
        r#"[null,false,true,1.5,9,10,"\n","a","a ","b",[2],{"k":1}] merged"#
    );
}

#[test]
fn a04_an_item_may_have_a_mode_of_its_own_that_puts_back_what_the_other_side_did() {
    let with = |mode: &str| {
        policy(&format!("[[field]]\npath = 'v'\n{KEYED}\n[[field]]\npath = 'v[*]'\nmode = '{mode}'"))
    };
    let lists = ["1:1 2:1", "1:1 3:1", "1:1 2:2 4:1"];
    keyed(&with("always_ours"), lists, "1:1 3:1 resolved");
    keyed(&with("always_theirs"), lists, "1:1 2:2 4:1 resolved");
    let lists = ["1 2 3", "1 3", "3 1 2"];
    keyed(&with("always_ours"), lists, "3 1 merged");
    keyed(&with("always_theirs"), lists, "3 1 2 resolved");
}

#[test]
fn a04_of_an_item_that_one_side_removed_and_the_other_edited_the_mode_keeps_or_drops_it() {
    let with = |mode: &str| policy(&format!("mode = '{mode}'\n[[field]]\npath = 'v'\n{KEYED}"));
    let lists = ["1:1 2:1", "1:1", "1:1 2:2"];
    let turned = [lists[0], lists[2], lists[1]];
    keyed(&with("manual"), lists, "✗ v[k=2] both_changed");
    keyed(&with("resolve_ours"), lists, "1:1 resolved");
    keyed(&with("resolve_theirs"), lists, "1:1 2:2 resolved");
    keyed(&with("resolve_ours"), turned, "1:1 2:2 resolved");
    keyed(&with("resolve_theirs"), turned, "1:1 resolved");
}

#[test]
fn c05_each_contested_item_is_settled_by_the_choice_that_was_made_for_it() {
    let record = |list: &str| -> Object { object(&format!(r#"{{"v":{}}}"#, items(list))) };
    let (base, ours, theirs) = (record("1:1 2:1 3:1"), record("1:1 3:3"), record("1:1 2:2"));
    let key = RecordKey::from(7);
    let (live_ours, live_theirs) = (Presence::Live(&ours), Presence::Live(&theirs));
    let input =
        Input { base: Some(&base), ours: live_ours, theirs: live_theirs, ..Input::new("thing", &key) };
    let other = Value::Object(object(r#"{"k":2,"p":9}"#));
    for (second, third, wanted) in [
        (Choice::Ours, Choice::Ours, "1:1 3:3"),
        (Choice::Theirs, Choice::Theirs, "1:1 2:2"),
        (Choice::Theirs, Choice::Ours, "1:1 2:2 3:3"),
        (Choice::Base, Choice::Clear, "1:1 2:1"),
        (Choice::Value(other), Choice::Theirs, "1:1 2:9"),
    ] {
        let path = |text: &str| text.parse::<FieldPath>().expect("a path");
        let choices = [(path("v[k=2]"), second), (path("v[k=3]"), third)];
        let verdict = decide(&listed(KEYED), &input, &choices).expect("contested");
        assert_eq!(verdict.merged, Some(record(wanted)), "{choices:?}");
        let verdict = decide(&listed(KEYED), &input, &choices[1..]).expect("contested");
        let open = verdict.conflict.expect("the other item is still a question");
        assert_eq!(open.fields.iter().map(|field| field.path.to_string()).collect::<Vec<_>>(), ["v[k=2]"]);
    }
}

#[test]
fn a05_items_that_both_sides_moved_stand_as_either_moved_them_unless_that_goes_round_in_a_circle() {
    let policy = listed(KEYED);
    keyed(&policy, ["1 2 3 4", "2 1 3 4", "1 2 4 3"], "2 1 4 3 merged");
    keyed(&policy, ["1 2 3", "2 3 1", "3 1 2"], "3 2 1 merged");
    keyed(&policy, ["1 2 3", "2 1 3", "1 3 2"], "✗ v order");
}

#[test]
fn a05_where_order_does_not_count_bases_order_stays_and_new_items_follow_by_their_keys() {
    let policy = listed(&format!("{KEYED}\norder = 'ignore'"));
    keyed(&policy, ["1 2", "2 4 1", "2 1:9 3"], "1:9 2 3 4 merged");
}

#[test]
fn a05_where_order_does_not_count_another_order_is_no_change() {
    let policy = listed(&format!("{KEYED}\norder = 'ignore'"));
    keyed(&policy, ["1 2", "2 1", "1:9 2"], "1:9 2 taken_theirs");
    keyed(&policy, ["1 2", "2 1", "1 2"], "1 2 unchanged");
    keyed(&listed(KEYED), ["1 2", "2 1", "1 2"], "2 1 taken_ours");
}

#[test]
fn n01_items_are_equal_if_what_counts_in_them_is() {
    let policy = listed("list = 'set'\ncompare = ['empty_null']");
    assert_eq!(merged(&policy, ["[null]", r#"[""]"#, "[null]"]), "[null] unchanged");
    let lists = [r#"[{"k":1}]"#, r#"[{"p":"","k":1.0}]"#, r#"[{"k":1,"p":null}]"#];
    assert_eq!(merged(&policy, lists), r#"[{"k":1}] unchanged"#);
}

#[test]
fn n04_instants_in_a_set_are_equal_in_any_offset() {
    let policy = listed("list = 'set'\ncompare = ['instant']");
    let list = |hour: &str| format!("[\"2026-03-01T{hour}\"]");
    let base = list("10:00Z");
    assert_eq!(merged(&policy, [&base, &list("11:00+01:00"), &base]), format!("{base} unchanged"));
    let later = list("12:00Z");
    assert_eq!(merged(&policy, [&base, &later, &base]), format!("{later} taken_ours"));
}

#[test]
fn a05_items_that_one_side_added_or_both_added_alike_stay_in_their_order() {
    let policy = listed(KEYED);
    keyed(&policy, ["1:1", "1:1 9 5", "1:2"], "1:2 9 5 merged");
    keyed(&policy, ["1:1", "1:1 9 5", "1:2 9 5"], "1:2 9 5 merged");
    keyed(&policy, ["1:1", "1:1 9 5", "1:2 5 7"], "1:2 5 7 9 merged");
}

#[test]
fn a05_the_orders_of_very_long_lists_are_not_compared_pair_by_pair() {
    let policy = listed(KEYED);
    let text = |keys: &[usize]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    for (length, is_merged) in [(2_048, true), (2_049, false)] {
        let base: Vec<usize> = (0..length).collect();
        let (mut ours, mut theirs, mut both) = (base.clone(), base.clone(), base.clone());
        ours.swap(0, 1);
        theirs.swap(length - 2, length - 1);
        both.swap(0, 1);
        both.swap(length - 2, length - 1);
        let wanted = if is_merged { format!("{} merged", text(&both)) } else { "✗ v order".to_owned() };
        keyed(&policy, [&text(&base), &text(&ours), &text(&theirs)], &wanted);
    }
}

#[test]
fn p09_of_an_ignored_path_ours_value_is_shown_or_theirs_where_ours_has_none() {
    let policy = policy("ignore = ['e']");
    for (ours, theirs, wanted) in [
        (r#"{"e":1}"#, r#"{"e":2}"#, r#"{"e":1}"#),
        (r#"{"e":null}"#, r#"{"e":2}"#, r#"{"e":2}"#),
        ("{}", r#"{"e":2}"#, r#"{"e":2}"#),
        (r#"{"e":1}"#, "{}", r#"{"e":1}"#),
        (r#"{"e":null}"#, "{}", r#"{"e":null}"#),
        ("{}", r#"{"e":null}"#, r#"{"e":null}"#),
    ] {
        let verdict = merge_texts(&policy, "{}", ours, theirs);
        assert_eq!(verdict.merged, Some(object(wanted)), "{}", show(&verdict));
    }
}
