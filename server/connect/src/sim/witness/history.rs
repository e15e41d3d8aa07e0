//! What the log says about each record, in order: its versions, and which of them the API's client has read.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::sim::{By, Change, Delivery, Entry, Event, Op, client::State};

/// Something of each record, by type and remote id.
type ByRecord<'a, T> = HashMap<&'a str, HashMap<&'a str, Vec<T>>>;

#[derive(Debug, Default)]
pub(super) struct History<'a> {
    changes: ByRecord<'a, (u64, &'a Change)>,
    /// Position of the answer and the revision it showed.
    reads: ByRecord<'a, (u64, u64)>,
}

impl<'a> History<'a> {
    pub fn read(entries: &'a [Entry]) -> Self {
        let mut history = Self::default();
        for entry in entries {
            match &entry.event {
                Event::Change(change) => {
                    let of_type = history.changes.entry(&change.type_name).or_default();
                    of_type.entry(&change.id).or_default().push((entry.n, change));
                }
                Event::Answer(answer) if answer.delivery == Delivery::Whole => {
                    let Some(read) = &answer.read else { continue };
                    let of_type = history.reads.entry(&read.type_name).or_default();
                    for (id, revision) in &read.items {
                        of_type.entry(id).or_default().push((entry.n, *revision));
                    }
                }
                _ => {}
            }
        }
        history
    }

    pub fn changes(&self, type_name: &str, id: &str) -> &[(u64, &'a Change)] {
        self.changes.get(type_name).and_then(|of_type| of_type.get(id)).map_or(&[], Vec::as_slice)
    }

    /// The version of a record that was read last before a position, if it is one the log knows: the first version
    /// is known by the change that replaced it.
    pub fn last_read(&self, type_name: &str, id: &str, before: u64) -> Option<&'a Map<String, Value>> {
        let reads = self.reads.get(type_name)?.get(id)?;
        let (at, revision) = reads.iter().rev().find(|(at, _)| *at < before)?;
        let changes = self.changes(type_name, id);
        let made = changes.iter().rev().find(|(n, change)| n < at && change.revision == *revision);
        match made {
            Some((_, change)) => change.after.as_deref(),
            None => changes.first().and_then(|(_, change)| change.before.as_deref()),
        }
    }

    /// Who put the value there that a field held before a position.
    pub fn writer(&self, type_name: &str, id: &str, field: &str, before: u64) -> Option<By> {
        let value = |fields: &Option<super::super::Fields>| {
            fields.as_ref().and_then(|fields| fields.get(field)).cloned()
        };
        let earlier = self.changes(type_name, id).iter().rev().filter(|(n, _)| *n < before);
        let mut writers = earlier.filter(|(_, change)| value(&change.before) != value(&change.after));
        writers.next().map(|(_, change)| change.by)
    }

    /// Records whose changes do not follow from each other, or whose last one is not the state.
    pub fn breaks(&self, state: &State) -> Vec<String> {
        let mut breaks = Vec::new();
        let records = self
            .changes
            .iter()
            .flat_map(|(name, of_type)| of_type.iter().map(move |(id, all)| (name, id, all)));
        for (type_name, id, changes) in records {
            for pair in changes.windows(2) {
                let ((n, first), (m, second)) = (pair[0], pair[1]);
                if first.after != second.before {
                    breaks.push(format!("{type_name} {id} changed between lines {n} and {m} unseen"));
                }
            }
            let Some((n, last)) = changes.last() else { continue };
            let shown = state.record(type_name, id);
            let same = match (&last.after, shown) {
                (Some(after), Some(shown)) => {
                    after.iter().all(|(name, value)| shown.get(name) == Some(value))
                }
                (None, None) => last.op == Op::Delete,
                _ => false,
            };
            if !same {
                breaks.push(format!("{type_name} {id} is not what line {n} left"));
            }
        }
        breaks.sort();
        breaks
    }
}
