//! The text of paths and patterns (MS 1, P4).

use super::Segment;
use crate::json;
use crate::value::Value;

/// A text that is not a path or pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {message}")]
pub struct PathError {
    pub(super) what: &'static str,
    pub(super) text: String,
    pub(super) message: String,
}

/// A step as written, before it is known whether wildcards may stand there.
pub(super) enum Part {
    Name(String),
    Item(Vec<(String, Value)>),
    Any,
    AnyItem,
}

impl Part {
    pub(super) fn into_segment(self, text: &str) -> Result<Segment, PathError> {
        match self {
            Part::Name(name) => Ok(Segment::Name(name)),
            Part::Item(keys) => Ok(Segment::Item(keys)),
            Part::Any | Part::AnyItem => Err(PathError {
                what: "field path",
                text: text.to_owned(),
                message: "a wildcard may only stand in a pattern".to_owned(),
            }),
        }
    }
}

pub(super) fn write(segments: &[Segment]) -> String {
    let mut text = String::new();
    for segment in segments {
        match segment {
            Segment::Name(name) => write_name(&mut text, name),
            Segment::Item(keys) => {
                text.push('[');
                for (at, (name, value)) in keys.iter().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    if needs_quotes(name) || name.contains(['=', ',']) {
                        json::write_text(&mut text, name);
                    } else {
                        text.push_str(name);
                    }
                    text.push('=');
                    json::write(&mut text, value);
                }
                text.push(']');
            }
        }
    }
    text
}

pub(super) fn write_name(text: &mut String, name: &str) {
    if needs_quotes(name) {
        text.push('[');
        json::write_text(text, name);
        text.push(']');
        return;
    }
    if !text.is_empty() {
        text.push('.');
    }
    text.push_str(name);
}

fn needs_quotes(name: &str) -> bool {
    name.is_empty()
        || name.contains(|c: char| matches!(c, '.' | '[' | ']' | '"' | '\\' | '*') || c.is_control())
}

pub(super) fn read(text: &str) -> Result<Vec<Part>, PathError> {
    let mut reader = Reader { text, at: 0 };
    let mut parts = Vec::new();
    while reader.at < text.len() {
        parts.push(reader.part(parts.is_empty())?);
    }
    Ok(parts)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn error(&self, message: &str) -> PathError {
        PathError { what: "field path", text: self.text.to_owned(), message: message.to_owned() }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn part(&mut self, first: bool) -> Result<Part, PathError> {
        if self.take("[*]") {
            return Ok(Part::AnyItem);
        }
        if self.take("[") {
            return self.bracket();
        }
        if !first && !self.take(".") {
            return Err(self.error("expected `.` or `[`"));
        }
        let length = self.rest().find(['.', '[']).unwrap_or(self.rest().len());
        let name = self.rest()[..length].to_owned();
        self.at += length;
        match name.as_str() {
            "*" => Ok(Part::Any),
            _ if needs_quotes(&name) => Err(self.error("this name must be written [\"…\"]")),
            _ => Ok(Part::Name(name)),
        }
    }

    fn bracket(&mut self) -> Result<Part, PathError> {
        if self.rest().starts_with('"') {
            let name = self.quoted()?;
            if self.take("]") {
                return Ok(Part::Name(name));
            }
            return self.item(name);
        }
        let name = self.key_name()?;
        self.item(name)
    }

    fn key_name(&mut self) -> Result<String, PathError> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let length = self.rest().find(['=', ']', ',']).ok_or_else(|| self.error("`[` is not closed"))?;
        let name = self.rest()[..length].to_owned();
        self.at += length;
        if needs_quotes(&name) {
            Err(self.error("an item is named by key fields, as in [id=1]"))
        } else {
            Ok(name)
        }
    }

    fn item(&mut self, first: String) -> Result<Part, PathError> {
        let mut keys = Vec::new();
        let mut name = first;
        loop {
            if !self.take("=") {
                return Err(self.error("expected `=` after the name of a key field"));
            }
            keys.push((name, self.json()?));
            if self.take("]") {
                return Ok(Part::Item(keys));
            }
            if !self.take(",") {
                return Err(self.error("expected `,` or `]`"));
            }
            name = self.key_name()?;
        }
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        match self.json()? {
            Value::Text(text) => Ok(text),
            _ => Err(self.error("expected text in quotes")),
        }
    }

    fn json(&mut self) -> Result<Value, PathError> {
        let (value, length) =
            json::parse_prefix(self.rest().as_bytes()).map_err(|error| self.error(&error.message))?;
        self.at += length;
        Ok(value)
    }
}
