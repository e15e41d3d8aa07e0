//! What the SIS accepts: shapes, required fields, references, unique values.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    answer::Refusal,
    normalise::stored,
    options::Switches,
    schema::{EXTERNAL_REF, Field, KINDS, Kind, KindNumber, Shape, find, referrers},
    table::{Fields, Row},
    world::World,
};

/// Puts the members of a body over the fields a record has. `by_api` keeps computed fields closed.
pub(super) fn overlay(
    kind: KindNumber,
    fields: &mut Map<String, Value>,
    given: &Map<String, Value>,
    (switches, by_api): (&Switches, bool),
) -> Result<(), Refusal> {
    for (name, value) in given {
        let closed = || Refusal::new(422, "read_only", format!("{name} cannot be written")).on(name.clone());
        let unknown = || {
            let message = format!("a {} has no field {name}", KINDS[kind].name);
            Refusal::new(422, "unknown_field", message).on(name.clone())
        };
        if matches!(name.as_str(), "id" | "etag" | "updated_at" | "removed") {
            return Err(closed());
        }
        let field = KINDS[kind].field(name).ok_or_else(unknown)?;
        if name == EXTERNAL_REF && !switches.correlation {
            return Err(unknown());
        }
        if field.read_only && by_api {
            return Err(closed());
        }
        fields.insert(name.clone(), stored(field, value, &switches.normalise));
    }
    Ok(())
}

/// Every field of a kind, empty.
pub(super) fn blank(kind: KindNumber, switches: &Switches) -> Map<String, Value> {
    let known = |field: &&Field| switches.correlation || field.name != EXTERNAL_REF;
    KINDS[kind].fields.iter().filter(known).map(|field| (field.name.to_owned(), Value::Null)).collect()
}

/// Whether the SIS would hold a record with these fields; `own` is the record that is being changed.
pub(super) fn accept(
    world: &World,
    switches: &Switches,
    kind: KindNumber,
    fields: &Fields,
    own: Option<&Row>,
) -> Result<(), Refusal> {
    for field in KINDS[kind].fields {
        let value = fields.get(field.name).unwrap_or(&Value::Null);
        shape(field, value)?;
        if switches.foreign_keys {
            references(world, field, value)?;
        }
    }
    if switches.unique {
        unique(world, kind, fields, own)?;
    }
    Ok(())
}

fn shape(field: &Field, value: &Value) -> Result<(), Refusal> {
    let wrong =
        |message: &str| Refusal::new(422, "invalid", format!("{} {message}", field.name)).on(field.name);
    if value.is_null() {
        return if field.required { Err(wrong("is required")) } else { Ok(()) };
    }
    let texts = |items: &Vec<Value>| items.iter().all(Value::is_string);
    match (field.shape, value) {
        (Shape::Text(longest), Value::String(text)) => match text.chars().count() {
            0 if field.required => Err(wrong("is required")),
            count if count > longest => Err(wrong(&format!("is longer than {longest} characters"))),
            _ => Ok(()),
        },
        (Shape::Text(_), _) => Err(wrong("must be text")),
        (Shape::Integer, Value::Number(number)) if number.as_i64().is_some_and(|number| number >= 0) => {
            Ok(())
        }
        (Shape::Integer, _) => Err(wrong("must be a whole number, not below 0")),
        (Shape::Decimal, Value::Number(_)) | (Shape::Boolean, Value::Bool(_)) => Ok(()),
        (Shape::Decimal, _) => Err(wrong("must be a number")),
        (Shape::Boolean, _) => Err(wrong("must be true or false")),
        (Shape::Date, Value::String(text)) if text.parse::<NaiveDate>().is_ok() => Ok(()),
        (Shape::Date, _) => Err(wrong("must be a date such as 2026-08-24")),
        (Shape::Reference(_), Value::String(_)) => Ok(()),
        (Shape::Reference(_), _) => Err(wrong("must be an id")),
        (Shape::References(_) | Shape::Texts, Value::Array(items)) if texts(items) => Ok(()),
        (Shape::References(_) | Shape::Texts, _) => Err(wrong("must be a list of texts")),
        (Shape::Objects, Value::Array(items)) if items.iter().all(Value::is_object) => Ok(()),
        (Shape::Objects, _) => Err(wrong("must be a list of objects")),
    }
}

fn references(world: &World, field: &Field, value: &Value) -> Result<(), Refusal> {
    let (target, ids): (_, Vec<&Value>) = match (field.shape, value) {
        (Shape::Reference(target), Value::String(_)) => (target, vec![value]),
        (Shape::References(target), Value::Array(items)) => (target, items.iter().collect()),
        _ => return Ok(()),
    };
    let table = find(target).map(|number| &world.tables[number]);
    for id in ids.into_iter().filter_map(Value::as_str) {
        if table.is_none_or(|table| table.get_live(id).is_none()) {
            let message = format!("{}: there is no {target} {id}", field.name);
            return Err(Refusal::new(422, "foreign_key", message).on(field.name));
        }
    }
    Ok(())
}

fn unique(world: &World, kind: KindNumber, fields: &Fields, own: Option<&Row>) -> Result<(), Refusal> {
    let Some((rule, holder)) = world.tables[kind].taken(&KINDS[kind], fields, own.map(|row| row.ordinal))
    else {
        return Ok(());
    };
    let names = KINDS[kind].unique[rule];
    let field = names.last().copied().unwrap_or_default();
    let message = format!("{} is taken by {}", names.join(" + "), holder.id);
    Err(Refusal::new(409, "duplicate", message).on(field).with("existing", holder.id.clone().into()))
}

/// Whether a record may go: nothing live may point at it.
pub(super) fn unreferenced(world: &World, kind: &Kind, row: &Row) -> Result<(), Refusal> {
    for (number, field) in referrers(kind.name) {
        let position =
            KINDS[number].fields.iter().position(|known| known.name == field.name).unwrap_or_default();
        let places = world.tables[number].places(position, &row.id);
        if let Some(user) = places.first().and_then(|ordinal| world.tables[number].by_ordinal(*ordinal)) {
            let message = format!("{} is used by {} and {} more", row.id, user.id, places.len() - 1);
            let field = format!("{}.{}", KINDS[number].name, field.name);
            return Err(Refusal::new(422, "in_use", message).on(field));
        }
    }
    Ok(())
}
