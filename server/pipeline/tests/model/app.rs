//! Our side of the protocol. Every `step().await` is a moment at which users act, late requests land, or we crash.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::coroutine::step;
use crate::nouns::{Key, Side, Values};
use crate::trace::Event;
use crate::variants::Flags;
use crate::world::World;
use crate::write::{Parked, Run, State, Write};

/// What survives a crash; all else is lost with the coroutine.
#[derive(Default)]
pub struct Durable {
    pub base: BTreeMap<Key, Values>,
    pub open_run: Option<Rc<Run>>,
    pub parked: BTreeMap<Key, Parked>,
    /// Records on which the fate of a write could not be cleared up.
    pub uncertain: BTreeSet<Key>,
    pub runs: u32,
}

/// One run of the protocol, from its start to its end or its crash.
pub struct Night<'a> {
    pub durable: &'a mut Durable,
    pub world: &'a RefCell<World>,
    pub flags: Flags,
    pub faults: bool,
}

impl Night<'_> {
    pub async fn run(mut self) {
        self.recover().await;
        self.settle_parked().await;
        let edits_a = self.world.borrow().ghost.edits().clone();
        let listing_a = self.world.borrow().read(Side::A);
        step().await;
        let edits_b = self.world.borrow().ghost.edits().clone();
        let listing_b = self.world.borrow().read(Side::B);
        step().await;
        let run = Rc::new(self.plan([&listing_a, &listing_b], [&edits_a, &edits_b]));
        if self.flags.write_log {
            self.durable.open_run = Some(Rc::clone(&run));
        }
        if self.flags.base_from_plan {
            self.take_base_from_plan(&run);
        }
        step().await;
        self.push(&run).await;
        if self.flags.settle {
            self.settle(&run).await;
        }
        if self.flags.base_from_reread {
            self.take_base_from_reread(&run).await;
        } else if !self.flags.base_from_plan {
            self.join_base(&run);
        }
        self.durable.open_run = None;
        step().await;
    }

    async fn recover(&mut self) {
        let Some(run) = self.durable.open_run.clone() else { return };
        self.tell(Event::Recovers);
        self.settle(&run).await;
        self.join_base(&run);
        self.durable.open_run = None;
        step().await;
    }

    /// Writes that an earlier run left open are settled before anything is planned (R18).
    async fn settle_parked(&mut self) {
        if !self.flags.park || self.durable.parked.is_empty() {
            return;
        }
        let parked = self.durable.parked.values();
        let again = Run {
            writes: parked.clone().map(|entry| Rc::clone(&entry.write)).collect(),
            known: parked.map(|entry| (entry.write.borrow().key, entry.known)).collect(),
        };
        for write in &again.writes {
            let mut write = write.borrow_mut();
            self.turns(&mut write, State::Unknown);
            write.attempts = write.attempts.min(2);
        }
        self.settle(&again).await;
        self.durable.parked.retain(|_, entry| entry.write.borrow().state == State::Parked);
        self.join_base(&again);
        step().await;
    }

    pub fn tell(&self, event: Event) {
        self.world.borrow_mut().trace.tell(event);
    }

    pub fn turns(&self, write: &mut Write, state: State) {
        write.state = state;
        self.tell(Event::Fate(write.side, write.operation, write.key, state));
    }
}
