//! Thousands of scenarios of one variant, spread over the cores; the sum does not depend on how many there are.

use std::fmt;
use std::num::NonZero;
use std::ops::Range;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::subject::Subject;
use crate::world::Tally;

/// Scenarios between two looks at whether the variant has been caught.
const AT_ONCE: u64 = 4;

#[derive(Clone, Debug)]
pub struct Sum {
    pub subject: Subject,
    pub scenarios: u64,
    /// The numbers of the scenarios that showed damage, ascending.
    pub bad: Vec<u64>,
    pub tally: Tally,
    /// Scenarios that went otherwise the second time they were played; must stay empty (T21).
    pub unsteady: Vec<u64>,
}

impl Sum {
    fn of(subject: Subject, scenarios: u64) -> Self {
        Self { subject, scenarios, bad: Vec::new(), tally: Tally::default(), unsteady: Vec::new() }
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
        let (name, share) = (self.subject.variant().describe(), self.percent());
        let (bad, of) = (self.bad.len(), self.scenarios);
        write!(f, "{:8} {name:58} {bad:6} of {of:6} bad {share:6.2} %", self.subject.to_string())?;
        for (violation, times) in &self.tally.violations {
            write!(f, ", {violation} {times}")?;
        }
        let Tally { crashes, conflicts, cautious, errors, .. } = self.tally;
        write!(
            f,
            "; crashes {crashes}, conflicts {conflicts}, of them cautious {cautious}, errors {errors}"
        )?;
        if let Some(number) = self.bad.first() {
            write!(f, "\n         {}", self.subject.replay(*number))?;
        }
        Ok(())
    }
}

/// Plays scenarios 0 to `scenarios`, each 20th of them twice (F3).
pub fn measure(subject: Subject, scenarios: u64) -> Sum {
    let mut sum = Sum::of(subject, scenarios);
    add_range(&mut sum, 0..scenarios);
    sum
}

/// Plays scenarios from 0 on until one shows damage, at most `scenarios`.
pub fn measure_until_caught(subject: Subject, scenarios: u64) -> Sum {
    let mut sum = Sum::of(subject, 0);
    while sum.bad.is_empty() && sum.scenarios < scenarios {
        let end = scenarios.min(sum.scenarios + AT_ONCE);
        let begin = std::mem::replace(&mut sum.scenarios, end);
        add_range(&mut sum, begin..end);
    }
    sum
}

fn add_range(sum: &mut Sum, range: Range<u64>) {
    let next = AtomicU64::new(range.start);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let subject = sum.subject;
    thread::scope(|scope| {
        let work = || work_through(subject, range.end, &next);
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            sum.add(thread.join().expect("a scenario panicked"));
        }
    });
    sum.bad.sort_unstable();
}

fn work_through(subject: Subject, end: u64, next: &AtomicU64) -> Sum {
    let mut sum = Sum::of(subject, 0);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return sum;
        }
        play_into(&mut sum, number);
    }
}

fn play_into(sum: &mut Sum, number: u64) {
    let played = panic::catch_unwind(|| sum.subject.play(number)).unwrap_or_else(|panic| {
        eprintln!("{}", sum.subject.replay(number));
        panic::resume_unwind(panic);
    });
    if !played.tally.violations.is_empty() {
        sum.bad.push(number);
    }
    sum.tally.add(&played.tally);
    if number.is_multiple_of(20) && sum.subject.play(number).hash != played.hash {
        sum.unsteady.push(number);
    }
}
