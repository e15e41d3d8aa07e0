//! Both sides, their users, the network between us and them, and the ghost that knows what truly happened.

use std::collections::BTreeMap;

use crate::ghost::{Ghost, Violation};
use crate::nouns::{Answer, FIELDS, Key, Operation, Part, Record, Request, Side, Values};
use crate::rng::Source;
use crate::side::System;
use crate::trace::{Event, Trace};
use crate::weather::Weather;

/// How often what happened, summed over a scenario or over thousands.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    pub violations: BTreeMap<Violation, u64>,
    pub crashes: u64,
    pub conflicts: u64,
    /// Conflicts that may be our own doing, on records where the fate of a write could not be cleared up.
    pub cautious: u64,
    /// Runs of the real pipeline that ended with an error; the model has none.
    pub errors: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        for (violation, times) in &other.violations {
            *self.violations.entry(*violation).or_default() += times;
        }
        self.crashes += other.crashes;
        self.conflicts += other.conflicts;
        self.cautious += other.cautious;
        self.errors += other.errors;
    }
}

pub struct World {
    pub chance: Source,
    pub weather: Weather,
    pub trace: Trace,
    pub tally: Tally,
    pub ghost: Ghost,
    a: System,
    b: System,
    /// Requests that nobody waits for any more, and that will land some time.
    late: Vec<Request>,
    last_value: u32,
    /// Requests that were sent, whatever became of them.
    pub sent: u64,
}

impl World {
    pub fn new(chance: Source, trace: Trace) -> Self {
        Self {
            chance,
            weather: Weather::OF_THE_MODEL,
            trace,
            tally: Tally::default(),
            ghost: Ghost::default(),
            a: System::default(),
            b: System::default(),
            late: Vec::new(),
            last_value: 100,
            sent: 0,
        }
    }

    pub fn system(&self, side: Side) -> &System {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    fn system_mut(&mut self, side: Side) -> &mut System {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    pub fn new_value(&mut self) -> u32 {
        self.last_value += 1;
        self.last_value
    }

    pub fn violated(&mut self, found: Vec<Violation>) {
        for violation in found {
            *self.tally.violations.entry(violation).or_default() += 1;
            self.trace.tell(Event::Violated(violation));
        }
    }

    /// A record that appears on a side without any request of ours.
    pub fn add(&mut self, side: Side, key: Key, values: Values) {
        self.system_mut(side).add(key, values, None);
        self.ghost.saw(side, key, values);
    }

    pub fn user_acts(&mut self) {
        let side = self.chance.pick(&Side::BOTH);
        let dice = self.chance.unit();
        let records = self.system(side).records.iter();
        let ids: Vec<u32> = records.filter(|(_, record)| !record.key.is_still()).map(|(id, _)| *id).collect();
        if dice < 0.70 && !ids.is_empty() {
            let id = self.chance.pick(&ids);
            self.user_edits(side, id);
        } else if dice < 0.82 && !ids.is_empty() {
            let id = self.chance.pick(&ids);
            self.user_deletes(side, id);
        } else if dice < 0.95 {
            self.user_creates(side);
        }
        self.forget_agreed_edits();
    }

    fn user_edits(&mut self, side: Side, id: u32) {
        let (field, value) = (self.chance.pick(&FIELDS), self.new_value());
        let Some(record) = self.system_mut(side).records.get_mut(&id) else { return };
        record.values[field] = value;
        record.version += 1;
        let Record { key, values, .. } = *record;
        self.ghost.mark(key, Part::Field(field), side);
        self.ghost.saw(side, key, values);
        self.trace.tell(Event::UserEdits(side, key, values));
    }

    fn user_deletes(&mut self, side: Side, id: u32) {
        let Some(Record { key, .. }) = self.system_mut(side).records.remove(&id) else { return };
        self.ghost.mark(key, Part::Existence, side);
        self.trace.tell(Event::UserDeletes(side, key));
    }

    fn user_creates(&mut self, side: Side) {
        let key = Key::New(self.new_value());
        let values = FIELDS.map(|_| self.new_value());
        self.add(side, key, values);
        for part in [Part::Existence, Part::Field(0), Part::Field(1)] {
            self.ghost.mark(key, part, side);
        }
        self.trace.tell(Event::UserCreates(side, key, values));
    }

    fn forget_agreed_edits(&mut self) {
        let (a, b) = (&self.a, &self.b);
        self.ghost.forget_agreed(|side, key| {
            let system = if side == Side::A { a } else { b };
            system.with_key(key).next_back().map(|(_, record)| record.values)
        });
    }

    /// The side carries a request out, whenever it lands; the ghost judges the effect.
    fn apply(&mut self, request: Request) -> Answer {
        let known =
            request.idempotency_key.and_then(|key| self.system(request.side).answers.get(&key).copied());
        if let Some(answer) = known {
            return answer;
        }
        let answer = match request.operation {
            Operation::Create => self.apply_create(request),
            Operation::Update | Operation::Delete => self.apply_change(request),
        };
        if let Some(key) = request.idempotency_key {
            self.system_mut(request.side).answers.insert(key, answer);
        }
        let Request { side, operation, key, wanted, .. } = request;
        self.trace.tell(Event::Lands(side, operation, key, wanted, answer));
        self.forget_agreed_edits();
        answer
    }

    fn apply_create(&mut self, request: Request) -> Answer {
        let Request { side, key, wanted: Some(wanted), .. } = request else { return Answer::Missing };
        let doubled = self.system(side).with_key(key).next().is_some();
        let found = self.ghost.judge_create(&request, doubled);
        self.violated(found);
        let id = self.system_mut(side).add(key, wanted, request.reference);
        self.ghost.saw(side, key, wanted);
        Answer::Done(id, self.system(side).records.get(&id).copied())
    }

    fn apply_change(&mut self, request: Request) -> Answer {
        let target = request.id.and_then(|id| Some((id, *self.system(request.side).records.get(&id)?)));
        let Some((id, mut record)) = target else { return Answer::Missing };
        if request.if_match.is_some_and(|version| version != record.version) {
            return Answer::Stale;
        }
        if let (Some(seen), Some(wanted)) = (request.seen, request.wanted) {
            self.violated(Ghost::judge_update(&request, seen, wanted, &record));
            for field in FIELDS.into_iter().filter(|field| request.carries[*field]) {
                record.values[field] = wanted[field];
            }
            record.version += 1;
            self.system_mut(request.side).records.insert(id, record);
            self.ghost.saw(request.side, request.key, record.values);
            return Answer::Done(id, Some(record));
        }
        self.violated(Ghost::judge_delete(request.seen, &record));
        self.system_mut(request.side).records.remove(&id);
        Answer::Done(id, None)
    }

    /// Sends one request over a network that, while there are faults, loses requests and answers or delays them.
    pub fn send(&mut self, request: Request, faults: bool) -> Answer {
        self.sent += 1;
        let dice = if faults { self.chance.unit() } else { 1.0 };
        let Weather { request_lost, answer_lost, arrives_late, .. } = self.weather;
        if dice < request_lost {
            return Answer::Timeout;
        }
        if dice < request_lost + answer_lost {
            self.apply(request);
            return Answer::Timeout;
        }
        if dice < request_lost + answer_lost + arrives_late {
            self.late.push(request);
            return Answer::Timeout;
        }
        self.apply(request)
    }

    pub fn has_late_requests(&self) -> bool {
        !self.late.is_empty()
    }

    pub fn any_late_request_lands(&mut self) {
        let which = self.chance.below(self.late.len());
        let request = self.late.remove(which);
        self.apply(request);
    }

    pub fn every_late_request_lands(&mut self) {
        while !self.late.is_empty() {
            let request = self.late.remove(0);
            self.apply(request);
        }
    }

    pub fn read(&self, side: Side) -> BTreeMap<u32, Record> {
        self.system(side).records.clone()
    }
}
