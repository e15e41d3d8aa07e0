//! What the story is told with: a clock that only goes on when told to, and ids in a row.

use chrono::{DateTime, TimeDelta, Utc};
use merge::ContentHash;
use store::ids::{RunId, SchoolId};
use store::lease::Guard;
use store::{Reader, Store, Tx};

pub struct Teller {
    pub store: Store,
    pub now: DateTime<Utc>,
    next: u64,
}

/// The run that the story is about.
pub struct Night {
    pub school: SchoolId,
    pub run: RunId,
    pub number: i64,
    pub guard: Guard,
}

impl Teller {
    pub fn new(store: Store) -> Self {
        let now = DateTime::from_timestamp(1_760_000_000, 123_456_000).expect("in range");
        Self { store, now, next: 0 }
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub async fn begin(&self) -> Tx {
        self.store.begin().await.expect("a transaction")
    }

    pub async fn read(&self) -> Reader {
        self.store.read().await.expect("a reader")
    }

    /// An id that was not used before.
    pub fn id<T>(&mut self, make: impl FnOnce(DateTime<Utc>, u64) -> T) -> T {
        self.next += 1;
        make(self.now, self.next)
    }
}

pub fn hash(text: &str) -> ContentHash {
    ContentHash::of(text.as_bytes())
}

pub fn hash_text(text: &str) -> Option<String> {
    Some(hash(text).to_string())
}

pub fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}
