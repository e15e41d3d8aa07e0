//! The identity of a record.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::json;
use crate::value::{Kind, Number, Object, Value};

/// The values of a record's key fields, in declared order (MS X4).
///
/// Keys compare exactly: text by its bytes, numbers by value, no normalisers. Numbers sort before text.
///
/// ```
/// use merge::RecordKey;
/// let record = merge::json::parse_object(br#"{"term":"F26","crn":1001.0,"room":"B12"}"#).unwrap();
/// let fields = ["term".to_owned(), "crn".to_owned()];
/// let key = RecordKey::from_object(&record, &fields).unwrap();
/// assert_eq!(key.canonical(), r#"["F26",1001]"#);
/// assert_eq!(key.label(), "F26 / 1001.0");
/// ```
#[derive(Debug, Clone)]
pub struct RecordKey(Vec<KeyPart>);

/// The value of one key field.
#[derive(Debug, Clone)]
pub enum KeyPart {
    /// A number, compared by value.
    Number(Number),
    /// Text, not empty, compared by bytes.
    Text(String),
}

/// Why a record has no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The record lacks the field.
    #[error("the key field `{field}` is missing")]
    Missing {
        /// Name of the key field.
        field: String,
    },
    /// The field is neither text nor number.
    #[error("the key field `{field}` must be text or a number, not {kind}")]
    WrongKind {
        /// Name of the key field.
        field: String,
        /// What was found.
        kind: Kind,
    },
    /// The field is empty text.
    #[error("the key field `{field}` is empty")]
    Empty {
        /// Name of the key field.
        field: String,
    },
    /// A text that is not the canonical form of a key.
    #[error("`{text}` is not a record key: expected a JSON list of text and numbers")]
    NotCanonical {
        /// The text found.
        text: String,
    },
}

impl RecordKey {
    /// A key of these parts, in declared order (X4).
    ///
    /// ```
    /// use merge::{KeyPart, RecordKey};
    /// let key = RecordKey::new(vec![KeyPart::Text("F26".to_owned()), KeyPart::Number(1001.into())]);
    /// assert_eq!(key.canonical(), r#"["F26",1001]"#);
    /// ```
    pub const fn new(parts: Vec<KeyPart>) -> RecordKey {
        RecordKey(parts)
    }

    /// Reads the key of a record.
    ///
    /// # Errors
    /// A key field that is missing, empty, or neither text nor number (MS X4).
    ///
    /// ```
    /// # use merge::RecordKey;
    /// let section = merge::json::parse_object(br#"{"term":"F26","crn":1001,"room":"B12"}"#).unwrap();
    /// let key = RecordKey::from_object(&section, &["term".to_owned(), "crn".to_owned()]).unwrap();
    /// assert_eq!(key.label(), "F26 / 1001");
    /// let error = RecordKey::from_object(&section, &["id".to_owned()]).unwrap_err();
    /// assert_eq!(error.to_string(), "the key field `id` is missing");
    /// ```
    pub fn from_object(record: &Object, fields: &[String]) -> Result<RecordKey, KeyError> {
        let part = |field: &String| {
            let field = || field.clone();
            match record.get(&field()) {
                None => Err(KeyError::Missing { field: field() }),
                Some(Value::Text(text)) if text.is_empty() => Err(KeyError::Empty { field: field() }),
                Some(Value::Text(text)) => Ok(KeyPart::Text(text.clone())),
                Some(Value::Number(number)) => Ok(KeyPart::Number(number.clone())),
                Some(other) => Err(KeyError::WrongKind { field: field(), kind: other.kind() }),
            }
        };
        fields.iter().map(part).collect::<Result<_, _>>().map(RecordKey)
    }

    /// The key as an object of its fields, for output (X9).
    ///
    /// ```
    /// # use merge::RecordKey;
    /// let key = RecordKey::parse_canonical(r#"["F26",1001]"#).unwrap();
    /// let object = key.to_object(&["term".to_owned(), "crn".to_owned()]);
    /// assert_eq!(object.to_json(), r#"{"term":"F26","crn":1001}"#);
    /// ```
    pub fn to_object(&self, fields: &[String]) -> Object {
        fields.iter().zip(&self.0).map(|(name, part)| (name.as_str(), part.to_value())).collect()
    }

    /// The parts in declared order (X4).
    ///
    /// ```
    /// # use merge::{KeyPart, RecordKey};
    /// let key = RecordKey::parse_canonical(r#"["F26",1001]"#).unwrap();
    /// assert!(matches!(&key.parts()[0], KeyPart::Text(term) if term == "F26"));
    /// assert!(key.parts()[1] < key.parts()[0], "numbers sort before text");
    /// ```
    pub fn parts(&self) -> &[KeyPart] {
        &self.0
    }

    /// The one text that stands for the key in databases: a JSON list, numbers in their normal spelling, so that
    /// equal keys are one text (X4).
    ///
    /// ```
    /// # use merge::RecordKey;
    /// let section = merge::json::parse_object(br#"{"crn":1001.0}"#).unwrap();
    /// let key = RecordKey::from_object(&section, &["crn".to_owned()]).unwrap();
    /// assert_eq!(key, RecordKey::from(1001));
    /// assert_eq!(key.canonical(), "[1001]");
    /// ```
    pub fn canonical(&self) -> String {
        let mut text = String::from("[");
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            match part {
                KeyPart::Number(number) => text.push_str(&number.normal()),
                KeyPart::Text(part) => json::write_text(&mut text, part),
            }
        }
        text.push(']');
        text
    }

    /// Reads what [`RecordKey::canonical`] wrote.
    ///
    /// # Errors
    /// [`KeyError::NotCanonical`] for anything but a list of texts and numbers.
    ///
    /// ```
    /// # use merge::RecordKey;
    /// let key = RecordKey::from("S-17");
    /// assert_eq!(RecordKey::parse_canonical(&key.canonical()), Ok(key));
    /// assert!(RecordKey::parse_canonical("S-17").is_err());
    /// ```
    pub fn parse_canonical(text: &str) -> Result<RecordKey, KeyError> {
        let error = || KeyError::NotCanonical { text: text.to_owned() };
        let Ok(Value::List(items)) = json::parse(text.as_bytes()) else {
            return Err(error());
        };
        let part = |item| match item {
            Value::Number(number) => Ok(KeyPart::Number(number)),
            Value::Text(text) if !text.is_empty() => Ok(KeyPart::Text(text)),
            _ => Err(error()),
        };
        items.into_iter().map(part).collect::<Result<_, _>>().map(RecordKey)
    }

    /// The key for people: its parts joined by ` / `.
    ///
    /// ```
    /// # use merge::RecordKey;
    /// let key = RecordKey::parse_canonical(r#"["F26",1001]"#).unwrap();
    /// assert_eq!(key.label(), "F26 / 1001");
    /// ```
    pub fn label(&self) -> String {
        let parts: Vec<&str> = self.0.iter().map(KeyPart::as_str).collect();
        parts.join(" / ")
    }
}

impl KeyPart {
    fn as_str(&self) -> &str {
        match self {
            KeyPart::Number(number) => number.as_str(),
            KeyPart::Text(text) => text,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            KeyPart::Number(number) => Value::Number(number.clone()),
            KeyPart::Text(text) => Value::Text(text.clone()),
        }
    }
}

impl Ord for KeyPart {
    fn cmp(&self, other: &KeyPart) -> Ordering {
        match (self, other) {
            (KeyPart::Number(a), KeyPart::Number(b)) => a.compare(b),
            (KeyPart::Number(_), KeyPart::Text(_)) => Ordering::Less,
            (KeyPart::Text(_), KeyPart::Number(_)) => Ordering::Greater,
            (KeyPart::Text(a), KeyPart::Text(b)) => a.cmp(b),
        }
    }
}

impl PartialOrd for KeyPart {
    fn partial_cmp(&self, other: &KeyPart) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for KeyPart {
    fn eq(&self, other: &KeyPart) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for KeyPart {}

impl Hash for KeyPart {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            KeyPart::Number(number) => (0, number.normal()).hash(state),
            KeyPart::Text(text) => (1, text).hash(state),
        }
    }
}

impl Ord for RecordKey {
    fn cmp(&self, other: &RecordKey) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for RecordKey {
    fn partial_cmp(&self, other: &RecordKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for RecordKey {
    fn eq(&self, other: &RecordKey) -> bool {
        self.0 == other.0
    }
}

impl Eq for RecordKey {}

impl Hash for RecordKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

impl From<&str> for RecordKey {
    fn from(text: &str) -> RecordKey {
        RecordKey(vec![KeyPart::Text(text.to_owned())])
    }
}

impl From<i64> for RecordKey {
    fn from(number: i64) -> RecordKey {
        RecordKey(vec![KeyPart::Number(number.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> RecordKey {
        RecordKey::parse_canonical(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn x04_numbers_sort_before_text_by_value_and_text_by_bytes() {
        let sorted = [
            "[-1]",
            "[2]",
            "[10]",
            r#"["10"]"#,
            r#"["B"]"#,
            r#"["a"]"#,
            r#"["a",1]"#,
            r#"["a","b"]"#,
            r#"["é"]"#,
        ];
        for pair in sorted.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn x04_keys_are_exact_and_numbers_equal_by_value() {
        assert_eq!(key("[1]"), key("[1.00]"));
        assert_eq!(key("[1.00]").canonical(), "[1]");
        assert_ne!(key("[1]"), key(r#"["1"]"#));
        assert_ne!(key(r#"["a"]"#), key(r#"["A"]"#));
    }

    #[test]
    fn x04_a_key_field_must_be_there_and_be_text_or_number() {
        let fields = ["id".to_owned()];
        for (record, message) in [
            ("{}", "the key field `id` is missing"),
            (r#"{"id":""}"#, "the key field `id` is empty"),
            (r#"{"id":null}"#, "the key field `id` must be text or a number, not null"),
            (r#"{"id":[1]}"#, "the key field `id` must be text or a number, not list"),
        ] {
            let record = json::parse_object(record.as_bytes()).expect("object");
            let error = RecordKey::from_object(&record, &fields).expect_err("no key");
            assert_eq!(error.to_string(), message);
        }
    }
}
