//! Reads a TOML table member by member, remembers which were asked for, and refuses the others with their line.

use std::collections::BTreeSet;

use serde::de::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::SettingsError;

/// One value of the document with its path and line.
#[derive(Clone)]
pub(super) struct Item<'d> {
    document: &'d str,
    path: String,
    /// Where the member's name stands, which for `a = …` is also where a reader looks for the value.
    start: usize,
    value: &'d Spanned<DeValue<'d>>,
}

/// One table of the document. Every member must be taken before [`Reader::finish`], which refuses what is left.
pub(super) struct Reader<'d> {
    document: &'d str,
    path: String,
    start: usize,
    table: &'d DeTable<'d>,
    asked: BTreeSet<String>,
}

/// The line, counted from 1, of a byte of the document.
pub(super) fn line_at(document: &str, offset: usize) -> usize {
    document.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn joined(path: &str, name: &str) -> String {
    match (path, name) {
        ("", _) => name.to_owned(),
        (_, "") => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// The value of a member, or the element of this number counted from 1, with where it starts.
fn step<'d>(value: &'d DeValue<'d>, part: &str) -> Option<(usize, &'d DeValue<'d>)> {
    match value {
        DeValue::Table(table) => {
            table.get_key_value(part).map(|(key, value)| (key.span().start, value.get_ref()))
        }
        DeValue::Array(list) => {
            let value = list.get(part.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some((value.span().start, value.get_ref()))
        }
        _ => None,
    }
}

impl<'d> Reader<'d> {
    /// The whole document.
    pub(super) fn root(document: &'d str, table: &'d DeTable<'d>) -> Self {
        Self { document, path: String::new(), start: 0, table, asked: BTreeSet::new() }
    }

    /// The member of this name, if it is there.
    pub(super) fn take(&mut self, name: &str) -> Option<Item<'d>> {
        self.asked.insert(name.to_owned());
        let (key, value) = self.table.get_key_value(name)?;
        Some(self.item(key.span().start, name, value))
    }

    /// The member of this name, which must be there.
    pub(super) fn need(&mut self, name: &str) -> Result<Item<'d>, SettingsError> {
        self.take(name).ok_or_else(|| self.missing(name))
    }

    /// The table of this name, which must be there.
    pub(super) fn need_table(&mut self, name: &str) -> Result<Reader<'d>, SettingsError> {
        self.need(name)?.table()
    }

    /// The table of this name, if it is there.
    pub(super) fn take_table(&mut self, name: &str) -> Result<Option<Reader<'d>>, SettingsError> {
        self.take(name).map(|item| item.table()).transpose()
    }

    /// The members nobody asked for yet, in the order in which the document declares them.
    pub(super) fn rest(&mut self) -> Vec<(String, Item<'d>)> {
        let mut rest: Vec<_> = self
            .table
            .iter()
            .filter(|(key, _)| !self.asked.contains(key.get_ref().as_ref()))
            .map(|(key, value)| (key.span().start, key.get_ref().to_string(), value))
            .collect();
        rest.sort_by_key(|(start, ..)| *start);
        rest.into_iter()
            .map(|(start, name, value)| {
                self.asked.insert(name.clone());
                let item = self.item(start, &name, value);
                (name, item)
            })
            .collect()
    }

    /// The names of all members.
    pub(super) fn names(&self) -> Vec<String> {
        self.table.keys().map(|key| key.get_ref().to_string()).collect()
    }

    /// Ends the reading: a member that nobody asked for is unknown, and named with those that would do.
    pub(super) fn finish(mut self) -> Result<(), SettingsError> {
        let known = self.asked.iter().cloned().collect::<Vec<_>>().join(", ");
        match self.rest().into_iter().next() {
            None => Ok(()),
            Some((_, item)) => Err(item.error(format!("unknown member (known here: {known})"))),
        }
    }

    /// An error about a member that is not there.
    pub(super) fn missing(&self, name: &str) -> SettingsError {
        self.error_at(name, "is missing")
    }

    /// An error about a member of this table, at the table's line.
    pub(super) fn error_at(&self, name: &str, message: impl Into<String>) -> SettingsError {
        SettingsError {
            line: Some(line_at(self.document, self.start)),
            member: joined(&self.path, name),
            message: message.into(),
        }
    }

    /// An error about a member given by its dotted path below this table, at the line of the deepest part of the path
    /// that the document has.
    pub(super) fn error_below(&self, member: &str, message: impl Into<String>) -> SettingsError {
        let (name, rest) = member.split_once('.').unwrap_or((member, ""));
        match self.table.get_key_value(name) {
            Some((key, value)) => self.item(key.span().start, name, value).error_below(rest, message),
            None => self.error_at(member, message),
        }
    }

    fn item(&self, start: usize, name: &str, value: &'d Spanned<DeValue<'d>>) -> Item<'d> {
        Item { document: self.document, path: joined(&self.path, name), start, value }
    }
}

impl<'d> Item<'d> {
    /// An error about this value.
    pub(super) fn error(&self, message: impl Into<String>) -> SettingsError {
        SettingsError {
            line: Some(line_at(self.document, self.start)),
            member: self.path.clone(),
            message: message.into(),
        }
    }

    /// An error about a member given by its dotted path below this value (`field[1].mode`), at the line of the deepest
    /// part of the path that the document has.
    pub(super) fn error_below(&self, member: &str, message: impl Into<String>) -> SettingsError {
        let (mut start, mut value) = (self.start, self.value.get_ref());
        for part in member.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
            let Some(below) = step(value, part) else { break };
            (start, value) = below;
        }
        SettingsError {
            line: Some(line_at(self.document, start)),
            member: joined(&self.path, member),
            message: message.into(),
        }
    }

    fn wrong(&self, wanted: &str) -> SettingsError {
        self.error(format!("must be {wanted}, not {}", self.value.get_ref().type_str()))
    }

    /// A text of at least one character that is not white space, without control characters.
    pub(super) fn text(&self) -> Result<&'d str, SettingsError> {
        let text = self.value.get_ref().as_str().ok_or_else(|| self.wrong("text"))?;
        if text.trim().is_empty() {
            return Err(self.error("must not be empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(self.error("must not hold control characters"));
        }
        Ok(text)
    }

    /// The text if this is one; no check of what it holds.
    pub(super) fn as_text(&self) -> Option<&'d str> {
        self.value.get_ref().as_str()
    }

    pub(super) fn boolean(&self) -> Result<bool, SettingsError> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number from `0` to `most`.
    pub(super) fn count(&self, most: u32) -> Result<u32, SettingsError> {
        let integer = self.value.get_ref().as_integer().ok_or_else(|| self.wrong("a whole number"))?;
        u32::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| self.error(format!("must be a whole number from 0 to {most}")))
    }

    pub(super) fn is_integer(&self) -> bool {
        self.value.get_ref().is_integer()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// This value as a table to read member by member.
    pub(super) fn table(&self) -> Result<Reader<'d>, SettingsError> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Ok(Reader {
            document: self.document,
            path: self.path.clone(),
            start: self.start,
            table,
            asked: BTreeSet::new(),
        })
    }

    /// The elements of a list, each with the path `name[1]`, `name[2]` ….
    pub(super) fn list(&self) -> Result<Vec<Item<'d>>, SettingsError> {
        let list = self.value.get_ref().as_array().ok_or_else(|| self.wrong("a list"))?;
        Ok(list
            .iter()
            .enumerate()
            .map(|(index, value)| Item {
                document: self.document,
                path: format!("{}[{}]", self.path, index + 1),
                start: value.span().start,
                value,
            })
            .collect())
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, SettingsError> {
        self.list()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// The value without its places, for whoever reads it next (a connector, the policy).
    pub(super) fn plain(&self) -> Result<toml::Value, SettingsError> {
        toml::Value::deserialize(ValueDeserializer::from(self.value.clone()))
            .map_err(|error| self.error(error.message()))
    }
}
