//! Paths that differ on both sides on purpose (MS C10).

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Actor, ApiResult, Page, PageRequest};

/// What may be asked about differences.
#[async_trait]
pub trait Differences: Send + Sync {
    /// Declares that a contested field differs on purpose: nothing is written for it, and nobody is asked again until either
    /// side's value changes. Refused as stale when the conflict is no longer the one that was seen.
    async fn declare_difference(&self, actor: &Actor, school: &str, new: &NewDifference) -> ApiResult<()>;
    /// The differences that stand, the oldest first.
    async fn list_differences(
        &self,
        actor: &Actor,
        school: &str,
        filter: &DifferenceFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<DifferenceLine>>;
    /// Ends a difference: the field is a question again.
    async fn end_difference(&self, actor: &Actor, school: &str, difference: &str) -> ApiResult<()>;
}

/// Which differences; empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifferenceFilter {
    /// Only those of records of this merge type.
    pub merge_type: Option<String>,
}

/// A difference as it is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDifference {
    /// Number of the conflict.
    pub conflict: i64,
    /// The revision that was seen.
    pub revision: String,
    /// The contested path.
    #[serde(default)]
    pub field: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// The last day on which it holds, as `2026-12-31`; empty for as long as nothing changes.
    #[serde(default)]
    pub until: String,
}

/// A difference that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceLine {
    /// Its identity.
    pub id: String,
    /// Merge type.
    pub merge_type: String,
    /// The type's heading.
    pub type_label: String,
    /// The record's key in canonical form.
    pub key: String,
    /// The record's key as people read it.
    pub label: String,
    /// The field's path.
    pub path: String,
    /// What `ours` holds, JSON text.
    pub ours: Option<String>,
    /// What `theirs` holds.
    pub theirs: Option<String>,
    /// Who declared it.
    pub person: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// When it is over at the latest.
    pub until: Option<DateTime<Utc>>,
}
