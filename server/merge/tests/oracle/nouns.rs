//! What the oracle and the generators talk about: values, policies and the three versions of one record.
//!
//! Sides are numbers: 0 is ours, 1 is theirs.

use std::collections::{BTreeMap, BTreeSet};

/// A JSON value that keeps the digits of its numbers; the order of members never matters here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Map),
}

impl Json {
    pub fn members(&self) -> Option<&Map> {
        if let Json::Object(members) = self { Some(members) } else { None }
    }

    /// The value at a path; the empty path is the value itself.
    pub fn at(&self, path: &[String]) -> Option<&Json> {
        match path {
            [] => Some(self),
            [name, rest @ ..] => self.members()?.get(name)?.at(rest),
        }
    }

    /// Set or remove the value below an object; the answer is whether all on the way are objects.
    pub fn put(&mut self, path: &[String], value: Option<Json>) -> bool {
        let (Json::Object(members), [name, rest @ ..]) = (self, path) else { return false };
        match value {
            Some(value) if rest.is_empty() => drop(members.insert(name.clone(), value)),
            None if rest.is_empty() => drop(members.remove(name)),
            None if !members.contains_key(name) => {}
            value => {
                return members
                    .entry(name.clone())
                    .or_insert_with(|| Json::Object(Map::new()))
                    .put(rest, value);
            }
        }
        true
    }

    /// The value as JSON readers see it: numbers by value, whatever their digits (MS X8). All numbers here are short.
    pub fn by_value(&self) -> Json {
        match self {
            Json::Number(digits) => {
                let number: f64 = digits.parse().expect("a JSON number");
                Json::Number((number + 0.0).to_string())
            }
            Json::List(items) => Json::List(items.iter().map(Json::by_value).collect()),
            Json::Object(members) => {
                let by_value = members.iter().map(|(name, value)| (name.clone(), value.by_value()));
                Json::Object(by_value.collect())
            }
            other => other.clone(),
        }
    }
}

pub type Map = BTreeMap<String, Json>;

/// Names from the outermost member inwards. `[*]` stands for any item of a list, `[k=1]` for one.
pub type Path = Vec<String>;

/// What is known about the record on one side (MS D1, R6).
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    Live(Map),
    /// Live, and waiting for approval (K5).
    Pending(Map),
    Deleted,
    Missing,
    OutOfScope,
}

impl Presence {
    pub fn live(&self) -> Option<&Map> {
        if let Presence::Live(record) | Presence::Pending(record) = self { Some(record) } else { None }
    }
}

/// Everything the merge of one record looks at, beside the policy.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: Json,
    pub base: Option<Map>,
    pub sides: [Presence; 2],
    pub unfetched: [Vec<Path>; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Manual,
    /// This side wins where the three-way rule finds a conflict.
    Resolve(usize),
    /// This side wins whatever happened.
    Always(usize),
}

/// What a blank does on its way from one side to the other (F8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    Propagate,
    NeverClear,
    Ask,
}

/// How a list is merged (MS 7); without one of these it is one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    Set,
    Multiset,
    Ordered,
    Keyed { key: Vec<String>, in_order: bool },
}

#[derive(Clone, Debug, Default)]
pub struct FieldRule {
    /// Segments; `*` is any one segment.
    pub pattern: Path,
    pub mode: Option<Mode>,
    pub locked: bool,
    pub compare: Option<Vec<&'static str>>,
    /// How far a number may be from base (N7).
    pub tolerance: Option<&'static str>,
    /// By sending side.
    pub blank: Option<[Blank; 2]>,
    /// For the list at exactly this path.
    pub list: Option<List>,
    /// `lines` or `words`.
    pub text: Option<&'static str>,
    pub counter: Option<bool>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub paths: Vec<Path>,
    pub mode: Option<Mode>,
}

#[derive(Clone, Debug)]
pub struct Policy {
    pub mode: Option<Mode>,
    pub hold_field: bool,
    pub strict: bool,
    pub fill: bool,
    pub ignore: Vec<Path>,
    pub resolvers: Vec<&'static str>,
    /// Where the sides tell when the record was changed (C11).
    pub changed_at: Option<[Path; 2]>,
    pub compare: Vec<&'static str>,
    pub blank: [Blank; 2],
    /// By side: create, update, delete.
    pub allow: [[bool; 3]; 2],
    pub fields: Vec<FieldRule>,
    pub groups: Vec<Group>,
    pub records: Vec<(Json, Mode)>,
    pub staff: Vec<StaffRule>,
}

/// A saved choice of the staff for one record or all, for a pattern or the whole record.
#[derive(Clone, Debug)]
pub struct StaffRule {
    pub record: Option<Json>,
    pub pattern: Path,
    pub mode: Mode,
}

/// What a person chose for a contested path (MS C5).
#[derive(Clone, Debug)]
pub enum Choice {
    Side(usize),
    Base,
    Value(Json),
    Clear,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    Create,
    /// The paths that change.
    Update(BTreeSet<String>),
    Delete,
}

/// The names of the kinds of write, in the order of the allow switches.
pub const WRITES: [&str; 3] = ["create", "update", "delete"];

impl Write {
    /// Its place among the allow switches.
    pub fn kind(&self) -> usize {
        match self {
            Write::Create => 0,
            Write::Update(_) => 1,
            Write::Delete => 2,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub kind: &'static str,
    /// Contested path to its reason and the values in base, on ours and on theirs.
    pub fields: BTreeMap<String, (&'static str, [Option<Json>; 3])>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    pub outcome: &'static str,
    pub merged: Option<Map>,
    pub conflict: Option<Conflict>,
    pub writes: [Option<Write>; 2],
    /// The kinds of write that an allow switch refused (MS P6).
    pub pending: [Option<&'static str>; 2],
    /// Path to rule, level and mode; paths that stay as in base have none, unless a side was reverted.
    pub decisions: BTreeMap<String, (&'static str, &'static str, Mode)>,
    /// Laws that the answer breaks by itself: none.
    pub broken: Vec<&'static str>,
}

/// Whether a segment is an item of a list. No member of a generated record begins so.
pub fn is_item(segment: &str) -> bool {
    segment.starts_with('[')
}

/// The path of a member.
pub fn below(path: &Path, name: &str) -> Path {
    [path.as_slice(), &[name.to_owned()]].concat()
}

/// The path as people and policies write it (MS 1).
pub fn show(path: &[String]) -> String {
    let mut text = String::new();
    for name in path {
        if is_item(name) {
            text += name;
            continue;
        }
        let odd = name.is_empty() || name.chars().any(|c| ".[]\"\\*".contains(c) || c.is_control());
        if odd && name != "*" {
            text += &format!("[{name:?}]");
        } else {
            text += if text.is_empty() { "" } else { "." };
            text += name;
        }
    }
    text
}

/// The raw JSON text, for choosing between two spellings (N6).
pub fn json_text(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(b) => b.to_string(),
        Json::Number(digits) => digits.clone(),
        Json::Text(text) => serde_json::to_string(text).expect("text is JSON"),
        Json::List(items) => format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(",")),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| format!("{name:?}:{}", json_text(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}
