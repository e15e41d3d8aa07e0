//! Correlated inputs: a base, perturbed twice. Independent random records would hardly ever agree on anything.

use std::sync::LazyLock;

use merge::{Action, FieldPath, Input, Object, Policy, Presence, RecordKey, Value, perform};
use proptest::prelude::*;

/// The paths of a generated record: scalars, a nested object, a list, members of a group, an ignored one.
pub const PATHS: [&str; 10] = ["a", "b", "n.x", "n.y", "n", "l", "s", "z", "e", r#"["q.r"]"#];

/// Values with many near-misses: spellings of one value, blanks, kinds that look alike.
const VALUES: [&str; 20] = [
    "null",
    r#""""#,
    "1",
    "1.0",
    "2",
    r#""1""#,
    r#""1.0""#,
    "true",
    r#""x""#,
    r#""X ""#,
    r#""é""#,
    r#""é""#,
    r#""y""#,
    r#"["p","q"]"#,
    r#"["q","p"]"#,
    r#"["p"]"#,
    r#"{"x":1}"#,
    r#"{"y":"x"}"#,
    "{}",
    r#"{"x":{"d":1}}"#,
];

static PARSED: LazyLock<Vec<Value>> = LazyLock::new(|| {
    VALUES.iter().map(|text| merge::json::parse(text.as_bytes()).unwrap_or(Value::Null)).collect()
});
static PARSED_PATHS: LazyLock<Vec<FieldPath>> = LazyLock::new(|| {
    PATHS.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{error}"))).collect()
});

/// One change: the value at a path is set or removed.
type Edit = (usize, Option<usize>);

/// Whether and how a side has the record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Live,
    Deleted,
    Missing,
    OutOfScope,
}

/// The three versions of one record.
#[derive(Debug, Clone)]
pub struct World {
    pub base: Option<Object>,
    pub ours: Object,
    pub theirs: Object,
    pub shapes: (Shape, Shape),
    pub unfetched: (Vec<FieldPath>, Vec<FieldPath>),
    pub key: RecordKey,
}

impl World {
    pub fn input(&self) -> Input<'_> {
        let presence = |shape, record| match shape {
            Shape::Live => Presence::Live(record),
            Shape::Deleted => Presence::Deleted,
            Shape::Missing => Presence::Missing,
            Shape::OutOfScope => Presence::OutOfScope,
        };
        Input {
            base: self.base.as_ref(),
            ours: presence(self.shapes.0, &self.ours),
            theirs: presence(self.shapes.1, &self.theirs),
            unfetched_ours: &self.unfetched.0,
            unfetched_theirs: &self.unfetched.1,
            ..Input::new("thing", &self.key)
        }
    }

    /// The same world with the sides swapped.
    pub fn mirror(&self) -> World {
        World {
            base: self.base.clone(),
            ours: self.theirs.clone(),
            theirs: self.ours.clone(),
            shapes: (self.shapes.1, self.shapes.0),
            unfetched: (self.unfetched.1.clone(), self.unfetched.0.clone()),
            key: self.key.clone(),
        }
    }

    /// The same world with both sides live and everything fetched.
    pub fn live(&self) -> World {
        World { shapes: (Shape::Live, Shape::Live), unfetched: (Vec::new(), Vec::new()), ..self.clone() }
    }
}

fn edited(record: &Object, edits: &[Edit]) -> Object {
    let mut record = Some(record.clone());
    for (path, value) in edits {
        let value = value.map(|value| &PARSED[value]);
        perform(&mut record, Action::Set, &PARSED_PATHS[*path], value);
    }
    record.unwrap_or_default()
}

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    let value = prop_oneof![1 => Just(None), 6 => (0..VALUES.len()).prop_map(Some)];
    prop::collection::vec((0..PATHS.len(), value), 0..=most)
}

/// Other spellings of what a record holds: members turned round, nulls for absent members, trailing zeros.
fn respelled(record: &Object) -> Object {
    let members: Vec<(String, Value)> = record.clone().into_iter().collect();
    let mut other: Object =
        members.into_iter().rev().map(|(name, value)| (name, respelled_value(value))).collect();
    if !other.contains("b") {
        other.insert("b", Value::Null);
    }
    other
}

fn respelled_value(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.as_str().contains('.') => {
            merge::Number::parse(&format!("{number}.00")).map_or(Value::Null, Value::Number)
        }
        Value::Text(text) if text == "é" => "é".into(),
        Value::Object(object) => {
            object.into_iter().rev().map(|(n, v)| (n, respelled_value(v))).collect::<Object>().into()
        }
        other => other,
    }
}

/// A base perturbed twice; sometimes without base, sometimes the same edits on both sides, sometimes only respelled.
pub fn world() -> impl Strategy<Value = World> {
    let shape = prop_oneof![
        12 => Just(Shape::Live), 2 => Just(Shape::Deleted), 1 => Just(Shape::Missing), 1 => Just(Shape::OutOfScope)
    ];
    let unfetched = || {
        let some = prop::collection::vec(0..PATHS.len(), 1..3);
        prop_oneof![5 => Just(Vec::new()), 1 => some].prop_map(|paths: Vec<usize>| {
            paths.into_iter().map(|path| PARSED_PATHS[path].clone()).collect::<Vec<FieldPath>>()
        })
    };
    let sides = (edits(3), edits(3), edits(1), 0..6u8, 0..5u8);
    (edits(8), sides, (shape.clone(), shape), (unfetched(), unfetched())).prop_map(
        |(base, (ours, theirs, shared, respell, no_base), shapes, unfetched)| {
            let base = edited(&Object::new(), &base);
            let common = edited(&base, &shared);
            let (mut ours, mut theirs) = (edited(&common, &ours), edited(&common, &theirs));
            match respell {
                0 => ours = respelled(&ours),
                1 => theirs = respelled(&ours),
                2 => theirs = respelled(&theirs),
                _ => {}
            }
            let base = (no_base > 0).then_some(base);
            World { base, ours, theirs, shapes, unfetched, key: RecordKey::from(7) }
        },
    )
}

const MODES: [&str; 5] = ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];

/// Settings beside the mode. `e` is ignored in all, so that laws can leave it out of account.
const SETTINGS: [&str; 12] = [
    "",
    "",
    "hold = 'field'",
    "no_base_blank = 'fill'",
    "strict = true",
    "compare = ['trim', 'case', 'empty_null']",
    "blank = { ours_to_theirs = 'never_clear', theirs_to_ours = 'ask' }",
    "hold = 'field'\nblank = { theirs_to_ours = 'never_clear' }\n[[group]]\nname = 'g'\npaths = ['s', 'z']",
    "[[group]]\nname = 'g'\npaths = ['s', 'n.x']\nmode = 'resolve_theirs'",
    "[[field]]\npath = 'a'\nmode = 'always_theirs'\n[[field]]\npath = 'n'\nmode = 'resolve_ours'\n[[field]]\npath = 'n.x'\nmode = 'manual'",
    "[[field]]\npath = 'l'\nlist = 'set'\n[[field]]\npath = 'b'\nlist = 'multiset'\n[[field]]\npath='z'\ncompare=['decimal']",
    "hold = 'field'\n[allow.theirs]\nupdate = false\n[[field]]\npath='*'\ncompare=['bytes']",
];

/// A policy with the texts it was made of, because some laws hold for some settings only.
#[derive(Clone, Copy)]
pub struct Rules {
    pub mode: &'static str,
    pub settings: &'static str,
    pub policy: &'static Policy,
    /// The same settings with mode `manual` and `hold = "field"`.
    pub manual: &'static Policy,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mode = {}, {}", self.mode, self.settings)
    }
}

static POLICIES: LazyLock<Vec<(&str, &str, Policy, Policy)>> = LazyLock::new(|| {
    let read = |text: String| Policy::from_toml(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let make = |mode, settings: &'static str| {
        let policy = read(format!("mode = '{mode}'\nignore = ['e']\n{settings}"));
        let mut manual = read(format!("mode = 'manual'\nignore = ['e']\n{settings}"));
        manual.hold = merge::Hold::Field;
        (mode, settings, policy, manual)
    };
    SETTINGS.iter().flat_map(|settings| MODES.iter().map(move |mode| make(*mode, settings))).collect()
});

pub fn rules() -> impl Strategy<Value = Rules> {
    (0..SETTINGS.len() * MODES.len()).prop_map(|at| {
        let (mode, settings, policy, manual) = &POLICIES[at];
        Rules { mode, settings, policy, manual }
    })
}

/// The record without the ignored path, hashed by what it says.
pub fn meaning(record: Option<&Object>) -> Option<merge::ContentHash> {
    let mut record = record?.clone();
    record.remove("e");
    Some(record.hash())
}
