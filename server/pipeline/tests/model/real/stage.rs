//! The stage on which the real pipeline meets the model's world: one clock, one source of chance, and the moments at which
//! everybody else acts.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connect::Clock;

use super::weakness::Weakness;
use crate::ghost::Edits;
use crate::nouns::Side;
use crate::rng::Source;
use crate::world::World;

/// How long a step takes on the stage's clock.
const STEP_MICROS: i64 = 50_000;
/// A sleep as long as this outlasts every request that is still under way.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(10);
/// 2026-01-05 06:00 UTC.
const BEGINNING: i64 = 1_767_592_800_000_000;

pub struct Stage {
    pub weakness: Weakness,
    world: Mutex<World>,
    /// Chance of the pipeline's own: ids, jitter.
    ids: Mutex<Source>,
    micros: AtomicI64,
    stepped: AtomicBool,
    faults: AtomicBool,
    /// What users had changed when each side was last listed.
    edits_at_listing: Mutex<[Edits; 2]>,
}

impl Stage {
    pub fn new(world: World, ids: Source, weakness: Weakness) -> Arc<Self> {
        Arc::new(Self {
            weakness,
            world: Mutex::new(world),
            ids: Mutex::new(ids),
            micros: AtomicI64::new(BEGINNING),
            stepped: AtomicBool::new(false),
            faults: AtomicBool::new(false),
            edits_at_listing: Mutex::default(),
        })
    }

    /// Never hold it over a step: the world turns there.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has_faults(&self) -> bool {
        self.faults.load(Ordering::Relaxed)
    }

    pub fn set_faults(&self, faults: bool) {
        self.faults.store(faults, Ordering::Relaxed);
    }

    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Lets time go by. Where the pipeline is told to wait for requests under way, waiting helps; elsewhere a request may
    /// land however late.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        if self.weakness.waits() && by >= LONGEST_REQUEST {
            self.world().every_late_request_lands();
        }
    }

    /// A moment at which users act, late requests land, or the process dies.
    pub async fn step(&self) {
        self.micros.fetch_add(STEP_MICROS, Ordering::Relaxed);
        let mut passed = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut passed, true) {
                return Poll::Ready(());
            }
            self.stepped.store(true, Ordering::Relaxed);
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Whether a step was reached since this was last asked.
    pub fn take_stepped(&self) -> bool {
        self.stepped.swap(false, Ordering::Relaxed)
    }

    pub fn note_listing(&self, side: Side) {
        let edits = self.world().ghost.edits().clone();
        self.edits_at_listing.lock().unwrap_or_else(PoisonError::into_inner)[side as usize] = edits;
    }

    pub fn edits_at_listing(&self) -> [Edits; 2] {
        self.edits_at_listing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Clock for Stage {
    fn now(&self) -> DateTime<Utc> {
        Self::now(self)
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
        self.step().await;
    }

    fn random(&self) -> u64 {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}
