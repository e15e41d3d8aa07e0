//! The merge-join of three sorted texts, one record a line.

use std::cmp::Ordering;

use super::group::Group;
use super::key_text::LastKey;
use super::lines::Lines;
use super::row::Row;
use super::scan::{Seen, scan};
use super::summary::Summary;
use crate::json;
use crate::key::RecordKey;
use crate::value::Object;

/// Joins the lines of three texts key by key, as [`super::Join`] joins rows, and reads only what differs: a record that is
/// the same text on all three is looked over once, counted, and handed on as it stands. Nothing is parsed, copied or
/// allocated for it.
///
/// What it gives is what [`super::Join`] and [`super::merge_group`] give. Where that cannot be known without reading every
/// line (a broken record, a repeated key, a text that is not sorted) it stops with [`Unclear`], and the texts have to be
/// joined the other way, which also says what is wrong with them.
///
/// ```
/// use merge::listing::{Step, Summary, TextJoin, TextLines};
/// let base = "{\"id\":1,\"room\":\"B12\"}\n{\"id\":2,\"room\":\"A01\"}\n";
/// let ours = base.replace("A01", "A02");
/// let key = ["id".to_owned()];
/// let mut join = TextJoin::new([base, &ours, base].map(|text| TextLines::new(text.as_bytes())), &key);
/// let mut summary = Summary::default();
/// let mut seen = Vec::new();
/// while let Some(step) = join.next(&mut summary).unwrap() {
///     match step {
///         Step::Unchanged(record) => seen.push(record.key().label()),
///         Step::Group(group) => seen.push(format!("{} differs", group.key)),
///     }
/// }
/// assert_eq!(seen, ["1", "2 differs"]);
/// ```
pub struct TextJoin<'t, 'k, L> {
    base: Ahead<'t, L>,
    ours: Ahead<'t, L>,
    theirs: Ahead<'t, L>,
    key: &'k [String],
    last: LastKey,
    upper: Option<RecordKey>,
    seen: Seen,
    group: Option<Group>,
}

/// One key of three texts.
#[derive(Debug)]
pub enum Step<'s> {
    /// The record is the same text on all three; the summary has counted it.
    Unchanged(Unchanged<'s>),
    /// The rows of the key, to be merged and counted.
    Group(&'s Group),
}

/// A record that is the same text on all three inputs.
#[derive(Debug)]
pub struct Unchanged<'s> {
    text: &'s str,
    compact: bool,
    key_fields: &'s [String],
}

/// Why texts cannot be joined line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// A key is repeated or a line is broken: all lines have to be read to know what follows from it.
    #[error("the texts have to be read to be joined")]
    Unread,
    /// A text is not sorted by key, or has a key outside the bounds.
    #[error("a text is not sorted by key")]
    Unsorted,
}

impl Unchanged<'_> {
    /// Appends the record as [`Object::to_json`] would write it (X8).
    ///
    /// ```
    /// # use merge::listing::{Step, Summary, TextJoin, TextLines};
    /// # let (key, mut summary) = (["crn".to_owned()], Summary::default());
    /// let text = || TextLines::new(b"{ \"crn\": 1001 }");
    /// let mut join = TextJoin::new([text(), text(), text()], &key);
    /// let Ok(Some(Step::Unchanged(section))) = join.next(&mut summary) else { panic!("it is the same") };
    /// let mut out = String::new();
    /// section.write(&mut out);
    /// assert_eq!(out, r#"{"crn":1001}"#);
    /// ```
    pub fn write(&self, out: &mut String) {
        if self.compact {
            out.push_str(self.text);
        } else {
            json::write_compact(out, self.text);
        }
    }

    /// Its key.
    ///
    /// ```
    /// # use merge::{RecordKey, listing::{Step, Summary, TextJoin, TextLines}};
    /// # let (key, mut summary) = (["crn".to_owned()], Summary::default());
    /// let text = || TextLines::new(b"{\"crn\":1001,\"room\":\"B12\"}");
    /// let mut join = TextJoin::new([text(), text(), text()], &key);
    /// let Ok(Some(Step::Unchanged(section))) = join.next(&mut summary) else { panic!("it is the same") };
    /// assert_eq!(section.key(), RecordKey::from(1001));
    /// ```
    pub fn key(&self) -> RecordKey {
        let record = json::parse_object(self.text.as_bytes()).unwrap_or_default();
        RecordKey::from_object(&record, self.key_fields).unwrap_or_else(|_| RecordKey::new(Vec::new()))
    }
}

impl<'t, 'k, L: Lines<'t>> TextJoin<'t, 'k, L> {
    /// Joins the lines of base, ours and theirs, each sorted by the key fields (X5). Empty lines count for nothing.
    ///
    /// ```
    /// # use merge::listing::{Summary, TextJoin, TextLines, Unclear};
    /// let lines = |text: &'static str| TextLines::new(text.as_bytes());
    /// let key = ["crn".to_owned()];
    /// let mut join = TextJoin::new(["", "{\"crn\":1001", ""].map(lines), &key);
    /// assert_eq!(join.next(&mut Summary::default()).unwrap_err(), Unclear::Unread);
    /// ```
    pub fn new([base, ours, theirs]: [L; 3], key: &'k [String]) -> TextJoin<'t, 'k, L> {
        let (base, ours, theirs) = (Ahead::new(base), Ahead::new(ours), Ahead::new(theirs));
        let (last, seen) = (LastKey::default(), Seen::default());
        TextJoin { base, ours, theirs, key, last, upper: None, seen, group: None }
    }

    /// The texts are the part of larger ones that holds the keys from `lower` on and below `upper`; other keys in them show
    /// that the larger ones are not sorted.
    ///
    /// ```
    /// # use merge::{RecordKey, listing::{Summary, TextJoin, TextLines, Unclear}};
    /// # let (key, mut summary) = (["crn".to_owned()], Summary::default());
    /// let text = || TextLines::new(b"{\"crn\":1001}");
    /// let (lower, upper) = (RecordKey::from(1002), RecordKey::from(2000));
    /// let mut join = TextJoin::new([text(), text(), text()], &key).between(Some(&lower), Some(&upper));
    /// assert_eq!(join.next(&mut summary).unwrap_err(), Unclear::Unsorted);
    /// ```
    #[must_use]
    pub fn between(mut self, lower: Option<&RecordKey>, upper: Option<&RecordKey>) -> TextJoin<'t, 'k, L> {
        if let Some(lower) = lower {
            self.last.begin_at(lower);
        }
        self.upper = upper.cloned();
        self
    }

    /// The next key, and counts it if the record is the same everywhere. At the end of all three texts `None`.
    ///
    /// # Errors
    /// [`Unclear`]; what the summary has counted does not hold then.
    ///
    /// ```
    /// # use merge::listing::{Step, Summary, TextJoin, TextLines};
    /// let lines = |text: &'static str| TextLines::new(text.as_bytes());
    /// let (key, mut summary) = (["crn".to_owned()], Summary::default());
    /// let mut join = TextJoin::new(["{\"crn\":1001}", "{\"crn\":1001}", ""].map(lines), &key);
    /// let Ok(Some(Step::Group(group))) = join.next(&mut summary) else { panic!("theirs lacks it") };
    /// assert!(group.theirs.is_empty());
    /// assert!(join.next(&mut summary).unwrap().is_none());
    /// ```
    pub fn next(&mut self, summary: &mut Summary) -> Result<Option<Step<'_>>, Unclear> {
        let base = self.base.peek(None);
        let (ours, theirs) = (self.ours.peek(base), self.theirs.peek(base));
        if let (None, None, None) = (base, ours, theirs) {
            let below = self.upper.take().is_none_or(|upper| self.last.is_below(&upper));
            return if below { Ok(None) } else { Err(Unclear::Unsorted) };
        }
        if let (Some(base), Some(ours), Some(theirs)) = (base, ours, theirs)
            && is_same(base, ours)
            && is_same(base, theirs)
            && let Some(text) = self.same_everywhere(base, summary)?
        {
            let compact = self.seen.compact;
            return Ok(Some(Step::Unchanged(Unchanged { text, compact, key_fields: self.key })));
        }
        let group = self.read_group()?;
        in_order(self.last.step_read(&group.key))?;
        Ok(Some(Step::Group(self.group.insert(group))))
    }

    /// Takes a line off all three texts if it can be looked over; what cannot has to be read.
    fn same_everywhere(&mut self, line: &'t [u8], summary: &mut Summary) -> Result<Option<&'t str>, Unclear> {
        let Ok(text) = std::str::from_utf8(line) else { return Err(Unclear::Unread) };
        if scan(text, self.key, summary.census(), &mut self.seen).is_none() {
            return Ok(None);
        }
        let Some(order) = self.last.step(text, &self.seen.key) else { return Ok(None) };
        in_order(order)?;
        summary.add_unchanged(&self.seen);
        self.base.drop_line();
        self.ours.drop_line();
        self.theirs.drop_line();
        Ok(Some(text))
    }

    fn read_group(&mut self) -> Result<Group, Unclear> {
        let base = self.base.read(self.key, Row::read_base)?;
        let ours = self.ours.read(self.key, Row::read)?;
        let theirs = self.theirs.read(self.key, Row::read)?;
        let key = [base, ours, theirs].into_iter().flatten().min().cloned().ok_or(Unclear::Unread)?;
        let base = self.base.take(&key);
        let ours = self.ours.take(&key).into_iter().collect();
        let theirs = self.theirs.take(&key).into_iter().collect();
        Ok(Group { key, base, ours, theirs })
    }
}

/// Each key must be greater than the one before: a smaller one is out of place, the same one a repetition.
const fn in_order(order: Ordering) -> Result<(), Unclear> {
    match order {
        Ordering::Greater => Ok(()),
        Ordering::Equal => Err(Unclear::Unread),
        Ordering::Less => Err(Unclear::Unsorted),
    }
}

/// Whether two lines are the same text; a line of one text may stand for that of another.
fn is_same(line: &[u8], other: &[u8]) -> bool {
    std::ptr::eq(line, other) || line == other
}

/// The lines of one text, with the one that comes next, read if it had to be.
struct Ahead<'t, L> {
    lines: L,
    next: Option<&'t [u8]>,
    row: Option<(RecordKey, Row)>,
}

impl<'t, L: Lines<'t>> Ahead<'t, L> {
    const fn new(lines: L) -> Ahead<'t, L> {
        Ahead { lines, next: None, row: None }
    }

    /// The next line that is not empty, which likely is the same text as `likely`.
    fn peek(&mut self, likely: Option<&'t [u8]>) -> Option<&'t [u8]> {
        while self.next.is_none() {
            let line = self.lines.next_line(likely)?;
            self.next = Some(line).filter(|line| !line.trim_ascii_start().is_empty());
        }
        self.next
    }

    fn drop_line(&mut self) {
        self.next = None;
        self.row = None;
    }

    /// The key of the next row.
    fn read(
        &mut self,
        key: &[String],
        reserved: fn(Object, u64) -> Result<Row, super::RowError>,
    ) -> Result<Option<&RecordKey>, Unclear> {
        if self.row.is_none()
            && let Some(line) = self.peek(None)
        {
            let record = json::parse_object(line).map_err(|_| Unclear::Unread)?;
            let key = RecordKey::from_object(&record, key).map_err(|_| Unclear::Unread)?;
            self.row = Some((key, reserved(record, 0).map_err(|_| Unclear::Unread)?));
        }
        Ok(self.row.as_ref().map(|(key, _)| key))
    }

    fn take(&mut self, key: &RecordKey) -> Option<Row> {
        let (_, row) = self.row.take_if(|(there, _)| there == key)?;
        self.next = None;
        Some(row)
    }
}
