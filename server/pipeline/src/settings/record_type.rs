//! `[type.NAME]`: one kind of record that is merged.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use merge::{Policy, Side};

use super::error::SettingsError;
use super::field::{Direction, FieldSettings};
use super::limits::Limits;
use super::pair::Pair;
use super::policy::read_policy;
use super::reader::{Item, Reader};
use super::system::SystemKind;

/// One record type: its fields, its key, what it depends on, and its policy.
#[derive(Debug, Clone)]
pub struct TypeSettings {
    /// The name in settings and commands.
    pub name: String,
    /// The name in headings and reports; the capitalised name where none is set.
    pub label: String,
    /// Whether runs take it along.
    pub enabled: bool,
    /// The key fields, in order (MS section 1).
    pub key: Vec<String>,
    /// The types it needs, declared or referred to, each once and never itself; in declared order.
    pub depends_on: Vec<String>,
    /// The fields; their order is the order of a record's members.
    pub fields: Vec<FieldSettings>,
    /// What it means that a side's record lacks a member (MS V4).
    pub absent: Pair<Absent>,
    /// How it is merged (MS section 17). Limits are in `limits`, not in its `protect`.
    pub policy: Policy,
    /// What one run may change, with the school's limits as defaults.
    pub limits: Limits,
}

/// What it means that a side's record lacks a member (MS V4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Absent {
    /// The field has no value.
    #[default]
    Blank,
    /// The answer says nothing about the field.
    Unfetched,
}

/// What the types share while they are read.
pub(super) struct Shared<'s> {
    pub names: &'s [String],
    pub kinds: Pair<SystemKind>,
    pub limits: Limits,
    /// The zone of the school, in which days begin and end unless a type has its own (MS N4).
    pub zone: Tz,
}

impl Shared<'_> {
    fn check_type(&self, item: &Item<'_>, name: &str) -> Result<(), SettingsError> {
        if self.names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(item.error(format!("unknown type \"{name}\" (known: {})", self.names.join(", "))))
    }
}

impl TypeSettings {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldSettings> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field that a side keeps in this member.
    #[must_use]
    pub fn field_of_member(&self, side: Side, member: &str) -> Option<&FieldSettings> {
        self.fields.iter().find(|field| field.members[side] == member)
    }

    pub(super) fn read(name: &str, item: &Item<'_>, shared: &Shared<'_>) -> Result<Self, SettingsError> {
        let mut table = item.table()?;
        let enabled = table.take("enabled").map(|item| item.boolean()).transpose()?.unwrap_or(true);
        let label = table.take("label").map(|item| item.text().map(str::to_owned)).transpose()?;
        let key_item = table.need("key")?;
        let depends_item = table.take("depends_on");
        let fields = read_fields(table.need_table("fields")?, shared)?;
        let key = read_key(&key_item, &fields)?;
        let depends_on = read_depends_on(name, depends_item.as_ref(), shared, &fields)?;
        let absent = read_absent(table.take_table("absent")?)?;
        let own_limits = table.take_table("limits")?;
        let members = table.rest();
        let protect = members.iter().find(|(name, _)| name == "protect").map(|(_, item)| item);
        let limits = shared.limits.of_type(own_limits, protect)?;
        let policy = read_policy(item, &members, &fields, &key, shared.zone)?;
        let label = label.unwrap_or_else(|| capitalised(name));
        Ok(Self { name: name.to_owned(), label, enabled, key, depends_on, fields, absent, policy, limits })
    }
}

fn read_absent(table: Option<Reader<'_>>) -> Result<Pair<Absent>, SettingsError> {
    let Some(mut table) = table else { return Ok(Pair::default()) };
    let absent = Pair::try_from_fn(|side| match table.take(side.as_str()) {
        None => Ok(Absent::default()),
        Some(item) => match item.text()? {
            "blank" => Ok(Absent::Blank),
            "unfetched" => Ok(Absent::Unfetched),
            other => Err(item.error(format!("unknown word \"{other}\" (blank, unfetched)"))),
        },
    })?;
    table.finish()?;
    Ok(absent)
}

fn capitalised(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn read_fields(mut table: Reader<'_>, shared: &Shared<'_>) -> Result<Vec<FieldSettings>, SettingsError> {
    let mut fields: Vec<FieldSettings> = Vec::new();
    for (name, item) in table.rest() {
        let field = FieldSettings::read(&name, &item, &shared.kinds)?;
        if let Some(target) = field.kind.target() {
            shared.check_type(&item, target)?;
        }
        for side in [Side::Ours, Side::Theirs] {
            let member = &field.members[side];
            if let Some(other) = fields.iter().find(|other| other.members[side] == *member) {
                let message = format!("the member \"{member}\" of {side} is already field `{}`", other.name);
                return Err(item.error(message));
            }
        }
        fields.push(field);
    }
    Ok(fields)
}

fn read_key(item: &Item<'_>, fields: &[FieldSettings]) -> Result<Vec<String>, SettingsError> {
    let names = item.texts()?;
    if names.is_empty() {
        return Err(item.error("needs at least one field"));
    }
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err(item.error(format!("names `{name}` twice")));
        }
        let Some(field) = fields.iter().find(|field| field.name == *name) else {
            return Err(item.error(format!("names `{name}`, which is not among the fields")));
        };
        if !field.kind.can_be_key() || field.direction != Direction::Both {
            let message = format!("`{name}` cannot be a key field: one text, number or reference, both ways");
            return Err(item.error(message));
        }
    }
    Ok(names)
}

fn read_depends_on(
    name: &str,
    item: Option<&Item<'_>>,
    shared: &Shared<'_>,
    fields: &[FieldSettings],
) -> Result<Vec<String>, SettingsError> {
    let mut parents: Vec<String> = Vec::new();
    for item in item.map(Item::list).transpose()?.unwrap_or_default() {
        let parent = item.text()?;
        shared.check_type(&item, parent)?;
        if parent == name {
            return Err(item.error("must not name the type itself"));
        }
        parents.push(parent.to_owned());
    }
    for parent in fields.iter().filter_map(|field| field.kind.target()) {
        if parent != name {
            parents.push(parent.to_owned());
        }
    }
    let mut seen = BTreeSet::new();
    parents.retain(|parent| seen.insert(parent.clone()));
    Ok(parents)
}
