//! The plan: one merge a record, one write for each side that lacks the result.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::app::Night;
use crate::ghost::{Edits, Violation, both_sides_edited};
use crate::merge::merge;
use crate::nouns::{Key, Part, Record, Side};
use crate::trace::Event;
use crate::write::{Known, Run, Write};

type Listing = BTreeMap<u32, Record>;

impl Night<'_> {
    pub fn plan(&mut self, listings: [&Listing; 2], edits: [&Edits; 2]) -> Run {
        self.durable.runs += 1;
        let mut run = Run::default();
        let listed = listings.iter().flat_map(|listing| listing.values().map(|record| record.key));
        let keys: BTreeSet<Key> = listed.chain(self.durable.base.keys().copied()).collect();
        for key in keys {
            if self.flags.park && self.durable.parked.contains_key(&key) {
                continue;
            }
            self.plan_record(&mut run, key, listings, edits);
        }
        run
    }

    fn plan_record(&self, run: &mut Run, key: Key, listings: [&Listing; 2], edits: [&Edits; 2]) {
        let shown = listings.map(|listing| listing.iter().find(|(_, record)| record.key == key));
        let seen = shown.map(|found| found.map(|(id, record)| (*id, *record)));
        let [a, b] = seen.map(|found| found.map(|(_, record)| record.values));
        let merged = merge(self.durable.base.get(&key).copied(), a, b);
        run.known.insert(key, Known { a, b, merged: merged.ok() });
        match merged {
            Err(part) => self.judge_conflict(key, part, edits),
            Ok(wanted) => {
                for (side, seen) in Side::BOTH.into_iter().zip(seen) {
                    if seen.map(|(_, record)| record.values) != wanted {
                        let write = Write::plan(self.durable.runs, side, key, seen, wanted);
                        run.writes.push(Rc::new(RefCell::new(write)));
                    }
                }
            }
        }
    }

    fn judge_conflict(&self, key: Key, part: Part, edits: [&Edits; 2]) {
        let mut world = self.world.borrow_mut();
        world.tally.conflicts += 1;
        world.trace.tell(Event::Conflict(key));
        if part == Part::Existence || both_sides_edited(key, part, edits) {
            return;
        }
        if self.durable.uncertain.contains(&key) {
            world.tally.cautious += 1;
        } else {
            world.violated(vec![Violation::PhantomConflict]);
        }
    }
}
