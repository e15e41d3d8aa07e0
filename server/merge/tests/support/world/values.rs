//! What generated records hold, with many near misses: spellings of one value, blanks, kinds that look alike.

use std::sync::LazyLock;

use merge::{FieldPath, Value};

/// A path of generated records, and the values it mostly has.
pub struct Field {
    pub path: FieldPath,
    pub values: Vec<Value>,
}

/// Scalars, a nested object, members of a group, an ignored one, and one of each kind of value that has rules of its own:
/// a list of scalars, a list of items with keys, a long text, a number that is counted, an instant, a code.
const FIELDS: [(&str, &[&str]); 15] = [
    ("a", SCALARS),
    ("b", SCALARS),
    ("n.x", SCALARS),
    ("n.y", SCALARS),
    ("n", &["null", "{}", r#"{"x":1}"#, r#"{"y":"x"}"#, "{}", r#"{"x":{"d":1}}"#, r#"{"x":1,"y":2}"#]),
    ("s", SCALARS),
    ("z", SCALARS),
    ("e", SCALARS),
    (r#"["q.r"]"#, SCALARS),
    ("l", LISTS),
    ("k", ITEMS),
    ("t", TEXTS),
    ("c", COUNTS),
    ("w", TIMES),
    ("m", CODES),
];

const SCALARS: &[&str] = &[
    "null", r#""""#, "1", "1.0", "2", r#""1""#, r#""1.0""#, "true", r#""x""#, r#""X ""#, r#""é""#, r#""é""#,
    r#""y""#,
];
const LISTS: &[&str] = &[
    r#"["a","b","c","d","e"]"#,
    r#"["p","q","r","s","t","u"]"#,
    r#"["q","p"]"#,
    r#"["p"]"#,
    "[]",
    r#"["p","P","p"]"#,
    r#"[1,"1",1.0,null]"#,
];
const ITEMS: &[&str] = &[
    "[]",
    r#"[{"k":1,"p":"x","q":1}]"#,
    r#"[{"k":1,"p":"x","q":1},{"k":2,"p":"y","q":1}]"#,
    r#"[{"k":1,"p":"x"},{"k":2,"p":"x","e":1},{"k":3,"p":"x"}]"#,
    r#"[{"k":1,"p":"x"},{"k":2,"p":"y"},{"k":3,"p":"x"},{"k":4,"p":"y"}]"#,
    r#"[{"k":3,"p":"x"},{"k":2,"p":"x"},{"k":1,"p":{"d":1}}]"#,
    r#"[{"k":"a","p":null},{"k":"b","p":"é"},{"k":"c"},{"k":"d"}]"#,
];
const TEXTS: &[&str] = &[
    r#""one two three\nfour five six\nseven\neight nine\nten""#,
    r#""one two three\nfour five six\nseven\neight nine\nten""#,
    r#""one two three\nfour five six\nseven\neight nine\nten""#,
    r#""one two three\r\nfour five six\r\nseven\r\neight nine\r\nten""#,
    r#""one\ntwo""#,
    r#""short""#,
    r#""one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen""#,
];
const COUNTS: &[&str] = &["10", "10", "10", "10.0", "1e1", "0", "-3", "10.5", r#""10""#];
const TIMES: &[&str] = &[
    r#""2026-03-01T10:00:31Z""#,
    r#""2026-03-01T10:00Z""#,
    r#""2026-03-01T10:00:15Z""#,
    r#""2026-03-01T05:00:31-05:00""#,
    r#""2026-03-01T03:00:00Z""#,
    r#""2026-03-01""#,
    r#""2026-02-28""#,
    r#""soon""#,
    r#""""#,
];
const CODES: &[&str] = &[r#""B1""#, r#""b1 ""#, r#""North 1""#, r#""B2""#, r#""North 2""#, r#""B9""#];

/// Values any path may have now and then.
const ODD: [&str; 8] =
    ["null", r#""""#, "1", r#""x""#, "true", r#"["p","q"]"#, r#"[{"k":1,"p":"y"}]"#, r#"{"x":1}"#];

/// Items that go into lists.
const NEW_ITEMS: [&str; 10] = [
    r#""p""#,
    r#""P""#,
    r#""n""#,
    "1",
    "null",
    r#"{"k":1,"p":"z"}"#,
    r#"{"k":1.0,"p":"x","q":1}"#,
    r#"{"k":4,"p":"x"}"#,
    r#"{"k":5}"#,
    r#"{"p":"no key"}"#,
];

fn parsed(text: &str) -> Value {
    merge::json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub static GENERATED: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let field = |(path, values): &(&str, &[&str])| Field {
        path: path.parse().unwrap_or_else(|error| panic!("{error}")),
        values: values.iter().map(|text| parsed(text)).collect(),
    };
    FIELDS.iter().map(field).collect()
});

pub static ADDED: LazyLock<Vec<Value>> =
    LazyLock::new(|| NEW_ITEMS.iter().map(|text| parsed(text)).collect());
pub static ODD_VALUES: LazyLock<Vec<Value>> = LazyLock::new(|| ODD.iter().map(|text| parsed(text)).collect());
