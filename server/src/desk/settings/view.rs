//! Settings as pages show them.

use std::collections::HashMap;

use app::api::{FieldEdit, FieldRuleView, TypeView};
use merge::{BlankRule, Compare, FieldPath, FieldRule, Level, Mode, Pattern, Policy, RecordKey, Side};
use pipeline::settings::{Direction, FieldSettings, Settings, TypeSettings};

/// Open conflicts by type and field.
pub(super) type OpenConflicts = HashMap<(String, String), i64>;

/// Every type with its fields.
pub(super) fn types(settings: &Settings, open: &OpenConflicts) -> Vec<TypeView> {
    settings.types.iter().map(|one| merge_type(settings, one, open)).collect()
}

fn merge_type(settings: &Settings, one: &TypeSettings, open: &OpenConflicts) -> TypeView {
    let fields: Vec<FieldRuleView> = one.fields.iter().map(|field| rule(one, field, open)).collect();
    let policy = &one.policy;
    let blank = |rule: Option<BlankRule>| rule.unwrap_or(BlankRule::Propagate).to_string();
    let needed_by = settings.descendants_of(&one.name).into_iter().map(|below| below.name.clone());
    TypeView {
        name: one.name.clone(),
        label: one.label.clone(),
        enabled: one.enabled,
        needs: one.depends_on.clone(),
        needed_by: needed_by.collect(),
        mode: policy.mode.unwrap_or(Mode::Manual).to_string(),
        own_mode: policy.mode.is_some(),
        blank: (blank(policy.blank.ours_to_theirs), blank(policy.blank.theirs_to_ours)),
        compare: compare_text(policy, policy.compare),
        unique: policy.unique.iter().map(|set| set.iter().map(ToString::to_string).collect()).collect(),
        exceptions: i64::try_from(fields.iter().filter(|field| field.is_exception()).count()).unwrap_or(0),
        fields,
    }
}

fn rule(one: &TypeSettings, field: &FieldSettings, open: &OpenConflicts) -> FieldRuleView {
    let path = FieldPath::field(field.name.as_str());
    // No record has an empty key, so this asks for what holds in all of them.
    let (mode, level) = one.policy.mode_at(&RecordKey::from(""), &path);
    let group =
        one.policy.groups().iter().find(|group| group.paths.iter().any(|inside| top(inside) == field.name));
    let own = own(one, &field.name);
    let inside = one.policy.fields().iter().map(|rule| rule.path.to_string());
    let below = |path: &String| {
        path.len() > field.name.len()
            && path.starts_with(&field.name)
            && path[field.name.len()..].starts_with(['.', '['])
    };
    let mode = match group {
        Some(group) if level != Level::Field => group.mode.unwrap_or(mode),
        _ => mode,
    };
    FieldRuleView {
        name: field.name.clone(),
        kind: field.kind.to_string(),
        key: one.key.contains(&field.name),
        one_way: match field.direction {
            Direction::Both => None,
            Direction::In => Some("in".to_owned()),
            Direction::Out => Some("out".to_owned()),
        },
        group: group.map(|group| group.name.clone()),
        apart: one.policy.ignores(&path),
        mode: mode.to_string(),
        own,
        inside: inside.filter(below).collect(),
        open_conflicts: open.get(&(one.name.clone(), field.name.clone())).copied().unwrap_or(0),
    }
}

fn top(path: &FieldPath) -> &str {
    path.top().unwrap_or_default()
}

/// What is set for the field itself, as a form takes it.
pub(super) fn own(one: &TypeSettings, field: &str) -> FieldEdit {
    let path = FieldPath::field(field);
    let pattern = Pattern::from(&path);
    let rules: Vec<&FieldRule> = one.policy.fields().iter().filter(|rule| rule.path == pattern).collect();
    let one_way = one.field(field).is_some_and(|field| field.direction != Direction::Both);
    let mode = rules.iter().find_map(|rule| rule.mode).filter(|_| !one_way);
    let blank = |side: Side| {
        rules.iter().find_map(|rule| match side {
            Side::Ours => rule.blank.ours_to_theirs,
            Side::Theirs => rule.blank.theirs_to_ours,
        })
    };
    let blank = match (blank(Side::Ours), blank(Side::Theirs)) {
        (None, None) => String::new(),
        (to_theirs, to_ours) => {
            let word = |rule: Option<BlankRule>| rule.map_or_else(|| "-".to_owned(), |rule| rule.to_string());
            format!("{},{}", word(to_theirs), word(to_ours))
        }
    };
    let apart = one.policy.ignore.contains(&pattern);
    let compare = rules.iter().find_map(|rule| rule.compare);
    FieldEdit {
        name: field.to_owned(),
        mode: if apart { "apart".to_owned() } else { mode.map(|mode| mode.to_string()).unwrap_or_default() },
        blank,
        compare: compare.map(|compare| compare_text(&one.policy, compare)).unwrap_or_default(),
        ticked: false,
    }
}

/// A way to compare as a form takes it.
fn compare_text(policy: &Policy, compare: Compare) -> String {
    let names = policy.names_of(compare);
    if names.is_empty() { "text".to_owned() } else { names.join(",") }
}
