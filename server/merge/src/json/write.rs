//! Writing JSON.

use unicode_normalization::UnicodeNormalization;

use super::pass::plain_length;
use crate::value::{Object, Value};

/// A text with room for a record of the usual length.
pub(crate) fn room_for(object: &Object) -> String {
    String::with_capacity(2 + TEXT_OF_A_MEMBER * object.len())
}

/// Roughly how many bytes a member takes.
const TEXT_OF_A_MEMBER: usize = 28;

/// Appends compact JSON, member order and digits kept.
pub(crate) fn write(out: &mut String, value: &Value) {
    Style::AsRead.value(out, value);
}

/// Appends a whole object as [`write()`] does.
pub(crate) fn write_object(out: &mut String, object: &Object) {
    Style::AsRead.object(out, object);
}

/// Appends compact JSON with sorted members, digits kept.
pub(crate) fn write_canonical(out: &mut String, value: &Value) {
    Style::Canonical.value(out, value);
}

/// Appends a whole object as [`write_canonical`] does.
pub(crate) fn write_canonical_object(out: &mut String, object: &Object) {
    Style::Canonical.object(out, object);
}

/// Appends the form that all spellings of one record share: members sorted, blank members dropped, numbers by
/// value, text in NFC. It is the input of hashes, not something to store.
pub(crate) fn write_neutral_object(out: &mut String, object: &Object) {
    Style::Neutral.object(out, object);
}

/// Appends a value in the form that [`write_neutral_object`] gives it.
pub(crate) fn write_neutral(out: &mut String, value: &Value) {
    Style::Neutral.value(out, value);
}

/// Appends the form that all texts of one JSON value share: members sorted, numbers by value, all else exact.
pub(crate) fn write_exact(out: &mut String, value: &Value) {
    Style::Exact.value(out, value);
}

/// Appends a whole object as [`write_exact`] does.
pub(crate) fn write_exact_object(out: &mut String, object: &Object) {
    Style::Exact.object(out, object);
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    AsRead,
    Canonical,
    Exact,
    Neutral,
}

impl Style {
    fn value(self, out: &mut String, value: &Value) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(number) if matches!(self, Style::Exact | Style::Neutral) => {
                out.push_str(&number.normal());
            }
            Value::Number(number) => out.push_str(number.as_str()),
            Value::Text(text) => self.text(out, text),
            Value::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.value(out, item);
                }
                out.push(']');
            }
            Value::Object(object) => self.object(out, object),
        }
    }

    fn object(self, out: &mut String, object: &Object) {
        if self == Style::AsRead {
            return self.members(out, object.iter());
        }
        let kept = object.iter().filter(|(_, value)| self != Style::Neutral || !value.is_null());
        // As a stored record is.
        if object.keys().is_sorted() {
            return self.members(out, kept);
        }
        let mut members: Vec<_> = kept.collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        self.members(out, members.into_iter());
    }

    fn members<'a>(self, out: &mut String, members: impl Iterator<Item = (&'a str, &'a Value)>) {
        out.push('{');
        for (at, (name, value)) in members.enumerate() {
            if at > 0 {
                out.push(',');
            }
            write_text(out, name);
            out.push(':');
            self.value(out, value);
        }
        out.push('}');
    }

    fn text(self, out: &mut String, text: &str) {
        if self == Style::Neutral && !text.is_ascii() {
            write_text(out, &text.nfc().collect::<String>());
        } else {
            write_text(out, text);
        }
    }
}

/// Appends a JSON text in quotes with the least escaping.
pub(crate) fn write_text(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    loop {
        let plain = plain_length(rest.as_bytes());
        out.push_str(&rest[..plain]);
        let Some(byte) = rest.as_bytes().get(plain).copied() else { break };
        rest = &rest[plain + 1..];
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            _ => {
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out.push('"');
}
