//! Taking JSON apart without reading what is inside, so that what is wrong with one piece is wrong with that piece alone.

use std::ops::Range;

use super::JsonError;
use super::read::{Reader, parse};
use crate::value::Object;

/// Where the items of a list lie in a text. The list is the member at `path` of the outermost object, or the text itself when
/// there is no path. Of the items only brackets and quotes are looked at, so that each may be nested as deep as it likes.
///
/// # Errors
/// When there is no such list, or the text up to its end has no such pieces. What follows the list is not looked at.
///
/// ```
/// let text = br#"{"total":2,"data":[{"id":1}, {"id":2}]}"#;
/// let items = merge::json::items_of_list(text, &["data"]).unwrap();
/// assert_eq!(&text[items[1].clone()], br#"{"id":2}"#);
/// ```
pub fn items_of_list(text: &[u8], path: &[&str]) -> Result<Vec<Range<usize>>, JsonError> {
    let mut reader = Reader::new(text);
    for name in path {
        reader.go_to_member(name)?;
    }
    let mut items = Vec::new();
    reader.open(b'[')?;
    if reader.closes(b']') {
        return Ok(items);
    }
    loop {
        items.push(reader.skip()?);
        if !reader.goes_on(b']')? {
            return Ok(items);
        }
    }
}

/// The members of an object that can be read, each by itself: the rest of a record in which something is wrong. A name that
/// is there more than once is left out, for nobody knows which one counts.
///
/// ```
/// let members = merge::json::readable_members(br#"{"crn":1001,"seats":007,"room":"B12"}"#);
/// assert_eq!(members.to_json(), r#"{"crn":1001,"room":"B12"}"#);
/// ```
#[must_use]
pub fn readable_members(text: &[u8]) -> Object {
    let mut members = Object::new();
    let mut repeated = Vec::new();
    let mut reader = Reader::new(text);
    // Behind a place that cannot be taken apart nothing is known any more.
    let _ = reader.each_member(|name, value| {
        if members.contains(&name) {
            repeated.push(name);
        } else if let Ok(value) = parse(value) {
            members.insert(name, value);
        }
    });
    for name in repeated {
        members.remove(&name);
    }
    members
}

/// Shows the members of an object one by one, as long as `look` wants more of them and the text can be taken apart.
pub(crate) fn find_members(text: &[u8], mut look: impl FnMut(&str, &[u8]) -> bool) {
    let mut reader = Reader::new(text);
    let mut find = || -> Result<(), JsonError> {
        reader.open(b'{')?;
        loop {
            reader.space();
            let name = reader.name()?;
            let value = reader.skip()?;
            if !look(&name, &text[value]) || !reader.goes_on(b'}')? {
                return Ok(());
            }
        }
    };
    // Where the text ends or breaks, there is nothing more to show.
    let _ = find();
}

impl Reader<'_> {
    /// Moves behind the bracket that must come next.
    fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        self.space();
        if self.peek() != Some(bracket) {
            return Err(self.error(format!("expected `{}`", char::from(bracket))));
        }
        self.at += 1;
        Ok(())
    }

    /// Moves behind the closing bracket if it comes next.
    fn closes(&mut self, bracket: u8) -> bool {
        self.space();
        let closes = self.peek() == Some(bracket);
        self.at += usize::from(closes);
        closes
    }

    fn each_member(&mut self, mut take: impl FnMut(String, &[u8])) -> Result<(), JsonError> {
        self.open(b'{')?;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let name = self.name()?;
            let value = self.skip()?;
            take(name, &self.text[value]);
            if !self.goes_on(b'}')? {
                return Ok(());
            }
        }
    }

    /// Moves to the value of a member of the object that comes next.
    fn go_to_member(&mut self, wanted: &str) -> Result<(), JsonError> {
        self.open(b'{')?;
        while !self.closes(b'}') {
            self.space();
            if self.name()? == wanted {
                return Ok(());
            }
            self.skip()?;
            if !self.goes_on(b'}')? {
                break;
            }
        }
        Err(self.error(format!("there is no member {wanted:?}")))
    }

    /// Moves behind the value that comes next and says where it lies.
    fn skip(&mut self) -> Result<Range<usize>, JsonError> {
        self.space();
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek() {
                None => return Err(self.error("unexpected end of text")),
                Some(b'"') => self.skip_text()?,
                Some(b'{' | b'[') => {
                    open += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                Some(_) if open > 0 => self.at += 1,
                Some(_) => self.skip_word()?,
            }
            if open == 0 {
                return Ok(start..self.at);
            }
        }
    }

    fn skip_text(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.error("unexpected end of text")),
                Some(b'"') => break,
                Some(b'\\') => self.at = self.text.len().min(self.at + 2),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A number, `true` and their like.
    fn skip_word(&mut self) -> Result<(), JsonError> {
        let is_in_word = |byte: &u8| {
            !matches!(byte, b'"' | b',' | b':' | b'{' | b'}' | b'[' | b']' | b' ' | b'\t' | b'\n' | b'\r')
        };
        let length = self.text[self.at..].iter().take_while(|byte| is_in_word(byte)).count();
        if length == 0 {
            return Err(self.error("expected a JSON value"));
        }
        self.at += length;
        Ok(())
    }
}
