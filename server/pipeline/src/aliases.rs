//! Values that a system stores in its own form (RL R21, MS N8).
//!
//! When a value we wrote reads back differently though nobody edited it, the system normalised it: the pair of what was
//! sent and what is stored counts as equal for that side from then on, so that the field is not written every night.

use std::collections::BTreeMap;

use merge::{Object, Value, json};

/// How often a pair may be learnt anew for one field before it is reported (P12, Q6).
const REPEATS_REPORTED: u32 = 3;

/// What is known of one field.
#[derive(Debug, Clone, PartialEq)]
struct Alias {
    sent: Option<Value>,
    stored: Option<Value>,
    repeats: u32,
}

/// The known pairs of one record on one side, by field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Aliases(BTreeMap<String, Alias>);

impl Aliases {
    /// Reads what [`Aliases::to_json`] wrote; anything else counts as nothing known, which costs one more write.
    pub(crate) fn parse(text: &str) -> Self {
        let Ok(object) = json::parse_object(text.as_bytes()) else { return Self::default() };
        let fields = object.iter().filter_map(|(field, pair)| {
            let pair = pair.as_object()?;
            let repeats = match pair.get("repeats") {
                Some(Value::Number(number)) => number.as_str().parse().ok()?,
                _ => 1,
            };
            let alias =
                Alias { sent: pair.get("sent").cloned(), stored: pair.get("stored").cloned(), repeats };
            Some((field.to_owned(), alias))
        });
        Self(fields.collect())
    }

    /// The text to keep; none when nothing is known.
    pub(crate) fn to_json(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut object = Object::new();
        for (field, alias) in &self.0 {
            let mut pair = Object::new();
            if let Some(sent) = &alias.sent {
                pair.insert("sent", sent.clone());
            }
            if let Some(stored) = &alias.stored {
                pair.insert("stored", stored.clone());
            }
            pair.insert("repeats", Value::Number(alias.repeats.into()));
            object.insert(field, Value::Object(pair));
        }
        Some(object.to_json())
    }

    /// Notes that `field` was sent as one value and is stored as another. True when that has happened too often.
    pub(crate) fn learn(&mut self, field: &str, sent: Option<&Value>, stored: Option<&Value>) -> bool {
        let repeats = self.0.get(field).map_or(0, |alias| alias.repeats) + 1;
        let alias = Alias { sent: sent.cloned(), stored: stored.cloned(), repeats };
        self.0.insert(field.to_owned(), alias);
        repeats >= REPEATS_REPORTED
    }

    /// Puts what was sent in the place of what is stored, so that the record reads as we wrote it.
    pub(crate) fn read_as_sent(&self, body: &mut Object) {
        for (field, alias) in &self.0 {
            if !same(body.get(field), alias.stored.as_ref()) {
                continue;
            }
            match &alias.sent {
                Some(sent) => body.insert(field, sent.clone()),
                None => body.remove(field),
            };
        }
    }
}

fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.same_json(other),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        json::parse_object(text.as_bytes()).expect("test input")
    }

    #[test]
    fn r21_a_normalised_value_reads_as_it_was_sent() {
        let mut aliases = Aliases::default();
        aliases.learn("name", Some(&Value::Text("Ann ".into())), Some(&Value::Text("Ann".into())));
        let aliases = Aliases::parse(&aliases.to_json().unwrap_or_default());
        let mut body = object(r#"{"id":1,"name":"Ann"}"#);
        aliases.read_as_sent(&mut body);
        assert_eq!(body.to_json(), r#"{"id":1,"name":"Ann "}"#);
        let mut edited = object(r#"{"id":1,"name":"Anna"}"#);
        aliases.read_as_sent(&mut edited);
        assert_eq!(edited.to_json(), r#"{"id":1,"name":"Anna"}"#, "an edit is an edit");
    }

    #[test]
    fn p12_the_third_repeat_is_reported() {
        let mut aliases = Aliases::default();
        let sent = Value::Text("a".into());
        let mut learn = |stored: &str| aliases.learn("v", Some(&sent), Some(&Value::Text(stored.into())));
        assert!(!learn("b"));
        assert!(!learn("c"));
        assert!(learn("d"));
    }
}
