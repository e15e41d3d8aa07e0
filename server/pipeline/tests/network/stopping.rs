//! P35: the process is asked to end while a run is at work, at the beginning and the end of every call of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use connect::System;
use connect::sim::Class;
use pipeline::Executed;
use store::run::RunState;

use crate::around::{Around, Op, Watched};
use crate::bench::{Bench, edit_for_five_writes};
use crate::school::School;
use crate::world;

/// Asks the process to end at a moment: a call has two, its beginning and its end.
#[derive(Default)]
struct Ending {
    moments: AtomicUsize,
    at: AtomicUsize,
    stopping: Arc<AtomicBool>,
}

impl Ending {
    fn arm(&self, at: usize) {
        self.moments.store(0, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    /// Whether the armed moment came.
    fn came(&self) -> bool {
        self.moments.load(Ordering::SeqCst) >= self.at.load(Ordering::SeqCst)
    }

    fn count(&self) {
        if self.moments.fetch_add(1, Ordering::SeqCst) + 1 == self.at.load(Ordering::SeqCst) {
            self.stopping.store(true, Ordering::SeqCst);
        }
    }
}

impl Around for Ending {
    fn before(&self, _: Op) -> Option<Arc<dyn System>> {
        self.count();
        None
    }

    fn after(&self, _: Op) {
        self.count();
    }
}

/// A run is asked to stop at a moment, and another process goes on; whether the moment came, and what was wrong.
async fn stopped_at(school: &School, ending: &Ending, moment: usize) -> (bool, Vec<String>) {
    let bench = school.bench();
    let round = moment - 1;
    edit_for_five_writes(&school.servers, round).await;
    let run = bench.request().await;
    ending.arm(moment);
    let executed = bench.pipeline.execute(run).await;
    let came = ending.came();
    ending.arm(usize::MAX);
    ending.stopping.store(false, Ordering::SeqCst);
    let mut problems = Vec::new();
    let is_over = world::get_run(&bench.pipeline.store, run).await.state == RunState::Reported;
    match executed {
        Ok(Executed::Interrupted) if came && !is_over => {}
        Ok(Executed::Through) if is_over => {}
        other => problems.push(format!("it ended with {other:?}, over: {is_over}")),
    }
    // The leases were released: nobody has to wait for them.
    let mut next = bench.pipeline.clone();
    next.holder = format!("process {moment}");
    if !is_over && next.execute(run).await.ok() != Some(Executed::Through) {
        problems.push("the next process could not go on".to_owned());
    }
    let bench = Bench { pipeline: next, ..bench };
    let (writes, found) = bench.settles_within(1, &["R4"]).await;
    problems.extend(found);
    if writes != 5 * moment {
        problems.push(format!("{writes} writes took effect instead of {}", 5 * moment));
    }
    (came, problems)
}

#[tokio::test]
async fn p35_a_run_may_be_asked_to_stop_at_any_call() {
    let ending = Arc::new(Ending::default());
    let around = Arc::clone(&ending);
    let mut school = School::new(Class::Strong, 12, move |_, inner| {
        Arc::new(Watched { inner, around: Arc::clone(&around) }) as Arc<dyn System>
    })
    .await;
    ending.arm(usize::MAX);
    school.pipeline.stopping = Arc::clone(&ending.stopping);
    school.bench().agree().await;
    for moment in 1.. {
        let (came, problems) = stopped_at(&school, &ending, moment).await;
        assert!(problems.is_empty(), "moment {moment}: {}", problems.join("; "));
        if !came {
            // Four listings, a look at what is gone, and the writes.
            assert!(moment > 20, "a run has more calls than {}", moment / 2);
            break;
        }
    }
}
