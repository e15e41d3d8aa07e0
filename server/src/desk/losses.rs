//! What a delete would take away (UX 7.4.2): changes nobody has taken over, and records that point at the record.

use app::api::Losses;
use merge::{RecordKey, Side, Value, json};
use pipeline::settings::{Settings, TypeSettings};
use store::Conn;
use store::conflict::Conflict;
use store::school::School;

use super::conflict::Bodies;
use super::error::{DeskError, Result};

/// Pointing records that are counted one by one; more are said as so many.
const POINTING: u32 = 1_000;

/// The losses of a conflict in which one side has deleted the record; none for other conflicts.
pub(super) async fn of(
    conn: &mut Conn,
    school: &School,
    settings: &Settings,
    found: &Conflict,
) -> Result<Option<Losses>> {
    let keeps = match (found.present_ours, found.present_theirs) {
        (true, false) => Side::Ours,
        (false, true) => Side::Theirs,
        _ => return Ok(None),
    };
    let Some(candidate) = store::candidate::get_many(conn, &[found.link]).await?.into_iter().next() else {
        return Ok(None);
    };
    let bodies = Bodies::of(&candidate)?;
    let kept = if keeps == Side::Ours { &bodies.ours } else { &bodies.theirs };
    let changed = |name: &str| {
        let of =
            |body: &Option<merge::Object>| body.as_ref().and_then(|body| body.get(name)).map(Value::to_json);
        !app::values::same(of(kept).as_deref(), of(&bodies.base).as_deref())
    };
    let fields = settings.merge_type(&found.type_name).map(|one| one.fields.as_slice()).unwrap_or_default();
    let changes = fields.iter().filter(|field| changed(&field.name)).count();
    let key = RecordKey::parse_canonical(&found.key)
        .map_err(|error| DeskError::Inconsistent(format!("key {}: {error}", found.key)))?;
    let mut pointing = Vec::new();
    for one in &settings.types {
        let count = count_pointing(conn, school, one, keeps, &found.type_name, &key).await?;
        if count > 0 {
            pointing.push((one.label.clone(), count));
        }
    }
    Ok(Some(Losses { changes, pointing }))
}

/// Records of a type that point at the record, on the side that still has it.
async fn count_pointing(
    conn: &mut Conn,
    school: &School,
    one: &TypeSettings,
    side: Side,
    target: &str,
    key: &RecordKey,
) -> Result<i64> {
    let fields: Vec<&str> = one
        .fields
        .iter()
        .filter(|field| field.kind.target() == Some(target))
        .map(|field| field.name.as_str())
        .collect();
    if fields.is_empty() {
        return Ok(0);
    }
    let reference = reference(key);
    let holding =
        store::staged::bodies_holding(conn, school.id, &one.name, side, &reference, POINTING).await?;
    let points = |body: &String| {
        let Ok(body) = json::parse_object(body.as_bytes()) else { return false };
        fields.iter().any(|field| body.get(field).is_some_and(|value| holds(value, &reference)))
    };
    Ok(i64::try_from(holding.iter().filter(|body| points(body)).count()).unwrap_or(0))
}

/// A reference as records hold it: the key's one part, or the list of its parts.
fn reference(key: &RecordKey) -> String {
    let canonical = key.canonical();
    match key.parts() {
        [_] => canonical.trim_start_matches('[').trim_end_matches(']').to_owned(),
        _ => canonical,
    }
}

fn holds(value: &Value, reference: &str) -> bool {
    value.to_canonical() == reference
        || matches!(value, Value::List(items) if items.iter().any(|item| item.to_canonical() == reference))
}
