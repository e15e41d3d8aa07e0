//! How fast requests go out: at most so many at a time and in a second, and never before the system said so.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::Clock;
use crate::error::SystemError;

/// The longest wait the connector takes upon itself; beyond it the side stops until then.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// A write is not kept waiting longer than this: its caller holds a lease.
const LONGEST_WAIT_OF_A_WRITE: Duration = Duration::from_secs(5);

/// The pace of one system.
#[derive(Debug)]
pub struct Pace {
    permits: Semaphore,
    per_second: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    filled_at: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
}

impl Pace {
    /// A pace that lets a second's worth of requests go at once.
    pub fn new(concurrency: usize, per_second: u32) -> Self {
        let tokens = f64::from(per_second);
        Self {
            permits: Semaphore::new(concurrency),
            per_second: tokens,
            state: Mutex::new(State { tokens, filled_at: None, not_before: None }),
        }
    }

    /// Waits for a place and for the time; `Throttled` when the system asked for a longer wait than may be taken.
    pub async fn enter(&self, clock: &dyn Clock, is_write: bool) -> Result<SemaphorePermit<'_>, SystemError> {
        let permit = self.permits.acquire().await.map_err(|closed| SystemError::Unreachable {
            message: format!("the connector was closed: {closed}"),
        })?;
        let longest = if is_write { LONGEST_WAIT_OF_A_WRITE } else { LONGEST_WAIT };
        loop {
            let (wait, asked_for) = self.wait(clock.now());
            if wait.is_zero() {
                return Ok(permit);
            }
            if asked_for && wait > longest {
                return Err(SystemError::Throttled { after: Some(wait) });
            }
            clock.sleep(wait).await;
        }
    }

    /// Takes note that the system asked to wait.
    pub fn slow_down(&self, until: DateTime<Utc>) {
        let mut state = self.lock();
        if state.not_before.is_none_or(|earlier| earlier < until) {
            state.not_before = Some(until);
        }
    }

    /// How long to wait still, and whether the system asked for it; takes a token when there is none to wait.
    fn wait(&self, now: DateTime<Utc>) -> (Duration, bool) {
        let mut state = self.lock();
        if let Some(until) = state.not_before {
            if let Ok(wait) = (until - now).to_std()
                && !wait.is_zero()
            {
                return (wait, true);
            }
            state.not_before = None;
        }
        let since = state.filled_at.map_or(TimeDelta::zero(), |then| now - then);
        let gained = since.num_microseconds().unwrap_or(0).max(0) as f64 / 1e6 * self.per_second;
        state.tokens = (state.tokens + gained).min(self.per_second);
        state.filled_at = Some(now);
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            return (Duration::ZERO, false);
        }
        let missing = (1.0 - state.tokens) / self.per_second;
        (Duration::from_secs_f64(missing).max(Duration::from_millis(1)), false)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The wait that a `Retry-After` or `Backoff` value asks for: seconds, or a date.
pub fn read_wait(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = read_http_date(text)?;
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// A date as in HTTP headers.
pub fn read_http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|instant| instant.with_timezone(&Utc))
}
