//! A clock whose sleeps take no time.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::clock::Clock;

/// Starts at an instant and moves only when somebody sleeps on it. Its random bits follow from the seed.
#[derive(Debug)]
pub struct QuickClock {
    now_us: AtomicI64,
    state: AtomicU64,
    slept_us: AtomicI64,
}

impl QuickClock {
    /// A clock that stands at `start`.
    pub fn new(start: DateTime<Utc>, seed: u64) -> Self {
        Self {
            now_us: AtomicI64::new(start.timestamp_micros()),
            state: AtomicU64::new(seed),
            slept_us: AtomicI64::new(0),
        }
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.now_us.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// How long everybody has slept on it in all.
    pub fn slept(&self) -> Duration {
        Duration::from_micros(self.slept_us.load(Ordering::SeqCst).unsigned_abs())
    }
}

impl Default for QuickClock {
    fn default() -> Self {
        Self::new(DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000), 7)
    }
}

#[async_trait]
impl Clock for QuickClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now_us.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
    }

    async fn sleep(&self, duration: Duration) {
        self.slept_us.fetch_add(i64::try_from(duration.as_micros()).unwrap_or(0), Ordering::SeqCst);
        self.advance(duration);
        tokio::task::yield_now().await;
    }

    /// SplitMix64.
    fn random(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
