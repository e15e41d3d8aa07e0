//! What a conflict says of records that share what must be unique (MS K1), as the store keeps it.

use serde::{Deserialize, Serialize};

use crate::error::{PipelineError, Result};

/// One set of fields that a record shares with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// `DUPLICATE_…`
    pub code: String,
    /// The fields.
    pub paths: Vec<String>,
    /// JSON of what the record comes to hold in them.
    pub values: Vec<Option<String>>,
    /// The first of the other records, in the order of their keys.
    pub others: Vec<Other>,
    /// How many other records there are.
    pub count: u64,
}

/// Another record with the same values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Its key in canonical form.
    pub key: String,
    /// Its key for people.
    pub label: String,
}

impl Duplicate {
    /// How many other records are not named.
    #[must_use]
    pub fn more(&self) -> u64 {
        self.count.saturating_sub(self.others.len() as u64)
    }

    /// The other records for people: `A3, A7 and 2 more`.
    #[must_use]
    pub fn with(&self) -> String {
        let named: Vec<&str> = self.others.iter().map(|other| other.label.as_str()).collect();
        match self.more() {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    /// What a stored conflict says of it.
    ///
    /// # Errors
    /// When that is not what we stored.
    pub fn read(stored: Option<&str>) -> Result<Vec<Self>> {
        let read = |text| {
            serde_json::from_str(text)
                .map_err(|error| PipelineError::Inconsistent(format!("duplicates of a conflict: {error}")))
        };
        stored.map(read).transpose().map(Option::unwrap_or_default)
    }
}
