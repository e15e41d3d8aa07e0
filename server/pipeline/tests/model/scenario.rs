//! One story: three agreed records, four runs among faults and crashes, then clean runs that must converge (RL T23).

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::app::{Durable, Night};
use crate::coroutine::Coroutine;
use crate::ghost::Violation;
use crate::merge::merge;
use crate::nouns::{FIELDS, Key, Side};
use crate::rng::Source;
use crate::trace::{Event, Trace};
use crate::variants::{Flags, Variant};
use crate::world::World;

const MAX_CRASHES: u64 = 6;
pub const FAULTY_RUNS: u32 = 4;
pub const CLEAN_RUNS: u32 = 4;

pub fn play(variant: Variant, number: u64, trace: Trace) -> World {
    let world = RefCell::new(World::new(Source::of_scenario(number), trace));
    let mut durable = agree_on_three_records(&world);
    for _ in 0..FAULTY_RUNS {
        users_act_by_day(&mut world.borrow_mut());
        world.borrow_mut().trace.tell(Event::Run);
        play_faulty_run(variant.flags(), &mut durable, &world);
    }
    world.borrow_mut().every_late_request_lands();
    for _ in 0..CLEAN_RUNS {
        world.borrow_mut().trace.tell(Event::CleanRun);
        let night = Night { durable: &mut durable, world: &world, flags: variant.flags(), faults: false };
        let mut run = Coroutine::new(night.run());
        while run.goes_on() {}
    }
    check_convergence(&mut world.borrow_mut(), &durable);
    world.into_inner()
}

fn agree_on_three_records(world: &RefCell<World>) -> Durable {
    let (mut durable, mut world) = (Durable::default(), world.borrow_mut());
    for number in 0..3 {
        let (key, values) = (Key::Known(number), FIELDS.map(|_| world.new_value()));
        for side in Side::BOTH {
            world.add(side, key, values);
        }
        durable.base.insert(key, values);
    }
    durable
}

pub fn users_act_by_day(world: &mut World) {
    for _ in 0..world.chance.below(3) {
        world.user_acts();
    }
}

fn play_faulty_run(flags: Flags, durable: &mut Durable, world: &RefCell<World>) {
    loop {
        let night = Night { durable: &mut *durable, world, flags, faults: true };
        let mut run = Coroutine::new(night.run());
        let mut crashed = false;
        while !crashed && run.goes_on() {
            crashed = the_world_turns(&mut world.borrow_mut());
        }
        if !crashed {
            return;
        }
    }
}

/// What happens between two steps of ours; true if we crash.
pub fn the_world_turns(world: &mut World) -> bool {
    if world.chance.unit() < world.weather.user_acts {
        world.user_acts();
    }
    if world.has_late_requests() && world.chance.unit() < world.weather.late_request_lands {
        world.any_late_request_lands();
    }
    let crashes = world.chance.unit() < world.weather.crash && world.tally.crashes < MAX_CRASHES;
    if crashes {
        world.tally.crashes += 1;
        world.trace.tell(Event::Crash);
    }
    crashes
}

fn check_convergence(world: &mut World, durable: &Durable) {
    let listings = Side::BOTH.map(|side| world.read(side));
    let listed = listings.iter().flat_map(|listing| listing.values().map(|record| record.key));
    let keys: BTreeSet<Key> = listed.chain(durable.base.keys().copied()).collect();
    let agrees = |key: &Key| {
        let shown = |listing: usize| listings[listing].values().find(|record| record.key == *key);
        let (a, b) = (shown(0).map(|record| record.values), shown(1).map(|record| record.values));
        let base = durable.base.get(key).copied();
        merge(base, a, b).is_err() || (a == b && a == base)
    };
    if !keys.iter().all(agrees) {
        world.violated(vec![Violation::NotConverged]);
    }
}
