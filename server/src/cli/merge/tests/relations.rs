//! What records are to each other and to their systems, through the command (MS C11, K4 to K6, R14).

use merge::Value;

use super::super::printed;
use super::Folder;

const UNITS: &str = "{\"id\":1}\n{\"id\":2,\"parent\":1}\n";

fn kinds(folder: &Folder) -> Vec<String> {
    let kind = |line: &merge::Object| line.get("kind").and_then(Value::as_text).map(str::to_owned);
    folder.lines("conflicts.ndjson").iter().filter_map(kind).collect()
}

#[test]
fn k04_a_reference_to_nothing_is_held_and_the_others_go_on() {
    let folder =
        Folder::new(UNITS, UNITS, &format!("{UNITS}{{\"id\":3,\"parent\":2}}\n{{\"id\":4,\"parent\":9}}\n"));
    folder.put("policy.toml", "[[reference]]\nfields = \"parent\"");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(1));
    assert_eq!(kinds(&folder), ["dangling"]);
    let fields = folder.lines("conflicts.ndjson")[0].get("fields").map(Value::to_json).unwrap_or_default();
    let expected = r#"[{"path":"parent","base":null,"ours":null,"theirs":9,"present":{"base":false,"ours":false,"theirs":true},"reason":"dangling"}]"#;
    assert_eq!(fields, expected);
    assert_eq!(folder.merged().len(), 3, "4 is not created");
    assert_eq!(folder.apply("applied.ndjson"), Ok(()));
    folder.put("policy.toml", "[[reference]]\nfields = \"parent\"\ntype = \"house\"");
    assert_eq!(
        folder.merge(&["--policy", "@policy.toml"]),
        Ok(0),
        "what this command does not see, it does not judge"
    );
}

#[test]
fn k04_k06_rows_that_are_not_sorted_are_followed_too_and_a_child_waits_for_one_that_is_held() {
    let theirs = "{\"id\":5,\"parent\":4}\n{\"id\":4,\"parent\":9}\n{\"id\":1}\n{\"id\":2,\"parent\":1}\n";
    let folder = Folder::new(UNITS, UNITS, theirs);
    folder.put("policy.toml", "unique = [[\"email\"]]\n[[reference]]\nfields = \"parent\"");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(1));
    assert_eq!(kinds(&folder), ["dangling"]);
    let lines = folder.lines("decisions.ndjson");
    let line = lines.iter().find(|line| line.get("reason").is_some()).expect("a line");
    let part = |name: &str| line.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    assert_eq!([part("rule"), part("reason")], ["K6", "blocked by 4"]);
    assert_eq!(folder.merged(), UNITS.lines().collect::<Vec<_>>());
}

#[test]
fn k05_a_record_that_waits_for_approval_is_blocked_and_no_conflict() {
    let waits = "{\"id\":1,\"v\":3,\"$state\":\"pending_approval\"}\n";
    let folder = Folder::new("{\"id\":1,\"v\":1}\n", "{\"id\":1,\"v\":2}\n", waits);
    assert_eq!(folder.merge(&[]), Ok(0));
    assert_eq!(folder.merged(), [r#"{"id":1,"v":2}"#]);
    let line = &folder.lines("decisions.ndjson")[0];
    let part = |name: &str| line.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    assert_eq!([part("action"), part("rule"), part("reason")], ["record", "K5", "pending_approval"]);
    assert_eq!(line.get("theirs").map(Value::to_json).as_deref(), Some(r#"{"id":1,"v":3}"#));
    let unknown = Folder::new("", "{\"id\":1,\"$state\":\"approved\"}\n", "");
    let error = unknown.merge(&[]).expect_err("no state");
    assert!(error.contains("ours.ndjson:1: `$state` must be"), "{error}");
}

#[test]
fn c11_the_later_change_is_taken_and_both_times_stand_in_the_decision() {
    let side = |v: i64, at: &str| format!("{{\"id\":1,\"v\":{v},\"at\":\"{at}\"}}\n");
    let [old, early, late] = ["2026-03-01T10:00Z", "2026-03-02T10:00Z", "2026-03-03T10:00Z"];
    let folder = Folder::new(&side(1, old), &side(2, late), &side(3, early));
    folder.put("policy.toml", "resolvers = [\"newest\"]\nchanged_at = \"at\"\nignore = [\"at\"]");
    assert_eq!(folder.merge(&["--policy", "@policy.toml"]), Ok(0));
    let lines = folder.lines("decisions.ndjson");
    let line = lines.iter().find(|line| line.get("resolver").is_some()).expect("a line");
    let times = format!(r#"{{"ours":"{late}","theirs":"{early}"}}"#);
    assert_eq!(line.get("changed_at").map(Value::to_json), Some(times));
    folder.put("policy.toml", "\nresolvers = [\"newest\"]");
    let error = folder.merge(&["--policy", "@policy.toml"]).expect_err("without times");
    assert_eq!(error, "policy.toml:2: resolvers: `newest` needs `changed_at` (MS C11)");
}

#[test]
fn r14_k04_the_summary_shows_possible_key_changes_and_the_types_nobody_looked_at() {
    let policy = "[[reference]]\nfields = \"house\"\ntype = \"house\"";
    let policy = merge::Policy::from_toml(policy).unwrap_or_else(|error| panic!("{error}"));
    let printed = printed(&merge::listing::Summary::default(), &policy, Some("room"), &["id".to_owned()]);
    assert_eq!(printed.get("references_unseen").map(Value::to_json).as_deref(), Some(r#"["house"]"#));
    assert_eq!(printed.get("possible_key_changes").map(Value::to_json).as_deref(), Some("[]"));
}
