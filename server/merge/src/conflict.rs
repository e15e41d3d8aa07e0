//! Open questions about a record.

use std::fmt;
use std::str::FromStr;

use crate::UnknownName;
use crate::json;
use crate::key::RecordKey;
use crate::outcome::ConflictKind;
use crate::path::FieldPath;
use crate::policy::Hold;
use crate::value::{ContentHash, Object, Value};

/// An open question about one record, with one or more contested paths (MS C1, X9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Identity: depends on merge type and key only. `c-…`
    pub id: String,
    /// Changes if and only if kind, contested paths, values or presence change. `r-…`
    pub revision: String,
    /// What kind of question.
    pub kind: ConflictKind,
    /// How much of the record waits.
    pub hold: Hold,
    /// Which versions of the record exist.
    pub present: Present,
    /// The contested paths, sorted by the bytes of their text.
    pub fields: Vec<ConflictField>,
}

/// Which of the three versions exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// Base has the record.
    pub base: bool,
    /// Ours has it.
    pub ours: bool,
    /// Theirs has it.
    pub theirs: bool,
}

/// One contested path with its three values; `None` is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictField {
    /// Where.
    pub path: FieldPath,
    /// Base's value.
    pub base: Option<Value>,
    /// Ours' value.
    pub ours: Option<Value>,
    /// Theirs' value.
    pub theirs: Option<Value>,
    /// Why it is a question.
    pub reason: Reason,
    /// For collisions: the other records.
    pub with: Vec<RecordKey>,
}

/// Why a path is contested (MS X9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Both sides changed it, differently.
    BothChanged,
    /// The sides differ and there is no base.
    NoBase,
    /// A blank under the rule `ask`.
    Blank,
    /// It belongs to a field group.
    Group,
    /// The record is strict.
    Strict,
    /// The order of a list.
    Order,
    /// One side deleted the record.
    Deleted,
    /// Two records share what must be unique: the code `DUPLICATE_…`.
    Duplicate(String),
}

impl Reason {
    /// The name used in files and databases (X9).
    ///
    /// ```
    /// use merge::Reason;
    /// assert_eq!(Reason::BothChanged.as_str(), "both_changed");
    /// assert_eq!(Reason::Duplicate("DUPLICATE_EMAIL".to_owned()).as_str(), "DUPLICATE_EMAIL");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Reason::BothChanged => "both_changed",
            Reason::NoBase => "no_base",
            Reason::Blank => "blank",
            Reason::Group => "group",
            Reason::Strict => "strict",
            Reason::Order => "order",
            Reason::Deleted => "deleted",
            Reason::Duplicate(code) => code,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Reason, UnknownName> {
        let plain = [
            Reason::BothChanged,
            Reason::NoBase,
            Reason::Blank,
            Reason::Group,
            Reason::Strict,
            Reason::Order,
            Reason::Deleted,
        ];
        if text.starts_with("DUPLICATE_") {
            return Ok(Reason::Duplicate(text.to_owned()));
        }
        let names: Vec<&str> = plain.iter().map(Reason::as_str).collect();
        let found = plain.iter().find(|reason| reason.as_str() == text).cloned();
        found.ok_or_else(|| UnknownName::new("reason", text, &names))
    }
}

/// The id of the one conflict a record can have: depends on merge type and key only (MS C1).
///
/// ```
/// use merge::{RecordKey, conflict_id};
/// assert_eq!(conflict_id("room", &RecordKey::from(7)), conflict_id("room", &RecordKey::from(7)));
/// assert_ne!(conflict_id("room", &RecordKey::from(7)), conflict_id("course", &RecordKey::from(7)));
/// ```
pub fn conflict_id(type_name: &str, key: &RecordKey) -> String {
    let mut text = String::new();
    json::write_text(&mut text, type_name);
    text.push_str(&key.canonical());
    format!("c-{}", short(&text))
}

impl Conflict {
    /// All causes, the one that names the conflict first (C9).
    ///
    /// ```
    /// # use merge::{Collision, ConflictKind, FieldPath, Input, Policy, Presence, RecordKey, merge_record};
    /// # let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
    /// # let (policy, key) = (Policy::from_toml("unique = [['email']]").unwrap(), RecordKey::from("S-17"));
    /// let (base, ours) = (record(r#"{"email":"a@b","phone":"1"}"#), record(r#"{"email":"a@b","phone":"2"}"#));
    /// let theirs = record(r#"{"email":"a@b","phone":"3"}"#);
    /// let input = Input { base: Some(&base), ours: Presence::Live(&ours), ..Input::new("student", &key) };
    /// let input = Input { theirs: Presence::Live(&theirs), ..input };
    /// let mut verdict = merge_record(&policy, &input);
    /// let email = [FieldPath::field("email")];
    /// verdict.collide(&policy, &input, &[Collision::new(&email, vec![RecordKey::from("S-18")], true)]);
    /// assert_eq!(verdict.conflict.unwrap().causes(), [ConflictKind::Duplicate, ConflictKind::Field]);
    /// ```
    pub fn causes(&self) -> Vec<ConflictKind> {
        let is_duplicate = |field: &ConflictField| matches!(field.reason, Reason::Duplicate(_));
        let collides = self.fields.iter().any(is_duplicate);
        let contested = self.kind == ConflictKind::Duplicate && !self.fields.iter().all(is_duplicate);
        let further = [(collides, ConflictKind::Duplicate), (contested, ConflictKind::Field)];
        let further = further.into_iter().filter(|(applies, kind)| *applies && *kind != self.kind);
        std::iter::once(self.kind).chain(further.map(|(_, kind)| kind)).collect()
    }

    pub(crate) fn new(
        type_name: &str,
        key: &RecordKey,
        kind: ConflictKind,
        hold: Hold,
        present: Present,
        mut fields: Vec<ConflictField>,
    ) -> Conflict {
        fields.sort_by_cached_key(|field| field.path.to_string());
        let revision = revision(kind, present, &fields);
        Conflict { id: conflict_id(type_name, key), revision, kind, hold, present, fields }
    }
}

impl Conflict {
    /// A conflict between rows that share a key; its revision covers the rows, in whatever order they come.
    pub(crate) fn of_rows(
        type_name: &str,
        key: &RecordKey,
        kind: ConflictKind,
        hold: Hold,
        present: Present,
        rows: [Vec<&Object>; 2],
    ) -> Conflict {
        let mut conflict = Conflict::new(type_name, key, kind, hold, present, Vec::new());
        let mut text = conflict.revision;
        for side in rows {
            let mut hashes: Vec<String> = side.into_iter().map(|row| row.hash().to_string()).collect();
            hashes.sort_unstable();
            text.push_str(&hashes.join(" "));
            text.push('\n');
        }
        conflict.revision = format!("r-{}", short(&text));
        conflict
    }
}

impl ConflictField {
    /// By what the same question is known again: the three values, numbers by value and members in any order. Of the same
    /// record and path, a question with the same answer here was asked before (MS C8).
    ///
    /// ```
    /// use merge::{ConflictField, FieldPath, Reason, Value};
    /// let field = |ours: i64| ConflictField {
    ///     path: FieldPath::field("seats"),
    ///     base: Some(Value::from(1)),
    ///     ours: Some(Value::from(ours)),
    ///     theirs: None,
    ///     reason: Reason::BothChanged,
    ///     with: Vec::new(),
    /// };
    /// assert_eq!(field(2).question(), field(2).question());
    /// assert_ne!(field(2).question(), field(3).question());
    /// ```
    pub fn question(&self) -> String {
        let mut text = String::new();
        self.write_values(&mut text);
        format!("q-{}", short(&text))
    }

    fn write_values(&self, text: &mut String) {
        for value in [&self.base, &self.ours, &self.theirs] {
            text.push('\t');
            if let Some(value) = value {
                json::write_exact(text, value);
            }
        }
    }
}

/// Hashes what a person who decides has seen: kind, presence, paths and values. Numbers count by value and member
/// order does not, so that rereading the same record never makes a new revision.
fn revision(kind: ConflictKind, present: Present, fields: &[ConflictField]) -> String {
    let mut text = format!("{kind} {} {} {}", present.base, present.ours, present.theirs);
    for field in fields {
        text.push('\n');
        text.push_str(&field.path.to_string());
        field.write_values(&mut text);
        for key in &field.with {
            text.push_str(&key.canonical());
        }
    }
    format!("r-{}", short(&text))
}

fn short(text: &str) -> String {
    let mut hash = ContentHash::of(text.as_bytes()).to_string();
    hash.truncate(16);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x09_a_reason_reads_back_from_its_name() {
        let duplicate = Reason::Duplicate("DUPLICATE_EMAIL".to_owned());
        for reason in [Reason::BothChanged, Reason::NoBase, Reason::Order, Reason::Deleted, duplicate] {
            assert_eq!(reason.to_string().parse(), Ok(reason));
        }
        assert!("because".parse::<Reason>().is_err());
    }

    #[test]
    fn c01_each_type_and_key_has_an_id_of_its_own() {
        let id = conflict_id("room", &RecordKey::from(7));
        assert!(id.starts_with("c-") && id.len() == 18, "{id}");
        for (name, key) in [("room", 8), ("rooms", 7)] {
            assert_ne!(conflict_id(name, &RecordKey::from(key)), id);
        }
    }
}
