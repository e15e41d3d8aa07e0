//! What the next merge makes of each field of a record, and why.

use app::api::{FieldState, RecordField, RecordSide, RecordView};
use merge::{FieldPath, Object, PlannedWrite, RecordKey, Value};
use pipeline::Judged;
use pipeline::settings::{Direction, FieldSettings, TypeSettings};

use super::error::{DeskError, Result};

/// The fields of a record in the order of the settings; `judged` is what the engine says of it, if a merge has read it.
pub(super) fn fields(
    merge_type: &TypeSettings,
    view: &RecordView,
    judged: Option<&Judged>,
) -> Result<Vec<RecordField>> {
    let base = object(view.base.as_deref())?;
    let ours = object(body(view.ours.as_ref()))?;
    let theirs = object(body(view.theirs.as_ref()))?;
    let key = RecordKey::parse_canonical(&view.line.key)
        .map_err(|error| DeskError::Inconsistent(format!("key {}: {error}", view.line.key)))?;
    let value = |record: &Option<Object>, name: &str| {
        record.as_ref().and_then(|record| record.get(name)).map(Value::to_json)
    };
    let field = |field: &FieldSettings| {
        let path = FieldPath::field(field.name.as_str());
        let (mode, level) = merge_type.policy.mode_at(&key, &path);
        let state = match (judged, &ours, &theirs) {
            (Some(judged), Some(ours), Some(theirs)) => {
                let alike = alike(ours.get(&field.name), theirs.get(&field.name));
                state(merge_type, judged, field, &path, alike)
            }
            _ => FieldState::OneSided,
        };
        RecordField {
            key: merge_type.key.contains(&field.name),
            base: value(&base, &field.name),
            ours: value(&ours, &field.name),
            theirs: value(&theirs, &field.name),
            name: field.name.clone(),
            state,
            mode: mode.to_string(),
            level: level.to_string(),
        }
    };
    Ok(merge_type.fields.iter().map(field).collect())
}

fn state(
    merge_type: &TypeSettings,
    judged: &Judged,
    field: &FieldSettings,
    path: &FieldPath,
    alike: bool,
) -> FieldState {
    let name = field.name.as_str();
    let verdict = &judged.verdict;
    let to = |write: &Option<PlannedWrite>| match write {
        Some(PlannedWrite::Update { changed, .. }) => changed.iter().any(|path| path.top() == Some(name)),
        _ => false,
    };
    let contested = verdict.conflict.iter().flat_map(|conflict| &conflict.fields);
    if contested.into_iter().any(|contested| contested.path.top() == Some(name)) {
        return FieldState::Conflict;
    }
    match (to(&verdict.write_ours), to(&verdict.write_theirs)) {
        (true, true) => return FieldState::ToBoth,
        (true, false) => return FieldState::ToOurs,
        (false, true) if field.direction != Direction::In => return FieldState::ToTheirs,
        _ => {}
    }
    if judged.equal.contains(name) {
        return if alike { FieldState::Same } else { FieldState::SameMeaning };
    }
    if merge_type.policy.ignores(path) || verdict.conflict.is_none() {
        return FieldState::Apart;
    }
    FieldState::Waits
}

/// Whether two values are written the same; an absent one and null are (MS V2).
fn alike(ours: Option<&Value>, theirs: Option<&Value>) -> bool {
    let there = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    match (there(ours), there(theirs)) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => ours.same_json(&theirs),
        _ => false,
    }
}

fn body(side: Option<&RecordSide>) -> Option<&str> {
    side.and_then(|side| side.body.as_deref())
}

fn object(text: Option<&str>) -> Result<Option<Object>> {
    let parse = |text: &str| {
        merge::json::parse_object(text.as_bytes())
            .map_err(|error| DeskError::Inconsistent(format!("a stored record: {error}")))
    };
    text.map(parse).transpose()
}
