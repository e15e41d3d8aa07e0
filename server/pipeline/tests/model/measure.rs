//! Thousands of scenarios of one variant, in chunks over the cores; the sum does not depend on how many there are.

use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::scenario::play;
use crate::trace::Trace;
use crate::variants::Variant;
use crate::world::Tally;

const CHUNK: u64 = 500;

#[derive(Clone, Debug)]
pub struct Sum {
    pub variant: Variant,
    pub scenarios: u64,
    /// The numbers of the scenarios that showed damage, ascending.
    pub bad: Vec<u64>,
    pub tally: Tally,
    /// Scenarios that went otherwise the second time they were played; must stay empty (T21).
    pub unsteady: Vec<u64>,
}

impl Sum {
    fn of(variant: Variant, scenarios: u64) -> Self {
        Self { variant, scenarios, bad: Vec::new(), tally: Tally::default(), unsteady: Vec::new() }
    }

    fn add(&mut self, other: Self) {
        self.bad.extend(other.bad);
        self.unsteady.extend(other.unsteady);
        self.tally.add(&other.tally);
    }

    pub fn percent(&self) -> f64 {
        100.0 * self.bad.len() as f64 / self.scenarios as f64
    }

    /// How many of the first `scenarios` showed damage.
    pub fn bad_below(&self, scenarios: u64) -> usize {
        self.bad.partition_point(|number| *number < scenarios)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, share) = (self.variant.describe(), self.percent());
        write!(f, "{:4} {name:58} {:7} bad {share:6.2} %", self.variant.to_string(), self.bad.len())?;
        for (violation, times) in &self.tally.violations {
            write!(f, ", {violation} {times}")?;
        }
        let Tally { crashes, conflicts, cautious, .. } = self.tally;
        write!(f, "; crashes {crashes}, conflicts {conflicts}, of them cautious {cautious}")?;
        if let Some(number) = self.bad.first() {
            write!(f, "\n     {}", replay(self.variant, *number))?;
        }
        Ok(())
    }
}

/// The command that tells the story of one scenario.
pub fn replay(variant: Variant, number: u64) -> String {
    format!(
        "replay: MODEL_TRACE={variant}:{number} cargo test -p pipeline --test model story_of -- --nocapture"
    )
}

/// Plays scenarios 0 to `scenarios`, each 20th of them twice (F3).
pub fn measure(variant: Variant, scenarios: u64) -> Sum {
    let next = AtomicU64::new(0);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let mut sum = Sum::of(variant, scenarios);
    thread::scope(|scope| {
        let work = || work_through(variant, scenarios, &next);
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            sum.add(thread.join().expect("a scenario panicked"));
        }
    });
    sum.bad.sort_unstable();
    sum
}

fn work_through(variant: Variant, scenarios: u64, next: &AtomicU64) -> Sum {
    let mut sum = Sum::of(variant, scenarios);
    loop {
        let first = next.fetch_add(CHUNK, Ordering::Relaxed);
        if first >= scenarios {
            return sum;
        }
        for number in first..scenarios.min(first + CHUNK) {
            play_into(&mut sum, number);
        }
    }
}

fn play_into(sum: &mut Sum, number: u64) {
    let world = play(sum.variant, number, Trace::default());
    if !world.tally.violations.is_empty() {
        sum.bad.push(number);
    }
    sum.tally.add(&world.tally);
    if number.is_multiple_of(20) {
        let again = play(sum.variant, number, Trace::default());
        if again.trace.hash() != world.trace.hash() {
            sum.unsteady.push(number);
        }
    }
}
