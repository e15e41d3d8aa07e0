//! What differs between two settings documents, setting by setting.

use std::collections::{HashMap, HashSet};

use app::api::SettingChange;
use toml_edit::{TomlError, Value};

use super::document::{Document, Place};

/// The settings that differ, in the order of the newer document, those that are gone last.
pub(super) fn changes(before: &str, after: &str) -> Result<Vec<SettingChange>, TomlError> {
    let old = Document::parse(before)?.settings();
    let new = Document::parse(after)?.settings();
    let was: HashMap<&Place, &String> = old.iter().map(|(place, value)| (place, value)).collect();
    let stays: HashSet<&Place> = new.iter().map(|(place, _)| place).collect();
    let changed = new.iter().filter_map(|(place, value)| {
        let before = was.get(place).map(|value| (*value).clone());
        (before.as_ref() != Some(value)).then(|| SettingChange {
            place: place.clone(),
            before,
            after: Some(value.clone()),
        })
    });
    let gone = old.iter().filter(|(place, _)| !stays.contains(place)).map(|(place, value)| SettingChange {
        place: place.clone(),
        before: Some(value.clone()),
        after: None,
    });
    Ok(changed.chain(gone).collect())
}

/// Another document with these changes made to it.
pub(super) fn replay(document: &str, changes: &[SettingChange]) -> Result<String, TomlError> {
    let mut document = Document::parse(document)?;
    for change in changes {
        let place: Vec<&str> = change.place.iter().map(String::as_str).collect();
        match &change.after {
            Some(text) => document.set(&place, text.parse::<Value>()?),
            None => document.remove(&place),
        }
    }
    Ok(document.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "[limits]\nchanges_theirs = 100\n[type.room]\nmode = \"manual\"\n[[type.room.field]]\npath = \"a\"\nmode = \"manual\"\n";

    #[test]
    fn changes_are_found_by_place_and_can_be_made_elsewhere() {
        let new = OLD
            .replace("= 100", "= { count = 5, percent = 2 }")
            .replace("path = \"a\"", "path = \"b\"")
            .replace("[type.room]\nmode = \"manual\"", "[type.room]\nmode = \"always_ours\"");
        let found = changes(OLD, &new).expect("TOML");
        let told: Vec<String> = found
            .iter()
            .map(|one| {
                format!("{}: {:?} {:?}", one.place.join("."), one.before.as_deref(), one.after.as_deref())
            })
            .collect();
        assert_eq!(
            told,
            [
                "limits.changes_theirs: Some(\"100\") Some(\"{ count = 5, percent = 2 }\")",
                "type.room.mode: Some(\"\\\"manual\\\"\") Some(\"\\\"always_ours\\\"\")",
                "type.room.field.b.mode: None Some(\"\\\"manual\\\"\")",
                "type.room.field.a.mode: Some(\"\\\"manual\\\"\") None"
            ]
        );
        let elsewhere = format!("# mine\n{OLD}");
        let replayed = replay(&elsewhere, &found).expect("TOML");
        assert!(replayed.starts_with("# mine"), "{replayed}");
        assert_eq!(changes(&new, &replayed).expect("TOML"), []);
        assert_eq!(changes(OLD, OLD).expect("TOML"), []);
    }
}
