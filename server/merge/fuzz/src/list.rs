//! Lists of every kind, three at a time (MS section 7).
//!
//! The first line names a kind and a mode; three more are the lists of base, ours and theirs. Each byte is an item: a
//! letter is a text, a digit a number, other signs stand for what is easily mistaken for either. Where items have keys, a
//! letter begins an item and what follows are its fields. `~` before a list leaves it out, `!` before base's all of base.

use std::collections::HashSet;
use std::sync::LazyLock;

use merge::{Number, Object, Policy, Value, Verdict};

use super::record::{Three, merge_lawfully};

/// Kinds of list by their names here, as they stand in a policy.
const KINDS: [(&str, &str); 8] = [
    ("atomic", "[[field]]\npath = 'v'\nlist = 'atomic'"),
    ("set", "[[field]]\npath = 'v'\nlist = 'set'\ncompare = ['trim', 'case']"),
    ("multiset", "[[field]]\npath = 'v'\nlist = 'multiset'"),
    ("ordered", "[[field]]\npath = 'v'\nlist = 'ordered'\ncompare = ['case']"),
    ("keyed", "[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']"),
    ("loose", "[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k']\norder = 'ignore'\ncompare = ['case']"),
    ("pairs", "hold = 'field'\n[[field]]\npath = 'v'\nlist = 'keyed'\nkey = ['k', 'p']"),
    ("union", "resolvers = ['union']"),
];

const MODES: [&str; 5] = ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let read = |(kind, mode): (&str, &str)| {
        let text = format!("mode = '{mode}'\n{kind}");
        Policy::from_toml(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    KINDS.iter().flat_map(|(_, kind)| MODES.iter().map(|mode| read((*kind, *mode)))).collect()
});

/// Merges the lists that the bytes stand for.
pub fn check(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut words = lines.next().unwrap_or_default().split(|byte| *byte == b' ');
    let kind = place_of(words.next(), &KINDS.map(|(name, _)| name));
    let mode = place_of(words.next(), &MODES);
    let mut list = || read_list(KINDS[kind].1.contains("key"), lines.next().unwrap_or_default());
    let [base, ours, theirs] = [list(), list(), list()];
    let three = Three::of_values(base, ours.flatten(), theirs.flatten());
    let verdict = merge_lawfully(&POLICIES[kind * MODES.len() + mode], &three);
    comes_from(&three, &verdict);
}

/// The place of a word among the names; one that is not among them stands for one of them too.
pub(crate) fn place_of(word: Option<&[u8]>, names: &[&str]) -> usize {
    let word = word.unwrap_or_default();
    let found = names.iter().position(|name| name.as_bytes() == word);
    found.unwrap_or_else(|| usize::from(word.first().copied().unwrap_or(0)) % names.len())
}

/// `None` for no record, `Some(None)` for a record without the list.
fn read_list(keyed: bool, line: &[u8]) -> Option<Option<Value>> {
    match line.first() {
        Some(b'!') => None,
        Some(b'~') => Some(None),
        _ if keyed => Some(Some(Value::List(keyed_items(line)))),
        _ => Some(Some(Value::List(line.iter().map(|byte| scalar(*byte)).collect()))),
    }
}

fn scalar(byte: u8) -> Value {
    let json = |text: &str| merge::json::parse(text.as_bytes()).expect("JSON");
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string().into(),
        b'0'..=b'9' => i64::from(byte - b'0').into(),
        b'.' => Number::parse("1.0").map_or(Value::Null, Value::Number),
        b'-' => Value::Null,
        b'+' => true.into(),
        b'\'' => "1".into(),
        b'"' => "".into(),
        b' ' => " a ".into(),
        b'[' => json(r#"["a",1]"#),
        b'{' => json(r#"{"k":"a","p":1}"#),
        b'}' => json(r#"{"p":1.0,"k":"a"}"#),
        other => i64::from(other).into(),
    }
}

/// The fields of an item beside its key.
const FIELDS: [&str; 3] = ["p", "q", "k"];

fn keyed_items(line: &[u8]) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    for byte in line {
        match (byte, items.last_mut()) {
            (b'a'..=b'z' | b'A'..=b'Z', _) => {
                items.push(Value::Object([("k", scalar(*byte))].into_iter().collect()));
            }
            (b'_', _) => items.push(Value::Object(Object::new())),
            (_, Some(Value::Object(item))) => {
                let field = FIELDS.iter().find(|field| !item.contains(field));
                item.insert(*field.unwrap_or(&"p"), scalar(*byte));
            }
            _ => items.push(scalar(*byte)),
        }
    }
    items
}

/// Every item of the merged list is one of an input; of objects, which are merged member by member, every innermost member.
fn comes_from(three: &Three, verdict: &Verdict) {
    let mut known = HashSet::new();
    for record in three.base.iter().chain([&three.ours, &three.theirs]) {
        known.extend(pieces(record));
    }
    for piece in verdict.merged.iter().flat_map(pieces) {
        assert!(known.contains(&piece), "{piece} is from nowhere");
    }
}

fn pieces(record: &Object) -> Vec<String> {
    let mut pieces = Vec::new();
    for item in record.get("v").and_then(Value::as_list).unwrap_or_default() {
        add_pieces(item, "", &mut pieces);
    }
    pieces
}

/// `names` lead to the value.
fn add_pieces(value: &Value, names: &str, pieces: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter() {
                add_pieces(member, &format!("{names}{name}: "), pieces);
            }
        }
        value => pieces.push(format!("{names}{}", value.to_json())),
    }
}
