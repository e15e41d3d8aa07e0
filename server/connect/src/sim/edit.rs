//! Edits as users of the SIS make them: one record, a seeded batch, a script with times (CN C103).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    answer::Refusal,
    api,
    core::Core,
    dice::Dice,
    schema::{Field, INSTRUCTOR, KINDS, KindNumber, PERSON, ROOM, SECTION, Shape},
    table::Row,
    world::{Cause, Next},
};

/// What a user does to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditOp {
    /// Changes fields.
    #[default]
    Update,
    /// Makes a record.
    Create,
    /// Removes a record.
    Delete,
    /// Brings a removed record back.
    Restore,
}

/// One edit of one record by a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// What is done.
    #[serde(default)]
    pub op: EditOp,
    /// The record's type, such as `section`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Remote id; not for creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The new values.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Store the values even if the SIS would not take them, to play damaged data.
    #[serde(default)]
    pub unchecked: bool,
}

/// Edits chosen by a seed: the same seed on the same data makes the same edits.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The seed of the choices.
    pub seed: u64,
    /// How many records.
    pub count: usize,
    /// The type, or any.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    /// Updates if not said.
    #[serde(default)]
    pub op: EditOp,
    /// The fields that may be changed; a fitting selection if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// A line of a script: an edit and when it is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// At this time of the server's clock …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// … or so long from now.
    #[serde(default)]
    pub after_seconds: f64,
    /// The edit.
    pub edit: Edit,
}

/// Makes one edit.
pub(super) fn apply(core: &mut Core, edit: &Edit, cause: &Cause) -> Result<Value, Refusal> {
    let kind = api::kind_named(&edit.type_name)?;
    if edit.op == EditOp::Create {
        let row = api::add(core, kind, &edit.fields, cause, false)?;
        return Ok(described(core, kind, &row));
    }
    let id = edit.id.as_deref().unwrap_or_default();
    let row = core.world.tables[kind].get(id).cloned();
    let row = row.filter(|row| row.removed == (edit.op == EditOp::Restore)).ok_or_else(|| {
        let state = if edit.op == EditOp::Restore { "removed" } else { "live" };
        Refusal::new(404, "not_found", format!("there is no {state} {} {id}", KINDS[kind].name))
    })?;
    match edit.op {
        EditOp::Delete => api::remove(core, kind, &row, cause)?,
        EditOp::Restore => {
            let now = core.clock.now();
            core.world.commit(&mut core.log, now, kind, (Some(&row), Next::Live(row.fields.clone())), cause);
        }
        _ => {
            api::change(core, kind, &row, &edit.fields, (cause, false, edit.unchecked))?;
        }
    }
    let row = core.world.tables[kind].get(id).cloned().unwrap_or(row);
    Ok(described(core, kind, &row))
}

fn described(core: &Core, kind: KindNumber, row: &Row) -> Value {
    json!({ "type": KINDS[kind].name, "record": api::shown(core, row) })
}

/// Makes a batch of edits on different records. Choices that the SIS would refuse are replaced by others.
pub(super) fn batch(core: &mut Core, batch: &Batch, cause: &Cause) -> Result<Vec<Value>, Refusal> {
    let kinds = match &batch.type_name {
        Some(name) => vec![api::kind_named(name)?],
        None => (0..KINDS.len()).filter(|kind| !core.world.tables[*kind].live.is_empty()).collect(),
    };
    let mut dice = Dice::new(batch.seed);
    let mut done = Vec::new();
    let mut touched = std::collections::HashSet::new();
    for _ in 0..batch.count.saturating_mul(20) {
        if done.len() == batch.count || kinds.is_empty() {
            break;
        }
        let kind = *dice.pick(&kinds);
        let Some(row) = any_row(core, kind, &mut dice) else { continue };
        if row.id == "SEC-0" || !touched.insert(row.id.clone()) {
            continue;
        }
        let edit = choose(core, kind, &row, batch, &mut dice);
        done.extend(edit.and_then(|edit| apply(core, &edit, cause).ok()));
    }
    Ok(done)
}

/// Any live record of a kind.
fn any_row(core: &Core, kind: KindNumber, dice: &mut Dice) -> Option<Arc<Row>> {
    let live = &core.world.tables[kind].live;
    let last = *live.last_key_value()?.0;
    let at = dice.below(last + 1);
    live.range(at..).next().or_else(|| live.first_key_value()).map(|(_, row)| row.clone())
}

fn choose(core: &Core, kind: KindNumber, row: &Row, batch: &Batch, dice: &mut Dice) -> Option<Edit> {
    let type_name = KINDS[kind].name.to_owned();
    let id = Some(row.id.clone());
    let edit = Edit { op: batch.op, type_name, id, ..Edit::default() };
    match batch.op {
        EditOp::Delete | EditOp::Restore => Some(edit),
        EditOp::Create => {
            let mut fields = (*row.fields).clone();
            fields.retain(|name, _| KINDS[kind].field(name).is_some_and(|field| !field.read_only));
            fields.remove("external_ref");
            for name in KINDS[kind].unique.iter().filter_map(|rule| rule.last()) {
                let fresh = dice.below(1_000_000);
                let value =
                    if *name == "email" { format!("n{fresh}@example.edu") } else { format!("N{fresh}") };
                fields.insert((*name).into(), value.into());
            }
            Some(Edit { id: None, fields, ..edit })
        }
        EditOp::Update => {
            let usual: Vec<&Field> = KINDS[kind]
                .fields
                .iter()
                .filter(|field| match batch.fields.as_slice() {
                    [] => !field.read_only && EDITABLE.contains(&field.name),
                    named => named.iter().any(|name| name == field.name),
                })
                .collect();
            if usual.is_empty() {
                return None;
            }
            let field = *dice.pick(&usual);
            let old = row.fields.get(field.name).unwrap_or(&Value::Null);
            let value =
                (0..8).map(|_| new_value(core, kind, (field, old), dice)).find(|value| value != old)?;
            Some(Edit { fields: Map::from_iter([(field.name.to_owned(), value)]), ..edit })
        }
    }
}

/// The fields that users of a SIS change most.
const EDITABLE: [&str; 14] = [
    "title",
    "name",
    "capacity",
    "notes",
    "note",
    "description",
    "room_id",
    "instructor_ids",
    "status",
    "email",
    "phone",
    "credits",
    "delivery",
    "address",
];

const SUFFIXES: [&str; 6] = [" (Honors)", " II", " – Evening", " (Annex)", " Seminar", " & Practice"];
const NOTES: [&str; 6] = [
    "Instructor’s consent required.",
    "Meets with the lab group.",
    "Field trip in week 6; bring boots.",
    "Materials fee $45.",
    "Moved from the old wing.",
    "Taught in español and English.",
];

fn new_value(core: &Core, kind: KindNumber, (field, old): (&Field, &Value), dice: &mut Dice) -> Value {
    match (field.name, field.shape) {
        ("title" | "name", _) if kind != INSTRUCTOR => with_suffix(old, dice),
        ("title", _) => (*dice.pick(&["Professor", "Lecturer", "Dr.", "Adjunct"])).into(),
        ("notes" | "note" | "description", _) => (*dice.pick(&NOTES)).into(),
        ("status", _) if kind == SECTION => (*dice.pick(&["open", "closed", "cancelled"])).into(),
        ("status", _) => (*dice.pick(&["active", "inactive"])).into(),
        ("delivery", _) => (*dice.pick(&["in_person", "online", "hybrid"])).into(),
        ("email", _) => format!("person{}@example.edu", dice.below(10_000_000)).into(),
        ("phone", _) => format!("555-01{:02}", dice.below(100)).into(),
        ("address", _) => format!("{} Élm Street", 1 + dice.below(400)).into(),
        ("credits", _) if kind == PERSON => dice.below(160).into(),
        ("credits", _) => dice.pick(&[json!(1), json!(1.5), json!(2), json!(3), json!(4)]).clone(),
        ("room_id", _) => any_row(core, ROOM, dice).map_or(Value::Null, |row| row.id.clone().into()),
        ("instructor_ids", _) => any_row(core, INSTRUCTOR, dice).map_or(json!([]), |row| json!([row.id])),
        (_, Shape::Integer) => (old.as_i64().unwrap_or(20).max(0) + 1 + dice.below(20).cast_signed()).into(),
        (_, Shape::Boolean) => (!old.as_bool().unwrap_or(false)).into(),
        (_, Shape::Text(_)) => with_suffix(old, dice),
        _ => old.clone(),
    }
}

/// Adds an ending, or takes off the one that is there.
fn with_suffix(old: &Value, dice: &mut Dice) -> Value {
    let text = old.as_str().unwrap_or("Untitled");
    match SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix)) {
        Some(base) => base.into(),
        None => format!("{text}{}", dice.pick(&SUFFIXES)).into(),
    }
}
