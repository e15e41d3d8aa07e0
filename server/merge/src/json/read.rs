//! Reading JSON.

use std::collections::HashSet;

use super::JsonError;
use super::pass::plain_length;
use crate::value::{Number, Object, Value};

/// How deep lists and objects may be nested (MS V6).
pub const MAX_DEPTH: usize = 64;

/// Up to this many members, repeated names are looked for one by one; beyond it with a set.
const FEW_MEMBERS: usize = 24;

/// Roughly how many bytes a member takes.
const TEXT_OF_A_MEMBER: usize = 20;

/// Reads one JSON value and nothing after it but white space.
///
/// # Errors
/// Anything outside JSON's grammar, and what MS V6 rules out: NaN and infinities, lone surrogates, repeated member
/// names, nesting above 64 levels. Text must be UTF-8.
///
/// ```
/// assert!(merge::json::parse(br#"{"a":[1, 2.50]}"#).is_ok());
/// let error = merge::json::parse(br#"{"a":1,"a":2}"#).unwrap_err();
/// assert_eq!(error.offset, 7);
/// ```
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// Reads one JSON object, a record. Errors as [`parse`], and for any other kind of value.
///
/// ```
/// assert!(merge::json::parse_object(b"[]").is_err());
/// ```
pub fn parse_object(text: &[u8]) -> Result<Object, JsonError> {
    parse_object_around(text, 0)
}

/// Reads one JSON object that has records so many levels below it, such as the line of a decision: they may be nested as
/// deep there as by themselves. Errors as [`parse_object`].
///
/// ```
/// let record = format!("{{\"v\":{}{}}}", "[".repeat(63), "]".repeat(63));
/// assert!(merge::json::parse_object(record.as_bytes()).is_ok());
/// let line = format!("{{\"value\":{record}}}");
/// assert!(merge::json::parse_object(line.as_bytes()).is_err());
/// assert!(merge::json::parse_object_around(line.as_bytes(), 1).is_ok());
/// ```
pub fn parse_object_around(text: &[u8], levels: usize) -> Result<Object, JsonError> {
    let mut reader = Reader::new(text);
    reader.limit += levels;
    reader.space();
    if reader.peek() != Some(b'{') {
        return Err(reader.error("expected an object"));
    }
    let Value::Object(object) = reader.value()? else {
        return Err(reader.error("expected an object"));
    };
    reader.end()?;
    Ok(object)
}

/// Reads one JSON value at the start of `text` and says where it ends.
pub(crate) fn parse_prefix(text: &[u8]) -> Result<(Value, usize), JsonError> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    Ok((value, reader.at))
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    limit: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0, limit: MAX_DEPTH }
    }
}

impl Reader<'_> {
    pub(super) fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { offset: self.at, message: message.into() }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at < self.text.len() { Err(self.error("unexpected text after the value")) } else { Ok(()) }
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        self.space();
        match self.peek() {
            Some(b'{') => self.nested(Reader::object).map(Value::Object),
            Some(b'[') => self.nested(Reader::list).map(Value::List),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => Err(self.error("expected a JSON value")),
            None => Err(self.error("unexpected end of text")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("expected a JSON value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, JsonError>) -> Result<T, JsonError> {
        if self.depth == self.limit {
            return Err(self.error(format!("nested deeper than {} levels", self.limit)));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Object, JsonError> {
        let mut members = Object::with_capacity(self.members_ahead());
        let mut names = Names::default();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.space();
            let start = self.at;
            let name = self.name()?;
            if names.has(&members, &name) {
                self.at = start;
                return Err(self.error(format!("the member {name:?} is repeated")));
            }
            let value = self.value()?;
            members.push(name, value);
            if !self.goes_on(b'}')? {
                return Ok(members);
            }
        }
    }

    /// For how many members there should be room from the start: a record's are not moved about while it is read.
    fn members_ahead(&self) -> usize {
        let of_record = (self.text.len() - self.at) / TEXT_OF_A_MEMBER;
        if self.depth == 1 { of_record.min(FEW_MEMBERS) } else { 0 }
    }

    pub(super) fn name(&mut self) -> Result<String, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a member name"));
        }
        let name = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        Ok(name)
    }

    fn list(&mut self) -> Result<Vec<Value>, JsonError> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(self.value()?);
            if !self.goes_on(b']')? {
                return Ok(items);
            }
        }
    }

    /// After an item: true after a comma, false after the closing bracket.
    pub(super) fn goes_on(&mut self, close: u8) -> Result<bool, JsonError> {
        self.space();
        let byte = self.peek();
        if byte == Some(b',') || byte == Some(close) {
            self.at += 1;
            return Ok(byte == Some(b','));
        }
        match byte {
            Some(_) => Err(self.error(format!("expected `,` or `{}`", char::from(close)))),
            None => Err(self.error("unexpected end of text")),
        }
    }

    fn number(&mut self) -> Result<Number, JsonError> {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .count();
        let number = std::str::from_utf8(&rest[..length]).ok().and_then(Number::parse);
        let number = number.ok_or_else(|| self.error("not a JSON number"))?;
        self.at += length;
        Ok(number)
    }

    pub(super) fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = plain_length(rest);
            let piece = std::str::from_utf8(&rest[..plain]).map_err(|bad| JsonError {
                offset: self.at + bad.valid_up_to(),
                message: "not valid UTF-8".to_owned(),
            })?;
            self.at += plain;
            if self.peek() == Some(b'"') {
                self.at += 1;
                return Ok(if text.is_empty() { piece.to_owned() } else { text + piece });
            }
            text.push_str(piece);
            match self.peek() {
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.error("control character in text")),
                None => return Err(self.error("unexpected end of text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        let letter = self.text.get(self.at + 1).copied();
        self.at += 2;
        let plain = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                self.at = start;
                return Err(self.error("unknown escape in text"));
            }
        };
        Ok(plain)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let first = self.hex4(start)?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hex4(start)?;
            if (0xdc00..0xe000).contains(&second) {
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            } else {
                first
            }
        } else {
            first
        };
        char::from_u32(code)
            .ok_or_else(|| JsonError { offset: start, message: "lone surrogate in text".to_owned() })
    }

    fn hex4(&mut self, start: usize) -> Result<u32, JsonError> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or_else(|| JsonError {
            offset: start,
            message: "`\\u` needs four hexadecimal digits".to_owned(),
        })
    }
}

/// The names of an object so far, by which a repeated one is found.
struct Names {
    /// Whether each came after those before it, so that the next one that does is new; records are mostly kept so.
    ascend: bool,
    many: HashSet<String>,
}

impl Default for Names {
    fn default() -> Self {
        Self { ascend: true, many: HashSet::new() }
    }
}

impl Names {
    /// Whether `members` has this name already.
    fn has(&mut self, members: &Object, name: &str) -> bool {
        if self.ascend && members.last_name().is_none_or(|last| last < name) {
            return false;
        }
        self.ascend = false;
        if members.len() < FEW_MEMBERS {
            return members.contains(name);
        }
        if self.many.is_empty() {
            self.many.extend(members.keys().map(str::to_owned));
        }
        !self.many.insert(name.to_owned())
    }
}
