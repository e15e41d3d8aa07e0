//! The hash of a plan.

use std::fmt;

use crate::key::RecordKey;
use crate::path::FieldPath;
use crate::side::Side;
use crate::value::{ContentHash, Object, Value};
use crate::verdict::PlannedWrite;
use crate::{decision, json};

/// The hash of a plan: all writes and the values they expect to find (G1). Two plans with one hash are the same plan,
/// so an approval names it (G2).
///
/// Writes must be added in the order of types, keys and sides.
///
/// ```
/// use merge::listing::PlanHash;
/// use merge::{PlannedWrite, RecordKey, Side};
/// let mut plan = PlanHash::default();
/// let empty = plan.to_string();
/// plan.add("room", &RecordKey::from(1), Side::Theirs, &PlannedWrite::Delete, None);
/// assert_ne!(plan.to_string(), empty);
/// ```
#[derive(Debug, Clone, Default)]
pub struct PlanHash {
    before: blake3::Hasher,
    /// What was added to this plan itself. It waits to be hashed, because an earlier part may come before it.
    text: String,
}

impl PlanHash {
    /// Takes in one write; `current` is the record the side has now, of which the values to be changed count (G1).
    ///
    /// ```
    /// # use merge::{FieldPath, PlannedWrite, RecordKey, Side, listing::PlanHash};
    /// # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// let changed = vec![FieldPath::field("room")];
    /// let write = PlannedWrite::Update { changed, record: record(r#"{"room":"A01"}"#) };
    /// let plan_over = |current: &str| {
    ///     let mut plan = PlanHash::default();
    ///     plan.add("section", &RecordKey::from(1001), Side::Theirs, &write, Some(&record(current)));
    ///     plan.hash()
    /// };
    /// assert_ne!(plan_over(r#"{"room":"B12"}"#), plan_over(r#"{"room":"C03"}"#));
    /// assert_eq!(plan_over(r#"{"room":"B12"}"#), plan_over(r#"{"room":"B12","seats":30}"#));
    /// ```
    pub fn add(
        &mut self,
        type_name: &str,
        key: &RecordKey,
        side: Side,
        write: &PlannedWrite,
        current: Option<&Object>,
    ) {
        let text = &mut self.text;
        json::write_text(text, type_name);
        text.push_str(&key.canonical());
        text.push_str(side.as_str());
        text.push_str(write.kind().as_str());
        match write {
            PlannedWrite::Create { record } => write_record(text, Some(record)),
            PlannedWrite::Delete => write_record(text, current),
            PlannedWrite::Update { changed, record } => {
                for path in changed {
                    json::write_text(text, &path.to_string());
                    write_value(text, current.and_then(|record| at(record, path)));
                    write_value(text, at(record, path));
                }
            }
        }
        text.push('\n');
    }

    /// Takes in a plan whose writes come after those of this one. A plan holds the text of its own writes, so a long one is
    /// made of parts.
    ///
    /// ```
    /// use merge::listing::PlanHash;
    /// use merge::{PlannedWrite, RecordKey, Side};
    /// let delete = |plan: &mut PlanHash, key: i64| {
    ///     plan.add("room", &RecordKey::from(key), Side::Ours, &PlannedWrite::Delete, None);
    /// };
    /// let (mut whole, mut first, mut second) = (PlanHash::default(), PlanHash::default(), PlanHash::default());
    /// delete(&mut whole, 1);
    /// delete(&mut whole, 2);
    /// delete(&mut first, 1);
    /// delete(&mut second, 2);
    /// first.append(&second);
    /// assert_eq!(first.hash(), whole.hash());
    /// ```
    pub fn append(&mut self, later: &PlanHash) {
        self.before.update(self.text.as_bytes()).update(later.text.as_bytes());
        self.text.clear();
    }

    /// The hash of what was added so far (G2).
    ///
    /// ```
    /// # use merge::{PlannedWrite, RecordKey, Side, listing::PlanHash};
    /// let mut plan = PlanHash::default();
    /// let before = plan.hash();
    /// plan.add("section", &RecordKey::from(1001), Side::Ours, &PlannedWrite::Delete, None);
    /// assert_ne!(plan.hash(), before);
    /// assert_eq!(plan.hash().to_string(), plan.to_string());
    /// ```
    pub fn hash(&self) -> ContentHash {
        ContentHash::from_hasher(self.before.clone().update(self.text.as_bytes()))
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.hash(), f)
    }
}

fn at<'a>(record: &'a Object, path: &FieldPath) -> Option<&'a Value> {
    decision::get(record, path)
}

fn write_value(text: &mut String, value: Option<&Value>) {
    match value {
        Some(value) => json::write_exact(text, value),
        None => text.push('-'),
    }
    text.push(' ');
}

fn write_record(text: &mut String, record: Option<&Object>) {
    match record {
        Some(record) => json::write_exact_object(text, record),
        None => text.push('-'),
    }
}
