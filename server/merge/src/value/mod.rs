//! JSON values that lose nothing: exact digits, member order, and null apart from absent.

mod decimal;
mod hash;
mod number;
mod object;

use std::fmt;

pub(crate) use decimal::Decimal;
pub use hash::{BadHash, ContentHash};
pub use number::Number;
pub use object::Object;

use crate::json;
use crate::named::named;

/// A JSON value. An absent value is `Option::None` around it, so that absent, null and `""` stay apart (MS V1).
///
/// `==` compares spelling (digits, member order); [`Value::same_json`] compares as JSON does.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, digits as read.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

named! {
    /// The kind of a value; values of different kinds are never equal (MS V5).
    pub enum Kind: "kind of value" {
        /// `null`.
        Null = "null",
        /// `true` or `false`.
        Bool = "bool",
        /// A number.
        Number = "number",
        /// Text.
        Text = "text",
        /// A list.
        List = "list",
        /// An object.
        Object = "object",
    }
}

impl Value {
    /// What kind of value this is; values of two kinds are never equal (V5).
    ///
    /// ```
    /// use merge::{Kind, Value};
    /// assert_eq!(Value::from("7").kind(), Kind::Text);
    /// assert_eq!(Value::from(7).kind(), Kind::Number);
    /// ```
    pub const fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::Text,
            Value::List(_) => Kind::List,
            Value::Object(_) => Kind::Object,
        }
    }

    /// The text, if it is text.
    ///
    /// ```
    /// # use merge::Value;
    /// assert_eq!(Value::from("B12").as_text(), Some("B12"));
    /// assert_eq!(Value::Null.as_text(), None);
    /// ```
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    ///
    /// ```
    /// # use merge::Value;
    /// let credits = merge::json::parse(b"3.00").unwrap();
    /// assert_eq!(credits.as_number().unwrap().as_str(), "3.00");
    /// ```
    pub const fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    ///
    /// ```
    /// # use merge::Value;
    /// assert_eq!(Value::from(true).as_bool(), Some(true));
    /// assert_eq!(Value::from("true").as_bool(), None);
    /// ```
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The items, if it is a list.
    ///
    /// ```
    /// # use merge::Value;
    /// let tags = merge::json::parse(br#"["lab","evening"]"#).unwrap();
    /// assert_eq!(tags.as_list().map(|tags| tags.len()), Some(2));
    /// assert_eq!(Value::from("lab").as_list(), None);
    /// ```
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The object, if it is one.
    ///
    /// ```
    /// # use merge::Value;
    /// let address = merge::json::parse(br#"{"city":"Ulm"}"#).unwrap();
    /// assert_eq!(address.as_object().and_then(|address| address.get("city")), Some(&Value::from("Ulm")));
    /// ```
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether it is `null`, which is not the same as absent or `""` (V1).
    ///
    /// ```
    /// # use merge::Value;
    /// assert!(Value::Null.is_null());
    /// assert!(!Value::from("").is_null());
    /// ```
    pub const fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether both are the same JSON: numbers by value (N2), member order free, list order counts.
    ///
    /// ```
    /// let value = |text: &str| merge::json::parse(text.as_bytes()).unwrap();
    /// assert!(value(r#"{"crn":1001,"seats":30}"#).same_json(&value(r#"{"seats":30.0,"crn":1001}"#)));
    /// assert!(!value(r#"["Mon","Wed"]"#).same_json(&value(r#"["Wed","Mon"]"#)));
    /// ```
    pub fn same_json(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a.same_value(b),
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_json(b))
            }
            (Value::Object(a), Value::Object(b)) => a.same_json(b),
            (a, b) => a == b,
        }
    }

    /// Compact JSON, member order and digits kept (X8).
    ///
    /// ```
    /// let section = merge::json::parse(br#"{ "seats": 30.0, "crn": 1001 }"#).unwrap();
    /// assert_eq!(section.to_json(), r#"{"seats":30.0,"crn":1001}"#);
    /// ```
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        json::write(&mut text, self);
        text
    }

    /// Compact JSON with members sorted by name at all depths, digits kept.
    ///
    /// ```
    /// let section = merge::json::parse(br#"{ "seats": 30.0, "crn": 1001 }"#).unwrap();
    /// assert_eq!(section.to_canonical(), r#"{"crn":1001,"seats":30.0}"#);
    /// ```
    pub fn to_canonical(&self) -> String {
        let mut text = String::new();
        json::write_canonical(&mut text, self);
        text
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

macro_rules! value_from {
    ($($kind:ty => $make:expr),+ $(,)?) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Value {
                $make(value)
            }
        }
    )+};
}
value_from! {
    bool => Value::Bool,
    Number => Value::Number,
    String => Value::Text,
    Object => Value::Object,
    Vec<Value> => Value::List,
    &str => |text: &str| Value::Text(text.to_owned()),
    i64 => |number: i64| Value::Number(number.into()),
    i32 => |number: i32| Value::Number(number.into()),
    u32 => |number: u32| Value::Number(number.into()),
    u64 => |number: u64| Value::Number(number.into()),
}
