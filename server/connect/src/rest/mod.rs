//! Any REST system, by configuration (CN section 3).
//!
//! `config` is what may be written down; `client` is the one HTTP client with its limits and its egress guard;
//! `meaning` judges answers; `listing`, `read`, `write` and `reply` are the operations of [`System`].

mod answer;
mod body;
mod call;
mod check;
mod client;
pub mod config;
mod guard;
mod listing;
mod meaning;
mod next;
mod pace;
mod pointer;
mod read;
mod record;
mod reply;
mod seen;
mod send;
mod source;
mod template;
mod typed;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use merge::Value;
use secrecy::SecretString;
use url::Url;

pub use body::BodyTemplate;
pub use config::{Config, ConfigError, FieldType};
pub use guard::{Guard, Lookup, SystemLookup};
pub use pointer::{Pointer, Pointers};
pub use template::Template;

use crate::error::SystemError;
use crate::{
    Capabilities, CheckReport, Create, Cx, Delete, Deleted, DeltaKind, Item, Mark, NaturalKey, PageStream,
    Partition, Record, RemoteId, System, TypeName, Update, Versions, Written,
};
use client::Client;
use config::{BodyMode, Delta, Tombstones, TypeConfig, VersionFrom, WriteOp};

/// A REST system that is spoken to as its configuration says.
#[derive(Clone)]
pub struct RestSystem {
    connection: Arc<Connection>,
}

/// What a system's calls share.
pub(in crate::rest) struct Connection {
    config: Config,
    base: Url,
    client: Client,
}

impl RestSystem {
    /// Opens a system from a table of settings; nothing is sent yet. Secrets are asked for by name.
    pub fn open(
        config: &toml::Table,
        secrets: &dyn Fn(&str) -> Option<SecretString>,
    ) -> Result<Self, ConfigError> {
        Self::with_lookup(Config::from_table(config)?, secrets, Arc::new(SystemLookup))
    }

    /// Opens a system from TOML text; errors name the line.
    pub fn open_text(
        text: &str,
        secrets: &dyn Fn(&str) -> Option<SecretString>,
    ) -> Result<Self, ConfigError> {
        Self::with_lookup(Config::from_toml(text)?, secrets, Arc::new(SystemLookup))
    }

    /// Opens a system whose host names are looked up in a way of the caller's.
    pub fn with_lookup(
        config: Config,
        secrets: &dyn Fn(&str) -> Option<SecretString>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, ConfigError> {
        let base = Url::parse(&config.base_url).map_err(|error| {
            ConfigError::refused("base_url", format!("`{}` is no URL: {error}", config.base_url))
        })?;
        let client = Client::new(&config, &base, secrets, lookup)?;
        Ok(Self { connection: Arc::new(Connection { config, base, client }) })
    }

    /// The configured types, in order of name.
    pub fn types(&self) -> impl Iterator<Item = TypeName> + '_ {
        self.connection.config.types.keys().map(|name| TypeName(name.clone()))
    }

    /// The declared value types of a type's members.
    pub fn fields(&self, t: &TypeName) -> impl Iterator<Item = (&str, &FieldType)> {
        let config = self.connection.config.types.get(t.as_str());
        config.into_iter().flat_map(|config| config.fields.iter().map(|(name, of)| (name.as_str(), of)))
    }
}

impl Connection {
    /// The configuration of a type.
    fn of(&self, t: &TypeName) -> Result<&TypeConfig, SystemError> {
        self.config.types.get(t.as_str()).ok_or_else(|| SystemError::Misconfigured {
            message: format!("the system has no record type named `{t}`"),
        })
    }

    fn capabilities(&self, t: &TypeName) -> Capabilities {
        let Some(config) = self.config.types.get(t.as_str()) else { return Capabilities::nothing() };
        let chosen_id = config.create.as_ref().is_some_and(WriteOp::chooses_id);
        let create_only = config.create.as_ref().is_some_and(|op| op.create_only.is_some());
        let (delta, tombstones) = match &config.delta {
            Delta::None { .. } => (DeltaKind::None, false),
            Delta::Timestamp { tombstones, .. } => (DeltaKind::Timestamp, *tombstones == Tombstones::Inline),
            Delta::Cursor { tombstones, .. } => (DeltaKind::Cursor, *tombstones == Tombstones::Inline),
        };
        Capabilities {
            versions: versions(config),
            get: config.get.is_some(),
            find: config.find.is_some(),
            create: config.create.is_some(),
            update: config.update.is_some(),
            delete: config.delete.is_some(),
            partial_update: config.update.as_ref().is_some_and(|op| op.body_mode == BodyMode::Changed),
            clear_field: config.update.as_ref().is_some_and(|op| op.clear.is_some()),
            delta,
            tombstones,
            idempotent_create: self.config.idempotency_header.is_some() || (chosen_id && create_only),
            correlation: self.config.correlation_field.is_some() || chosen_id,
            chosen_id,
            unique: config.unique.clone(),
            depends_on: config.depends_on.iter().map(|name| TypeName(name.clone())).collect(),
            read_after_write: std::time::Duration::ZERO,
            longest_request: self.config.limits.total.0,
        }
    }

    async fn find_by_correlation(
        self: &Arc<Self>,
        cx: &Cx,
        t: &TypeName,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        let config = self.of(t)?;
        if config.create.as_ref().is_some_and(WriteOp::chooses_id) {
            return match self.fetch(cx, t, &RemoteId(write::chosen_id(reference)), None).await {
                Ok(record) => Ok(vec![record]),
                Err(SystemError::NotFound) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
        }
        match &self.config.correlation_field {
            Some(field) => self.scan(cx, t, field, reference).await,
            None => Ok(Vec::new()),
        }
    }

    /// Reads the whole listing for a value. A search parameter that the system does not know could hide the record, and
    /// then it would be made twice; this is rare enough to be thorough.
    async fn scan(
        self: &Arc<Self>,
        cx: &Cx,
        t: &TypeName,
        field: &str,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        let mut pages = listing::stream(Arc::clone(self), cx, t, &Partition::whole(), None);
        let mut found: Vec<Record> = Vec::new();
        let mut incomplete = None;
        while let Some(page) = pages.next().await {
            let page = page?;
            incomplete = page.incomplete;
            for item in page.items {
                if let Item::Live(record) = item
                    && record.fields.get(field).and_then(Value::as_text) == Some(reference)
                {
                    found.retain(|known| known.id != record.id);
                    found.push(record);
                }
            }
        }
        match incomplete {
            Some(why) if found.is_empty() => Err(answer::malformed("listing", why)),
            _ => Ok(found),
        }
    }
}

fn versions(config: &TypeConfig) -> Versions {
    let guarded = |op: &Option<WriteOp>| op.as_ref().is_none_or(|op| op.optimistic.sends_version());
    let writes = config.update.is_some() || config.delete.is_some();
    match &config.record.version.from {
        VersionFrom::None => Versions::None,
        _ if writes && guarded(&config.update) && guarded(&config.delete) => Versions::Enforced,
        _ => Versions::Reported,
    }
}

#[async_trait]
impl System for RestSystem {
    fn capabilities(&self, t: &TypeName) -> Capabilities {
        self.connection.capabilities(t)
    }

    async fn check(&self, cx: &Cx) -> Result<CheckReport, SystemError> {
        check::check(&self.connection, cx).await
    }

    fn list(&self, cx: &Cx, t: &TypeName, part: &Partition) -> PageStream {
        listing::stream(Arc::clone(&self.connection), cx, t, part, None)
    }

    fn changes(&self, cx: &Cx, t: &TypeName, part: &Partition, since: &Mark) -> PageStream {
        listing::stream(Arc::clone(&self.connection), cx, t, part, Some(since))
    }

    async fn get(&self, cx: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        self.connection.fetch(cx, t, id, None).await
    }

    async fn find(&self, cx: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        let config = self.connection.of(t)?;
        self.connection.search(cx, config, key).await
    }

    async fn find_by_correlation(
        &self,
        cx: &Cx,
        t: &TypeName,
        reference: &str,
    ) -> Result<Vec<Record>, SystemError> {
        self.connection.find_by_correlation(cx, t, reference).await
    }

    async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        self.connection.create(cx, w).await
    }

    async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        self.connection.update(cx, w).await
    }

    async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        self.connection.delete(cx, w).await
    }
}
