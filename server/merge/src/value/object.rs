//! Records and nested objects.

use std::fmt;

use super::{ContentHash, Value};
use crate::json;

/// A JSON object whose members keep the order in which they were read.
///
/// ```
/// use merge::Object;
/// let record = merge::json::parse_object(br#"{"id":7,"room":"B12"}"#).unwrap();
/// assert_eq!(record.get("room").and_then(|room| room.as_text()), Some("B12"));
/// assert_eq!(record.to_json(), r#"{"id":7,"room":"B12"}"#);
/// # let _: Object = record;
/// ```
///
/// `==` asks for the same members in the same order and spelling; [`Object::same_json`] compares as JSON does.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// An object without members.
    ///
    /// ```
    /// # use merge::Object;
    /// assert_eq!(Object::new().to_json(), "{}");
    /// ```
    pub const fn new() -> Object {
        Object(Vec::new())
    }

    /// The member of this name. A member holding `null` is there (V1).
    ///
    /// ```
    /// # use merge::Value;
    /// let student = merge::json::parse_object(br#"{"name":"Ann","email":null}"#).unwrap();
    /// assert_eq!(student.get("email"), Some(&Value::Null));
    /// assert_eq!(student.get("phone"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Like [`Object::get`], looking first at position `hint`, where records of one shape have the member.
    ///
    /// ```
    /// # use merge::Value;
    /// let section = merge::json::parse_object(br#"{"crn":1001,"room":"B12"}"#).unwrap();
    /// assert_eq!(section.get_near(1, "room"), Some(&Value::from("B12")));
    /// assert_eq!(section.get_near(0, "room"), section.get("room"));
    /// ```
    pub fn get_near(&self, hint: usize, name: &str) -> Option<&Value> {
        match self.0.get(hint) {
            Some((member, value)) if member == name => Some(value),
            _ => self.get(name),
        }
    }

    /// The member of this name, to be changed in place.
    ///
    /// ```
    /// # use merge::Value;
    /// let mut section = merge::json::parse_object(br#"{"room":"B12"}"#).unwrap();
    /// *section.get_mut("room").unwrap() = Value::from("A01");
    /// assert_eq!(section.to_json(), r#"{"room":"A01"}"#);
    /// ```
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Sets a member where it stands, or adds it at the end. Returns the value that was there.
    ///
    /// ```
    /// # use merge::Value;
    /// let mut section = merge::json::parse_object(br#"{"room":"B12","crn":1001}"#).unwrap();
    /// assert_eq!(section.insert("room", "A01"), Some(Value::from("B12")));
    /// assert_eq!(section.insert("seats", 30), None);
    /// assert_eq!(section.to_json(), r#"{"room":"A01","crn":1001,"seats":30}"#);
    /// ```
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        match self.get_mut(&name) {
            Some(there) => Some(std::mem::replace(there, value)),
            None => {
                self.0.push((name, value));
                None
            }
        }
    }

    /// An object without members that has room for some.
    pub(crate) fn with_capacity(members: usize) -> Object {
        Object(Vec::with_capacity(members))
    }

    /// The name of the member at the end.
    pub(crate) fn last_name(&self) -> Option<&str> {
        self.0.last().map(|(name, _)| name.as_str())
    }

    /// Adds a member that is known to be new.
    pub(crate) fn push(&mut self, name: String, value: Value) {
        self.0.push((name, value));
    }

    /// Takes a member out; the others keep their order.
    ///
    /// ```
    /// # use merge::Value;
    /// let mut section = merge::json::parse_object(br#"{"etag":"x1","crn":1001,"room":"B12"}"#).unwrap();
    /// assert_eq!(section.remove("etag"), Some(Value::from("x1")));
    /// assert_eq!(section.to_json(), r#"{"crn":1001,"room":"B12"}"#);
    /// ```
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.remove(at).1)
    }

    /// Whether there is a member of this name.
    ///
    /// ```
    /// let student = merge::json::parse_object(br#"{"email":null}"#).unwrap();
    /// assert!(student.contains("email") && !student.contains("phone"));
    /// ```
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members in order (X8).
    ///
    /// ```
    /// let section = merge::json::parse_object(br#"{"room":"B12","crn":1001}"#).unwrap();
    /// let shown: Vec<String> = section.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    /// assert_eq!(shown, [r#"room: "B12""#, "crn: 1001"]);
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + Clone {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names of the members in order.
    ///
    /// ```
    /// let section = merge::json::parse_object(br#"{"room":"B12","crn":1001}"#).unwrap();
    /// assert!(section.keys().eq(["room", "crn"]));
    /// ```
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// How many members there are.
    ///
    /// ```
    /// let student = merge::json::parse_object(br#"{"name":"Ann","email":null}"#).unwrap();
    /// assert_eq!(student.len(), 2, "a null member is there");
    /// ```
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no members.
    ///
    /// ```
    /// # use merge::Object;
    /// assert!(Object::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are the same JSON: numbers by value (N2), member order free; absent and null differ (V1).
    ///
    /// ```
    /// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// assert!(record(r#"{"crn":1001,"seats":30}"#).same_json(&record(r#"{"seats":3e1,"crn":1001}"#)));
    /// assert!(!record(r#"{"crn":1001,"room":null}"#).same_json(&record(r#"{"crn":1001}"#)));
    /// ```
    pub fn same_json(&self, other: &Object) -> bool {
        self.len() == other.len()
            && self.iter().enumerate().all(|(at, (name, value))| {
                other.get_near(at, name).is_some_and(|there| value.same_json(there))
            })
    }

    /// Compact JSON in the order of the members, digits as read (X8).
    ///
    /// ```
    /// let section = merge::json::parse_object(br#"{ "room": "B12", "crn": 1001.0 }"#).unwrap();
    /// assert_eq!(section.to_json(), r#"{"room":"B12","crn":1001.0}"#);
    /// ```
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        json::write_object(&mut text, self);
        text
    }

    /// Compact JSON with members sorted by name at all depths, digits as read: the form in which records are stored.
    ///
    /// ```
    /// let section = merge::json::parse_object(br#"{ "room": "B12", "crn": 1001.0 }"#).unwrap();
    /// assert_eq!(section.to_canonical(), r#"{"crn":1001.0,"room":"B12"}"#);
    /// ```
    pub fn to_canonical(&self) -> String {
        let mut text = json::room_for(self);
        json::write_canonical_object(&mut text, self);
        text
    }

    /// The hash of what the record says: spelling of numbers, Unicode composition, member order and blank members
    /// make no difference, every other difference does.
    ///
    /// ```
    /// let hash = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap().hash();
    /// assert_eq!(hash(r#"{"a":1.0,"b":null}"#), hash(r#"{"a":1}"#));
    /// assert_ne!(hash(r#"{"a":"1"}"#), hash(r#"{"a":1}"#));
    /// ```
    pub fn hash(&self) -> ContentHash {
        let mut text = json::room_for(self);
        json::write_neutral_object(&mut text, self);
        ContentHash::of(text.as_bytes())
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Object {
        let mut object = Object::new();
        for (name, value) in members {
            object.insert(name, value);
        }
        object
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
