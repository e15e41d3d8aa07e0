//! `[systems.ours]` and `[systems.theirs]`: the two systems of record.

use super::error::SettingsError;
use super::reader::{Item, Reader};

/// How a system is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemKind {
    /// Records kept in Tiebreak's own database (CN C15).
    Local,
    /// A system reached over HTTP as its configuration says (CN section 3).
    Rest,
}

/// One of the two systems: its names and what its connector needs.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemSettings {
    /// The short name on screens and in reports, at most 14 characters.
    pub name: String,
    /// The name in headings; the short one where none is set.
    pub long_name: String,
    /// Which connector reaches it.
    pub kind: SystemKind,
    /// The connector's own members (CN 3.2), as they stand in the document; empty for `local`.
    pub connector: toml::Table,
}

/// Longest short name of a system (UX 3).
const NAME_MOST: usize = 14;

impl SystemSettings {
    pub(super) fn read(mut table: Reader<'_>) -> Result<Self, SettingsError> {
        let name = read_name(&table.need("name")?)?;
        let long_name = match table.take("long_name") {
            Some(item) => item.text()?.to_owned(),
            None => name.clone(),
        };
        let kind = read_kind(&table.need("kind")?)?;
        let connector = match kind {
            SystemKind::Local => {
                table.finish()?;
                toml::Table::new()
            }
            SystemKind::Rest => read_connector(&mut table)?,
        };
        Ok(Self { name, long_name, kind, connector })
    }

    /// The types the connector is configured for; none for `local`, which takes every type.
    pub(super) fn connector_types(&self) -> Option<Vec<&str>> {
        match self.kind {
            SystemKind::Local => None,
            SystemKind::Rest => {
                let types = self.connector.get("types").and_then(toml::Value::as_table);
                Some(types.map(|types| types.keys().map(String::as_str).collect()).unwrap_or_default())
            }
        }
    }
}

fn read_name(item: &Item<'_>) -> Result<String, SettingsError> {
    let name = item.text()?;
    if name.chars().count() > NAME_MOST {
        return Err(item.error(format!("must have at most {NAME_MOST} characters (long_name takes more)")));
    }
    Ok(name.to_owned())
}

fn read_kind(item: &Item<'_>) -> Result<SystemKind, SettingsError> {
    match item.text()? {
        "local" => Ok(SystemKind::Local),
        "rest" => Ok(SystemKind::Rest),
        other => Err(item.error(format!("unknown kind \"{other}\" (local or rest)"))),
    }
}

/// `kind` goes along: the connector's configuration names it first (CN 3.2).
fn read_connector(table: &mut Reader<'_>) -> Result<toml::Table, SettingsError> {
    let mut connector = toml::Table::new();
    connector.insert("kind".to_owned(), "rest".into());
    for (name, item) in table.rest() {
        connector.insert(name, item.plain()?);
    }
    Ok(connector)
}
