//! Body templates (CN C24): JSON with `{{name}}` in its texts and three operators.

use merge::{Object, Value};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::template::plain_text;

/// The body of a write, as configured. It cannot loop except over the fields, call out, or read secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyTemplate {
    root: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Literal(Value),
    Whole(Slot),
    Mixed(Vec<Piece>),
    List(Vec<Node>),
    Members(Vec<(String, Node)>),
    Merge(Vec<Node>),
    Each(Which, Box<Node>),
    If(Slot, Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Fields,
    Type,
    IdempotencyKey,
    Id,
    NewId,
    Version,
    FieldName,
    FieldPointer,
    FieldValue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Set,
    Cleared,
    Changed,
}

/// The values that are there to be put in.
#[derive(Debug, Default)]
pub struct BodyValues<'a> {
    /// The body fields.
    pub fields: Option<&'a Object>,
    /// Members that get a value.
    pub set: Option<&'a Object>,
    /// Members that are emptied.
    pub cleared: &'a [String],
    /// The record type's name.
    pub type_name: &'a str,
    /// The write's key.
    pub idempotency_key: &'a str,
    /// The id in the JSON type of the system.
    pub id: Option<Value>,
    /// The id chosen for a new record.
    pub new_id: Option<Value>,
    /// The version seen, in the JSON type of the system.
    pub version: Option<Value>,
}

#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a str,
    value: &'a Value,
}

impl BodyTemplate {
    /// Reads a template from JSON text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value =
            merge::json::parse(text.as_bytes()).map_err(|error| format!("the body is no JSON: {error}"))?;
        Ok(Self { root: compile(&value, false)? })
    }

    /// The body with all values put in; `None` when the template asks for a value that is not there.
    pub fn render(&self, values: &BodyValues<'_>) -> Option<Value> {
        render(&self.root, values, None)
    }

    /// True when the template sends the version.
    pub fn names_version(&self) -> bool {
        names_version(&self.root)
    }
}

impl<'de> Deserialize<'de> for BodyTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn compile(value: &Value, in_each: bool) -> Result<Node, String> {
    match value {
        Value::Text(text) => compile_text(text, in_each),
        Value::List(list) => {
            list.iter().map(|v| compile(v, in_each)).collect::<Result<_, _>>().map(Node::List)
        }
        Value::Object(object) => match object.keys().find(|name| name.starts_with('$')) {
            Some(operator) => compile_operator(operator, object, in_each),
            None => object
                .iter()
                .map(|(name, inner)| Ok((name.to_owned(), compile(inner, in_each)?)))
                .collect::<Result<_, String>>()
                .map(Node::Members),
        },
        other => Ok(Node::Literal(other.clone())),
    }
}

fn compile_operator(operator: &str, object: &Object, in_each: bool) -> Result<Node, String> {
    let member = |name: &str| object.get(name).ok_or_else(|| format!("`{operator}` needs `{name}`"));
    let allowed: &[&str] = match operator {
        "$merge" => &["$merge"],
        "$each" => &["$each", "do"],
        "$if" => &["$if", "then", "else"],
        _ => return Err(format!("unknown operator `{operator}`, expected one of `$merge`, `$each`, `$if`")),
    };
    if let Some(stray) = object.keys().find(|name| !allowed.contains(name)) {
        return Err(format!("`{stray}` does not belong beside `{operator}`"));
    }
    match operator {
        "$merge" => match member("$merge")? {
            Value::List(list) => {
                list.iter().map(|v| compile(v, in_each)).collect::<Result<_, _>>().map(Node::Merge)
            }
            _ => Err("`$merge` takes a list".to_owned()),
        },
        "$each" => {
            let which = match member("$each")?.as_text() {
                Some("set") => Which::Set,
                Some("cleared") => Which::Cleared,
                Some("changed") => Which::Changed,
                _ => return Err("`$each` is one of `set`, `cleared`, `changed`".to_owned()),
            };
            Ok(Node::Each(which, Box::new(compile(member("do")?, true)?)))
        }
        _ => {
            let condition = member("$if")?.as_text().ok_or("`$if` takes a name")?;
            let then = compile(member("then")?, in_each)?;
            let otherwise = compile(object.get("else").unwrap_or(&Value::Null), in_each)?;
            Ok(Node::If(read_slot(condition, in_each)?, Box::new(then), Box::new(otherwise)))
        }
    }
}

fn compile_text(text: &str, in_each: bool) -> Result<Node, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let close = rest[open..]
            .find("}}")
            .map(|at| open + at)
            .ok_or_else(|| format!("`{text}`: `{{{{` without `}}}}`"))?;
        if open > 0 {
            pieces.push(Piece::Text(rest[..open].to_owned()));
        }
        pieces.push(Piece::Slot(read_slot(&rest[open + 2..close], in_each)?));
        rest = &rest[close + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(match pieces.as_slice() {
        [] => Node::Literal(Value::Text(String::new())),
        [Piece::Text(literal)] => Node::Literal(Value::Text(literal.clone())),
        [Piece::Slot(slot)] => Node::Whole(*slot),
        _ => Node::Mixed(pieces),
    })
}

fn read_slot(name: &str, in_each: bool) -> Result<Slot, String> {
    Ok(match (name, in_each) {
        ("fields", _) => Slot::Fields,
        ("type", _) => Slot::Type,
        ("idempotency_key", _) => Slot::IdempotencyKey,
        ("id", _) => Slot::Id,
        ("new_id", _) => Slot::NewId,
        ("version", _) => Slot::Version,
        ("field.name", true) => Slot::FieldName,
        ("field.pointer", true) => Slot::FieldPointer,
        ("field.value", true) => Slot::FieldValue,
        _ => {
            return Err(format!(
                "unknown name `{{{{{name}}}}}`, expected one of `fields`, `id`, `new_id`, `version`, `type`, \
                 `idempotency_key`, and inside `$each` also `field.name`, `field.pointer`, `field.value`"
            ));
        }
    })
}

fn render(node: &Node, values: &BodyValues<'_>, field: Option<Field<'_>>) -> Option<Value> {
    Some(match node {
        Node::Literal(value) => value.clone(),
        Node::Whole(slot) => lookup(*slot, values, field)?,
        Node::Mixed(pieces) => {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(literal) => text.push_str(literal),
                    Piece::Slot(slot) => text.push_str(&plain_text(&lookup(*slot, values, field)?)),
                }
            }
            Value::Text(text)
        }
        Node::List(nodes) => {
            Value::List(nodes.iter().map(|n| render(n, values, field)).collect::<Option<_>>()?)
        }
        Node::Members(members) => {
            let mut object = Object::new();
            for (name, inner) in members {
                object.insert(name.clone(), render(inner, values, field)?);
            }
            Value::Object(object)
        }
        Node::Merge(nodes) => {
            let mut merged = Object::new();
            for inner in nodes {
                if let Value::Object(object) = render(inner, values, field)? {
                    for (name, value) in object.iter() {
                        merged.insert(name.to_owned(), value.clone());
                    }
                }
            }
            Value::Object(merged)
        }
        Node::Each(which, inner) => Value::List(render_each(*which, inner, values)?),
        Node::If(slot, then, otherwise) => match lookup(*slot, values, field) {
            Some(_) => render(then, values, field)?,
            None => render(otherwise, values, field)?,
        },
    })
}

fn render_each(which: Which, inner: &Node, values: &BodyValues<'_>) -> Option<Vec<Value>> {
    let mut rendered = Vec::new();
    if which != Which::Cleared {
        for (name, value) in values.set.into_iter().flat_map(Object::iter) {
            rendered.push(render(inner, values, Some(Field { name, value }))?);
        }
    }
    if which != Which::Set {
        for name in values.cleared {
            rendered.push(render(inner, values, Some(Field { name, value: &Value::Null }))?);
        }
    }
    Some(rendered)
}

fn lookup(slot: Slot, values: &BodyValues<'_>, field: Option<Field<'_>>) -> Option<Value> {
    match slot {
        Slot::Fields => values.fields.map(|fields| Value::Object(fields.clone())),
        Slot::Type => Some(Value::Text(values.type_name.to_owned())),
        Slot::IdempotencyKey => Some(Value::Text(values.idempotency_key.to_owned())),
        Slot::Id => values.id.clone(),
        Slot::NewId => values.new_id.clone(),
        Slot::Version => values.version.clone(),
        Slot::FieldName => field.map(|f| Value::Text(f.name.to_owned())),
        Slot::FieldPointer => field.map(|f| Value::Text(pointer_to(f.name))),
        Slot::FieldValue => field.map(|f| f.value.clone()),
    }
}

fn pointer_to(member: &str) -> String {
    format!("/{}", member.replace('~', "~0").replace('/', "~1"))
}

fn names_version(node: &Node) -> bool {
    match node {
        Node::Whole(slot) => *slot == Slot::Version,
        Node::Mixed(pieces) => pieces.contains(&Piece::Slot(Slot::Version)),
        Node::List(nodes) | Node::Merge(nodes) => nodes.iter().any(names_version),
        Node::Members(members) => members.iter().any(|(_, inner)| names_version(inner)),
        Node::Each(_, inner) => names_version(inner),
        Node::If(slot, then, otherwise) => {
            *slot == Slot::Version || names_version(then) || names_version(otherwise)
        }
        Node::Literal(_) => false,
    }
}
