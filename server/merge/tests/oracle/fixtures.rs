//! The oracle itself against the stored cases, so that it is not only the engine's word against the oracle's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::naive;
use crate::nouns::{
    Blank, Case, FieldRule, Group, Json, List, Map, Mode, Policy, Presence, Verdict, json_text,
};
use crate::policies::{MODES, mode_name, plain};

#[test]
fn the_oracle_agrees_with_the_worked_examples() {
    check("mode_cases.jsonl", 200);
}

#[test]
fn the_oracle_agrees_with_the_cell_cases() {
    check("cell_cases.jsonl", 144);
}

#[test]
fn the_oracle_agrees_with_the_list_cases() {
    check("list_cases.jsonl", 218);
}

fn check(file: &str, due: usize) {
    let folder = std::env::var("TIEBREAK_FIXTURES").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        println!("{file} is not there; the oracle is not checked against it");
        return;
    };
    let mut checked = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a fixture is JSON");
        check_listing(&policy(case["policy"].as_str().unwrap_or_default()), &case);
        checked += 1;
    }
    assert_eq!(checked, due, "cases of {file}");
}

/// Merge every key of the three listings and compare with what the case expects.
fn check_listing(policy: &Policy, case: &Value) {
    let key = case["key"][0].as_str().expect("one key field");
    let listing = |name: &str| -> BTreeMap<Json, Map> {
        let records = case[name].as_array().expect("a listing").iter().map(record);
        records.map(|record| (record[key].clone(), record)).collect()
    };
    let [base, ours, theirs, expected] = ["base", "ours", "theirs", "merged"].map(listing);
    let ids: BTreeSet<&Json> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let mut conflicts = BTreeSet::new();
    for id in ids {
        let side =
            |side: &BTreeMap<Json, Map>| side.get(id).cloned().map_or(Presence::Deleted, Presence::Live);
        let input = Case {
            id: id.clone(),
            base: base.get(id).cloned(),
            sides: [side(&ours), side(&theirs)],
            unfetched: [vec![], vec![]],
        };
        let verdict = naive::merge_record(policy, &input);
        assert_eq!(verdict.merged.as_ref(), expected.get(id), "merged record of {}", case["id"]);
        if let Some(outcome) = case["outcome"].as_str() {
            assert_eq!(verdict.outcome, outcome, "outcome of {}", case["id"]);
        }
        conflicts.extend(contested(id, &verdict));
    }
    let expected = case["conflicts"].as_array().expect("conflicts").iter().map(|conflict| {
        let names = conflict["fields"].as_array().expect("fields").iter();
        let fields: Vec<String> = names.map(|name| name.as_str().expect("a path").to_owned()).collect();
        (json(&conflict["key"][key]), conflict["kind"].as_str().expect("a kind").to_owned(), fields)
    });
    assert_eq!(conflicts, expected.collect(), "conflicts of {}", case["id"]);
}

fn contested(id: &Json, verdict: &Verdict) -> Option<(Json, String, Vec<String>)> {
    let conflict = verdict.conflict.as_ref()?;
    Some((id.clone(), conflict.kind.to_owned(), conflict.fields.keys().cloned().collect()))
}

fn record(value: &Value) -> Map {
    match json(value) {
        Json::Object(record) => record,
        other => panic!("a record is an object, not {}", json_text(&other)),
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(number) => Json::Number(number.to_string()),
        Value::String(text) => Json::Text(text.clone()),
        Value::Array(items) => Json::List(items.iter().map(json).collect()),
        Value::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
    }
}

fn policy(text: &str) -> Policy {
    let table: toml::Table = text.parse().expect("a policy is TOML");
    let mut policy = plain();
    policy.mode = mode(&table);
    policy.hold_field = table.get("hold").is_some_and(|hold| hold.as_str() == Some("field"));
    policy.strict = table.contains_key("strict");
    policy.ignore = texts(&table, "ignore").into_iter().map(|name| vec![name]).collect();
    for rule in tables(&table, "field") {
        let known = ["trim", "case", "decimal"];
        let named = texts(rule, "compare");
        policy.fields.push(FieldRule {
            pattern: vec![rule["path"].as_str().expect("a path").to_owned()],
            mode: mode(rule),
            locked: false,
            compare: rule
                .contains_key("compare")
                .then(|| known.into_iter().filter(|name| named.contains(&(*name).to_owned())).collect()),
            blank: rule.get("blank").map(|blank| {
                assert!(blank.get("ours_to_theirs").is_none(), "no stored case has it");
                let theirs = if blank["theirs_to_ours"].as_str() == Some("ask") {
                    Blank::Ask
                } else {
                    Blank::NeverClear
                };
                [Blank::Propagate, theirs]
            }),
            list: list(rule),
            ..FieldRule::default()
        });
    }
    for group in tables(&table, "group") {
        let paths = texts(group, "paths").into_iter().map(|name| vec![name]).collect();
        policy.groups.push(Group { paths, mode: mode(group) });
    }
    policy
}

fn list(rule: &toml::Table) -> Option<List> {
    match rule.get("list")?.as_str()? {
        "set" => Some(List::Set),
        "multiset" => Some(List::Multiset),
        "ordered" => Some(List::Ordered),
        "keyed" => Some(List::Keyed { key: texts(rule, "key"), in_order: !rule.contains_key("order") }),
        _ => None,
    }
}

fn mode(table: &toml::Table) -> Option<Mode> {
    let name = table.get("mode")?.as_str()?;
    MODES.into_iter().find(|mode| mode_name(*mode) == name)
}

fn texts(table: &toml::Table, name: &str) -> Vec<String> {
    let items = table.get(name).and_then(toml::Value::as_array);
    items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn tables<'a>(table: &'a toml::Table, name: &str) -> impl Iterator<Item = &'a toml::Table> {
    let items = table.get(name).and_then(toml::Value::as_array);
    items.into_iter().flatten().filter_map(toml::Value::as_table)
}
