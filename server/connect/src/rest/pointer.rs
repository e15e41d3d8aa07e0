//! Pointers into JSON values (CN C22).

use std::fmt;

use merge::{Object, Value};
use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A place in a JSON value: RFC 6901 with `*` for "every element". `rows[].doc` is read as `/rows/*/doc`. The empty
/// pointer is the whole value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Member(String),
    Every,
}

impl Segment {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Member(name) => Some(name),
            Self::Every => None,
        }
    }
}

impl Pointer {
    /// Reads either spelling. A text that is neither empty, nor starts with `/`, nor looks like `rows[].doc` is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self { segments: Vec::new() });
        }
        let segments = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(read_segment).collect::<Result<_, _>>()?,
            None => read_dotted(text)?,
        };
        Ok(Self { segments })
    }

    /// The first value at this place; with `*`, the first element that has one.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        find_from(&self.segments, value)
    }

    /// The values of a listing: the elements of the list at this place, or, with `*`, what each element holds at the
    /// rest of the pointer. `None` when the list itself is not there, or is no list (CN C27).
    pub fn items<'a>(&self, value: &'a Value) -> Option<Vec<&'a Value>> {
        let every = self.segments.iter().position(|segment| *segment == Segment::Every);
        let (before, after) = match every {
            Some(at) => (&self.segments[..at], &self.segments[at + 1..]),
            None => (&self.segments[..], &[][..]),
        };
        let Value::List(list) = find_from(before, value)? else { return None };
        Some(list.iter().filter_map(|element| find_from(after, element)).collect())
    }

    /// The names on the way, when there is no `*` among them.
    pub fn members(&self) -> Option<Vec<&str>> {
        self.segments.iter().map(Segment::name).collect()
    }

    /// Takes the member at this place out of an object; nothing happens where it is not there.
    pub fn remove(&self, object: &mut Object) {
        remove_from(&self.segments, object);
    }

    /// The rest of this pointer below another one, when it lies below it.
    pub fn below(&self, other: &Self) -> Option<Self> {
        let rest = self.segments.strip_prefix(other.segments.as_slice())?;
        (!rest.is_empty()).then(|| Self { segments: rest.to_vec() })
    }

    /// True for the pointer to the whole value.
    pub fn is_whole(&self) -> bool {
        self.segments.is_empty()
    }
}

fn find_from<'a>(segments: &[Segment], value: &'a Value) -> Option<&'a Value> {
    let Some((first, rest)) = segments.split_first() else { return Some(value) };
    match (first, value) {
        (Segment::Member(name), Value::Object(object)) => find_from(rest, object.get(name)?),
        (Segment::Member(index), Value::List(list)) => {
            find_from(rest, list.get(index.parse::<usize>().ok()?)?)
        }
        (Segment::Every, Value::List(list)) => list.iter().find_map(|element| find_from(rest, element)),
        _ => None,
    }
}

fn remove_from(segments: &[Segment], object: &mut Object) {
    let Some((Segment::Member(name), rest)) = segments.split_first() else { return };
    if rest.is_empty() {
        object.remove(name);
        return;
    }
    match object.get_mut(name) {
        Some(Value::Object(inner)) => remove_from(rest, inner),
        Some(Value::List(list)) if rest.first() == Some(&Segment::Every) => {
            for element in list {
                if let Value::Object(inner) = element {
                    remove_from(&rest[1..], inner);
                }
            }
        }
        _ => {}
    }
}

fn read_segment(text: &str) -> Result<Segment, String> {
    if text == "*" {
        return Ok(Segment::Every);
    }
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '~') {
            (_, false) => name.push(character),
            (_, true) => match characters.next() {
                Some('0') => name.push('~'),
                Some('1') => name.push('/'),
                _ => {
                    return Err(format!(
                        "`{text}` is no pointer segment: `~` is written `~0` and `/` is written `~1`"
                    ));
                }
            },
        }
    }
    Ok(Segment::Member(name))
}

fn read_dotted(text: &str) -> Result<Vec<Segment>, String> {
    if !text.contains("[]") {
        return Err(format!(
            "`{text}` is no pointer: it starts with `/`, is empty, or reads like `rows[].doc`"
        ));
    }
    let mut segments = Vec::new();
    for part in text.split('.') {
        let name = part.trim_end_matches("[]");
        if name.is_empty() && segments.is_empty() && part.is_empty() {
            return Err(format!("`{text}` is no pointer: a name is missing before the dot"));
        }
        if !name.is_empty() {
            segments.push(Segment::Member(name.to_owned()));
        }
        segments.extend(std::iter::repeat_n(Segment::Every, (part.len() - name.len()) / 2));
    }
    Ok(segments)
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Every => f.write_str("/*")?,
                Segment::Member(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Several places of which the first one present counts; written as one text or as a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointers(Vec<Pointer>);

impl Pointers {
    /// The value at the first place that has one.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().find_map(|pointer| pointer.find(value))
    }
}

impl<'de> Deserialize<'de> for Pointers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> de::Visitor<'de> for OneOrMany {
            type Value = Pointers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pointer or a list of pointers")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Pointers, E> {
                Pointer::parse(text).map(|pointer| Pointers(vec![pointer])).map_err(E::custom)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Pointers, A::Error> {
                let mut pointers = Vec::new();
                while let Some(pointer) = list.next_element()? {
                    pointers.push(pointer);
                }
                Ok(Pointers(pointers))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        merge::json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn c22_a_pointer_finds_its_place() {
        let document = value(r#"{"a/b":{"~":1},"rows":[{"doc":{"n":1}},{"x":0},{"doc":{"n":2}}],"":3}"#);
        for (text, found) in [
            ("", Some(document.to_json())),
            ("/a~1b/~0", Some("1".to_owned())),
            ("/rows/2/doc/n", Some("2".to_owned())),
            ("/rows/*/doc/n", Some("1".to_owned())),
            ("rows[].doc", Some(r#"{"n":1}"#.to_owned())),
            ("/", Some("3".to_owned())),
            ("/none", None),
            ("/rows/9", None),
        ] {
            let pointer = Pointer::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(pointer.find(&document).map(Value::to_json), found, "{text}");
        }
    }

    #[test]
    fn c22_a_wildcard_takes_every_element_that_has_the_rest() {
        let document = value(r#"{"rows":[{"doc":{"n":1}},{"x":0},{"doc":{"n":2}}]}"#);
        let items = Pointer::parse("rows[].doc").expect("a pointer");
        assert_eq!(items.items(&document).expect("a list").len(), 2);
        assert_eq!(items.to_string(), "/rows/*/doc");
        assert!(items.items(&value("{}")).is_none());
    }

    #[test]
    fn c22_a_text_that_is_no_pointer_is_refused() {
        for text in ["data", "a.b", "/a~2", "/a~"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }
}
