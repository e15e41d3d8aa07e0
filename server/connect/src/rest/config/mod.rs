//! The configuration of a REST system (CN 3.2): what a text may say, and nothing that is not built.
//!
//! Keys of the schema that this version does not have (`proxy`, OAuth2, client certificates, field codecs, the
//! delta styles `sequence` and `filter`, tombstone feeds, POST listings) are unknown keys like any other: a configuration
//! that names one does not load.

mod check;
mod delta;
mod error;
mod fields;
mod operation;
mod paging;
mod record;
mod status;
mod types;
pub mod units;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

pub use delta::{CursorPage, Delta, Operator, TimeFormat, Tombstones};
pub use error::ConfigError;
pub use fields::FieldType;
pub use operation::{BodyMode, Clear, CreateOnly, Method, Optimistic, Reply, Verify, WriteOp};
pub use paging::{End, Paging, Place, RelativeTo};
pub use record::{Deleted, IdType, Modified, RecordShape, VersionFrom, VersionRule};
pub use status::{MatchRule, Meaning, StatusRules, WriteKind};
pub use types::{FindOp, GetOp, List, Total, TypeConfig};

use super::pointer::{Pointer, Pointers};
use units::{HeaderName, SecretName, Size, Span};

/// A whole configuration, read and checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Always `rest`.
    #[serde(default)]
    pub kind: Kind,
    /// Paths are joined to it by text.
    pub base_url: String,
    /// Plain http needs to be asked for.
    #[serde(default)]
    pub allow_http: bool,
    /// `host:port` of every server that may be called; the base URL's when empty.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Private or loopback networks that may be called.
    #[serde(default)]
    pub allowed_networks: Vec<Network>,
    /// Whether redirects are followed.
    #[serde(default)]
    pub redirects: Redirects,
    /// Extra trust for TLS.
    #[serde(default)]
    pub tls: Tls,
    /// How we show who we are.
    #[serde(default)]
    pub auth: Auth,
    /// Headers of all requests.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, String>,
    /// Headers of reads.
    #[serde(default)]
    pub read_headers: BTreeMap<HeaderName, String>,
    /// Headers of writes.
    #[serde(default)]
    pub write_headers: BTreeMap<HeaderName, String>,
    /// The media type of bodies we send.
    #[serde(default = "json_type")]
    pub content_type: String,
    /// Media types of answers taken as JSON, besides `application/json` and `+json`.
    #[serde(default)]
    pub accept_types: Vec<String>,
    /// Whether `Cache-Control: no-cache` is sent.
    #[serde(default = "yes")]
    pub no_cache: bool,
    /// Bounds on everything.
    #[serde(default)]
    pub limits: Limits,
    /// Headers by which the system asks to slow down.
    #[serde(default = "slow_headers")]
    pub slow_headers: Vec<HeaderName>,
    /// The header that carries a write's key.
    pub idempotency_header: Option<HeaderName>,
    /// The member in which a create stores its reference.
    pub correlation_field: Option<String>,
    /// What answers mean.
    #[serde(default)]
    pub status: StatusRules,
    /// Rules looked at before the table of meanings.
    #[serde(default, rename = "match")]
    pub matches: Vec<MatchRule>,
    /// Where an answer tells its reason.
    #[serde(default)]
    pub error: ErrorPlaces,
    /// A record that is known to be there.
    pub probe: Option<Probe>,
    /// The record types.
    pub types: BTreeMap<String, TypeConfig>,
}

/// The connector kind this configuration is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Everything by configuration over HTTP.
    #[default]
    Rest,
}

/// Whether redirects are followed (CN C48).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redirects {
    /// A redirect is an error that shows the target.
    #[default]
    None,
    /// At most three, to the same scheme, host and port.
    SameOrigin,
}

/// Extra trust for TLS. Verification cannot be switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A PEM file whose certificates are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// How we show who we are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    None {},
    /// Name and password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: SecretName,
    },
    /// A token in `Authorization`.
    Bearer {
        /// The word before the token.
        #[serde(default = "bearer")]
        scheme: String,
        /// The token.
        token: SecretName,
    },
    /// Secrets in headers.
    Headers {
        /// Header name to secret.
        headers: BTreeMap<HeaderName, SecretName>,
    },
    /// Secrets in the query.
    Query {
        /// Parameter name to secret.
        params: BTreeMap<String, SecretName>,
    },
}

impl Default for Auth {
    fn default() -> Self {
        Self::None {}
    }
}

/// Bounds on everything (CN 3.2). Sizes are counted after decompression.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests at one time.
    pub concurrency: usize,
    /// Requests in one second.
    pub per_second: u32,
    /// To make a connection.
    pub connect: Span,
    /// Between two pieces of an answer.
    pub idle: Span,
    /// For one request, from its start to the end of the answer.
    pub total: Span,
    /// Of one answer.
    pub page_bytes: Size,
    /// Of all answers of one run.
    pub run_bytes: Size,
    /// Of one listing.
    pub pages: u64,
    /// Of the headers of one answer.
    pub header_bytes: Size,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 4,
            per_second: 10,
            connect: Span(Duration::from_secs(5)),
            idle: Span(Duration::from_secs(30)),
            total: Span(Duration::from_secs(120)),
            page_bytes: Size(20 << 20),
            run_bytes: Size(1 << 30),
            pages: 10_000,
            header_bytes: Size(64 << 10),
        }
    }
}

/// Where an answer tells its reason; pointers into the body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorPlaces {
    /// The reason.
    pub message: Pointers,
    /// The field at fault.
    pub field: Pointers,
    /// A longer list of reasons.
    pub details: Option<Pointer>,
}

/// A record that is known to be there, so that "missing" can be told from "not allowed" (CN C58).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its id.
    pub canary: String,
}

/// A network in CIDR form, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse().ok().or_else(one).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no network: write `10.0.0.0/8` or one address"))
        })
    }
}

impl Config {
    /// Reads a configuration from TOML text; errors name the key and the line.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let deserializer = toml::Deserializer::parse(text)
            .map_err(|source| ConfigError::from_text(text, String::new(), &source))?;
        let config: Self = serde_path_to_error::deserialize(deserializer).map_err(|source| {
            let key = source.path().to_string();
            ConfigError::from_text(text, key, source.inner())
        })?;
        config.check().map_err(|error| error.in_text(text))?;
        Ok(config)
    }

    /// Reads a configuration from a table of a larger document; errors name the key.
    pub fn from_table(table: &toml::Table) -> Result<Self, ConfigError> {
        let value = toml::Value::Table(table.clone());
        let config: Self = serde_path_to_error::deserialize(value)
            .map_err(|source| ConfigError::at(source.path().to_string(), source.inner().message()))?;
        config.check()?;
        Ok(config)
    }
}

fn json_type() -> String {
    "application/json".to_owned()
}

fn slow_headers() -> Vec<HeaderName> {
    ["retry-after", "backoff"].map(|name| HeaderName(reqwest::header::HeaderName::from_static(name))).to_vec()
}

fn bearer() -> String {
    "Bearer".to_owned()
}

fn yes() -> bool {
    true
}
