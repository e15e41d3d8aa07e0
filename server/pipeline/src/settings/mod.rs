//! The settings of a school: one TOML document, read strictly.
//!
//! The document is the one home of every setting; `settings import` stores its text and `export` gives the same text
//! back. Reading it either gives [`Settings`] in which every name resolves, or one [`SettingsError`] that names the line
//! and the member. Nothing is guessed and nothing unknown is let through.
//!
//! ```toml
//! version = 1
//! [school]
//! slug = "northfield"
//! name = "Northfield University"
//! zone = "America/New_York"
//! [systems.ours]
//! name = "Scheduler"
//! kind = "local"
//! [systems.theirs]
//! name = "Banner"
//! kind = "rest"                       # further members are the connector's own (CN 3.2)
//! [type.room]
//! key = ["number"]
//! [type.room.fields]
//! number = { kind = "text" }
//! capacity = { kind = "integer" }
//! ```

mod connector;
mod desk;
mod error;
mod field;
mod limits;
mod mail;
mod order;
mod pair;
mod policy;
mod reader;
mod record_type;
mod schedule;
mod school;
mod system;
#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use merge::Side;
use sha2::{Digest as _, Sha256};
use toml::de::DeTable;

pub use self::desk::{DeskSettings, Hold};
pub use self::error::SettingsError;
pub use self::field::{Direction, FieldKind, FieldSettings, ReferenceForm};
pub use self::limits::{ChangeLimit, Guards, Limits, Threshold, more_than_percent};
pub use self::mail::MailSettings;
pub use self::pair::Pair;
pub use self::record_type::{Absent, TypeSettings};
pub use self::schedule::ScheduleSettings;
pub use self::school::School;
pub use self::system::{SystemKind, SystemSettings};

use self::reader::{Item, Reader, line_at};
use self::record_type::Shared;

/// The settings of one school.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The document as it was given.
    pub document: String,
    /// SHA-256 of the document, in hexadecimal digits.
    pub hash: String,
    /// Who they belong to.
    pub school: School,
    /// The two systems of record.
    pub systems: Pair<SystemSettings>,
    /// Every declared type, parents before children, switched off ones too.
    pub types: Vec<TypeSettings>,
    /// When nights start by themselves.
    pub schedule: ScheduleSettings,
    /// The limits that hold for types without their own.
    pub limits: Limits,
    /// Who is told.
    pub mail: MailSettings,
    /// What holds for decisions.
    pub desk: DeskSettings,
}

impl Settings {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing wrong with it: TOML, an unknown or missing member, a value that does not fit, a name that nothing
    /// declares, a circle of dependencies, or a policy error (MS section 17).
    pub fn parse(document: &str) -> Result<Self, SettingsError> {
        let root = DeTable::parse(document).map_err(|error| SettingsError {
            line: error.span().map(|span| line_at(document, span.start)),
            member: String::new(),
            message: error.message().to_owned(),
        })?;
        let mut root = Reader::root(document, root.get_ref());
        check_version(&root.need("version")?)?;
        let school = School::read(root.need_table("school")?)?;
        let mut systems = read_systems(root.need_table("systems")?)?;
        let schedule = ScheduleSettings::read(root.take_table("schedule")?, school.zone)?;
        let limits = Limits::read(root.take_table("limits")?)?;
        let mail = MailSettings::read(root.take_table("mail")?)?;
        let desk = DeskSettings::read(root.take_table("desk")?)?;
        let types = read_types(&root.need("type")?, &systems, limits, school.zone)?;
        connector::check(&root, &systems, &types)?;
        connector::declare_references(&mut systems, &types);
        root.finish()?;
        let hash = hex(&Sha256::digest(document.as_bytes()));
        Ok(Self { document: document.to_owned(), hash, school, systems, types, schedule, limits, mail, desk })
    }

    /// The type of this name.
    #[must_use]
    pub fn merge_type(&self, name: &str) -> Option<&TypeSettings> {
        self.types.iter().find(|one| one.name == name)
    }

    /// The types that depend on this one directly, parents before children.
    pub fn children_of(&self, name: &str) -> impl Iterator<Item = &TypeSettings> {
        self.types.iter().filter(move |one| one.depends_on.iter().any(|parent| parent == name))
    }

    /// The types that depend on this one directly or through others, parents before children.
    #[must_use]
    pub fn descendants_of(&self, name: &str) -> Vec<&TypeSettings> {
        let mut found: Vec<&TypeSettings> = Vec::new();
        for one in &self.types {
            let below = |parent: &String| parent == name || found.iter().any(|above| above.name == *parent);
            if one.depends_on.iter().any(below) {
                found.push(one);
            }
        }
        found
    }

    /// The name people know a side by (UX 3).
    #[must_use]
    pub fn side_name(&self, side: Side) -> &str {
        &self.systems[side].name
    }

    /// A hash of what decides *which* records are read and *how* their values are understood: the connectors with their
    /// addresses and filters, and every type's key and fields. When it differs from the last committed run's, the next
    /// run stops at its plan (RL G21).
    #[must_use]
    pub fn mapping_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (side, system) in self.systems.iter() {
            hasher.update(format!("{side} {:?} {}\n", system.kind, system.connector));
        }
        let mut types: Vec<&TypeSettings> = self.types.iter().filter(|one| one.enabled).collect();
        types.sort_by(|left, right| left.name.cmp(&right.name));
        for one in types {
            hasher.update(format!("{} {}\n", one.name, one.key.join(" ")));
            for field in &one.fields {
                hasher.update(field.mapping());
            }
        }
        hex(&hasher.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_version(item: &Item<'_>) -> Result<(), SettingsError> {
    if item.is_integer() && item.count(u32::MAX)? == 1 {
        return Ok(());
    }
    Err(item.error("must be 1, the only version of settings there is"))
}

fn read_systems(mut table: Reader<'_>) -> Result<Pair<SystemSettings>, SettingsError> {
    let systems = Pair::try_from_fn(|side| SystemSettings::read(table.need_table(side.as_str())?))?;
    if systems.ours.name == systems.theirs.name {
        let message = "has the name of the other system; people could not tell them apart";
        return Err(table.need("theirs")?.error(message));
    }
    table.finish()?;
    Ok(systems)
}

fn read_types(
    item: &Item<'_>,
    systems: &Pair<SystemSettings>,
    limits: Limits,
    zone: Tz,
) -> Result<Vec<TypeSettings>, SettingsError> {
    let mut table = item.table()?;
    let names = table.names();
    let kinds = Pair { ours: systems.ours.kind, theirs: systems.theirs.kind };
    let shared = Shared { names: &names, kinds, limits, zone };
    let mut types = Vec::with_capacity(names.len());
    for (name, item) in table.rest() {
        check_type_name(&name, &item)?;
        types.push(TypeSettings::read(&name, &item, &shared)?);
    }
    if types.is_empty() {
        return Err(item.error("needs at least one type"));
    }
    order::check_key_references(&types, item)?;
    order::in_dependency_order(types, item)
}

fn check_type_name(name: &str, item: &Item<'_>) -> Result<(), SettingsError> {
    let lawful = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(lawful) {
        return Ok(());
    }
    Err(item.error("is no type name (lower case letters, digits and underscores, a letter first)"))
}
