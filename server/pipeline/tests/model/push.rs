//! Sending the writes, and finding out what became of those that nobody answered.

use crate::app::Night;
use crate::coroutine::step;
use crate::nouns::{Operation, Record};
use crate::write::{Logged, Run, State, Write};

const MAX_ATTEMPTS: u32 = 4;
/// How likely a user acts in the moment between comparing and writing.
const COMPARE_WINDOW: f64 = 0.06;

impl Night<'_> {
    pub async fn push(&self, run: &Run) {
        for write in &run.writes {
            self.turns(&mut write.borrow_mut(), State::Sending);
            write.borrow_mut().attempts += 1;
            step().await;
            if self.flags.compare_first && self.changed_meanwhile(&write.borrow()) {
                self.turns(&mut write.borrow_mut(), State::Superseded);
                continue;
            }
            self.send(write).await;
            step().await;
            while !self.flags.settle && self.may_resend_blindly(&write.borrow()) {
                write.borrow_mut().attempts += 1;
                self.send(write).await;
            }
        }
    }

    fn may_resend_blindly(&self, write: &Write) -> bool {
        write.state == State::Unknown && write.attempts < 3
    }

    /// One request; a crash between the answer and its record loses the answer.
    async fn send(&self, write: &Logged) {
        let request = write.borrow().request(self.flags);
        let answer = self.world.borrow_mut().send(request, self.faults);
        step().await;
        let mut write = write.borrow_mut();
        write.record_answer(answer);
        let state = write.state;
        self.turns(&mut write, state);
    }

    fn changed_meanwhile(&self, write: &Write) -> bool {
        let mut world = self.world.borrow_mut();
        let system = world.system(write.side);
        let changed = match write.operation {
            Operation::Create => system.with_key(write.key).next().is_some(),
            Operation::Update | Operation::Delete => {
                write.id.and_then(|id| system.records.get(&id)).map(|record| record.values) != write.seen
            }
        };
        if !changed && world.chance.unit() < COMPARE_WINDOW {
            world.user_acts();
        }
        changed
    }

    /// Finds out what became of every write whose fate is unknown, and finishes it where that is safe (RL 3.4).
    pub async fn settle(&self, run: &Run) {
        for write in &run.writes {
            if write.borrow().state == State::Pending {
                // Never sent: the next merge plans it anew (R6).
                self.turns(&mut write.borrow_mut(), State::Dropped);
                continue;
            }
            while [State::Sending, State::Unknown].contains(&write.borrow().state) {
                self.settle_once(write).await;
            }
        }
    }

    async fn settle_once(&self, write: &Logged) {
        if self.flags.wait_in_flight {
            self.world.borrow_mut().every_late_request_lands();
        }
        let looked = self.look(&write.borrow());
        step().await;
        let tired = write.borrow().attempts >= MAX_ATTEMPTS;
        let verdict = self.verdict(&mut write.borrow_mut(), &looked).or(tired.then_some(State::Parked));
        if let Some(state) = verdict {
            self.turns(&mut write.borrow_mut(), state);
            return;
        }
        write.borrow_mut().attempts += 1;
        step().await;
        self.send(write).await;
        if write.borrow().state == State::Superseded {
            self.turns(&mut write.borrow_mut(), State::Unknown);
        }
        step().await;
    }

    /// By id, or by natural key for a create.
    fn look(&self, write: &Write) -> Option<(u32, Record)> {
        let world = self.world.borrow();
        let system = world.system(write.side);
        match write.operation {
            Operation::Create => system.with_key(write.key).next(),
            Operation::Update | Operation::Delete => {
                write.id.and_then(|id| Some((id, *system.records.get(&id)?)))
            }
        }
    }

    /// The table of unknown fates; nothing means: not applied, send again.
    fn verdict(&self, write: &mut Write, found: &Option<(u32, Record)>) -> Option<State> {
        let Some((id, record)) = found else {
            return match write.operation {
                Operation::Create => None,
                Operation::Update => Some(State::Ambiguous),
                Operation::Delete => Some(State::Acked),
            };
        };
        if write.operation == Operation::Create {
            write.id = Some(*id);
            let recognised = self.flags.correlation || Some(record.values) == write.wanted;
            return Some(if recognised { State::Acked } else { State::Ambiguous });
        }
        if write.operation == Operation::Update && Some(record.values) == write.wanted {
            return Some(State::Acked);
        }
        if Some(record.values) != write.seen {
            return Some(State::Ambiguous);
        }
        write.version = Some(record.version);
        None
    }
}
