//! Named points at which a test may end the process (RL 3.3, T25, T26).
//!
//! In a normal build `reach` is empty. With the feature `kill-points` a test arms one point in a child process; reaching
//! it calls `abort()`: no destructor runs and nothing is flushed, as when the power goes.

/// The moments of a run at which a crash must do no harm (RL 3.3).
///
/// Tests walk [`KillPoint::ALL`], so that a new point is tested from the day it is written (T26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KillPoint {
    /// Before the claim.
    K0,
    /// After the claim.
    K1,
    /// After recovery.
    K2,
    /// Between two pages of a listing.
    K3,
    /// After the last listing closed.
    K4,
    /// After the updates went into the staged copies.
    K5,
    /// Between two batches of the plan.
    K6,
    /// After the plan closed.
    K7,
    /// After the gate.
    K8,
    /// Before the first write.
    K9,
    /// Before the closing transaction.
    K10,
    /// Between two batches of the base join.
    K11,
    /// After the run was committed.
    K12,
    /// After the mail server took the report, before we noted it.
    K13,
    /// Before a write is marked as being sent.
    W1,
    /// After that mark, before a byte leaves.
    W2,
    /// After the counterpart applied the write, before its answer is read.
    W3,
    /// After the answer, before it is stored.
    W4,
}

impl KillPoint {
    /// Every point, in the order in which a run meets them.
    pub const ALL: [KillPoint; 18] = [
        Self::K0,
        Self::K1,
        Self::K2,
        Self::K3,
        Self::K4,
        Self::K5,
        Self::K6,
        Self::K7,
        Self::K8,
        Self::K9,
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::K10,
        Self::K11,
        Self::K12,
        Self::K13,
    ];

    /// Whether a run meets this point once for every write.
    #[must_use]
    pub fn is_per_write(self) -> bool {
        matches!(self, Self::W1 | Self::W2 | Self::W3 | Self::W4)
    }
}

/// Says that the run has come to `point`.
#[cfg(not(feature = "kill-points"))]
#[inline]
pub(crate) fn reach(_point: KillPoint) {}

#[cfg(feature = "kill-points")]
pub use armed::{arm, reach, reached};

#[cfg(feature = "kill-points")]
mod armed {
    use super::KillPoint;
    use std::sync::Mutex;

    struct Armed {
        target: Option<(KillPoint, u32)>,
        reached: Vec<KillPoint>,
    }

    static ARMED: Mutex<Armed> = Mutex::new(Armed { target: None, reached: Vec::new() });

    /// Arms `point`: the process ends when it is reached for the `nth` time, counted from 1.
    pub fn arm(point: KillPoint, nth: u32) {
        if let Ok(mut armed) = ARMED.lock() {
            armed.target = Some((point, nth));
        }
    }

    /// The points reached so far in this process, in order.
    #[must_use]
    pub fn reached() -> Vec<KillPoint> {
        ARMED.lock().map(|armed| armed.reached.clone()).unwrap_or_default()
    }

    /// Says that the process has come to `point`; ends it there if the point is armed.
    pub fn reach(point: KillPoint) {
        let Ok(mut armed) = ARMED.lock() else { return };
        armed.reached.push(point);
        let times = armed.reached.iter().filter(|met| **met == point).count();
        if armed.target.is_some_and(|(target, nth)| target == point && times == nth as usize) {
            std::process::abort();
        }
    }
}
