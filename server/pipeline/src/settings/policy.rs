//! The members of `[type.NAME]` that are the merge policy of MS section 17.

use chrono_tz::Tz;
use merge::{FieldPath, Policy};
use toml::{Table, Value};

use super::error::SettingsError;
use super::field::{Direction, FieldSettings};
use super::reader::Item;

/// Reads the policy of one type. `item` is the type's table and `members` those of its members that are policy.
///
/// A field that travels one way is settled by its direction: the side it comes from always wins, whatever a record or
/// a rule says, because nothing else could be written. Days are those of the school's `zone` unless the type has its own.
pub(super) fn read_policy(
    item: &Item<'_>,
    members: &[(String, Item<'_>)],
    fields: &[FieldSettings],
    key: &[String],
    zone: Tz,
) -> Result<Policy, SettingsError> {
    let mut table = Table::new();
    for (name, member) in members {
        table.insert(name.clone(), member.plain()?);
    }
    check_references(item, &table)?;
    check_paths(item, &table, fields)?;
    for field in fields {
        add_direction(item, &mut table, field)?;
    }
    table.entry("zone").or_insert_with(|| zone.name().into());
    Policy::from_table(&table)
        .and_then(|policy| policy.with_key(key))
        .map_err(|error| item.error_below(&error.member, error.message))
}

/// In a school the type of a field says what it refers to, and each side is asked whether the record is there (MS K6).
fn check_references(item: &Item<'_>, table: &Table) -> Result<(), SettingsError> {
    if table.contains_key("reference") {
        let message = "is for files; in a school the field itself says it: kind = \"reference(TYPE)\"";
        return Err(item.error_below("reference", message.to_owned()));
    }
    Ok(())
}

/// Every path of the policy must begin with a declared field (or `*`): a mistyped name would silently rule nothing.
fn check_paths(item: &Item<'_>, table: &Table, fields: &[FieldSettings]) -> Result<(), SettingsError> {
    let known = |path: &str| {
        let root = root_of(path);
        root == "*" || fields.iter().any(|field| field.name == root)
    };
    match paths_of(table).into_iter().find(|(_, path)| !known(path)) {
        None => Ok(()),
        Some((member, path)) => {
            let message = format!("\"{path}\" is not among the fields");
            Err(item.error_below(&member, message))
        }
    }
}

/// The paths that a policy names, each with the member that names it. Members of another shape are left to the policy's
/// own reader.
fn paths_of(table: &Table) -> Vec<(String, String)> {
    let mut paths = texts_of("ignore", table.get("ignore"));
    match table.get("changed_at") {
        Some(Value::String(path)) => paths.push(("changed_at".to_owned(), path.clone())),
        Some(Value::Table(of_side)) => paths.extend(
            of_side
                .iter()
                .filter_map(|(side, path)| Some((format!("changed_at.{side}"), path.as_str()?.to_owned()))),
        ),
        _ => {}
    }
    for (index, set) in list_of(table.get("unique")).enumerate() {
        paths.extend(texts_of(&format!("unique[{}]", index + 1), Some(set)));
    }
    for (index, rule) in list_of(table.get("field")).enumerate() {
        if let Some(path) = rule.get("path").and_then(Value::as_str) {
            paths.push((format!("field[{}].path", index + 1), path.to_owned()));
        }
    }
    for (index, group) in list_of(table.get("group")).enumerate() {
        paths.extend(texts_of(&format!("group[{}].paths", index + 1), group.get("paths")));
    }
    paths
}

fn list_of(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn texts_of(member: &str, value: Option<&Value>) -> Vec<(String, String)> {
    list_of(value)
        .enumerate()
        .filter_map(|(index, text)| Some((format!("{member}[{}]", index + 1), text.as_str()?.to_owned())))
        .collect()
}

/// The name a path begins with (MS section 1: bare, or quoted as `["name"]`).
fn root_of(path: &str) -> String {
    if let Some(quoted) = path.strip_prefix("[\"") {
        let name = quoted.split("\"]").next().unwrap_or(quoted);
        return name.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    path.split(['.', '[']).next().unwrap_or(path).to_owned()
}

fn add_direction(item: &Item<'_>, table: &mut Table, field: &FieldSettings) -> Result<(), SettingsError> {
    let mode = match field.direction {
        Direction::Both => return Ok(()),
        Direction::In => "always_theirs",
        Direction::Out => "always_ours",
    };
    let rules = table.entry("field").or_insert_with(|| Value::Array(Vec::new()));
    let Some(rules) = rules.as_array_mut() else { return Ok(()) };
    let path = FieldPath::field(field.name.as_str()).to_string();
    let own = rules.iter().position(|rule| {
        rule.get("path").and_then(Value::as_str) == Some(path.as_str()) && rule.get("mode").is_some()
    });
    if let Some(index) = own {
        let message = format!("the direction of `{}` already says which side wins", field.name);
        return Err(item.error_below(&format!("field[{}].mode", index + 1), message));
    }
    let mut rule = Table::new();
    rule.insert("path".to_owned(), path.into());
    rule.insert("mode".to_owned(), mode.into());
    rule.insert("locked".to_owned(), true.into());
    rules.push(Value::Table(rule));
    Ok(())
}
