//! One intended change to one side, as the log keeps it (RL 3.1).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::nouns::{Answer, Key, Operation, Record, Request, Side, Values};
use crate::trace::token;
use crate::variants::Flags;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Pending,
    Sending,
    Acked,
    Unknown,
    Superseded,
    Ambiguous,
    Parked,
    Dropped,
}

#[derive(Clone, Debug)]
pub struct Write {
    pub side: Side,
    pub key: Key,
    pub operation: Operation,
    pub id: Option<u32>,
    pub seen: Option<Values>,
    pub wanted: Option<Values>,
    pub version: Option<u32>,
    pub state: State,
    pub attempts: u32,
    /// The number of the run that planned it: with the key and the side it makes the idempotency key.
    pub run: u32,
}

impl Write {
    pub fn plan(run: u32, side: Side, key: Key, seen: Option<(u32, Record)>, wanted: Option<Values>) -> Self {
        let operation = match (seen, wanted) {
            (None, _) => Operation::Create,
            (Some(_), None) => Operation::Delete,
            (Some(_), Some(_)) => Operation::Update,
        };
        Self {
            side,
            key,
            operation,
            id: seen.map(|(id, _)| id),
            seen: seen.map(|(_, record)| record.values),
            wanted,
            version: seen.map(|(_, record)| record.version),
            state: State::Pending,
            attempts: 0,
            run,
        }
    }

    pub fn request(&self, flags: Flags) -> Request {
        let creates = self.operation == Operation::Create;
        Request {
            side: self.side,
            key: self.key,
            operation: self.operation,
            id: self.id,
            seen: self.seen,
            wanted: self.wanted,
            carries: [true; 2],
            if_match: self.version.filter(|_| flags.if_match && !creates),
            idempotency_key: (flags.idempotency_key && creates).then(|| token(&(self.run, self.key))),
            reference: None,
        }
    }

    pub fn record_answer(&mut self, answer: Answer) {
        self.state = match answer {
            Answer::Done(id, _) => {
                self.id = Some(id);
                State::Acked
            }
            Answer::Timeout => State::Unknown,
            Answer::Missing if self.operation == Operation::Delete => State::Acked,
            // From the second attempt on, our own first attempt may be what changed the version (R16).
            Answer::Missing | Answer::Stale if self.attempts == 1 => State::Superseded,
            Answer::Missing | Answer::Stale => State::Unknown,
        };
    }
}

/// A write as several durable lists hold it at once: the open run and the parked ones.
pub type Logged = Rc<RefCell<Write>>;

/// What a run read of a record, and what it made of it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub a: Option<Values>,
    pub b: Option<Values>,
    /// What both sides are to hold; nothing where they conflict.
    pub merged: Option<Option<Values>>,
}

/// One run's plan: what it knows of each record, and its writes.
#[derive(Default)]
pub struct Run {
    pub writes: Vec<Logged>,
    pub known: BTreeMap<Key, Known>,
}

/// A write that stayed open, kept for the next run.
pub struct Parked {
    pub write: Logged,
    pub known: Known,
}
