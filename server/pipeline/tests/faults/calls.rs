//! T28: the n-th database call of a run of five writes fails, for every n until a run meets no fault.
//!
//! After each fault the process is alive and the base is sound. Then the same run is started again, without faults, and
//! must end as if nothing had been: the servers' own logs find nothing doubled, nothing lost and nothing made up.
//!
//! All calls on both engines take minutes, so that a run of the tests takes a sample: every so many calls, by a prime, so
//! that it does not always meet the same call of each write, and from another one on each day. `TIEBREAK_EVERY_FAULT=1`
//! takes them all.

use std::time::Instant;

use chrono::TimeDelta;
use connect::sim::Class;
use pipeline::Executed;
use store::run::RunState;
use store::testing::TestEngine;
use store::{Store, Trouble};

use crate::bench::{self, Bench, edit_for_five_writes};
use crate::world::{self, Servers};

/// Writes of the plan.
const WRITES: usize = 5;

/// Of how many kinds a failure is; which one a call meets follows from its number.
const KINDS: [Trouble; 5] =
    [Trouble::Busy, Trouble::Io, Trouble::Full, Trouble::LostConnection, Trouble::Serialization];

fn trouble_of(nth: u64) -> Trouble {
    // A multiplicative hash, so that neighbours meet different kinds.
    let place = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    KINDS[usize::try_from(place).unwrap_or_default() % KINDS.len()]
}

/// A school of its own in the database, agreed.
async fn agreed<'a>(servers: &'a Servers, store: &Store, slug: &str) -> Bench<'a> {
    servers.fill(12).await;
    let school = world::make_school(store, slug, &world::settings(&servers.urls())).await;
    let pipeline = world::pipeline(store.clone(), TimeDelta::zero(), "test", |_, system| system);
    let bench = Bench { servers, pipeline, school };
    bench.agree().await;
    bench
}

/// Edits both sides and fails one call of the run that follows; whether there was such a call, and what was wrong
/// afterwards. A write too many or too few in an earlier round shows in the count of this one.
async fn survives(bench: &Bench<'_>, round: usize, nth: u64) -> (bool, Vec<String>) {
    edit_for_five_writes(bench.servers, round).await;
    let (store, pipeline) = (&bench.pipeline.store, &bench.pipeline);
    let run = bench.request().await;
    store.faults().fail_at(nth, trouble_of(nth));
    let met = pipeline.execute(run).await;
    let struck = store.faults().struck();
    store.faults().clear();
    let mut problems = bench.servers.look().await.unsound_bases(store, bench.school).await;
    if !struck && !matches!(met, Ok(Executed::Through)) {
        problems.push(format!("it failed without a fault: {met:?}"));
    }
    if world::get_run(store, run).await.state != RunState::Reported {
        match pipeline.execute(run).await {
            Ok(Executed::Through) => {}
            other => problems.push(format!("the second start ended with {other:?}")),
        }
    }
    let ended = world::get_run(store, run).await;
    if ended.state != RunState::Reported {
        problems.push(format!("the run is left {:?}", ended.state));
    }
    let (writes, found) = bench.settles_within(1, &["R4"]).await;
    problems.extend(found);
    let wanted = WRITES * (round + 1);
    if writes != wanted {
        problems.push(format!("{writes} writes took effect instead of {wanted}"));
    }
    (struck, problems)
}

/// Rounds of one school: with a school for each, most of the time would go into first runs.
const ROUNDS: usize = 25;

/// The calls that fail, from `next` on.
struct Walk {
    next: u64,
    step: usize,
    struck: usize,
    failed: Vec<String>,
}

impl Walk {
    /// Fails calls of one school, one a round, until a round has a problem or meets no fault. Whether there may be more.
    async fn goes_on(&mut self, servers: &Servers, store: &Store) -> bool {
        let bench = agreed(servers, store, &format!("n{}", self.next)).await;
        for (round, nth) in (0..ROUNDS).zip((self.next..).step_by(self.step)) {
            let (struck, mut problems) = survives(&bench, round, nth).await;
            let is_last = !struck || round + 1 == ROUNDS;
            if is_last && problems.is_empty() {
                problems = bench.is_at_rest().await;
            }
            if !problems.is_empty() {
                self.failed.push(format!("call {nth}, {}: {}", trouble_of(nth), problems.join("; ")));
            }
            if !struck {
                return false;
            }
            self.struck += 1;
            self.next = nth + self.step as u64;
            if is_last || !problems.is_empty() {
                break;
            }
        }
        true
    }
}

/// Walks at once on an engine, each through its own part of the calls, so that no core waits for the slower engine.
const LANES: usize = 2;

/// Fails every `step`-th call, or every single one if so asked, as far as they are in this lane.
async fn walk(engine: TestEngine, step: usize, lane: usize) {
    let servers = Servers::start(Class::Strong).await;
    let test = store::testing::fresh(engine).await.expect("a database");
    let began = Instant::now();
    let step = if bench::takes_every_fault() { 1 } else { step };
    let first = 1 + bench::sample() % step + lane * step;
    let mut walk = Walk { next: first as u64, step: step * LANES, struck: 0, failed: Vec::new() };
    while walk.goes_on(&servers, &test.store).await {}
    let Walk { next, struck, failed, .. } = walk;
    println!(
        "{struck} of {next} database calls of a run failed one by one, from {first} on, on {engine:?} in {:?}",
        began.elapsed()
    );
    assert!(next > 400, "a run has more calls than {next}");
    assert!(failed.is_empty(), "{} calls failed on {engine:?}:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test]
async fn p30_any_database_call_of_the_first_lane_may_fail_once_on_postgres() {
    walk(TestEngine::Postgres, 13, 0).await;
}

#[tokio::test]
async fn p30_any_database_call_of_the_other_lane_may_fail_once_on_postgres() {
    walk(TestEngine::Postgres, 13, 1).await;
}

#[tokio::test]
async fn p30_any_database_call_of_the_first_lane_may_fail_once_on_sqlite() {
    walk(TestEngine::Sqlite, 7, 0).await;
}

#[tokio::test]
async fn p30_any_database_call_of_the_other_lane_may_fail_once_on_sqlite() {
    walk(TestEngine::Sqlite, 7, 1).await;
}
