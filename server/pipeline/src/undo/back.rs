//! The write that takes another one back: what was there before, guarded by what is there now.

use std::collections::BTreeSet;

use merge::{FieldPath, Object, PlannedWrite, Side, Value, WriteKind};
use store::Conn;
use store::ids::{DecisionId, WriteId};
use store::link::{self, LinkState};
use store::plan_change::Operation;
use store::staged::{self, Staged, StagedState};
use store::write::{NewWrite, Why, Write, WriteState};

use super::{UndoEffect, UndoField, UndoRefused};
use crate::error::{PipelineError, Result};
use crate::idempotency::{self, Wanted};
use crate::mapping::StagedRecord;
use crate::pipeline::Pipeline;
use crate::send::{changed_fields, post_fields, pre_fields};
use crate::settings::{Settings, TypeSettings};
use crate::settle::same_fields;
use crate::wish::WantedChange;

/// A write that takes another one back, or what stands in its way.
type WayBack = Result<NewWrite, UndoRefused>;

impl Pipeline {
    /// The write that brings back what one write changed, if its record still is as that left it.
    pub(super) async fn way_back(
        &self,
        conn: &mut Conn,
        settings: &Settings,
        write: &Write,
        undo: DecisionId,
    ) -> Result<WayBack> {
        let Some(merge_type) = settings.merge_type(&write.type_name) else {
            return Ok(Err(overtaken(write.side, &BTreeSet::new())));
        };
        let copy = staged::find(conn, write.link, write.side).await?;
        let copy = copy.filter(|copy| copy.state == StagedState::Live);
        let link = link::get(conn, write.link).await?;
        let back = match write.operation {
            Operation::Delete => {
                let keys = link::find_by_keys(conn, link.school, &link.type_name, &[&link.key]).await?;
                let is_free = link.state == LinkState::Live || keys.is_empty();
                if copy.is_some() || !is_free {
                    return Ok(Err(overtaken(write.side, &BTreeSet::new())));
                }
                let create = PlannedWrite::Create { record: pre_fields(write)? };
                WantedChange::of(merge_type, write.side, create)
            }
            Operation::Create | Operation::Update => {
                let Some(copy) = &copy else { return Ok(Err(overtaken(write.side, &BTreeSet::new()))) };
                match before(merge_type, write, copy)? {
                    Ok(back) => back,
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            Operation::None => None,
        };
        let Some(wanted) = back else { return Ok(Err(overtaken(write.side, &BTreeSet::new()))) };
        if let Some(refused) = not_allowed(merge_type, write.side, &wanted) {
            return Ok(Err(refused));
        }
        Ok(Ok(self.undo_write(write, &wanted, copy, undo)))
    }

    fn undo_write(
        &self,
        write: &Write,
        wanted: &WantedChange,
        copy: Option<Staged>,
        undo: DecisionId,
    ) -> NewWrite {
        let (post_body, post_hash) = wanted.to_store();
        let key = idempotency::key(&Wanted {
            school: write.school,
            link: write.link,
            side: write.side,
            operation: wanted.operation,
            post_hash: &format!("{} {undo}", post_hash.as_deref().unwrap_or_default()),
            base_generation: 0,
            refusals: 0,
        });
        let (remote_id, pre_hash, pre_version, pre_body) = match copy {
            Some(copy) => {
                (Some(copy.remote_id), copy.hash.map(|hash| hash.to_string()), copy.version, copy.body)
            }
            None => (None, None, None, None),
        };
        NewWrite {
            id: WriteId::new(self.clock.now(), self.clock.random()),
            run: None,
            link: write.link,
            type_name: write.type_name.clone(),
            side: write.side,
            position: 0,
            operation: wanted.operation,
            state: WriteState::Held,
            why: Why::Undo,
            remote_id,
            correlation: idempotency::correlation(&key).to_owned(),
            idempotency_key: key,
            refusals: 0,
            held_until: None,
            decision: Some(undo),
            pre_hash,
            pre_version,
            pre_body,
            post_hash,
            post_body,
            changed: serde_json::to_string(&wanted.changed).unwrap_or_else(|_| "[]".to_owned()),
            // The base does not follow from this write: it comes back from the decision.
            apart: None,
        }
    }
}

/// What a write of an undo changes, for people.
pub(super) fn effect(row: &NewWrite) -> Result<UndoEffect> {
    let read = |text: &Option<String>| -> Result<Object> {
        let text = text.as_deref().unwrap_or("{}");
        let record =
            StagedRecord::parse(text).map_err(|error| PipelineError::Inconsistent(error.to_string()))?;
        Ok(record.body)
    };
    let (now, then) = (read(&row.pre_body)?, read(&row.post_body)?);
    let names: Vec<String> = match row.operation {
        Operation::Delete => now.keys().map(str::to_owned).collect(),
        _ => serde_json::from_str(&row.changed).unwrap_or_default(),
    };
    let value = |object: &Object, name: &str| object.get(name).map(Value::to_json);
    let fields =
        names.into_iter().map(|name| UndoField { now: value(&now, &name), then: value(&then, &name), name });
    Ok(UndoEffect { side: row.side, operation: row.operation, fields: fields.collect() })
}

/// What a created or updated record is to become again, unless somebody has changed since what the write wrote.
fn before(
    merge_type: &TypeSettings,
    write: &Write,
    copy: &Staged,
) -> Result<Result<Option<WantedChange>, UndoRefused>> {
    let text = copy.body.as_deref().unwrap_or("{}");
    let now = StagedRecord::parse(text).map_err(|error| PipelineError::Inconsistent(error.to_string()))?;
    let written = post_fields(write)?.unwrap_or_default();
    let changed = changed_fields(write)?;
    let differs = |name: &String| !same_fields(&now.body, &written, std::slice::from_ref(name));
    let mut moved: BTreeSet<String> = changed.iter().filter(|name| differs(name)).cloned().collect();
    if write.operation == Operation::Create {
        moved.extend(now.invalid.iter().filter_map(FieldPath::top).map(str::to_owned));
        if !is_as_answered(write, copy) {
            moved.extend(now.body.keys().map(str::to_owned).filter(differs));
        }
    }
    if !moved.is_empty() {
        return Ok(Err(overtaken(write.side, &moved)));
    }
    if write.operation == Operation::Create {
        return Ok(Ok(WantedChange::of(merge_type, write.side, PlannedWrite::Delete)));
    }
    let pre = pre_fields(write)?;
    let mut post = now.body;
    for name in &changed {
        match pre.get(name) {
            Some(value) => post.insert(name, value.clone()),
            None => post.remove(name),
        };
    }
    Ok(Ok(Some(WantedChange { operation: Operation::Update, post: Some(post), changed })))
}

/// Whether a created record still has the version of the answer to its create: then whatever it holds beyond what was sent
/// is the system's own doing, and nobody's edit. A version that was found out later may be one of an edit (R15).
fn is_as_answered(write: &Write, copy: &Staged) -> bool {
    let answered = write.attempts <= 1 && write.answer_body.is_some();
    answered && write.answer_version.is_some() && write.answer_version == copy.version
}

/// What the settings of now say against a write (MS P6): an undo is bound by them as every other write.
fn not_allowed(merge_type: &TypeSettings, side: Side, wanted: &WantedChange) -> Option<UndoRefused> {
    let kind = match wanted.operation {
        Operation::Create => WriteKind::Create,
        Operation::Update => WriteKind::Update,
        Operation::Delete => WriteKind::Delete,
        Operation::None => return None,
    };
    let is_written = |name: &str| merge_type.field(name).is_some_and(|field| field.is_written(side));
    let fields: Vec<String> = wanted.changed.iter().filter(|name| !is_written(name)).cloned().collect();
    let is_permitted = merge_type.policy.allow.permits(side, kind);
    (!is_permitted || !fields.is_empty()).then_some(UndoRefused::NotAllowed {
        side,
        operation: wanted.operation,
        fields,
    })
}

/// The fields that have moved; none when that is the record as a whole.
fn overtaken(side: Side, fields: &BTreeSet<String>) -> UndoRefused {
    if fields.is_empty() {
        return UndoRefused::Overtaken(vec![(side, String::new())]);
    }
    UndoRefused::Overtaken(fields.iter().map(|field| (side, field.clone())).collect())
}
