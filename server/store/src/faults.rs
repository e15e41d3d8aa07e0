//! Makes the n-th database call fail, so that a test can try every one of them (RL T28).
//!
//! Calls are counted where they enter the database: each statement, each `begin`, and each commit twice, once
//! before it and once after it took effect. Without the feature `faults` the counter is an empty type and every
//! question is answered with "no".

#[cfg(feature = "faults")]
pub use armed::Faults;
#[cfg(not(feature = "faults"))]
pub(crate) use disarmed::Faults;

#[cfg(not(feature = "faults"))]
mod disarmed {
    #[derive(Debug, Default)]
    pub(crate) struct Faults;

    impl Faults {
        #[expect(clippy::unused_self, reason = "the same calls as with the feature")]
        pub(crate) fn strike(&self) -> Result<(), crate::StoreError> {
            Ok(())
        }
    }
}

#[cfg(feature = "faults")]
mod armed {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Mutex, PoisonError};

    use crate::error::{StoreError, Trouble};

    /// The counter of one [`Store`](crate::Store): which call fails next, and how.
    #[derive(Debug, Default)]
    pub struct Faults {
        calls: AtomicU64,
        plan: Mutex<Option<(u64, Trouble)>>,
        struck: AtomicU64,
    }

    impl Faults {
        /// Starts counting at zero and makes call number `nth` (the first is 1) fail once with `trouble`.
        pub fn fail_at(&self, nth: u64, trouble: Trouble) {
            self.calls.store(0, Ordering::SeqCst);
            self.struck.store(0, Ordering::SeqCst);
            *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some((nth, trouble));
        }

        /// Lets every later call through; counting starts at zero.
        pub fn clear(&self) {
            self.calls.store(0, Ordering::SeqCst);
            *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }

        /// How many calls were counted since the last `fail_at` or `clear`.
        pub fn calls(&self) -> u64 {
            self.calls.load(Ordering::SeqCst)
        }

        /// Whether the planned failure has happened. A run in which it has not has met every call.
        pub fn struck(&self) -> bool {
            self.struck.load(Ordering::SeqCst) > 0
        }

        pub(crate) fn strike(&self) -> Result<(), StoreError> {
            let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            let plan = *self.plan.lock().unwrap_or_else(PoisonError::into_inner);
            match plan {
                Some((nth, trouble)) if nth == call => {
                    self.struck.fetch_add(1, Ordering::SeqCst);
                    Err(StoreError::Database { trouble, source: made_up(trouble) })
                }
                _ => Ok(()),
            }
        }
    }

    fn made_up(trouble: Trouble) -> sqlx::Error {
        match trouble {
            Trouble::Busy => sqlx::Error::PoolTimedOut,
            _ => sqlx::Error::Io(std::io::Error::other(format!("a test asked for this failure: {trouble}"))),
        }
    }
}
