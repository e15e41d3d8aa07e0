//! From the engine's verdict on one record to rows of the plan.

use std::collections::BTreeSet;

use merge::{FieldPath, Object, PlannedWrite, Side, ToStore, Value, Verdict};
use store::plan_change::{Operation, PlanChange};

use crate::references::Target;
use crate::settings::TypeSettings;

/// A write that the merge wants, before its references are looked up.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) row: PlanChange,
    pub(crate) own: Target,
    pub(crate) targets: BTreeSet<Target>,
}

/// The wanted state of one side: the operation, the record, and the fields that change.
#[derive(Debug)]
pub(crate) struct WantedChange {
    pub(crate) operation: Operation,
    /// The record, with the members at least that the merge looked at; none for a delete.
    pub(crate) post: Option<Object>,
    pub(crate) changed: Vec<String>,
}

impl WantedChange {
    /// What the engine wants of a side, cut down to what may be written there; `None` when nothing is left.
    pub(crate) fn of(merge_type: &TypeSettings, side: Side, write: PlannedWrite) -> Option<Self> {
        let writable = |name: &str| merge_type.field(name).is_some_and(|field| field.is_written(side));
        let (operation, post, changed) = match write {
            PlannedWrite::Delete => (Operation::Delete, None, Vec::new()),
            PlannedWrite::Create { record } => {
                let changed = record.keys().filter(|name| writable(name)).map(str::to_owned).collect();
                (Operation::Create, Some(record), changed)
            }
            PlannedWrite::Update { changed, record } => {
                let fields: BTreeSet<&str> = changed.iter().filter_map(FieldPath::top).collect();
                let changed = fields.into_iter().filter(|name| writable(name)).map(str::to_owned);
                (Operation::Update, Some(record), changed.collect())
            }
        };
        let is_left = operation != Operation::Update || !changed.is_empty();
        is_left.then_some(Self { operation, post, changed })
    }

    /// How the wanted record is stored, if all of it is at hand: text and hash, none for a delete.
    pub(crate) fn to_store(&self) -> (Option<String>, Option<String>) {
        stored(self.post.as_ref().map(ToStore::of))
    }

    /// The fields that are sent with their new values; a field that is to be emptied is null.
    pub(crate) fn sent(&self) -> Object {
        sent_fields(self.post.as_ref(), &self.changed)
    }
}

/// The text and the hash of a wanted record, if there is one.
pub(crate) fn stored(record: Option<ToStore>) -> (Option<String>, Option<String>) {
    record.map(|record| (record.text, record.hash.to_string())).unzip()
}

/// The changed fields of a wanted record, null where they are to be emptied.
pub(crate) fn sent_fields(post: Option<&Object>, changed: &[String]) -> Object {
    changed
        .iter()
        .map(|name| (name.clone(), post.and_then(|post| post.get(name)).cloned().unwrap_or(Value::Null)))
        .collect()
}

/// The writes of a verdict, ours first.
pub(crate) fn writes(verdict: &Verdict) -> impl Iterator<Item = (Side, &PlannedWrite)> {
    let ours = verdict.write_ours.as_ref().map(|write| (Side::Ours, write));
    let theirs = verdict.write_theirs.as_ref().map(|write| (Side::Theirs, write));
    ours.into_iter().chain(theirs)
}

/// Takes them out of it.
pub(crate) fn take_writes(verdict: &mut Verdict) -> impl Iterator<Item = (Side, PlannedWrite)> + use<> {
    let ours = verdict.write_ours.take().map(|write| (Side::Ours, write));
    let theirs = verdict.write_theirs.take().map(|write| (Side::Theirs, write));
    ours.into_iter().chain(theirs)
}
