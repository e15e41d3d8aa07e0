//! Keys as they stand in a text, compared without being read.

use std::cmp::Ordering;
use std::ops::Range;

use crate::json;
use crate::key::{KeyPart, RecordKey};
use crate::value::{Number, Value};

/// The key that came last, to be compared with the one that comes next.
#[derive(Debug, Default)]
pub(super) struct LastKey {
    parts: Vec<Part>,
    /// Whether it is a bound that the next key may be equal to.
    is_bound: bool,
}

#[derive(Debug, Default)]
struct Part {
    is_text: bool,
    bytes: Vec<u8>,
}

/// The key of a record's text, found without reading the rest of it, so that nothing is known of the rest.
///
/// ```
/// let key = ["id".to_owned()];
/// let found = merge::listing::find_key(br#"{"id":7,"room":"B12"}"#, &key).unwrap();
/// assert_eq!(found.canonical(), "[7]");
/// assert_eq!(merge::listing::find_key(b"{}", &key), None);
/// ```
#[must_use]
pub fn find_key(text: &[u8], key: &[String]) -> Option<RecordKey> {
    let mut parts: Vec<Option<KeyPart>> = vec![None; key.len()];
    json::find_members(text, |name, value| {
        if let Some(at) = key.iter().position(|field| *field == name) {
            parts[at] = match json::parse(value) {
                Ok(Value::Text(text)) if !text.is_empty() => Some(KeyPart::Text(text)),
                Ok(Value::Number(number)) => Some(KeyPart::Number(number)),
                _ => None,
            };
        }
        parts.iter().any(Option::is_none)
    });
    parts.into_iter().collect::<Option<_>>().map(RecordKey::new)
}

/// What a key field's value in a text is: a number, or the content of a text.
fn part_of(text: &str, range: Range<usize>) -> Option<(bool, &str)> {
    let value = text.get(range)?;
    match value.as_bytes() {
        [b'"', .., b'"'] if value.len() > 2 && !value.contains('\\') => {
            Some((true, &value[1..value.len() - 1]))
        }
        [b'-' | b'0'..=b'9', ..] => Some((false, value)),
        _ => None,
    }
}

fn written(part: &KeyPart) -> (bool, &str) {
    match part {
        KeyPart::Text(text) => (true, text),
        KeyPart::Number(number) => (false, number.as_str()),
    }
}

impl LastKey {
    /// How the key at these places of a text compares with the last one, and takes it for the last. Without one before, it
    /// is greater. `None` if it is no key or has to be read to be known.
    pub(super) fn step(&mut self, text: &str, key: &[Range<usize>]) -> Option<Ordering> {
        let parts = key.iter().map(|range| part_of(text, range.clone()));
        let known = parts.clone().all(|part| part.is_some());
        known.then(|| self.take(key.len(), parts.flatten()))
    }

    /// The same for a key that was read.
    pub(super) fn step_read(&mut self, key: &RecordKey) -> Ordering {
        self.take(key.parts().len(), key.parts().iter().map(written))
    }

    /// The next key is not below this one.
    pub(super) fn begin_at(&mut self, lower: &RecordKey) {
        self.step_read(lower);
        self.is_bound = true;
    }

    /// Whether it is smaller than a key; without a last key there is nothing that is not.
    pub(super) fn is_below(&self, key: &RecordKey) -> bool {
        let parts = self.parts.iter().zip(key.parts().iter().map(written));
        let order = parts.fold(Ordering::Equal, |order, (last, (is_text, next))| {
            order.then_with(|| last.compare(is_text, next))
        });
        self.parts.is_empty() || order == Ordering::Greater
    }

    fn take<'p>(&mut self, count: usize, parts: impl Iterator<Item = (bool, &'p str)>) -> Ordering {
        let mut order = if self.parts.len() == count { Ordering::Equal } else { Ordering::Greater };
        self.parts.resize_with(count, Part::default);
        for (last, (is_text, next)) in self.parts.iter_mut().zip(parts) {
            order = order.then_with(|| last.compare(is_text, next));
            last.is_text = is_text;
            last.bytes.clear();
            last.bytes.extend_from_slice(next.as_bytes());
        }
        let may_be_equal = std::mem::replace(&mut self.is_bound, false);
        if may_be_equal && order == Ordering::Equal { Ordering::Greater } else { order }
    }
}

impl Part {
    /// X4: numbers before text, numbers by value, text by bytes.
    fn compare(&self, is_text: bool, next: &str) -> Ordering {
        match (is_text, self.is_text) {
            (true, true) => next.as_bytes().cmp(&self.bytes),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_numbers(next.as_bytes(), &self.bytes),
        }
    }
}

/// Whole numbers of the same length compare as text does.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let is_plain = |number: &[u8]| number.iter().all(u8::is_ascii_digit);
    if is_plain(a) && is_plain(b) {
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    let read = |number: &[u8]| std::str::from_utf8(number).ok().and_then(Number::parse);
    match (read(a), read(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
