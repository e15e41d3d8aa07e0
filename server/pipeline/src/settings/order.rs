//! Parents before children: the order in which types are merged and created.

use super::error::SettingsError;
use super::reader::Item;
use super::record_type::TypeSettings;

/// Puts every type after those it depends on; types that are free to go come in declared order.
///
/// `item` is the table `[type]`, for the line of an error.
pub(super) fn in_dependency_order(
    mut types: Vec<TypeSettings>,
    item: &Item<'_>,
) -> Result<Vec<TypeSettings>, SettingsError> {
    let mut ordered: Vec<TypeSettings> = Vec::with_capacity(types.len());
    while !types.is_empty() {
        let placed = |name: &String| ordered.iter().any(|done| done.name == *name);
        let Some(next) = types.iter().position(|one| one.depends_on.iter().all(placed)) else {
            let path = cycle(&types);
            let member = format!("{}.depends_on", path[0]);
            return Err(item.error_below(&member, format!("is a circle: {}", path.join(" needs "))));
        };
        ordered.push(types.remove(next));
    }
    Ok(ordered)
}

/// A circle among types of which each needs another one of them; its first type closes it.
fn cycle(types: &[TypeSettings]) -> Vec<String> {
    let mut path: Vec<String> = vec![types[0].name.clone()];
    loop {
        let last = &path[path.len() - 1];
        let parent = types.iter().find(|one| one.name == *last).and_then(|one| {
            one.depends_on.iter().find(|parent| types.iter().any(|other| other.name == **parent))
        });
        let Some(parent) = parent else { return path };
        if let Some(start) = path.iter().position(|name| name == parent) {
            let mut circle = path.split_off(start);
            circle.push(parent.clone());
            return circle;
        }
        path.push(parent.clone());
    }
}

/// A part of a key is one value, so a key field can only refer to types whose own key is one field.
pub(super) fn check_key_references(types: &[TypeSettings], item: &Item<'_>) -> Result<(), SettingsError> {
    for one in types {
        for name in &one.key {
            let target = one.field(name).and_then(|field| field.kind.target());
            let target = target.and_then(|target| types.iter().find(|other| other.name == target));
            if let Some(target) = target
                && target.key.len() != 1
            {
                let message = format!(
                    "`{name}` cannot be a key field: it refers to {}, whose key has {} fields",
                    target.name,
                    target.key.len()
                );
                return Err(item.error_below(&format!("{}.key", one.name), message));
            }
        }
    }
    Ok(())
}
