//! Patterns over field paths (MS P4).

use std::fmt;
use std::str::FromStr;

use super::text::{self, Part};
use super::{FieldPath, PathError, Segment};

/// A pattern over field paths: `*` stands for any one segment, `[*]` for any item of a list. A pattern covers its
/// path and everything below (MS P4).
///
/// ```
/// use merge::{FieldPath, Pattern};
/// let pattern: Pattern = "address.*".parse().unwrap();
/// let covers = |path: &str| pattern.covers(&path.parse::<FieldPath>().unwrap());
/// assert!(covers("address.city") && covers("address.city.name"));
/// assert!(!covers("address"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Vec<PatternPart>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum PatternPart {
    Name(String),
    Any,
    AnyItem,
}

/// One step of a path while a record is being walked; items of lists have no name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Name(&'a str),
    Item,
}

impl Pattern {
    /// Whether the path is the pattern's own or lies below it (P4).
    ///
    /// ```
    /// # use merge::Pattern;
    /// let rooms: Pattern = "meetings[*].room".parse().unwrap();
    /// assert!(rooms.covers(&r#"meetings[day="Mon"].room"#.parse().unwrap()));
    /// assert!(!rooms.covers(&r#"meetings[day="Mon"].start"#.parse().unwrap()));
    /// ```
    pub fn covers(&self, path: &FieldPath) -> bool {
        self.covers_steps(&steps(path))
    }

    pub(crate) fn covers_steps(&self, steps: &[Step<'_>]) -> bool {
        self.0.len() <= steps.len() && self.0.iter().zip(steps).all(|(part, step)| part.matches(*step))
    }

    /// Whether the path has exactly as many segments as the pattern and is covered by it.
    pub(crate) fn is_exactly(&self, steps: &[Step<'_>]) -> bool {
        self.0.len() == steps.len() && self.covers_steps(steps)
    }

    /// Whether some path is covered by the pattern and lies at or below `path`, or the other way round.
    pub(crate) fn touches(&self, path: &FieldPath) -> bool {
        self.0.iter().zip(steps(path)).all(|(part, step)| part.matches(step))
    }

    /// How specific the pattern is: more segments first, then more literal segments.
    pub(crate) fn weight(&self) -> (usize, usize) {
        (self.0.len(), self.0.iter().filter(|part| **part != PatternPart::Any).count())
    }
}

pub(crate) fn steps(path: &FieldPath) -> Vec<Step<'_>> {
    let steps = path.segments().iter().map(|segment| match segment {
        Segment::Name(name) => Step::Name(name),
        Segment::Item(_) => Step::Item,
    });
    steps.collect()
}

impl PatternPart {
    fn matches(&self, step: Step<'_>) -> bool {
        match (self, step) {
            (PatternPart::Any, _) | (PatternPart::AnyItem, Step::Item) => true,
            (PatternPart::Name(name), Step::Name(there)) => name == there,
            _ => false,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                PatternPart::Name(name) => text::write_name(&mut text, name),
                PatternPart::Any if text.is_empty() => text.push('*'),
                PatternPart::Any => text.push_str(".*"),
                PatternPart::AnyItem => text.push_str("[*]"),
            }
        }
        f.write_str(&text)
    }
}

impl FromStr for Pattern {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Pattern, PathError> {
        let error =
            |message: &str| PathError { what: "pattern", text: text.to_owned(), message: message.to_owned() };
        let parts = text::read(text).map_err(|bad| PathError { what: "pattern", ..bad })?;
        if parts.is_empty() {
            return Err(error("it names no field"));
        }
        let parts = parts.into_iter().map(|part| match part {
            Part::Name(name) => Ok(PatternPart::Name(name)),
            Part::Any => Ok(PatternPart::Any),
            Part::AnyItem => Ok(PatternPart::AnyItem),
            Part::Item(_) => Err(error("items of a list are written [*]")),
        });
        Ok(Pattern(parts.collect::<Result<_, _>>()?))
    }
}

impl From<&FieldPath> for Pattern {
    /// The pattern that covers this path; items of lists become `[*]`.
    fn from(path: &FieldPath) -> Pattern {
        let part = |segment: &Segment| match segment {
            Segment::Name(name) => PatternPart::Name(name.clone()),
            Segment::Item(_) => PatternPart::AnyItem,
        };
        Pattern(path.segments().iter().map(part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn p04_a_pattern_covers_its_path_and_everything_below() {
        for (text, path, covered) in [
            ("a", "a", true),
            ("a", "a.b.c", true),
            ("a.b", "a", false),
            ("*", "anything.below", true),
            ("*.b", "a.b", true),
            ("*.b", "a.c", false),
            ("l[*].x", "l[k=1].x", true),
            ("l.*.x", "l[k=1].x", true),
            ("l[*]", "l.k", false),
            (r#"["*"]"#, "a", false),
        ] {
            let path: FieldPath = path.parse().expect("path");
            assert_eq!(pattern(text).covers(&path), covered, "{text} over {path}");
        }
    }

    #[test]
    fn p04_more_segments_then_more_literal_segments_weigh_more() {
        let mut patterns = ["*", "a", "*.b", "a.b", "*.*", "a.b.*", "a[*]"].map(pattern);
        patterns.sort_by_key(Pattern::weight);
        let sorted = patterns.map(|pattern| pattern.to_string());
        assert_eq!(sorted, ["*", "a", "*.*", "*.b", "a.b", "a[*]", "a.b.*"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "a[k=1]", "a.", "a*", "a["] {
            let error = text.parse::<Pattern>().expect_err("is refused");
            assert!(error.to_string().contains("pattern"), "{error}");
        }
    }
}
