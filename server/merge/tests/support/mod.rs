//! Reading language-neutral cases and running them through the engine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use merge::{Input, Object, Outcome, Policy, Presence, RecordKey, Value, Verdict, merge_record};

/// One line of a case file (`fixtures/README.md`).
pub struct Case {
    pub id: String,
    pub key: Vec<String>,
    pub policy: String,
    pub base: Vec<Object>,
    pub ours: Vec<Object>,
    pub theirs: Vec<Object>,
    pub merged: Vec<Object>,
    pub conflicts: Vec<(RecordKey, String, Vec<String>)>,
    pub outcome: Option<Outcome>,
}

/// The shared fixtures, if they are on this machine.
pub fn fixture(name: &str) -> Option<String> {
    let near = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("TIEBREAK_FIXTURES").map_or(near, PathBuf::from);
    let found = std::fs::read_to_string(folder.join(name)).ok();
    if found.is_none() {
        println!("{} is not on this machine; set TIEBREAK_FIXTURES", folder.join(name).display());
    }
    found
}

pub fn read_cases(text: &str) -> Vec<Case> {
    text.lines().filter(|line| !line.trim().is_empty()).map(read_case).collect()
}

fn read_case(line: &str) -> Case {
    let case = merge::json::parse_object(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
    let text = |name: &str| case.get(name).and_then(Value::as_text).map(str::to_owned);
    let key: Vec<String> = texts(case.get("key").expect("key"));
    let records = |name: &str| objects(case.get(name).unwrap_or_else(|| panic!("{name}: {line}")));
    let conflict = |conflict: Object| {
        let record = conflict.get("key").and_then(Value::as_object).expect("key");
        let kind = conflict.get("kind").and_then(Value::as_text).expect("kind").to_owned();
        (
            RecordKey::from_object(record, &key).expect("key"),
            kind,
            texts(conflict.get("fields").expect("fields")),
        )
    };
    Case {
        id: text("id").expect("id"),
        policy: text("policy").unwrap_or_default(),
        base: records("base"),
        ours: records("ours"),
        theirs: records("theirs"),
        merged: records("merged"),
        conflicts: records("conflicts").into_iter().map(conflict).collect(),
        outcome: text("outcome").map(|outcome| outcome.parse().expect("outcome")),
        key,
    }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_list().expect("list").iter();
    items.map(|item| item.as_text().expect("text").to_owned()).collect()
}

fn objects(value: &Value) -> Vec<Object> {
    value.as_list().expect("list").iter().map(|item| item.as_object().expect("object").clone()).collect()
}

fn live<'a>(records: &'a BTreeMap<RecordKey, Object>, key: &RecordKey) -> Presence<'a> {
    records.get(key).map_or(Presence::Deleted, Presence::Live)
}

/// Merges the records of a case key by key.
pub fn run(case: &Case, policy: &Policy) -> BTreeMap<RecordKey, Verdict> {
    let index = |records: &[Object]| -> BTreeMap<RecordKey, Object> {
        let keyed =
            |record: &Object| (RecordKey::from_object(record, &case.key).expect("key"), record.clone());
        records.iter().map(keyed).collect()
    };
    let (base, ours, theirs) = (index(&case.base), index(&case.ours), index(&case.theirs));
    let mut keys: Vec<&RecordKey> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    let verdict = |key: &RecordKey| {
        let input = Input {
            base: base.get(key),
            ours: live(&ours, key),
            theirs: live(&theirs, key),
            ..Input::new("record", key)
        };
        merge_record(policy, &input)
    };
    keys.into_iter().map(|key| (key.clone(), verdict(key))).collect()
}

/// What differs from the expected result, in words; nothing if all is right.
pub fn differences(case: &Case, verdicts: &BTreeMap<RecordKey, Verdict>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expected: Vec<&Object> = case.merged.iter().collect();
    expected.sort_by_cached_key(|record| RecordKey::from_object(record, &case.key).expect("key"));
    let merged: Vec<&Object> = verdicts.values().filter_map(|verdict| verdict.merged.as_ref()).collect();
    if merged.len() != expected.len() || !merged.iter().zip(&expected).all(|(a, b)| a.same_json(b)) {
        wrong.push(format!("{}: merged {merged:?}, expected {expected:?}", case.id));
    }
    let conflicts: Vec<_> = verdicts
        .iter()
        .filter_map(|(key, verdict)| {
            let conflict = verdict.conflict.as_ref()?;
            let paths = conflict.fields.iter().map(|field| field.path.to_string()).collect();
            Some((key.clone(), conflict.kind.to_string(), paths))
        })
        .collect();
    let mut wanted = case.conflicts.clone();
    wanted.sort();
    if conflicts != wanted {
        wrong.push(format!("{}: conflicts {conflicts:?}, expected {wanted:?}", case.id));
    }
    if let (Some(outcome), Some(verdict)) = (case.outcome, verdicts.values().next())
        && outcome != verdict.outcome
    {
        wrong.push(format!("{}: outcome {}, expected {outcome}", case.id, verdict.outcome));
    }
    wrong
}
