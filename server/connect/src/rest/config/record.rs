//! What a record looks like (CN C27-C31), as configured.

use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::TimeFormat;
use super::units::{HeaderName, Span};
use crate::rest::pointer::Pointer;

/// Where the parts of a record are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordShape {
    /// Its id.
    pub id: Pointer,
    /// The JSON type of ids.
    #[serde(default)]
    pub id_type: IdType,
    /// Its business members, when they are not beside the id.
    pub attributes: Option<Pointer>,
    /// Its version.
    #[serde(default)]
    pub version: VersionRule,
    /// When it changed.
    pub modified: Option<Modified>,
    /// The mark of a removed record.
    pub deleted: Option<Deleted>,
    /// Members that are no business of ours.
    #[serde(default)]
    pub ignore: Vec<Pointer>,
    /// Members that are compared but never sent.
    #[serde(default)]
    pub read_only: Vec<Pointer>,
}

/// The JSON type in which ids are written (CN C4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// Text.
    #[default]
    String,
    /// A number.
    Integer,
}

/// Where versions come from and in what form they are sent (CN C28).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRule {
    /// Where they come from.
    pub from: VersionFrom,
    /// What stands before and after the version when it is sent.
    pub around: (String, String),
}

/// Where versions come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionFrom {
    /// There are none.
    None,
    /// A header of single reads and replies.
    Header(reqwest::header::HeaderName),
    /// A member of the record.
    Body(Pointer),
}

impl Default for VersionRule {
    fn default() -> Self {
        Self { from: VersionFrom::None, around: (String::new(), String::new()) }
    }
}

impl VersionRule {
    /// The version in the form in which it is sent.
    pub fn write(&self, version: &str) -> String {
        format!("{}{version}{}", self.around.0, self.around.1)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    from: RawFrom,
    name: Option<HeaderName>,
    at: Option<Pointer>,
    send: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RawFrom {
    None,
    Header,
    Body,
}

impl<'de> Deserialize<'de> for VersionRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawVersion::deserialize(deserializer)?;
        let from = match (raw.from, raw.name, raw.at) {
            (RawFrom::None, None, None) => VersionFrom::None,
            (RawFrom::Header, Some(name), None) => VersionFrom::Header(name.0),
            (RawFrom::Body, None, Some(at)) => VersionFrom::Body(at),
            (RawFrom::None, ..) => {
                return Err(de::Error::custom("`from = \"none\"` takes no `name` and no `at`"));
            }
            (RawFrom::Header, ..) => {
                return Err(de::Error::custom("`from = \"header\"` takes `name`, and no `at`"));
            }
            (RawFrom::Body, ..) => {
                return Err(de::Error::custom("`from = \"body\"` takes `at`, and no `name`"));
            }
        };
        let send = raw.send.as_deref().unwrap_or("{version}");
        let (before, after) = send.split_once("{version}").ok_or_else(|| {
            de::Error::custom(format!("`send` is `{send}`, but must contain `{{version}}`"))
        })?;
        Ok(Self { from, around: (before.to_owned(), after.to_owned()) })
    }
}

/// When a record changed (CN C29).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modified {
    /// Where it is told.
    pub at: Pointer,
    /// How it is written.
    pub format: TimeFormat,
    /// The zone of texts that name none.
    pub zone: Option<Tz>,
    /// The smallest step of it.
    #[serde(default = "millisecond")]
    pub grain: Span,
    /// Whether the system keeps it itself.
    #[serde(default = "yes")]
    pub trusted: bool,
}

/// The mark of a removed record inside a page (CN C30).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleted {
    /// Where the mark is.
    pub at: Pointer,
    /// What it says for removed records.
    pub equals: toml::Value,
}

fn millisecond() -> Span {
    Span(std::time::Duration::from_millis(1))
}

fn yes() -> bool {
    true
}
