//! `[school]`: who the settings belong to.

use chrono_tz::Tz;

use super::error::SettingsError;
use super::reader::{Item, Reader};

/// One institution: its short name for command lines and addresses, its full name, its time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Lower case letters, digits and hyphens, at most 40; the name in commands and addresses.
    pub slug: String,
    /// The name people read.
    pub name: String,
    /// The zone of its dates and times, unless a schedule names its own.
    pub zone: Tz,
}

impl School {
    pub(super) fn read(mut table: Reader<'_>) -> Result<Self, SettingsError> {
        let slug = read_slug(&table.need("slug")?)?;
        let name = table.need("name")?.text()?.to_owned();
        let zone = read_zone(&table.need("zone")?)?;
        table.finish()?;
        Ok(Self { slug, name, zone })
    }
}

fn read_slug(item: &Item<'_>) -> Result<String, SettingsError> {
    let slug = item.text()?;
    let lawful = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if slug.len() > 40 || !slug.chars().all(lawful) || slug.starts_with('-') || slug.ends_with('-') {
        return Err(item.error("must be 1 to 40 lower case letters, digits and hyphens, no hyphen at an end"));
    }
    Ok(slug.to_owned())
}

/// A zone of the tz database by its name.
pub(super) fn read_zone(item: &Item<'_>) -> Result<Tz, SettingsError> {
    let name = item.text()?;
    name.parse().map_err(|_| {
        item.error(format!("unknown time zone \"{name}\" (a name like \"America/New_York\" is needed)"))
    })
}
