//! Nights of the real pipeline on a stage: from step to step, with the world turning in between, through crashes.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use pipeline::{Executed, kill};
use store::ids::{RunId, SchoolId};
use store::run::{NewRun, RunKind, RunState};

use super::judge::Judge;
use super::mistakes::Before;
use super::school::{Database, pipeline};
use super::stage::Stage;
use crate::scenario::the_world_turns;
use crate::trace::Event;

/// How long a new process waits before it tries: until the lease of the one that died has run out.
const RESTART: Duration = Duration::from_secs(61);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// More attempts than that at one run mean that it never ends.
const MOST_ATTEMPTS: u32 = 60;

pub struct Nights {
    pub stage: Arc<Stage>,
    pub database: Database,
    pub school: SchoolId,
    pub judge: Judge,
    starts: u64,
    slots: u64,
}

/// What unwinds a run that dies at a kill point.
struct Crash;

enum Outcome {
    Through,
    Busy,
    Crashed,
    Failed,
}

impl Nights {
    pub fn new(stage: Arc<Stage>, database: Database, school: SchoolId) -> Self {
        Self { stage, database, school, judge: Judge::default(), starts: 1, slots: 0 }
    }

    /// In a database that has seen its first night already.
    pub async fn after_the_first(stage: Arc<Stage>, database: Database, school: SchoolId) -> Self {
        stage.advance(2 * DAY);
        let mut nights = Self { starts: 2, slots: 1, ..Self::new(stage, database, school) };
        nights.judge.look(&nights.stage, &nights.database.store, school).await;
        nights
    }

    /// One run, however many starts of the process it takes.
    pub async fn run(&mut self, event: Event) {
        self.stage.world().trace.tell(event);
        self.stage.advance(DAY);
        let snapshot = if self.stage.weakness.forgets { Some(self.snapshot().await) } else { None };
        let before = Before::of(&self.stage, &self.database.store, self.school).await;
        let mut run = self.request().await;
        for _ in 0..MOST_ATTEMPTS {
            let outcome = self.attempt(run).await;
            self.judge.look(&self.stage, &self.database.store, self.school).await;
            match outcome {
                Outcome::Through => {
                    before.make_mistakes(&self.stage, &self.database.store, self.school).await;
                    self.judge.look(&self.stage, &self.database.store, self.school).await;
                    return;
                }
                Outcome::Busy => {}
                Outcome::Failed => self.stage.world().tally.errors += 1,
                Outcome::Crashed => {
                    if let Some(content) = &snapshot {
                        self.restore(content).await;
                        run = self.request().await;
                    } else if self.stage.world().chance.unit() < 0.5 {
                        // The next night begins before anybody has finished this one.
                        run = self.request().await;
                    }
                }
            }
            self.starts += 1;
            self.stage.advance(RESTART);
        }
        self.stage.world().tally.errors += 1;
    }

    async fn request(&mut self) -> RunId {
        self.slots += 1;
        let (now, id) =
            (self.stage.now(), RunId::new(self.stage.now(), connect::Clock::random(&*self.stage)));
        let slot = format!("night {}", self.slots);
        let run = NewRun {
            id,
            school: self.school,
            kind: RunKind::Nightly,
            slot: &slot,
            options: "{}",
            requested_by: "model",
        };
        let mut tx = self.database.store.begin().await.expect("a transaction");
        let (run, _) = store::run::request(&mut tx, &run, now).await.expect("a run");
        tx.commit().await.expect("a commit");
        run.id
    }

    async fn attempt(&self, run: RunId) -> Outcome {
        let pipeline = pipeline(&self.database.store, &self.stage, self.starts);
        let stage = Arc::clone(&self.stage);
        kill::watch(move |_| {
            if stage.has_faults() && the_world_turns(&mut stage.world()) {
                resume_unwind(Box::new(Crash));
            }
        });
        let mut work = Box::pin(pipeline.execute(run));
        loop {
            let step = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
                Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(Some(outcome))),
                Ok(Poll::Pending) if self.stage.take_stepped() => Poll::Ready(Ok(None)),
                Ok(Poll::Pending) => Poll::Pending,
                Err(panic) => Poll::Ready(Err(panic)),
            });
            let step = match step.await {
                Ok(step) => step,
                Err(panic) if panic.is::<Crash>() => return Outcome::Crashed,
                Err(panic) => resume_unwind(panic),
            };
            match step {
                Some(Ok(Executed::Through)) => return self.check_state(run).await,
                Some(Ok(Executed::Busy | Executed::Interrupted)) => return Outcome::Busy,
                Some(Err(error)) => {
                    self.stage.world().trace.note(&format!("the run failed: {error}"));
                    return Outcome::Failed;
                }
                None if self.stage.has_faults() && the_world_turns(&mut self.stage.world()) => {
                    return Outcome::Crashed;
                }
                None => {}
            }
        }
    }

    /// A run that waits for a person would hide what the protocol does.
    async fn check_state(&self, run: RunId) -> Outcome {
        let mut reader = self.database.store.read().await.expect("a reader");
        let run = store::run::get(&mut reader, run).await.expect("the run");
        if run.state == RunState::Reported {
            return Outcome::Through;
        }
        let note = format!("the run stands at {:?}: {:?}", run.state, run.hold_reasons);
        self.stage.world().trace.note(&note);
        Outcome::Failed
    }

    async fn snapshot(&mut self) -> Vec<u8> {
        let file = self.database.file.clone();
        self.database.store.close().await;
        let content = std::fs::read(&file).expect("the database is a file");
        self.database = Database::open(file).await;
        content
    }

    async fn restore(&mut self, content: &[u8]) {
        let file = self.database.file.clone();
        self.database.store.close().await;
        self.database = Database::with(file, content).await;
    }
}

/// The machine of every test of this kind: one thread, and timers that are never waited for (RL T21).
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
