//! The lines of the output files (MS X9, X12).

use merge::listing::Answer;
use merge::{BlockReason, Conflict, ConflictField, Decision, Object, RecordKey, Value};

/// One line of `--conflicts`.
pub(super) fn conflict(
    key: &RecordKey,
    conflict: &Conflict,
    answer: &Answer,
    key_fields: &[String],
) -> Object {
    let mut line = Object::new();
    line.insert("id", conflict.id.as_str());
    line.insert("revision", conflict.revision.as_str());
    line.insert("key", key.to_object(key_fields));
    line.insert("kind", conflict.kind.as_str());
    line.insert("hold", conflict.hold.as_str());
    let present = conflict.present;
    line.insert("present", flags(present.base, present.ours, present.theirs));
    let fields = conflict.fields.iter().map(|field| Value::Object(contested(field, key_fields)));
    line.insert("fields", fields.collect::<Vec<Value>>());
    if let Some(rows) = answer.rows {
        let counts = [("base", rows.base), ("ours", rows.ours), ("theirs", rows.theirs)];
        line.insert("rows", counts.into_iter().map(|(side, rows)| (side, rows as u64)).collect::<Object>());
    }
    line
}

fn contested(field: &ConflictField, key_fields: &[String]) -> Object {
    let mut object = Object::new();
    object.insert("path", field.path.to_string());
    insert_values(&mut object, [&field.base, &field.ours, &field.theirs]);
    object.insert("present", flags(field.base.is_some(), field.ours.is_some(), field.theirs.is_some()));
    object.insert("reason", field.reason.as_str());
    if !field.with.is_empty() {
        let with = field.with.iter().map(|key| Value::Object(key.to_object(key_fields)));
        object.insert("with", with.collect::<Vec<Value>>());
    }
    object
}

/// One line of `--decisions`; of a blocked record it says why.
pub(super) fn decision(
    key: &RecordKey,
    decision: &Decision,
    blocked: Option<&BlockReason>,
    key_fields: &[String],
) -> Object {
    let mut line = Object::new();
    line.insert("key", key.to_object(key_fields));
    line.insert("path", decision.path.to_string());
    line.insert("action", decision.action.as_str());
    line.insert("conflict", decision.conflict);
    line.insert("value", or_null(&decision.value));
    line.insert("present", decision.value.is_some());
    line.insert("rule", decision.rule.as_str());
    line.insert("level", decision.level.as_str());
    line.insert("mode", decision.mode.as_str());
    if let Some(resolver) = decision.resolver {
        line.insert("resolver", resolver.as_str());
    }
    if let Some(times) = &decision.times {
        let times = [("ours", times.ours.as_str()), ("theirs", times.theirs.as_str())];
        line.insert("changed_at", times.into_iter().collect::<Object>());
    }
    if let Some(reason) = blocked {
        line.insert("reason", reason.to_string());
    }
    insert_values(&mut line, [&decision.base, &decision.ours, &decision.theirs]);
    line
}

fn insert_values(object: &mut Object, values: [&Option<Value>; 3]) {
    for (name, value) in ["base", "ours", "theirs"].into_iter().zip(values) {
        object.insert(name, or_null(value));
    }
}

fn or_null(value: &Option<Value>) -> Value {
    value.clone().unwrap_or(Value::Null)
}

fn flags(base: bool, ours: bool, theirs: bool) -> Object {
    [("base", base), ("ours", ours), ("theirs", theirs)].into_iter().collect()
}
