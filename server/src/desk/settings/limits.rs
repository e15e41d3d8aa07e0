//! Limits and the hold of decisions as a form, and back into the document (UX 7.5.5).

use app::api::{LimitRow, LimitsEdit};
use pipeline::settings::{ChangeLimit, Hold, Settings};
use toml_edit::{InlineTable, Value};

use super::document::Document;
use super::edit::{Refusal, refuse};

/// What `protect` of a type says of the same things (MS G3, G4): it goes when the form says them.
const TWINS: [(&str, &[&str]); 2] =
    [("changes_theirs", &["changes"]), ("deletes_hold", &["delete_count", "delete_percent"])];

/// The form as it stands.
pub(super) fn form(document: &Document, settings: &Settings) -> LimitsEdit {
    let own = settings.types.iter().map(|one| of_type(document, &one.name));
    let (hold_seconds, hold_until_merge) = match settings.desk.hold {
        Hold::For(time) => (time.as_secs().to_string(), false),
        Hold::NextMerge => (String::new(), true),
    };
    LimitsEdit {
        hold_seconds,
        hold_until_merge,
        whole_run: settings.limits.whole_run,
        rows: std::iter::once(of_all(settings)).chain(own).collect(),
    }
}

/// What holds for all types, defaults included.
fn of_all(settings: &Settings) -> LimitRow {
    let limits = &settings.limits;
    let text = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let count = |limit: ChangeLimit| match (limit.count, limit.percent) {
        (None, None) => "none".to_owned(),
        (count, _) => text(count),
    };
    let guards = &limits.guards;
    LimitRow {
        merge_type: String::new(),
        ours_count: count(limits.changes.ours),
        ours_percent: text(limits.changes.ours.percent),
        theirs_count: count(limits.changes.theirs),
        theirs_percent: text(limits.changes.theirs.percent),
        deletes_count: guards.deletes_hold.count.to_string(),
        deletes_percent: guards.deletes_hold.percent.to_string(),
        deletes_most: guards.deletes_most.to_string(),
        blanked_count: guards.blanked.count.to_string(),
        blanked_percent: guards.blanked.percent.to_string(),
    }
}

/// What a type sets for itself.
fn of_type(document: &Document, name: &str) -> LimitRow {
    let own = |member: &str| document.get(&["type", name, "limits", member]);
    let protect =
        |member: &str| document.get(&["type", name, "protect", member]).map(text).unwrap_or_default();
    let pair = |member: &str| match own(member) {
        None => (String::new(), String::new()),
        Some(Value::InlineTable(table)) => {
            let part = |name: &str| table.get(name).map(text).unwrap_or_default();
            (part("count"), part("percent"))
        }
        Some(value) => (text(value), String::new()),
    };
    let or = |own: String, other: String| if own.is_empty() { other } else { own };
    let (ours_count, ours_percent) = pair("changes_ours");
    let (theirs_count, theirs_percent) = pair("changes_theirs");
    let (deletes_count, deletes_percent) = pair("deletes_hold");
    let (blanked_count, blanked_percent) = pair("blanked");
    LimitRow {
        merge_type: name.to_owned(),
        ours_count,
        ours_percent,
        theirs_count: or(theirs_count, protect("changes")),
        theirs_percent,
        deletes_count: or(deletes_count, protect("delete_count")),
        deletes_percent: or(deletes_percent, protect("delete_percent")),
        deletes_most: own("deletes_most").map(text).unwrap_or_default(),
        blanked_count,
        blanked_percent,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        other => other.clone().decorated("", "").to_string(),
    }
}

/// Takes the form into the document; what it does not change is not touched.
pub(super) fn apply(document: &mut Document, settings: &Settings, edit: &LimitsEdit) -> Result<(), Refusal> {
    let now = form(document, settings);
    hold(document, &now, edit)?;
    if edit.whole_run != now.whole_run {
        document.set(&["limits", "whole_run"], edit.whole_run);
    }
    for row in &edit.rows {
        let there = now.rows.iter().find(|there| there.merge_type == row.merge_type);
        let there = there.ok_or_else(|| refuse(&["type", &row.merge_type], "there is no such type"))?;
        apply_row(document, there, row)?;
    }
    Ok(())
}

fn hold(document: &mut Document, now: &LimitsEdit, edit: &LimitsEdit) -> Result<(), Refusal> {
    let (time, at_merge) = (["desk", "hold_seconds"], ["desk", "hold"]);
    if edit.hold_until_merge {
        if !now.hold_until_merge {
            document.remove(&time);
            document.set(&at_merge, "next-merge");
        }
        return Ok(());
    }
    if now.hold_until_merge || edit.hold_seconds.trim() != now.hold_seconds {
        document.remove(&at_merge);
        match number(&time, &edit.hold_seconds)? {
            Some(seconds) => document.set(&time, seconds),
            None => document.remove(&time),
        }
    }
    Ok(())
}

fn apply_row(document: &mut Document, now: &LimitRow, row: &LimitRow) -> Result<(), Refusal> {
    let changes = [
        ("changes_ours", (&now.ours_count, &now.ours_percent), (&row.ours_count, &row.ours_percent)),
        (
            "changes_theirs",
            (&now.theirs_count, &now.theirs_percent),
            (&row.theirs_count, &row.theirs_percent),
        ),
    ];
    for (member, now, new) in changes {
        if now.0 != new.0.trim() || now.1 != new.1.trim() {
            let value = |place: &[&str]| change_limit(place, new.0, new.1);
            put(document, &row.merge_type, member, value)?;
        }
    }
    let thresholds = [
        (
            "deletes_hold",
            (&now.deletes_count, &now.deletes_percent),
            (&row.deletes_count, &row.deletes_percent),
        ),
        ("blanked", (&now.blanked_count, &now.blanked_percent), (&row.blanked_count, &row.blanked_percent)),
    ];
    for (member, now, new) in thresholds {
        if now.0 != new.0.trim() || now.1 != new.1.trim() {
            put(document, &row.merge_type, member, |place| both(place, new.0, new.1))?;
        }
    }
    if now.deletes_most != row.deletes_most.trim() {
        let value = |place: &[&str]| Ok(number(place, &row.deletes_most)?.map(Value::from));
        put(document, &row.merge_type, "deletes_most", value)?;
    }
    Ok(())
}

/// Sets or removes one member of the limits of the school or a type.
fn put(
    document: &mut Document,
    merge_type: &str,
    member: &str,
    value: impl Fn(&[&str]) -> Result<Option<Value>, Refusal>,
) -> Result<(), Refusal> {
    let place: Vec<&str> = if merge_type.is_empty() {
        vec!["limits", member]
    } else {
        vec!["type", merge_type, "limits", member]
    };
    let value = value(&place)?;
    if let Some((_, twins)) = TWINS.iter().find(|(name, _)| *name == member && !merge_type.is_empty()) {
        for twin in *twins {
            document.remove(&["type", merge_type, "protect", twin]);
        }
    }
    match value {
        Some(value) => document.set(&place, value),
        None => document.remove(&place),
    }
    Ok(())
}

/// A limit of changes: a count, a share, both, or `none`.
fn change_limit(place: &[&str], count: &str, percent: &str) -> Result<Option<Value>, Refusal> {
    match (count.trim(), percent.trim()) {
        ("none", "") => Ok(Some("none".into())),
        ("none", _) => both(place, "", percent),
        (_, "") => Ok(number(place, count)?.map(Value::from)),
        _ => both(place, count, percent),
    }
}

fn both(place: &[&str], count: &str, percent: &str) -> Result<Option<Value>, Refusal> {
    let mut table = InlineTable::new();
    for (name, text) in [("count", count), ("percent", percent)] {
        if let Some(number) = number(place, text)? {
            table.insert(name, number.into());
        }
    }
    Ok((!table.is_empty()).then_some(Value::InlineTable(table)))
}

fn number(place: &[&str], text: &str) -> Result<Option<i64>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<u32>().map_err(|_| refuse(place, &format!("\"{text}\" is no whole number")))?;
    Ok(Some(i64::from(number)))
}
