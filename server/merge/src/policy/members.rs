//! The members of one table of a policy file, read with the place of the table for messages.

use std::str::FromStr;

use super::PolicyError;
use crate::path::FieldPath;
use crate::value::{Number, Value};

type Result<T> = std::result::Result<T, PolicyError>;

/// The members of one table, with the place of the table for messages.
pub(super) struct Members<'a> {
    pub(super) table: &'a toml::Table,
    place: String,
}

impl<'a> Members<'a> {
    pub(super) fn new(table: &'a toml::Table, place: impl Into<String>) -> Members<'a> {
        Members { table, place: place.into() }
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    pub(super) fn error(&self, name: &str, message: impl std::fmt::Display) -> PolicyError {
        PolicyError::new(self.place_of(name), message)
    }

    pub(super) fn only(&self, known: &[&str]) -> Result<()> {
        match self.table.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => {
                Err(self.error(unknown, format!("unknown member; expected {}", known.join(", "))))
            }
            None => Ok(()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>> {
        let read = |value: &'a toml::Value| value.as_str().ok_or_else(|| self.error(name, "must be text"));
        self.table.get(name).map(read).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        let read =
            |value: &toml::Value| value.as_bool().ok_or_else(|| self.error(name, "must be true or false"));
        self.table.get(name).map(read).transpose()
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>> {
        let read = |value: &toml::Value| {
            value.as_integer().ok_or_else(|| self.error(name, "must be a whole number"))
        };
        self.table.get(name).map(read).transpose()
    }

    pub(super) fn limit(&self, name: &str, default: Option<u64>) -> Result<Option<u64>> {
        match self.table.get(name) {
            None => Ok(default),
            Some(toml::Value::String(text)) if text == "none" => Ok(None),
            Some(value) => {
                let limit = value.as_integer().and_then(|limit| u64::try_from(limit).ok());
                limit.map(Some).ok_or_else(|| self.error(name, "must be a whole number from 0, or \"none\""))
            }
        }
    }

    pub(super) fn named<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<Option<T>> {
        let read = |text: &str| text.parse().map_err(|error| self.error(name, error));
        self.text(name)?.map(read).transpose()
    }

    pub(super) fn required<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T> {
        self.named(name)?.ok_or_else(|| self.error(name, "is missing"))
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>> {
        let wrong = || self.error(name, "must be a list of texts");
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let items = value.as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect::<Result<_>>().map(Some)
    }

    pub(super) fn parsed_list<T: FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<Vec<T>>> {
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        let parse = |text: &str| text.parse().map_err(|error| self.error(name, error));
        texts.into_iter().map(parse).collect::<Result<_>>().map(Some)
    }

    pub(super) fn table(&self, name: &str) -> Result<Option<Members<'a>>> {
        let read = |value: &'a toml::Value| {
            let table = value.as_table().ok_or_else(|| self.error(name, "must be a table"))?;
            Ok(Members::new(table, self.place_of(name)))
        };
        self.table.get(name).map(read).transpose()
    }

    pub(super) fn tables<T>(&self, name: &str, read: impl Fn(&Members<'_>) -> Result<T>) -> Result<Vec<T>> {
        let wrong = || self.error(name, format!("must be written as [[{name}]]"));
        let Some(value) = self.table.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(wrong)?;
        let item = |(at, item): (usize, &toml::Value)| {
            let table = item.as_table().ok_or_else(wrong)?;
            read(&Members::new(table, format!("{}[{}]", self.place_of(name), at + 1)))
        };
        items.iter().enumerate().map(item).collect()
    }

    pub(super) fn scalar(&self, name: &str, value: &toml::Value) -> Result<Value> {
        let text = value.as_str().filter(|text| !text.is_empty()).map(|text| Value::Text(text.to_owned()));
        let scalar = text.or_else(|| number_of(value).map(Value::Number));
        scalar.ok_or_else(|| self.error(name, "must be text (not empty) or a number"))
    }

    /// What is written as a number or as a text.
    pub(super) fn number_or_text<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<Option<T>> {
        match self.table.get(name).and_then(number_of) {
            Some(number) => number.as_str().parse().map(Some).map_err(|error| self.error(name, error)),
            None => self.named(name),
        }
    }

    /// The path that a text names, or those of a list of texts.
    pub(super) fn paths(&self, name: &str) -> Result<Option<Vec<FieldPath>>> {
        match self.table.get(name) {
            Some(toml::Value::String(_)) => Ok(self.named(name)?.map(|path| vec![path])),
            _ => self.parsed_list(name),
        }
    }
}

/// A number as the file has it.
fn number_of(value: &toml::Value) -> Option<Number> {
    match value {
        toml::Value::Integer(whole) => Some(Number::from(*whole)),
        toml::Value::Float(float) => Number::parse(&float.to_string()),
        _ => None,
    }
}
