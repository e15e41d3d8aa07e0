//! The base moves to what both sides are known to have held, and to nothing else (R19, R20).

use crate::app::Night;
use crate::coroutine::step;
use crate::nouns::{FIELDS, Key, Side, Values};
use crate::trace::Event;
use crate::write::{Known, Parked, Run, State};
use std::rc::Rc;

impl Night<'_> {
    pub fn join_base(&mut self, run: &Run) {
        if self.flags.park {
            self.park(run);
        }
        for (key, known) in &run.known {
            if known.merged.is_some() {
                self.join_record(run, *key, known);
            }
        }
    }

    fn park(&mut self, run: &Run) {
        for write in &run.writes {
            let (key, state) = (write.borrow().key, write.borrow().state);
            if state == State::Parked {
                let entry = Parked { write: Rc::clone(write), known: run.known[&key] };
                self.durable.parked.insert(key, entry);
            }
        }
    }

    fn join_record(&mut self, run: &Run, key: Key, known: &Known) {
        let (mut a, mut b) = (known.a, known.b);
        for write in run.writes.iter().map(|write| write.borrow()).filter(|write| write.key == key) {
            match write.state {
                State::Acked if write.side == Side::A => a = write.wanted,
                State::Acked => b = write.wanted,
                State::Ambiguous | State::Parked | State::Unknown => {
                    self.durable.uncertain.insert(key);
                }
                State::Pending | State::Sending | State::Superseded | State::Dropped => {}
            }
        }
        let base = self.durable.base.get(&key).copied();
        if a == b {
            self.set_base(key, a);
        } else if let (true, Some(a), Some(b), Some(mut joined)) = (self.flags.field_base, a, b, base) {
            for field in FIELDS.into_iter().filter(|field| a[*field] == b[*field]) {
                joined[field] = a[field];
            }
            self.set_base(key, Some(joined));
        }
    }

    /// The mistake of V8: what is planned is taken for what is held.
    pub fn take_base_from_plan(&mut self, run: &Run) {
        for (key, known) in &run.known {
            if let Some(merged) = known.merged {
                self.set_base(*key, merged);
            }
        }
    }

    /// The mistake of V9: what is read at the end is taken for what was agreed.
    pub async fn take_base_from_reread(&mut self, run: &Run) {
        step().await;
        let listing = self.world.borrow().read(Side::B);
        step().await;
        for (key, known) in &run.known {
            if known.merged.is_some() {
                let shown = listing.values().rfind(|record| record.key == *key);
                self.write_base(*key, shown.map(|record| record.values));
            }
        }
    }

    fn set_base(&mut self, key: Key, values: Option<Values>) {
        if let Some(values) = values {
            let mut world = self.world.borrow_mut();
            let found = world.ghost.judge_base(key, values.map(Some));
            world.violated(found);
        }
        self.write_base(key, values);
    }

    fn write_base(&mut self, key: Key, values: Option<Values>) {
        let before = match values {
            Some(values) => self.durable.base.insert(key, values),
            None => self.durable.base.remove(&key),
        };
        if before != values {
            self.tell(Event::Base(key, values.map(|values| values.map(Some))));
        }
    }
}
