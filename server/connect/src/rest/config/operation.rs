//! Create, update and delete, as configured (CN C40, C43, C44).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::StatusRules;
use super::units::HeaderName;
use crate::rest::body::BodyTemplate;
use crate::rest::pointer::Pointer;
use crate::rest::template::Template;

/// One way of writing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOp {
    /// The HTTP method.
    pub method: Method,
    /// The path.
    pub path: Template,
    /// The parameters.
    #[serde(default)]
    pub params: BTreeMap<String, Template>,
    /// Extra headers.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, String>,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The body; none is sent without.
    pub body: Option<BodyTemplate>,
    /// Whether the body carries what changes or whole records.
    #[serde(default)]
    pub body_mode: BodyMode,
    /// How a field is emptied.
    pub clear: Option<Clear>,
    /// What guards the write.
    #[serde(default)]
    pub optimistic: Optimistic,
    /// On creates with a chosen id: sent as `If-None-Match`.
    pub create_only: Option<CreateOnly>,
    /// What answers mean here.
    #[serde(default)]
    pub status: StatusRules,
    /// What the answer holds.
    #[serde(default)]
    pub reply: Reply,
    /// When the record is read back.
    #[serde(default)]
    pub verify: Verify,
}

/// The HTTP method of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// What the body of an update carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyMode {
    /// The whole record as just read, with our changes in it (CN C6).
    #[default]
    Full,
    /// The changed members alone.
    Changed,
}

/// How a field is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clear {
    /// By null.
    Null,
    /// By leaving it out of a full body.
    Omit,
    /// By the empty text.
    EmptyString,
}

/// What guards a write against overwriting an edit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimistic {
    /// Nothing.
    #[default]
    None,
    /// The version in `If-Match`.
    IfMatchHeader,
    /// The version in the body.
    VersionInBody,
    /// The version in the query.
    VersionInQuery,
    /// A read right before the write.
    CompareThenWrite,
}

impl Optimistic {
    /// True when the system itself refuses an old version.
    pub fn sends_version(self) -> bool {
        matches!(self, Self::IfMatchHeader | Self::VersionInBody | Self::VersionInQuery)
    }
}

/// What a create with a chosen id sends as `If-None-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum CreateOnly {
    /// No record at all may be there.
    #[serde(rename = "*")]
    Any,
}

/// What the answer to a write holds (CN C43).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// The record.
    Record {
        /// Where it is.
        record: Pointer,
    },
    /// The id alone.
    IdOnly {
        /// Where it is.
        id: Pointer,
    },
    /// The id as the end of the `Location` header.
    Location {},
    /// Nothing of use.
    None {},
}

impl Default for Reply {
    fn default() -> Self {
        Self::None {}
    }
}

/// When a written record is read back (CN C44).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Always.
    Always,
    /// Always for weak types, after 202 and creates with 204, and once in fifty otherwise.
    #[default]
    Weak,
    /// Never.
    Never,
}
