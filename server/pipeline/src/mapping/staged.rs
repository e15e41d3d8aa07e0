//! The text in which a neutral record is staged, with the fields it says nothing about.

use merge::{FieldPath, Object, Value};
use thiserror::Error;

use super::Mapped;

/// The reserved member that lists what was not fetched (MS V3).
pub const UNFETCHED: &str = "$unfetched";

/// A staged text that is not what [`encode_staged`] writes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a staged record cannot be read: {message}")]
pub struct StagedError {
    /// What is wrong with it.
    pub message: String,
}

/// The staged record with its `$unfetched` list; what is hashed, so that a reading that says less hashes differently.
#[must_use]
pub fn with_unfetched(body: &Object, unfetched: &[FieldPath]) -> Object {
    let mut staged = body.clone();
    if !unfetched.is_empty() {
        let paths = unfetched.iter().map(|path| Value::Text(path.to_string())).collect();
        staged.insert(UNFETCHED, Value::List(paths));
    }
    staged
}

/// The canonical JSON in which a neutral record is staged.
#[must_use]
pub fn encode_staged(body: &Object, unfetched: &[FieldPath]) -> String {
    with_unfetched(body, unfetched).to_canonical()
}

/// Reads what [`encode_staged`] wrote.
///
/// # Errors
/// When the text is no JSON object, or its `$unfetched` no list of paths.
pub fn decode_staged(text: &str) -> Result<(Object, Vec<FieldPath>), StagedError> {
    let failed = |message: String| StagedError { message };
    let mut body = merge::json::parse_object(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    let unfetched = match body.remove(UNFETCHED) {
        None => Vec::new(),
        Some(Value::List(paths)) => paths
            .iter()
            .map(|path| path.as_text().and_then(|path| path.parse().ok()))
            .collect::<Option<Vec<FieldPath>>>()
            .ok_or_else(|| failed(format!("{UNFETCHED} holds something that is no path")))?,
        Some(_) => return Err(failed(format!("{UNFETCHED} is no list"))),
    };
    Ok((body, unfetched))
}

impl Mapped {
    /// The canonical JSON in which this reading is staged.
    #[must_use]
    pub fn encode(&self) -> String {
        encode_staged(&self.body, &self.unfetched)
    }
}
