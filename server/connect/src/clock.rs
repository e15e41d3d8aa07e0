//! Time and chance as arguments (architecture, invariant 5).

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Where a connector, and everything above it, gets its time and its randomness from.
///
/// Tests pass a clock whose `sleep` returns at once, so that no test waits for a back-off.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Returns after the duration has gone by on this clock.
    async fn sleep(&self, duration: Duration);

    /// 64 random bits.
    fn random(&self) -> u64;
}

/// The machine's own clock and generator; the only place in the workspace that asks for them.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is handed")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> u64 {
        rand::random()
    }
}
