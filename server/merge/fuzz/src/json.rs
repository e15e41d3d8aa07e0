//! JSON: nothing is lost between reading and writing, and another reader reads the same (MS V6, N2).

use std::collections::HashSet;

use merge::json::{MAX_DEPTH, items_of_list, parse, parse_object, readable_members};
use merge::{Number, Object, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The largest power of ten that is read.
const MOST_EXPONENT: u64 = 1_000_000_000_000;

/// Reads the bytes as JSON.
pub fn check(bytes: &[u8]) {
    let read = parse(bytes);
    let other = serde_json::from_slice(bytes).ok().and_then(|raw| read_otherwise(raw, 0));
    assert_eq!(read.as_ref().ok(), other.as_ref(), "{read:?}");
    taken_apart(bytes, other.as_ref());
    match &read {
        Ok(value) => written(value),
        Err(error) => assert!(error.offset <= bytes.len(), "{error} lies behind the end"),
    }
    assert_eq!(
        parse_object(bytes).ok().as_ref(),
        other.as_ref().and_then(Value::as_object),
        "an object is read as one"
    );
}

/// What is written reads back, digit by digit; the canonical text is one for all that says the same.
fn written(value: &Value) {
    assert_eq!(parse(value.to_json().as_bytes()).as_ref(), Ok(value));
    let canonical = value.to_canonical();
    let again = parse(canonical.as_bytes()).expect("canonical JSON is JSON");
    assert!(again.same_json(value), "{value} became {again}");
    assert_eq!(again.to_canonical(), canonical);
    match (value, &again) {
        (Value::Object(object), Value::Object(again)) => assert_eq!(object.hash(), again.hash()),
        (Value::Number(number), _) => normal(number),
        _ => {}
    }
}

/// The normal form of a number is the same number.
fn normal(number: &Number) {
    if exponent(number.as_str()).is_none_or(|exponent| exponent < MOST_EXPONENT / 2) {
        let normal = Number::parse(&number.normal()).expect("the normal form is a number");
        assert!(normal.same_value(number), "{number} became {normal}");
        assert_eq!(normal.normal(), number.normal());
    }
}

/// The pieces of a text are those of the value that it holds.
fn taken_apart(bytes: &[u8], value: Option<&Value>) {
    let members = readable_members(bytes);
    let items = |path: &[&str]| match items_of_list(bytes, path) {
        Ok(ranges) => Some(ranges.into_iter().map(|range| &bytes[range]).collect::<Vec<_>>()),
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error} lies behind the end");
            None
        }
    };
    let whole = items(&[]);
    match value {
        Some(Value::List(list)) => is_list(whole, list),
        Some(Value::Object(object)) => {
            assert_eq!(members, *object);
            for (name, member) in object.iter() {
                match member {
                    Value::List(list) => is_list(items(&[name]), list),
                    _ => assert!(items(&[name]).is_none()),
                }
            }
        }
        _ => {}
    }
}

fn is_list(items: Option<Vec<&[u8]>>, list: &[Value]) {
    let items: Vec<Value> =
        items.expect("a list").into_iter().map(|item| parse(item).expect("an item")).collect();
    assert_eq!(items, list);
}

/// The same by serde_json, which takes the text apart and reads texts and names. `None` where it finds no JSON or MS V6
/// rules it out.
fn read_otherwise(raw: &RawValue, depth: usize) -> Option<Value> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'{' | b'[' if depth == MAX_DEPTH => None,
        b'{' => {
            let members: Members<'_> = serde_json::from_str(text).ok()?;
            let mut names = HashSet::new();
            let member = |(name, value): (String, &RawValue)| {
                names.insert(name.clone()).then_some((name, read_otherwise(value, depth + 1)?))
            };
            members.0.into_iter().map(member).collect::<Option<Object>>().map(Value::Object)
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let items = items.into_iter().map(|item| read_otherwise(item, depth + 1));
            items.collect::<Option<_>>().map(Value::List)
        }
        b'"' => serde_json::from_str(text).ok().map(Value::Text),
        b'n' => Some(Value::Null),
        b't' => Some(Value::Bool(true)),
        b'f' => Some(Value::Bool(false)),
        _ if exponent(text).is_some_and(|exponent| exponent > MOST_EXPONENT) => None,
        _ => Some(Value::Number(Number::parse(text).expect("serde_json takes it for a number"))),
    }
}

/// The exponent of a number without its sign; the greatest there is for one that is even greater.
fn exponent(number: &str) -> Option<u64> {
    let (_, exponent) = number.split_once(['e', 'E'])?;
    Some(exponent.trim_start_matches(['+', '-']).parse().unwrap_or(u64::MAX))
}

/// The members of an object in their order, repeated ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
