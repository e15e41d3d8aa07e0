//! What the settings of a connector and those of the types have in common.

use merge::Side;
use toml::{Table, Value};

use super::error::SettingsError;
use super::field::ReferenceForm;
use super::pair::Pair;
use super::reader::Reader;
use super::record_type::TypeSettings;
use super::system::SystemSettings;

/// A connector that says how types are read must say it for every type that runs, and for no other.
pub(super) fn check(
    root: &Reader<'_>,
    systems: &Pair<SystemSettings>,
    types: &[TypeSettings],
) -> Result<(), SettingsError> {
    for (side, system) in systems.iter() {
        let Some(configured) = system.connector_types() else { continue };
        let place = |name: &str| format!("systems.{side}.types.{name}");
        if let Some(unknown) = configured.iter().find(|name| types.iter().all(|one| one.name != **name)) {
            return Err(root.error_below(&place(unknown), format!("there is no [type.{unknown}]")));
        }
        let lacking = types.iter().find(|one| one.enabled && !configured.contains(&one.name.as_str()));
        if let Some(lacking) = lacking {
            let message = format!("is missing, but the type {} is merged", lacking.name);
            return Err(root.error_below(&place(&lacking.name), message));
        }
    }
    Ok(())
}

/// Tells each connector which members refer to records by its ids, unless its own settings say so already: it turns the
/// ids of its system into the JSON type they have there (CN C4). The fields of a type are the one home of this fact.
pub(super) fn declare_references(systems: &mut Pair<SystemSettings>, types: &[TypeSettings]) {
    for side in [Side::Ours, Side::Theirs] {
        let Some(Value::Table(configured)) = systems[side].connector.get_mut("types") else { continue };
        for one in types {
            let references = references_of(one, side, configured);
            if let Some(Value::Table(config)) = configured.get_mut(&one.name) {
                add_fields(config, references);
            }
        }
    }
}

/// The members of a type that refer by id to types the connector knows, with their kinds.
fn references_of(one: &TypeSettings, side: Side, configured: &Table) -> Vec<(String, String)> {
    let known = |target: &str| configured.contains_key(target);
    one.fields
        .iter()
        .filter(|field| field.references[side] == ReferenceForm::Id)
        .filter(|field| field.kind.target().is_some_and(known))
        .map(|field| (field.members[side].clone(), field.kind.to_string()))
        .collect()
}

fn add_fields(config: &mut Table, references: Vec<(String, String)>) {
    if references.is_empty() {
        return;
    }
    let fields = config.entry("fields").or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(fields) = fields {
        for (member, kind) in references {
            fields.entry(member).or_insert(Value::String(kind));
        }
    }
}
