//! Forms of settings, taken into a document.

use app::api::{FieldEdit, FieldsEdit, SettingsEdit, TypesEdit};
use pipeline::settings::{Settings, TypeSettings};
use toml_edit::{Array, Value};

use super::document::{Document, path_of, spelled};
use super::{limits, schedule, view};

/// Why a form cannot be used; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The setting, as a dotted path of the document.
    pub(super) place: String,
    /// What is wrong with it, and what would do.
    pub(super) message: String,
}

pub(super) fn refuse(place: &[&str], message: &str) -> Refusal {
    Refusal { place: place.join("."), message: message.to_owned() }
}

/// Takes a form into the document. `settings` is what the document says before.
pub(super) fn apply(
    document: &mut Document,
    settings: &Settings,
    edit: &SettingsEdit,
) -> Result<(), Refusal> {
    match edit {
        SettingsEdit::Types(edit) => types(document, settings, edit),
        SettingsEdit::Fields(edit) => fields(document, settings, edit),
        SettingsEdit::Schedule(edit) => schedule::apply(document, edit),
        SettingsEdit::Limits(edit) => limits::apply(document, settings, edit),
    }
}

fn types(document: &mut Document, settings: &Settings, edit: &TypesEdit) -> Result<(), Refusal> {
    let mut on = edit.on.clone();
    for one in settings.types.iter().filter(|one| one.enabled && !edit.on.contains(&one.name)) {
        let left: Vec<&TypeSettings> =
            settings.descendants_of(&one.name).into_iter().filter(|below| on.contains(&below.name)).collect();
        if edit.with_others {
            on.retain(|name| !left.iter().any(|below| below.name == *name));
        } else if !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|below| below.label.as_str()).collect();
            let message = format!(
                "{} cannot be off while what needs it is on: {}. Turn those off too, or leave it on",
                one.label,
                names.join(", ")
            );
            return Err(refuse(&["type", &one.name, "enabled"], &message));
        }
    }
    for one in &settings.types {
        let wanted = on.contains(&one.name);
        if wanted && !one.enabled {
            let missing = one.depends_on.iter().find(|parent| !on.contains(parent));
            if let Some(parent) = missing.and_then(|parent| settings.merge_type(parent)) {
                let message = format!("{} needs {}, which is off. Turn that on too", one.label, parent.label);
                return Err(refuse(&["type", &one.name, "enabled"], &message));
            }
        }
        if wanted != one.enabled {
            document.set(&["type", &one.name, "enabled"], wanted);
        }
    }
    Ok(())
}

fn fields(document: &mut Document, settings: &Settings, edit: &FieldsEdit) -> Result<(), Refusal> {
    let merge_type = settings
        .merge_type(&edit.merge_type)
        .ok_or_else(|| refuse(&["type", &edit.merge_type], "there is no such type"))?;
    let name = merge_type.name.as_str();
    put(document, &["type", name, "mode"], (!edit.mode.is_empty()).then(|| edit.mode.as_str().into()));
    for row in &edit.rows {
        let field = merge_type
            .field(&row.name)
            .ok_or_else(|| refuse(&["type", name, "fields", &row.name], "there is no such field"))?;
        let now = view::own(merge_type, &field.name);
        let ticked = row.ticked && !edit.ticked_mode.is_empty();
        let mode = match (ticked, edit.ticked_mode.as_str()) {
            (true, "same") => "",
            (true, mode) => mode,
            (false, _) => row.mode.as_str(),
        };
        if mode != now.mode {
            set_mode(document, merge_type, &row.name, mode)?;
        }
        set_rest(document, name, &now, row);
    }
    Ok(())
}

fn set_mode(
    document: &mut Document,
    merge_type: &TypeSettings,
    field: &str,
    mode: &str,
) -> Result<(), Refusal> {
    let (name, path) = (merge_type.name.as_str(), path_of(field));
    let apart = mode == "apart";
    if apart && merge_type.key.iter().any(|key| key == field) {
        let message = format!("{field} is part of the key, which is the same on both sides");
        return Err(refuse(&["type", name, "field", field, "mode"], &message));
    }
    set_apart(document, name, &path, apart);
    let mode = Some(mode).filter(|mode| !mode.is_empty() && !apart);
    put(document, &["type", name, "field", &path, "mode"], mode.map(Value::from));
    Ok(())
}

/// Puts a path on the list of those that are left alone, or takes it off (MS P9).
fn set_apart(document: &mut Document, name: &str, path: &str, apart: bool) {
    let place = ["type", name, "ignore"];
    let mut list = document.get(&place).and_then(Value::as_array).cloned().unwrap_or_else(Array::new);
    let is = |value: &Value| value.as_str().is_some_and(|text| spelled(text) == path);
    let there = list.iter().position(is);
    match (there, apart) {
        (None, true) => list.push(path),
        (Some(at), false) => {
            list.remove(at);
        }
        _ => return,
    }
    put(document, &place, (!list.is_empty()).then_some(Value::Array(list)));
}

/// What blanks do, and how text compares.
fn set_rest(document: &mut Document, name: &str, now: &FieldEdit, row: &FieldEdit) {
    let path = path_of(&row.name);
    if row.blank != now.blank {
        let (to_theirs, to_ours) = row.blank.split_once(',').unwrap_or_default();
        for (member, rule) in [("ours_to_theirs", to_theirs), ("theirs_to_ours", to_ours)] {
            let rule = Some(rule).filter(|rule| !rule.is_empty() && *rule != "-");
            put(document, &["type", name, "field", &path, "blank", member], rule.map(Value::from));
        }
    }
    if row.compare != now.compare {
        let names = row.compare.split(',').filter(|name| !name.is_empty() && *name != "text");
        let list = (!row.compare.is_empty()).then(|| Value::Array(names.collect()));
        put(document, &["type", name, "field", &path, "compare"], list);
    }
}

fn put(document: &mut Document, place: &[&str], value: Option<Value>) {
    let there = document.get(place).map(|value| value.clone().decorated("", "").to_string());
    match value {
        Some(value) if there.as_ref() != Some(&value.clone().decorated("", "").to_string()) => {
            document.set(place, value);
        }
        None if there.is_some() => document.remove(place),
        _ => {}
    }
}
