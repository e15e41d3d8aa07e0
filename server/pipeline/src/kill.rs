//! Named points at which a test may end the process (RL 3.3, T25, T26).
//!
//! In a normal build `reach` is empty. With the feature `kill-points` a test arms one point in a child process; reaching
//! it calls `abort()`: no destructor runs and nothing is flushed, as when the power goes. With the feature `testing` a test
//! may watch all points of its own thread, and act there in the run's place.

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
#[cfg(not(any(feature = "kill-points", feature = "testing")))]
#[inline]
pub(crate) fn reach(_point: KillPoint) {}

/// Says that the run has come to `point`: shows it to whoever watches, and ends the process there if the point is armed.
#[cfg(any(feature = "kill-points", feature = "testing"))]
pub fn reach(point: KillPoint) {
    #[cfg(feature = "testing")]
    watched::reach(point);
    #[cfg(feature = "kill-points")]
    armed::reach(point);
}

#[cfg(feature = "kill-points")]
pub use armed::{arm, reached};
#[cfg(feature = "testing")]
pub use watched::watch;

#[cfg(feature = "testing")]
mod watched {
    use super::KillPoint;
    use std::cell::RefCell;

    type Watcher = Box<dyn FnMut(KillPoint)>;

    thread_local! {
        static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
    }

    /// Calls `watcher` at every point that a run on this thread comes to, in place of an earlier watcher. It may panic:
    /// the run then ends there, as far as its future can tell, and nobody watches any more.
    pub fn watch(watcher: impl FnMut(KillPoint) + 'static) {
        WATCHER.with(|place| *place.borrow_mut() = Some(Box::new(watcher)));
    }

    pub(super) fn reach(point: KillPoint) {
        let watcher = WATCHER.with(|place| place.borrow_mut().take());
        let Some(mut watcher) = watcher else { return };
        watcher(point);
        WATCHER.with(|place| *place.borrow_mut() = Some(watcher));
    }
}

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

    pub(super) fn reach(point: KillPoint) {
        let Ok(mut armed) = ARMED.lock() else { return };
        armed.reached.push(point);
        let Some((_, nth)) = armed.target.filter(|(target, _)| *target == point) else { return };
        if armed.reached.iter().filter(|met| **met == point).count() == nth as usize {
            std::process::abort();
        }
    }
}
