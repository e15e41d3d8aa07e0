//! For tests: a clock that stands until it is moved, and an installation that lives by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::api::{Actor, Api as _};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connect::Clock;

use crate::config::{Config, Options};
use crate::installation::Installation;

/// The clock, in seconds.
pub(super) struct Moved(AtomicI64);

impl Moved {
    pub(super) fn at(instant: &str) -> Arc<Self> {
        let clock = Arc::new(Self(AtomicI64::new(0)));
        clock.set(instant);
        clock
    }

    pub(super) fn set(&self, at: &str) {
        self.0.store(at.parse::<DateTime<Utc>>().expect("an instant").timestamp(), Ordering::Relaxed);
    }

    /// One school whose nights begin at half past two in Madrid.
    pub(super) async fn installation(folder: &tempfile::TempDir, clock: &Arc<Self>) -> Installation {
        let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
        let config = Config::read(&options).expect("a configuration");
        let installation =
            Installation::open_with(config, Arc::clone(clock) as _).await.expect("an installation");
        let document = include_str!("../desk/tests/local.toml");
        let nightly = format!("{document}\n[schedule]\nnightly = true\nat = \"02:30\"\n");
        let actor = Actor::command_line("test");
        installation.desk.import_settings(&actor, &nightly, "").await.expect("settings");
        installation
    }
}

#[async_trait]
impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).expect("in range")
    }

    async fn sleep(&self, _: Duration) {}

    fn random(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs()
    }
}
