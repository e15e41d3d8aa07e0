//! One record type, as configured.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::operation::WriteOp;
use super::paging::Paging;
use super::units::HeaderName;
use super::{Delta, FieldType, RecordShape, StatusRules};
use crate::rest::pointer::Pointer;
use crate::rest::template::Template;

/// What can be done with the records of one type, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeConfig {
    /// Types whose records must exist first.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Sets of fields the system should hold unique.
    #[serde(default)]
    pub unique: Vec<Vec<String>>,
    /// The value types of the members; others may have any value.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldType>,
    /// The full listing.
    pub list: List,
    /// What a record looks like.
    pub record: RecordShape,
    /// How the listing goes on.
    #[serde(default)]
    pub paging: Paging,
    /// How changes are asked for.
    #[serde(default)]
    pub delta: Delta,
    /// Single reads.
    pub get: Option<GetOp>,
    /// Reads by natural key.
    pub find: Option<FindOp>,
    /// New records.
    pub create: Option<WriteOp>,
    /// Changes.
    pub update: Option<WriteOp>,
    /// Removals.
    pub delete: Option<WriteOp>,
}

/// The full listing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its path.
    pub path: Template,
    /// Its parameters.
    #[serde(default)]
    pub params: BTreeMap<String, Template>,
    /// Always `GET`.
    #[serde(default)]
    pub method: ReadMethod,
    /// Where the items are.
    pub items: Pointer,
    /// How many to ask for at once.
    pub limit: Option<u64>,
    /// Where the number of all records is told.
    pub total: Option<Total>,
    /// The field by which the listing is sorted, ascending and stable (CN C35).
    pub sort: Option<String>,
}

/// How listings are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ReadMethod {
    /// By GET.
    #[default]
    #[serde(rename = "GET")]
    Get,
}

/// Where the number of all records is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Total {
    /// In the body of a page.
    Body(Pointer),
    /// In a header of a page.
    Header(reqwest::header::HeaderName),
    /// In a header of the answer to HEAD.
    Head(reqwest::header::HeaderName),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTotal {
    from: TotalFrom,
    at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TotalFrom {
    Body,
    Header,
    Head,
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawTotal::deserialize(deserializer)?;
        let header = || {
            reqwest::header::HeaderName::from_bytes(raw.at.as_bytes())
                .map_err(|_| de::Error::custom(format!("`at` is `{}`, which is no header name", raw.at)))
        };
        Ok(match raw.from {
            TotalFrom::Body => Self::Body(Pointer::parse(&raw.at).map_err(de::Error::custom)?),
            TotalFrom::Header => Self::Header(header()?),
            TotalFrom::Head => Self::Head(header()?),
        })
    }
}

/// A single read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetOp {
    /// Its path.
    pub path: Template,
    /// Its parameters.
    #[serde(default)]
    pub params: BTreeMap<String, Template>,
    /// Extra headers.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, String>,
    /// Where the record is.
    pub record: Pointer,
    /// What answers mean here.
    #[serde(default)]
    pub status: StatusRules,
}

/// A read by natural key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindOp {
    /// Its path.
    pub path: Template,
    /// Its parameters.
    #[serde(default)]
    pub params: BTreeMap<String, Template>,
    /// Extra headers.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, String>,
    /// Where the items are.
    pub items: Pointer,
    /// What answers mean here.
    #[serde(default)]
    pub status: StatusRules,
}
