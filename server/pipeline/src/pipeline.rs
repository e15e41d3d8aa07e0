//! The machine that carries runs out: what it needs, and how a run begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use connect::{Clock, Cx, System};
use merge::Side;
use serde::{Deserialize, Serialize};
use store::Store;
use store::ids::{RunId, SchoolId};
use store::run::Run;

use crate::error::{PipelineError, Result};
use crate::mail::Mailer;
use crate::settings::{Pair, Settings};

/// Makes the two systems of a school ready from its settings. The binary knows the secrets; tests hand in their own.
pub trait OpenSystems: Send + Sync {
    /// The system on `side`, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// A text for people when the configuration or a secret is missing.
    fn open(&self, school: SchoolId, settings: &Settings, side: Side) -> Result<Arc<dyn System>, String>;
}

/// Bounds of the machine itself. The defaults are those of RL section 3.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long a lease holds without being renewed (R28).
    pub lease: TimeDelta,
    /// A lease older than this is renewed before the next step.
    pub renew_after: TimeDelta,
    /// The longest one write may take; less than what is left of the lease after a renewal.
    pub write: Duration,
    /// What must be left of the lease when a write ends.
    pub margin: TimeDelta,
    /// Records handled in one transaction (R8, R25).
    pub batch: u32,
    /// Writes under way at once to a side that guards its versions (R10).
    pub writes_at_once: usize,
    /// So many writes in a row that did not get through stop the side for this run (P28).
    pub failures_in_a_row: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            lease: TimeDelta::seconds(60),
            renew_after: TimeDelta::seconds(8),
            write: Duration::from_secs(30),
            margin: TimeDelta::seconds(20),
            batch: 500,
            writes_at_once: 4,
            failures_in_a_row: 20,
        }
    }
}

/// Everything a run needs from outside.
#[derive(Clone)]
pub struct Pipeline {
    /// Our database.
    pub store: Store,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// Makes systems from settings.
    pub systems: Arc<dyn OpenSystems>,
    /// Sends the reports; none means that they stay in the database, to be read there.
    pub mailer: Option<Arc<Mailer>>,
    /// Host part of the Message-ID of reports (RL R14).
    pub mail_host: String,
    /// This start of this process: a restarted process is another holder (R28).
    pub holder: String,
    /// Set when the process is asked to end: no new write is begun, and runs stop at the next safe point to go on later
    /// (RL R32).
    pub stopping: Arc<AtomicBool>,
    /// Bounds of the machine.
    pub bounds: Bounds,
}

/// What was asked for when the run was asked for; kept with it as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunOptions {
    /// Only these types and what they depend on; empty means all enabled ones.
    pub types: Vec<String>,
    /// The first layer of limits is off (RL G4).
    pub no_limits: bool,
    /// Why.
    pub reason: Option<String>,
}

impl RunOptions {
    /// The options of a stored run.
    ///
    /// # Errors
    /// When the stored text is not what we store.
    pub fn of(run: &Run) -> Result<Self> {
        serde_json::from_str(&run.options).map_err(|error| {
            PipelineError::Inconsistent(format!("options of merge #{}: {error}", run.number))
        })
    }

    /// The text kept with the run.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

impl Pipeline {
    /// A context for calls of one run.
    #[must_use]
    pub fn cx(&self, run: Option<RunId>, fence: Option<i64>) -> Cx {
        Cx { run: run.map(|run| run.to_string()), fence, clock: Arc::clone(&self.clock) }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Both systems of a school.
    pub(crate) fn open_systems(
        &self,
        school: SchoolId,
        settings: &Settings,
    ) -> Result<Pair<Arc<dyn System>>> {
        Pair::try_from_fn(|side| {
            self.systems.open(school, settings, side).map_err(|message| PipelineError::Open { side, message })
        })
    }
}
