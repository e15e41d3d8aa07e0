//! `[type.NAME.fields]`: the fields of a record type, their kinds and their names on both sides.

use std::fmt;

use merge::{Side, Value};

use super::error::SettingsError;
use super::pair::Pair;
use super::reader::{Item, Reader};
use super::system::SystemKind;

/// What a field holds. A value of another kind is a violation of that field (CN C55).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number with at most so many digits after the point.
    Decimal(u32),
    /// True or false.
    Boolean,
    /// A calendar day, `2026-03-02`.
    Date,
    /// A time of day, `09:30` or `09:30:00`.
    Time,
    /// A moment with its offset, `2026-03-02T09:30:00Z`.
    Instant,
    /// A record of another type: its key for us, its id for the other system.
    Reference(String),
    /// A list whose items are of one kind.
    List(Box<FieldKind>),
    /// An object.
    Object,
    /// Any JSON value.
    Any,
}

/// Which way a field travels between us and the other system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Read from and written to both sides.
    #[default]
    Both,
    /// Read from theirs and never written there; theirs wins.
    In,
    /// Written to theirs and never read from there; ours wins.
    Out,
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// How a side writes a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceForm {
    /// By its own id of the record.
    Id,
    /// By our key of the record.
    Key,
}

impl ReferenceForm {
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Key => "key",
        }
    }
}

/// One field of a record type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSettings {
    /// The name in neutral records.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// The top-level member that holds it on each side.
    pub members: Pair<String>,
    /// Which way it travels.
    pub direction: Direction,
    /// Whether a record without a value for it violates (CN C52).
    pub required: bool,
    /// How each side writes references in it.
    pub references: Pair<ReferenceForm>,
    /// The most characters each side takes in it; a longer text is refused before it is decided (UX 7.4.1).
    pub max_length: Pair<Option<u32>>,
}

/// Deepest nesting of `list(list(…))`.
const LIST_DEPTH_MOST: usize = 4;
/// The longest text a limit can speak of.
const LENGTH_MOST: u32 = 1_000_000;
/// Most digits after the point.
const SCALE_MOST: u32 = 18;

impl FieldKind {
    /// The type that values of this kind refer to, also inside lists.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Reference(target) => Some(target),
            Self::List(item) => item.target(),
            _ => None,
        }
    }

    /// Whether a value can be part of a record's key (MS X4): one text or number.
    #[must_use]
    pub fn can_be_key(&self) -> bool {
        !matches!(self, Self::Boolean | Self::List(_) | Self::Object | Self::Any)
    }

    fn parse(text: &str, depth: usize) -> Option<Self> {
        let (name, argument) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => (name, Some(rest.strip_suffix(')')?.trim())),
        };
        match (name.trim(), argument) {
            ("text", None) => Some(Self::Text),
            ("integer", None) => Some(Self::Integer),
            ("decimal", Some(scale)) => {
                scale.parse().ok().filter(|scale| *scale <= SCALE_MOST).map(Self::Decimal)
            }
            ("boolean", None) => Some(Self::Boolean),
            ("date", None) => Some(Self::Date),
            ("time", None) => Some(Self::Time),
            ("instant", None) => Some(Self::Instant),
            ("reference", Some(target)) if !target.is_empty() => Some(Self::Reference(target.to_owned())),
            ("list", None) => Some(Self::List(Box::new(Self::Any))),
            ("list", Some(item)) if depth < LIST_DEPTH_MOST => {
                Self::parse(item, depth + 1).map(|item| Self::List(Box::new(item)))
            }
            ("object", None) => Some(Self::Object),
            ("any", None) => Some(Self::Any),
            _ => None,
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => formatter.write_str("text"),
            Self::Integer => formatter.write_str("integer"),
            Self::Decimal(scale) => write!(formatter, "decimal({scale})"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Date => formatter.write_str("date"),
            Self::Time => formatter.write_str("time"),
            Self::Instant => formatter.write_str("instant"),
            Self::Reference(target) => write!(formatter, "reference({target})"),
            Self::List(item) if **item == Self::Any => formatter.write_str("list"),
            Self::List(item) => write!(formatter, "list({item})"),
            Self::Object => formatter.write_str("object"),
            Self::Any => formatter.write_str("any"),
        }
    }
}

impl FieldSettings {
    /// Whether the field is read from a side.
    #[must_use]
    pub fn is_read(&self, side: Side) -> bool {
        side == Side::Ours || self.direction != Direction::Out
    }

    /// Whether the field is written to a side.
    #[must_use]
    pub fn is_written(&self, side: Side) -> bool {
        side == Side::Ours || self.direction != Direction::In
    }

    /// How many characters a text has that is longer than a side takes in the field, after the most it takes.
    #[must_use]
    pub fn too_long(&self, side: Side, value: &Value) -> Option<(u32, usize)> {
        let most = self.max_length[side]?;
        let long = value.as_text()?.chars().count();
        (long > most as usize).then_some((most, long))
    }

    /// One line with all that decides how values of the field are understood.
    pub(super) fn mapping(&self) -> String {
        let Self { name, kind, members, direction, required, references, max_length: _ } = self;
        let Pair { ours, theirs } = references.map(ReferenceForm::as_str);
        let direction = direction.as_str();
        format!("{name} {kind} {} {} {direction} {required} {ours} {theirs}\n", members.ours, members.theirs)
    }

    pub(super) fn read(name: &str, item: &Item<'_>, kinds: &Pair<SystemKind>) -> Result<Self, SettingsError> {
        check_name(name, item)?;
        let mut table = item.table()?;
        let kind = read_kind(&table.need("kind")?)?;
        let members = Pair {
            ours: read_member(table.take("ours"), name)?,
            theirs: read_member(table.take("theirs"), name)?,
        };
        let direction = table.take("direction").map(|item| read_direction(&item)).transpose()?;
        let required = table.take("required").map(|item| item.boolean()).transpose()?.unwrap_or(false);
        let references = read_references(&mut table, &kind, kinds)?;
        let max_length = read_max_length(table.take("max_length"))?;
        table.finish()?;
        let direction = direction.unwrap_or_default();
        Ok(Self { name: name.to_owned(), kind, members, direction, required, references, max_length })
    }
}

/// A leading `$` is kept for the members that carry a record's state (MS V3, D3).
fn check_name(name: &str, item: &Item<'_>) -> Result<(), SettingsError> {
    if name.trim().is_empty() || name.starts_with('$') || name.chars().any(char::is_control) {
        return Err(item.error("is no field name (empty, leading $ or control characters)"));
    }
    Ok(())
}

fn read_member(item: Option<Item<'_>>, name: &str) -> Result<String, SettingsError> {
    let Some(item) = item else { return Ok(name.to_owned()) };
    let member = item.text()?;
    if member.starts_with('$') {
        return Err(item.error("must not start with $"));
    }
    Ok(member.to_owned())
}

fn read_kind(item: &Item<'_>) -> Result<FieldKind, SettingsError> {
    let text = item.text()?;
    FieldKind::parse(text, 0).ok_or_else(|| {
        item.error(format!(
            "unknown kind \"{text}\" (text, integer, decimal(SCALE), boolean, date, time, instant, \
             reference(TYPE), list, list(KIND), object, any)"
        ))
    })
}

fn read_direction(item: &Item<'_>) -> Result<Direction, SettingsError> {
    match item.text()? {
        "both" => Ok(Direction::Both),
        "in" => Ok(Direction::In),
        "out" => Ok(Direction::Out),
        other => Err(item.error(format!("unknown direction \"{other}\" (both, in, out)"))),
    }
}

/// `local` always keeps keys; any other system has ids of its own unless the field says `by = "key"`.
fn read_references(
    table: &mut Reader<'_>,
    kind: &FieldKind,
    kinds: &Pair<SystemKind>,
) -> Result<Pair<ReferenceForm>, SettingsError> {
    let remote = match table.take("by") {
        None => ReferenceForm::Id,
        Some(item) if kind.target().is_none() => return Err(item.error("is for references only")),
        Some(item) => match item.text()? {
            "id" => ReferenceForm::Id,
            "key" => ReferenceForm::Key,
            other => return Err(item.error(format!("unknown form \"{other}\" (id, key)"))),
        },
    };
    Ok(kinds.map(|kind| match kind {
        SystemKind::Local => ReferenceForm::Key,
        SystemKind::Rest => remote,
    }))
}

/// `max_length = { ours = 60, theirs = 30 }`, either of them.
fn read_max_length(item: Option<Item<'_>>) -> Result<Pair<Option<u32>>, SettingsError> {
    let Some(item) = item else { return Ok(Pair::default()) };
    let mut table = item.table()?;
    let mut most = Pair::default();
    for side in [Side::Ours, Side::Theirs] {
        most[side] = table.take(side.as_str()).map(|item| item.count(LENGTH_MOST)).transpose()?;
    }
    table.finish()?;
    Ok(most)
}
