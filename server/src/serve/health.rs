//! Whether the process does its work: up or down, and nothing more (RL S49).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use connect::Clock;

/// A loop that has not come round well for this long is taken for dead.
const SILENCE: TimeDelta = TimeDelta::minutes(3);

/// When each loop last came round.
#[derive(Clone)]
pub struct Health {
    clock: Arc<dyn Clock>,
    beats: Arc<Mutex<BTreeMap<&'static str, DateTime<Utc>>>>,
    overdue: Arc<AtomicBool>,
}

impl Health {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, beats: Arc::default(), overdue: Arc::default() }
    }

    /// A loop has come round without an error.
    pub(super) fn beat(&self, name: &'static str) {
        let now = self.clock.now();
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).insert(name, now);
    }

    /// A loop has ended without being asked to.
    pub(super) fn died(&self, name: &'static str) {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.insert(name, DateTime::UNIX_EPOCH);
    }

    /// Whether a night should be over and is not.
    pub(super) fn set_overdue(&self, overdue: bool) {
        self.overdue.store(overdue, Ordering::Relaxed);
    }

    /// Whether every loop has come round lately, and no night is overdue.
    #[must_use]
    pub fn is_up(&self) -> bool {
        let now = self.clock.now();
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        !self.overdue.load(Ordering::Relaxed) && beats.values().all(|beat| now - *beat < SILENCE)
    }
}

/// `/healthz`: 200 `up` or 503 `down`.
pub(super) fn routes(health: Health) -> Router {
    Router::new().route("/healthz", get(answer)).with_state(health)
}

async fn answer(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.is_up() { (StatusCode::OK, "up\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "down\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::SystemClock;

    #[test]
    fn p33_a_loop_that_died_turns_the_health_red() {
        let health = Health::new(Arc::new(SystemClock));
        health.beat("mail");
        health.beat("runs");
        assert!(health.is_up());
        health.died("mail");
        assert!(!health.is_up());
    }
}
