//! The text in which a neutral record is staged, with the fields it says nothing about.

use merge::{FieldPath, Object, UNFETCHED, Value};
use thiserror::Error;

use super::Mapped;

/// The reserved member that lists the fields whose value could not be taken (CN C55).
const INVALID: &str = "$invalid";

/// A staged text that is not what [`Mapped::encode`] writes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a staged record cannot be read: {message}")]
pub struct StagedError {
    /// What is wrong with it.
    pub message: String,
}

/// A side's record as it is staged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StagedRecord {
    /// The neutral fields.
    pub body: Object,
    /// The fields this reading says nothing about (MS V3), the violated ones among them.
    pub unfetched: Vec<FieldPath>,
    /// The fields whose value could not be taken: the merge leaves them alone on both sides (CN C55, MS F13).
    pub invalid: Vec<FieldPath>,
}

impl Mapped {
    /// The canonical JSON in which this reading is staged; [`StagedRecord::parse`] reads it back.
    #[must_use]
    pub fn encode(&self) -> String {
        if self.unfetched.is_empty() && self.violations.is_empty() {
            return self.body.to_canonical();
        }
        let mut staged = self.body.clone();
        put_paths(&mut staged, UNFETCHED, self.unfetched.iter());
        put_paths(&mut staged, INVALID, self.violations.iter().map(|violation| &violation.field));
        staged.to_canonical()
    }
}

fn put_paths<'a>(staged: &mut Object, member: &str, paths: impl Iterator<Item = &'a FieldPath>) {
    let paths: Vec<Value> = paths.map(|path| Value::Text(path.to_string())).collect();
    if !paths.is_empty() {
        staged.insert(member, Value::List(paths));
    }
}

impl StagedRecord {
    /// Reads what [`Mapped::encode`] wrote.
    ///
    /// # Errors
    /// When the text is no JSON object, or a reserved member no list of paths.
    pub fn parse(text: &str) -> Result<Self, StagedError> {
        let mut body = merge::json::parse_object(text.as_bytes())
            .map_err(|error| StagedError { message: error.to_string() })?;
        let unfetched = take_paths(&mut body, UNFETCHED)?;
        let invalid = take_paths(&mut body, INVALID)?;
        Ok(Self { body, unfetched, invalid })
    }

    /// Whether the same text, parsed as it is, says all that this would read from it: nothing but the fields.
    pub(crate) fn is_plain(parsed: &Object) -> bool {
        !parsed.contains(UNFETCHED) && !parsed.contains(INVALID)
    }
}

fn take_paths(body: &mut Object, member: &str) -> Result<Vec<FieldPath>, StagedError> {
    let failed = |what: &str| StagedError { message: format!("{member} {what}") };
    match body.remove(member) {
        None => Ok(Vec::new()),
        Some(Value::List(paths)) => paths
            .iter()
            .map(|path| path.as_text().and_then(|path| path.parse().ok()))
            .collect::<Option<_>>()
            .ok_or_else(|| failed("holds something that is no path")),
        Some(_) => Err(failed("is no list")),
    }
}
