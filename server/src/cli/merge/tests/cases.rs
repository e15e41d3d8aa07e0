//! The shared fixtures through the command (MS section 18).

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use merge::{Object, RecordKey, Value};

use super::super::merge_files;
use super::{Folder, Merge};

/// Runs a shared file of cases through the command and says how many there were; `None` if it is not on this machine.
fn run_cases(name: &str) -> Option<usize> {
    let near = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    let path = std::env::var_os("TIEBREAK_FIXTURES").map_or(near, PathBuf::from).join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("{} is not on this machine; set TIEBREAK_FIXTURES", path.display());
        return None;
    };
    let cases = text.lines().map(|line| merge::json::parse_object(line.as_bytes()).expect("a case"));
    let ran = cases.inspect(run_case).count();
    println!("{name}: {ran} cases ran through the command");
    Some(ran)
}

/// Runs one case and compares.
fn run_case(case: &Object) {
    let id = case.get("id").map(Value::to_json).unwrap_or_default();
    let listing = |name: &str| -> String {
        let records = case.get(name).and_then(Value::as_list).unwrap_or_default();
        records.iter().map(|record| format!("{record}\n")).collect()
    };
    let folder = Folder::new(&listing("base"), &listing("ours"), &listing("theirs"));
    folder.put("policy.toml", case.get("policy").and_then(Value::as_text).unwrap_or_default());
    let key = case.get("key").and_then(Value::as_list).unwrap_or_default();
    let key: Vec<String> = key.iter().filter_map(Value::as_text).map(str::to_owned).collect();
    let outcome = folder.merge_with_key(&key.join(","), &["--policy", "@policy.toml"]);
    assert!(outcome.is_ok(), "{id}: {outcome:?}");
    let sorted = |mut records: Vec<Object>| {
        records.sort_by_cached_key(|record| RecordKey::from_object(record, &key).expect("key"));
        records
    };
    let expected = |name: &str| {
        let records = case.get(name).and_then(Value::as_list).unwrap_or_default();
        records.iter().filter_map(Value::as_object).cloned().collect::<Vec<Object>>()
    };
    let (merged, wanted) = (folder.lines("merged.ndjson"), sorted(expected("merged")));
    assert!(
        merged.len() == wanted.len() && merged.iter().zip(&wanted).all(|(a, b)| a.same_json(b)),
        "{id}: {merged:?}"
    );
    let conflicts: Vec<String> = folder.lines("conflicts.ndjson").iter().map(conflict_text).collect();
    let mut wanted: Vec<String> = expected("conflicts").iter().map(conflict_text).collect();
    wanted.sort();
    let mut found = conflicts;
    found.sort();
    assert_eq!(found, wanted, "{id}");
}

/// Key, kind and paths, in whichever of the two forms the fields are written.
fn conflict_text(conflict: &Object) -> String {
    let fields = conflict.get("fields").and_then(Value::as_list).unwrap_or_default().iter();
    let paths =
        fields.map(|field| field.as_object().and_then(|field| field.get("path")).unwrap_or(field).to_json());
    let part = |name: &str| conflict.get(name).map(Value::to_canonical).unwrap_or_default();
    format!("{} {} {}", part("key"), part("kind"), paths.collect::<Vec<String>>().join(" "))
}

impl Folder {
    fn merge_with_key(&self, key: &str, more: &[&str]) -> Result<u64, String> {
        let path = |name: &str| self.path(name).display().to_string();
        let (base, ours, theirs) = (path("base.ndjson"), path("ours.ndjson"), path("theirs.ndjson"));
        let (merged, conflicts) = (path("merged.ndjson"), path("conflicts.ndjson"));
        let mut args = vec!["merge", "--key", key, "--base", &base, "--ours", &ours, "--theirs", &theirs];
        args.extend(["--out", &merged, "--conflicts", &conflicts]);
        let policy = path("policy.toml");
        args.extend(more.iter().map(|arg| if *arg == "@policy.toml" { &policy } else { *arg }));
        let parsed = Merge::try_parse_from(args).map_err(|error| error.to_string())?;
        merge_files(&parsed.args).map_err(|error| error.to_string())
    }
}

#[test]
fn every_cell_case_comes_out_right_through_the_command() {
    if let Some(ran) = run_cases("cell_cases.jsonl") {
        assert_eq!(ran, 144);
    }
}

#[test]
fn every_mode_case_comes_out_right_through_the_command() {
    if let Some(ran) = run_cases("mode_cases.jsonl") {
        assert_eq!(ran, 200);
    }
}

#[test]
fn every_list_case_comes_out_right_through_the_command() {
    if let Some(ran) = run_cases("list_cases.jsonl") {
        assert_eq!(ran, 218);
    }
}
