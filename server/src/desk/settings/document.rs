//! A settings document that is edited in place, so that comments and order survive.
//!
//! A place is a path of member names. A list of tables that are told apart by a member of theirs (`[[type.room.field]]` by
//! `path`) counts as one more step, the row's name, so that a place does not depend on the order of rows.

use merge::{FieldPath, Pattern};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value};

/// The path of a setting.
pub(super) type Place = Vec<String>;

/// Lists of tables whose rows are named by a member, with that member.
const NAMED_ROWS: [(&str, &str); 3] = [("field", "path"), ("group", "name"), ("record", "key")];
/// Members that are one setting, though they may be tables.
const WHOLE: [&str; 6] =
    ["changes_ours", "changes_theirs", "deletes_note", "deletes_hold", "blanked", "constant"];

/// A document on its way to another state.
pub(super) struct Document(DocumentMut);

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, TomlError> {
        text.parse().map(Self)
    }

    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }

    /// What stands at a place; rows that have the same name are looked through one after the other.
    pub(super) fn get(&self, place: &[&str]) -> Option<&Value> {
        let mut table: &dyn TableLike = self.0.as_table();
        let mut rest = place;
        loop {
            match rest {
                [] => return None,
                [name] => return table.get(name).and_then(Item::as_value),
                [list, row, below @ ..] if rows(list).is_some() => {
                    let rows = tables(table.get(list)?);
                    table = rows.into_iter().find(|one| {
                        name_of_row(list, *one).as_deref() == Some(row)
                            && below.first().is_some_and(|member| one.contains_key(member))
                    })?;
                    rest = below;
                }
                [name, below @ ..] => {
                    table = table.get(name)?.as_table_like()?;
                    rest = below;
                }
            }
        }
    }

    /// Sets what stands at a place; what leads there is made where it is missing.
    pub(super) fn set(&mut self, place: &[&str], value: impl Into<Value>) {
        set_in(self.0.as_table_mut(), place, value.into());
    }

    /// Removes what stands at a place, and the row or small table that is empty without it.
    pub(super) fn remove(&mut self, place: &[&str]) {
        remove_in(self.0.as_table_mut(), place);
    }

    /// Every setting with its place, in the order of the document.
    pub(super) fn settings(&self) -> Vec<(Place, String)> {
        let mut found = Vec::new();
        flatten(self.0.as_table(), &mut Vec::new(), &mut found);
        found
    }
}

fn rows(list: &str) -> Option<&'static str> {
    NAMED_ROWS.iter().find(|(name, _)| *name == list).map(|(_, member)| *member)
}

/// The rows of a list of tables, whichever way it is written.
fn tables(item: &Item) -> Vec<&dyn TableLike> {
    match item {
        Item::ArrayOfTables(list) => list.iter().map(|table| table as &dyn TableLike).collect(),
        Item::Value(Value::Array(list)) => {
            list.iter().filter_map(Value::as_inline_table).map(|table| table as &dyn TableLike).collect()
        }
        _ => Vec::new(),
    }
}

/// What a row is called; paths in one spelling (MS P4).
fn name_of_row(list: &str, row: &dyn TableLike) -> Option<String> {
    let name = row.get(rows(list)?)?.as_value()?;
    Some(match name {
        Value::String(text) if list == "field" => spelled(text.value()),
        Value::String(text) => text.value().clone(),
        other => plain(other),
    })
}

/// A path in the spelling that settings are compared by.
pub(super) fn spelled(path: &str) -> String {
    path.parse::<Pattern>().map_or_else(|_| path.to_owned(), |pattern| pattern.to_string())
}

/// The path of a whole field.
pub(super) fn path_of(field: &str) -> String {
    spelled(&FieldPath::field(field).to_string())
}

fn set_in(table: &mut dyn TableLike, place: &[&str], value: Value) {
    match place {
        [] => {}
        [name] => put(table, name, value),
        [list, row, below @ ..] if rows(list).is_some() => set_in_row(table, list, row, below, value),
        [name, below @ ..] => {
            if table.get(name).and_then(Item::as_table_like).is_none() {
                let made = if *name == "blank" {
                    Item::Value(Value::InlineTable(InlineTable::new()))
                } else {
                    Item::Table(Table::new())
                };
                table.insert(name, made);
            }
            if let Some(inner) = table.get_mut(name).and_then(Item::as_table_like_mut) {
                set_in(inner, below, value);
            }
        }
    }
}

/// Puts a value in the place of the one that is there, with the comment that stands beside it.
fn put(table: &mut dyn TableLike, name: &str, mut value: Value) {
    match table.get_mut(name) {
        Some(Item::Value(there)) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        _ => {
            table.insert(name, Item::Value(value));
        }
    }
}

fn set_in_row(table: &mut dyn TableLike, list: &str, row: &str, below: &[&str], value: Value) {
    if table.get(list).is_none() {
        table.insert(list, Item::ArrayOfTables(ArrayOfTables::new()));
    }
    let Some(item) = table.get_mut(list) else { return };
    let named = |one: &dyn TableLike| name_of_row(list, one).as_deref() == Some(row);
    let has = |one: &dyn TableLike| below.first().is_some_and(|member| one.contains_key(member));
    match item {
        Item::ArrayOfTables(rows) => {
            let at = rows
                .iter()
                .position(|one| named(one) && has(one))
                .or_else(|| rows.iter().position(|one| named(one)));
            let at = at.unwrap_or_else(|| {
                let mut new = Table::new();
                name_row(&mut new, list, row);
                rows.push(new);
                rows.len() - 1
            });
            if let Some(found) = rows.get_mut(at) {
                set_in(found, below, value);
            }
        }
        Item::Value(Value::Array(rows)) => set_in_inline_row(rows, list, row, below, value),
        _ => {}
    }
}

fn set_in_inline_row(rows: &mut Array, list: &str, row: &str, below: &[&str], value: Value) {
    let found = |one: &Value, with: bool| {
        one.as_inline_table().is_some_and(|one| {
            name_of_row(list, one).as_deref() == Some(row)
                && (!with || below.first().is_some_and(|member| one.contains_key(member)))
        })
    };
    let at = rows
        .iter()
        .position(|one| found(one, true))
        .or_else(|| rows.iter().position(|one| found(one, false)));
    let at = at.unwrap_or_else(|| {
        let mut new = InlineTable::new();
        name_row(&mut new, list, row);
        rows.push(new);
        rows.len() - 1
    });
    if let Some(found) = rows.get_mut(at).and_then(Value::as_inline_table_mut) {
        set_in(found, below, value);
    }
}

fn name_row(table: &mut dyn TableLike, list: &str, row: &str) {
    let name = match list {
        "record" => row.parse().unwrap_or_else(|_| Value::from(row)),
        _ => Value::from(row),
    };
    if let Some(member) = rows(list) {
        table.insert(member, Item::Value(name));
    }
}

fn remove_in(table: &mut dyn TableLike, place: &[&str]) {
    match place {
        [] => {}
        [name] => {
            table.remove(name);
        }
        [list, row, below @ ..] if rows(list).is_some() => remove_in_row(table, list, row, below),
        [name, below @ ..] => {
            let Some(inner) = table.get_mut(name).and_then(Item::as_table_like_mut) else { return };
            remove_in(inner, below);
            if inner.is_empty() && matches!(*name, "blank" | "limits" | "protect") {
                table.remove(name);
            }
        }
    }
}

fn remove_in_row(table: &mut dyn TableLike, list: &str, row: &str, below: &[&str]) {
    let Some(item) = table.get_mut(list) else { return };
    let holds = |one: &dyn TableLike| {
        name_of_row(list, one).as_deref() == Some(row)
            && below.first().is_some_and(|member| one.contains_key(member))
    };
    let empty = match item {
        Item::ArrayOfTables(rows) => {
            let at = rows.iter().position(|one| holds(one));
            if let Some(at) = at
                && let Some(found) = rows.get_mut(at)
            {
                remove_in(found, below);
                if found.len() <= 1 {
                    rows.remove(at);
                }
            }
            rows.is_empty()
        }
        Item::Value(Value::Array(rows)) => {
            let at = rows.iter().position(|one| one.as_inline_table().is_some_and(|one| holds(one)));
            if let Some(at) = at
                && let Some(found) = rows.get_mut(at).and_then(Value::as_inline_table_mut)
            {
                remove_in(found, below);
                if found.len() <= 1 {
                    rows.remove(at);
                }
            }
            rows.is_empty()
        }
        _ => false,
    };
    if empty {
        table.remove(list);
    }
}

fn flatten(table: &dyn TableLike, here: &mut Place, found: &mut Vec<(Place, String)>) {
    for (name, item) in table.iter() {
        here.push(name.to_owned());
        let named = rows(name).filter(|_| !tables(item).is_empty());
        match (item.as_table_like(), named) {
            (Some(inner), _) if !WHOLE.contains(&name) => flatten(inner, here, found),
            (_, Some(member)) => {
                for row in tables(item) {
                    here.push(name_of_row(name, row).unwrap_or_default());
                    flatten(row, here, found);
                    found.retain(|(place, _)| {
                        place.len() != here.len() + 1
                            || place[..here.len()] != here[..]
                            || place[here.len()] != member
                    });
                    here.pop();
                }
            }
            _ => found.push((here.clone(), text_of(item))),
        }
        here.pop();
    }
}

fn text_of(item: &Item) -> String {
    match item {
        Item::Value(value) => plain(value),
        Item::Table(table) => plain(&Value::InlineTable(table.clone().into_inline_table())),
        Item::ArrayOfTables(list) => plain(&Value::Array(list.clone().into_array())),
        Item::None => String::new(),
    }
}

/// A value without comments and without the way it was laid out.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        Value::InlineTable(table) => {
            let members: Vec<String> =
                table.iter().map(|(name, value)| format!("{name} = {}", plain(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::String(text) => Value::from(text.value().as_str()).to_string(),
        other => other.clone().decorated("", "").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# The whole.
version = 1

[type.room]
key = ["code"]   # by code
mode = "manual"  # ask

# Rooms come from Banner.
[[type.room.field]]
path = "code"
mode = "always_theirs"

[type.section]
key = ["number"]
"#;

    fn document() -> Document {
        Document::parse(TEXT).expect("TOML")
    }

    #[test]
    fn a_value_is_replaced_and_its_comment_stays() {
        let mut document = document();
        document.set(&["type", "room", "mode"], "resolve_ours");
        assert_eq!(document.text(), TEXT.replace("\"manual\"", "\"resolve_ours\""));
    }

    #[test]
    fn a_row_is_made_beside_its_like_and_goes_when_it_says_nothing() {
        let mut document = document();
        document.set(&["type", "room", "field", "capacity", "mode"], "manual");
        let with =
            "mode = \"always_theirs\"\n\n[[type.room.field]]\npath = \"capacity\"\nmode = \"manual\"\n";
        assert_eq!(document.text(), TEXT.replace("mode = \"always_theirs\"\n", with));
        assert!(document.get(&["type", "room", "field", "capacity", "mode"]).is_some());
        document.remove(&["type", "room", "field", "capacity", "mode"]);
        assert_eq!(document.text(), TEXT);
        document.remove(&["type", "room", "field", "code", "mode"]);
        assert!(!document.text().contains("[[type.room.field]]"), "{}", document.text());
    }

    #[test]
    fn what_leads_to_a_setting_is_made_and_small_tables_go_with_their_last_member() {
        let mut document = document();
        document.set(&["type", "room", "field", "code", "blank", "theirs_to_ours"], "never_clear");
        assert!(
            document.text().contains("blank = { theirs_to_ours = \"never_clear\" }"),
            "{}",
            document.text()
        );
        document.remove(&["type", "room", "field", "code", "blank", "theirs_to_ours"]);
        assert_eq!(document.text(), TEXT);
        document.set(&["schedule", "at"], "01:30");
        assert!(document.text().ends_with("[schedule]\nat = \"01:30\"\n"), "{}", document.text());
    }

    #[test]
    fn rows_written_in_one_line_are_edited_too() {
        let text = "[type.room]\nfield = [{ path = \"code\", mode = \"manual\" }]\n";
        let mut document = Document::parse(text).expect("TOML");
        document.set(&["type", "room", "field", "code", "mode"], "always_ours");
        document.set(&["type", "room", "field", "name", "mode"], "manual");
        assert_eq!(
            document.get(&["type", "room", "field", "code", "mode"]).and_then(Value::as_str),
            Some("always_ours")
        );
        document.remove(&["type", "room", "field", "code", "mode"]);
        document.remove(&["type", "room", "field", "name", "mode"]);
        assert_eq!(document.text(), "[type.room]\n");
    }

    #[test]
    fn settings_are_listed_with_rows_by_their_names() {
        let settings = document().settings();
        let places: Vec<String> =
            settings.iter().map(|(place, value)| format!("{} {value}", place.join("."))).collect();
        assert_eq!(
            places,
            [
                "version 1",
                "type.room.key [\"code\"]",
                "type.room.mode \"manual\"",
                "type.room.field.code.mode \"always_theirs\"",
                "type.section.key [\"number\"]"
            ]
        );
    }
}
