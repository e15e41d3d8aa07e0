//! Judges what happened by the server's own log alone (RL T2): what took effect how often, what was lost, who wrote
//! out of turn. It believes nothing that the other side says about itself.

mod history;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use self::history::History;
use super::{Answer, By, Change, Entry, Event, Op, Request, client::State};

/// A log, read for what it proves.
#[derive(Debug)]
pub struct Witness<'a> {
    entries: &'a [Entry],
    history: History<'a>,
}

/// A value that a write of the API replaced although its writer had last read another one (I1).
#[derive(Debug, Clone, PartialEq)]
pub struct LostUpdate {
    /// Position of the change in the log.
    pub n: u64,
    /// The record's type.
    pub type_name: String,
    /// Remote id.
    pub id: String,
    /// The field.
    pub field: String,
    /// What the writer had last read before it sent the request; absent if it never read the record.
    pub read: Option<Value>,
    /// What the field held when the write was applied.
    pub lost: Value,
    /// What the write put there; null for a delete.
    pub written: Value,
    /// Who had put the lost value there; absent if it was there from the start.
    pub lost_by: Option<By>,
}

/// A value a field held.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Position in the log from which on; 0 for what was there before.
    pub from: u64,
    /// The value.
    pub value: Value,
    /// Who put it there; absent for what was there before.
    pub by: Option<By>,
}

/// A request that came with an older fence than one before it (P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateFence {
    /// Position of the request.
    pub n: u64,
    /// Its fence.
    pub fence: i64,
    /// The newest fence seen before it.
    pub newest: i64,
}

impl fmt::Display for LostUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n, type_name, id, field, lost, written, .. } = self;
        write!(f, "line {n}: {type_name} {id} lost {field} = {lost} to {written}; the writer had read ")?;
        match &self.read {
            Some(read) => write!(f, "{read}"),
            None => f.write_str("nothing"),
        }
    }
}

fn by_api(change: &Change) -> bool {
    matches!(change.by, By::Api | By::Late)
}

impl<'a> Witness<'a> {
    /// Reads a log from its first line on.
    pub fn new(entries: &'a [Entry]) -> Self {
        Self { entries, history: History::read(entries) }
    }

    /// Every request received, with its position.
    pub fn requests(&self) -> impl Iterator<Item = (u64, &'a Request)> + use<'a> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Request(request) => Some((entry.n, request)),
            _ => None,
        })
    }

    /// How a request was answered; absent while it is held or was never answered at all. A request that was applied
    /// late has a second answer, which nobody got.
    pub fn answer_to(&self, request: u64) -> Option<&'a Answer> {
        self.entries.iter().find_map(|entry| match &entry.event {
            Event::Answer(answer) if answer.request == request => Some(answer),
            _ => None,
        })
    }

    /// Every request that asked for a change.
    pub fn writes_sent(&self) -> impl Iterator<Item = (u64, &'a Request)> + use<'a> {
        self.requests().filter(|(_, request)| request.method != "GET")
    }

    /// Every change applied, by anyone, with its position.
    pub fn changes(&self) -> impl Iterator<Item = (u64, &'a Change)> + use<'a> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Change(change) => Some((entry.n, change)),
            _ => None,
        })
    }

    /// Every change applied for the API, late ones too.
    pub fn changes_by_api(&self) -> impl Iterator<Item = (u64, &'a Change)> + use<'a> {
        self.changes().filter(|(_, change)| by_api(change))
    }

    /// How often each idempotency key took effect. A key that was sent and never applied is there with 0.
    pub fn effects_by_key(&self) -> BTreeMap<&'a str, usize> {
        let mut effects: BTreeMap<&str, usize> =
            self.requests().filter_map(|(_, request)| Some((request.key.as_deref()?, 0))).collect();
        for key in self.changes_by_api().filter_map(|(_, change)| change.key.as_deref()) {
            *effects.entry(key).or_default() += 1;
        }
        effects
    }

    /// How many records were created under each correlation reference (P5: one).
    pub fn creates_by_correlation(&self) -> BTreeMap<&'a str, usize> {
        let mut creates = BTreeMap::new();
        for (_, change) in self.changes_by_api().filter(|(_, change)| change.op == Op::Create) {
            if let Some(correlation) = change.correlation.as_deref() {
                *creates.entry(correlation).or_default() += 1;
            }
        }
        creates
    }

    /// Every record the API removed, with its position.
    pub fn deletes(&self) -> Vec<(u64, &'a Change)> {
        self.changes_by_api().filter(|(_, change)| change.op == Op::Delete).collect()
    }

    /// Values that writes of the API replaced unseen: at application the field held neither what the writer had
    /// last read of the record before it sent the request, nor the new value (I1). A read counts when its answer
    /// was delivered whole.
    pub fn lost_updates(&self) -> Vec<LostUpdate> {
        self.lost_updates_against(|n, change| {
            let sent = change.request.unwrap_or(n);
            self.history.last_read(&change.type_name, &change.id, sent).cloned()
        })
    }

    /// The same against the pre images that the caller knows, such as those of its own write log; a record that
    /// was never read has none.
    pub fn lost_updates_against(
        &self,
        pre_image: impl Fn(u64, &Change) -> Option<serde_json::Map<String, Value>>,
    ) -> Vec<LostUpdate> {
        let mut lost = Vec::new();
        for (n, change) in self.changes_by_api() {
            let Some(before) = &change.before else { continue };
            let read = pre_image(n, change);
            for (field, held) in before.iter() {
                let written = change.after.as_ref().map(|after| after.get(field).unwrap_or(&Value::Null));
                let seen = read.as_ref().map(|read| read.get(field).unwrap_or(&Value::Null));
                if written == Some(held) || seen == Some(held) {
                    continue;
                }
                lost.push(LostUpdate {
                    n,
                    type_name: change.type_name.clone(),
                    id: change.id.clone(),
                    field: field.clone(),
                    read: seen.cloned(),
                    lost: held.clone(),
                    written: written.cloned().unwrap_or_default(),
                    lost_by: self.history.writer(&change.type_name, &change.id, field, n),
                });
            }
        }
        lost
    }

    /// Requests with fence f after the first with a newer fence (P7).
    pub fn late_fences(&self) -> Vec<LateFence> {
        let mut newest = i64::MIN;
        let mut late = Vec::new();
        for (n, fence) in self.requests().filter_map(|(n, request)| Some((n, request.fence?))) {
            if fence < newest {
                late.push(LateFence { n, fence, newest });
            }
            newest = newest.max(fence);
        }
        late
    }

    /// Every value a field of a record ever held, in order, repeats left out. For records that were never changed
    /// it takes the state.
    pub fn values_held(&self, type_name: &str, id: &str, field: &str, state: &State) -> Vec<Held> {
        let mut held: Vec<Held> = Vec::new();
        let mut add = |from: u64, value: &Value, by: Option<By>| {
            if held.last().is_none_or(|last| last.value != *value) {
                held.push(Held { from, value: value.clone(), by });
            }
        };
        let changes = self.history.changes(type_name, id);
        if changes.is_empty()
            && let Some(value) = state.record(type_name, id).and_then(|record| record.get(field))
        {
            add(0, value, None);
        }
        for (place, (n, change)) in changes.iter().enumerate() {
            if place == 0
                && let Some(value) = change.before.as_ref().and_then(|before| before.get(field))
            {
                add(0, value, None);
            }
            if let Some(value) = change.after.as_ref().and_then(|after| after.get(field)) {
                add(*n, value, Some(change.by));
            }
        }
        held
    }

    /// Whether a field of a record ever held a value (I2, P2).
    pub fn ever_held(&self, type_name: &str, id: &str, field: &str, value: &Value, state: &State) -> bool {
        self.values_held(type_name, id, field, state).iter().any(|held| held.value == *value)
    }

    /// Positions of the changes that users made to a field after a position (I4).
    pub fn users_changed(&self, type_name: &str, id: &str, field: &str, after: u64) -> Vec<u64> {
        let differs = |change: &Change| {
            let value = |fields: &Option<super::Fields>| {
                fields.as_ref().and_then(|fields| fields.get(field)).cloned()
            };
            value(&change.before) != value(&change.after)
        };
        let changes = self.history.changes(type_name, id).iter();
        let by_users = changes.filter(|(n, change)| *n > after && change.by == By::User && differs(change));
        by_users.map(|(n, _)| *n).collect()
    }

    /// Where the log does not explain what it says itself, or the state does not follow from it: lines that are
    /// missing, a change that starts from something else than the one before it ended with. Empty means complete.
    pub fn gaps(&self, state: &State) -> Vec<String> {
        let mut gaps: Vec<String> = self
            .entries
            .windows(2)
            .filter(|pair| pair[1].n != pair[0].n + 1)
            .map(|pair| format!("lines {} to {} are missing", pair[0].n + 1, pair[1].n - 1))
            .collect();
        gaps.extend(self.history.breaks(state));
        gaps
    }

    /// Everything that must not have happened, in sentences: doubled effects and creates, lost updates of users,
    /// requests out of turn, gaps. A forced apply shows up as a lost update; tests of it ask for the parts.
    pub fn complaints(&self, state: &State) -> Vec<String> {
        let mut complaints = self.gaps(state);
        let doubled = self.effects_by_key().into_iter().filter(|(_, count)| *count > 1);
        complaints.extend(doubled.map(|(key, count)| format!("key {key} took effect {count} times")));
        let doubled = self.creates_by_correlation().into_iter().filter(|(_, count)| *count > 1);
        complaints
            .extend(doubled.map(|(reference, count)| format!("{count} records were created as {reference}")));
        let lost = self.lost_updates();
        complaints.extend(lost.iter().filter(|lost| lost.lost_by == Some(By::User)).map(ToString::to_string));
        complaints.extend(self.late_fences().iter().map(|late| {
            format!("line {}: a request with fence {} after fence {}", late.n, late.fence, late.newest)
        }));
        complaints
    }

    /// The records the log speaks of, by type and id.
    pub fn records(&self) -> BTreeSet<(&'a str, &'a str)> {
        self.changes().map(|(_, change)| (change.type_name.as_str(), change.id.as_str())).collect()
    }
}
