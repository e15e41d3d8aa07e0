//! The value types of a type's members, as configured: `text`, `decimal(2)`, `reference(room)`, `list(text)` …

use serde::Deserialize;
use serde::de::{self, Deserializer};

use merge::{Number, Value};

/// What a member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number with at most so many decimals.
    Decimal(u32),
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// An instant.
    Instant,
    /// The id of a record of a type.
    Reference(String),
    /// Values in an order.
    List(Box<FieldType>),
    /// Values without an order.
    Set(Box<FieldType>),
    /// Members of their own.
    Object,
}

impl FieldType {
    /// Reads a type as written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, inner) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')')),
            None => (text, None),
        };
        Ok(match (name, inner) {
            ("text", None) => Self::Text,
            ("integer", None) => Self::Integer,
            ("boolean", None) => Self::Boolean,
            ("date", None) => Self::Date,
            ("time", None) => Self::Time,
            ("instant", None) => Self::Instant,
            ("object", None) => Self::Object,
            ("decimal", Some(scale)) => Self::Decimal(scale.parse().map_err(|_| unknown(text))?),
            ("reference", Some(target)) if !target.is_empty() => Self::Reference(target.to_owned()),
            ("list", Some(inner)) => Self::List(Box::new(Self::parse(inner)?)),
            ("set", Some(inner)) => Self::Set(Box::new(Self::parse(inner)?)),
            _ => return Err(unknown(text)),
        })
    }

    /// Whether a value can stand in such a member. Null can stand in all of them.
    pub fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) => true,
            (Self::Integer, Value::Number(number)) => is_whole(number),
            (Self::Decimal(_) | Self::Instant, Value::Number(_)) => true,
            // Some systems hold decimals as texts, so that no digit is lost.
            (Self::Decimal(_), Value::Text(text)) => Number::parse(text).is_some(),
            (Self::Boolean, Value::Bool(_)) | (Self::Object, Value::Object(_)) => true,
            (Self::Text | Self::Date | Self::Time | Self::Instant, Value::Text(_)) => true,
            (Self::Reference(_), Value::Text(_) | Value::Number(_)) => true,
            (Self::List(inner) | Self::Set(inner), Value::List(list)) => {
                list.iter().all(|value| inner.fits(value))
            }
            _ => false,
        }
    }
}

fn is_whole(number: &Number) -> bool {
    !number.normal().contains(['.', 'e', 'E'])
}

fn unknown(text: &str) -> String {
    format!(
        "unknown value type `{text}`, expected one of `text`, `integer`, `decimal(scale)`, `boolean`, `date`, `time`, \
         `instant`, `reference(type)`, `list(of)`, `set(of)`, `object`"
    )
}

impl std::fmt::Display for FieldType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Integer => f.write_str("integer"),
            Self::Decimal(scale) => write!(f, "decimal({scale})"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::Instant => f.write_str("instant"),
            Self::Reference(target) => write!(f, "reference({target})"),
            Self::List(inner) => write!(f, "list({inner})"),
            Self::Set(inner) => write!(f, "set({inner})"),
            Self::Object => f.write_str("object"),
        }
    }
}

impl<'de> Deserialize<'de> for FieldType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
