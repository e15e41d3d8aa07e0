//! Long texts, three at a time (MS section 8).
//!
//! The first line names a way of merging and a mode. Behind it are the texts of base, ours and theirs, with a line `~~~`
//! between them.

use std::collections::HashSet;
use std::sync::LazyLock;

use merge::{Object, Policy, Rule, Value, Verdict};

use super::list::place_of;
use super::record::{Three, merge_lawfully};

/// Ways of merging by their names here, as they stand in a policy.
const WAYS: [(&str, &str); 4] = [
    ("lines", "text = 'lines'"),
    ("words", "text = 'words'"),
    ("loose_lines", "text = 'lines'\ncompare = ['trim', 'space', 'case']"),
    ("loose_words", "text = 'words'\ncompare = ['trim', 'space', 'case']"),
];

const MODES: [&str; 3] = ["manual", "resolve_ours", "resolve_theirs"];

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let read = |(way, mode): (&str, &str)| {
        let text = format!("mode = '{mode}'\n[[field]]\npath = 'v'\n{way}");
        Policy::from_toml(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    WAYS.iter().flat_map(|(_, way)| MODES.iter().map(|mode| read((*way, *mode)))).collect()
});

/// Merges the texts that the bytes hold.
pub fn check(bytes: &[u8]) {
    let input = String::from_utf8_lossy(bytes);
    let (settings, texts) = input.split_once('\n').unwrap_or((&input, ""));
    let mut words = settings.as_bytes().split(|byte| *byte == b' ');
    let way = place_of(words.next(), &WAYS.map(|(name, _)| name));
    let mode = place_of(words.next(), &MODES);
    let mut texts = texts.splitn(3, "\n~~~\n");
    let mut value = || Some(Value::from(texts.next().unwrap_or_default()));
    let three = Three::of_values(Some(value()), value(), value());
    let verdict = merge_lawfully(&POLICIES[way * MODES.len() + mode], &three);
    if verdict.decisions.iter().any(|decision| decision.rule == Rule::T2) {
        comes_from(WAYS[way].0.ends_with("lines"), &three, &verdict);
    }
}

/// Every line of a merged text is one of an input, or every word where lines are merged by word; so there are no markers
/// (T3). Lines end as in base (T4).
fn comes_from(by_line: bool, three: &Three, verdict: &Verdict) {
    let base = three.base.as_ref().map_or("", text);
    let merged = verdict.merged.as_ref().map_or("", text);
    let pieces = |text: &str| -> Vec<String> {
        if by_line { lines(text) } else { text.split_whitespace().map(str::to_owned).collect() }
    };
    let inputs = [base, text(&three.ours), text(&three.theirs)];
    let known: HashSet<String> = inputs.into_iter().flat_map(pieces).collect();
    for piece in pieces(merged) {
        assert!(known.contains(&piece), "{piece:?} is from nowhere");
    }
    if base.contains("\r\n") {
        assert_eq!(merged.matches('\n').count(), merged.matches("\r\n").count(), "{merged:?}");
    }
}

fn text(record: &Object) -> &str {
    record.get("v").and_then(Value::as_text).unwrap_or_default()
}

fn lines(text: &str) -> Vec<String> {
    text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect()
}
