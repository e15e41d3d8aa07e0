//! A clock whose sleeps take no time: it jumps, and the clocks of the servers jump along.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connect::sim::client::SimClient;
use connect::{Clock, SystemClock};

/// The real clock, ahead by all that was slept on it; its random bits are the same in every run of the tests.
pub struct JumpingClock {
    ahead: Mutex<TimeDelta>,
    drawn: AtomicU64,
    servers: Vec<SimClient>,
}

impl JumpingClock {
    pub fn new(servers: Vec<SimClient>) -> Self {
        Self { ahead: Mutex::default(), drawn: AtomicU64::default(), servers }
    }

    /// All that was slept.
    pub fn slept(&self) -> TimeDelta {
        *self.ahead.lock().expect("not poisoned")
    }

    /// Lets time pass for everybody.
    pub async fn pass(&self, seconds: u32) {
        self.sleep(Duration::from_secs(seconds.into())).await;
    }
}

#[async_trait]
impl Clock for JumpingClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.slept()
    }

    async fn sleep(&self, duration: Duration) {
        *self.ahead.lock().expect("not poisoned") += TimeDelta::from_std(duration).expect("in range");
        for server in &self.servers {
            server.advance(duration.as_secs_f64()).await.expect("the server's clock");
        }
    }

    fn random(&self) -> u64 {
        // SplitMix64.
        let state = self.drawn.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
