//! Field paths: where in a record a value stands, and the patterns that cover them.

mod pattern;
mod text;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use pattern::Pattern;
pub(crate) use pattern::{Step, steps};
pub use text::PathError;

use crate::value::Value;

/// Where a value stands in a record (MS 1): names joined by `.`, items of keyed lists by their key.
///
/// ```
/// use merge::FieldPath;
/// let path: FieldPath = r#"phones[type="home"].number"#.parse().unwrap();
/// assert_eq!(path.segments().len(), 3);
/// assert_eq!(path.to_string(), r#"phones[type="home"].number"#);
/// assert_eq!(FieldPath::root().child("a.b").to_string(), r#"["a.b"]"#);
/// ```
///
/// The empty path is the whole record. Paths sort by the bytes of their text.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct FieldPath(Vec<Segment>);

/// One step of a path.
#[derive(Clone, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object.
    Name(String),
    /// The item of a keyed list whose key fields have these values, in declared order.
    Item(Vec<(String, Value)>),
}

impl FieldPath {
    /// The path of the whole record.
    ///
    /// ```
    /// # use merge::FieldPath;
    /// assert_eq!(FieldPath::root(), "".parse().unwrap());
    /// assert!(FieldPath::root().covers(&FieldPath::field("room")));
    /// ```
    pub const fn root() -> FieldPath {
        FieldPath(Vec::new())
    }

    /// The path of a member of the record.
    ///
    /// ```
    /// # use merge::FieldPath;
    /// assert_eq!(FieldPath::field("room"), "room".parse().unwrap());
    /// assert_eq!(FieldPath::field("a.b").to_string(), r#"["a.b"]"#, "one name, not two");
    /// ```
    pub fn field(name: impl Into<String>) -> FieldPath {
        FieldPath(vec![Segment::Name(name.into())])
    }

    /// The path of a member below this one.
    ///
    /// ```
    /// # use merge::FieldPath;
    /// assert_eq!(FieldPath::field("address").child("city").to_string(), "address.city");
    /// ```
    #[must_use]
    pub fn child(&self, name: impl Into<String>) -> FieldPath {
        let mut path = self.clone();
        path.0.push(Segment::Name(name.into()));
        path
    }

    /// The path of what lies at `below` from here.
    pub(crate) fn join(&self, below: &FieldPath) -> FieldPath {
        self.0.iter().chain(&below.0).cloned().collect()
    }

    /// The path of these steps; items of lists have no place in it.
    pub(crate) fn from_steps(steps: &[Step<'_>]) -> FieldPath {
        let segment = |step: &Step<'_>| match step {
            Step::Name(name) => Some(Segment::Name((*name).to_owned())),
            Step::Item => None,
        };
        steps.iter().filter_map(segment).collect()
    }

    /// The steps from the record to the value.
    ///
    /// ```
    /// # use merge::{FieldPath, Segment};
    /// let path: FieldPath = r#"meetings[day="Mon"].room"#.parse().unwrap();
    /// assert!(matches!(&path.segments()[1], Segment::Item(key) if key[0].0 == "day"));
    /// ```
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the whole record.
    ///
    /// ```
    /// # use merge::FieldPath;
    /// assert!(FieldPath::root().is_root() && !FieldPath::field("room").is_root());
    /// ```
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of the member of the record under which the path lies; none for the root.
    ///
    /// ```
    /// # use merge::FieldPath;
    /// assert_eq!(FieldPath::field("address").child("city").top(), Some("address"));
    /// assert_eq!(FieldPath::root().top(), None);
    /// ```
    pub fn top(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether `other` is this path or lies below it (P4).
    ///
    /// ```
    /// # use merge::FieldPath;
    /// let address = FieldPath::field("address");
    /// assert!(address.covers(&address.child("city")) && address.covers(&address));
    /// assert!(!address.covers(&FieldPath::field("addressee")));
    /// ```
    pub fn covers(&self, other: &FieldPath) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> FieldPath {
        FieldPath(segments.into_iter().collect())
    }
}

impl std::hash::Hash for Segment {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Segment::Name(name) => name.hash(state),
            Segment::Item(keys) => keys.iter().for_each(|(name, value)| (name, value.to_json()).hash(state)),
        }
    }
}

impl Ord for FieldPath {
    fn cmp(&self, other: &FieldPath) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for FieldPath {
    fn partial_cmp(&self, other: &FieldPath) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::write(&self.0))
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FieldPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<FieldPath, PathError> {
        text::read(text)?.into_iter().map(|part| part.into_segment(text)).collect()
    }
}

impl serde::Serialize for FieldPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for FieldPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<FieldPath, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_reads_back_from_its_text() {
        for text in [
            "",
            "a",
            "address.city",
            r#"j["a.b"]"#,
            r#"["a.b"].c"#,
            r#"[""]"#,
            r#"["say \"hi\""]["\n"]"#,
            r#"phones[type="home"]"#,
            r#"meetings[day="Mon",start=9].room"#,
            r#"["*"]"#,
            "Straße.größe",
        ] {
            let path: FieldPath = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            ".", "a.", ".a", "a..b", "a[", "a]", "a[b", "a[*]", "*", "a.*", r#"["a]"#, "a[k=]", "a[=1]",
            "a b\n",
        ] {
            assert!(text.parse::<FieldPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn paths_sort_by_the_bytes_of_their_text() {
        let mut paths: Vec<FieldPath> =
            ["b", "a.b", "a", "a-b", "B"].iter().map(|p| p.parse().expect("path")).collect();
        paths.sort();
        let sorted: Vec<String> = paths.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["B", "a", "a-b", "a.b", "b"]);
    }

    #[test]
    fn a_path_lies_under_a_member_of_the_record() {
        let path = |text: &str| text.parse::<FieldPath>().expect("path");
        assert_eq!(path("a.b").top(), Some("a"));
        assert_eq!(path(r#"["a.b"]"#).top(), Some("a.b"));
        assert_eq!(FieldPath::root().top(), None);
    }

    #[test]
    fn a_path_covers_itself_and_what_lies_below() {
        let path = |text: &str| text.parse::<FieldPath>().expect("path");
        assert!(path("a").covers(&path("a")) && path("a").covers(&path("a.b")));
        assert!(!path("a").covers(&path("ab")) && !path("a.b").covers(&path("a")));
        assert!(FieldPath::root().covers(&path("a")));
    }
}
