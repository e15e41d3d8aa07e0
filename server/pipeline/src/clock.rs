//! Time and chance as arguments (architecture, invariant 5): the same clock that the connectors are handed.

pub use connect::{Clock, SystemClock};

/// A clock that moves only when somebody sleeps on it, with random bits that follow from its seed.
#[cfg(feature = "testing")]
pub use connect::testing::QuickClock as TestClock;
