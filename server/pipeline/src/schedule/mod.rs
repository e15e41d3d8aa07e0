//! When nights start: one row per slot, one start per slot, at most one missed slot caught up.

mod nightly;
#[cfg(test)]
mod tests;

pub use self::nightly::{Nightly, NightlyError, Slot, slots_between};
