//! Policy files: an error with its line, or a policy under which the laws hold (MS sections 3 and 17).

use std::sync::LazyLock;

use merge::{Policy, PolicyError};

use super::record::{Three, merge_lawfully};

/// Records as base, ours and theirs have them; names that policies like to talk about.
const RECORDS: [[&str; 3]; 5] = [
    [
        r#"{"id":7,"room":"B1","email":"a@b","n":{"x":1,"y":1},"tags":["a"]}"#,
        r#"{"id":7,"room":"B2","email":"A@b ","n":{"x":2,"y":1},"tags":["a","b"]}"#,
        r#"{"id":7,"room":"B1","email":null,"n":{"x":1,"y":3},"tags":["c","a"]}"#,
    ],
    [
        r#"{"id":7,"v":1,"w":1,"list":[{"k":1,"p":1},{"k":2,"p":1}],"text":"a\nb\nc\nd"}"#,
        r#"{"id":7,"v":2,"w":1,"list":[{"k":2,"p":1},{"k":1,"p":2}],"text":"A\nb\nc\nd"}"#,
        r#"{"id":7,"v":3,"w":2,"list":[{"k":1,"p":1},{"k":3,"p":1}],"text":"a\nb\nc\nD"}"#,
    ],
    ["", r#"{"id":7,"v":"1","n":{"x":""},"day":"2024-03-01"}"#, r#"{"id":7,"v":"1.0","n":{"y":null}}"#],
    [
        r#"{"id":7,"day":"2024-03-01T00:30:00Z","n":{"x":{"d":1}},"v":"1.50"}"#,
        r#"{"id":7,"day":"2024-02-29T19:30:00-05:00","n":{},"v":"1.5"}"#,
        r#"{"id":7,"day":"no day","n":{"x":{"d":2}},"v":"1,5"}"#,
    ],
    [
        r#"{"id":7,"$unfetched":["w","n.x"],"v":"x","code":"A"}"#,
        r#"{"id":7,"v":"x","w":1,"n":{"x":1},"code":"B"}"#,
        r#"{"id":7,"v":"y","w":2,"n":{"x":2},"code":"1"}"#,
    ],
];

static WORLDS: LazyLock<Vec<Three>> = LazyLock::new(|| {
    let record = |text: &str| {
        merge::json::parse_object(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    let three = |[base, ours, theirs]: [&str; 3]| Three {
        base: (!base.is_empty()).then(|| record(base)),
        ours: record(ours),
        theirs: record(theirs),
    };
    RECORDS.map(three).into()
});

/// Reads the bytes as a policy file, and as a configuration with a policy in it.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for read in [Policy::from_toml(text), Policy::from_toml_type(text, "room")] {
        match read {
            Ok(policy) => behaves(&policy),
            Err(error) => is_told(text, &error),
        }
    }
}

fn is_told(text: &str, error: &PolicyError) {
    assert!(!error.message.is_empty());
    let line = error.line.expect("a file has lines");
    assert!((1..=text.split('\n').count()).contains(&line), "{error} in line {line}");
}

fn behaves(policy: &Policy) {
    assert_eq!(policy.mirror().mirror(), *policy);
    assert_eq!(format!("{policy:?}"), format!("{:?}", policy.clone()));
    for three in WORLDS.iter() {
        merge_lawfully(policy, three);
    }
}
