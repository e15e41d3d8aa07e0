//! The merge that is going on, and the next one that may be asked for (UX 6.2, 7.6).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is going on right now (UX 6.2), as `/merges/current/status` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Number of the merge.
    pub merge: i64,
    /// `requested`, `running`, `held`, `lost` (no sign of life), `failed` (none for long) or `overdue`.
    pub state: String,
    /// The step it is in, 1 to 8; 0 before the first.
    pub step: u8,
    /// Steps of a merge.
    pub of: u8,
    /// What happens, in one sentence.
    pub text: String,
    /// Since when, how far, last sign of life.
    pub detail: String,
    /// How far the step is, in words; empty where it cannot be said.
    pub count: String,
    /// Seconds since the last sign of life.
    pub silent: i64,
    /// When this was so.
    pub at: DateTime<Utc>,
}

/// What a merge can be asked for (UX 7.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartView {
    /// The record types that are switched on.
    pub types: Vec<StartType>,
    /// The settings that would hold.
    pub settings_revision: i64,
    /// Minutes that a real merge of everything usually takes; none before the first.
    pub usual: Option<i64>,
    /// The same for a trial.
    pub usual_trial: Option<i64>,
    /// The merge that is at work or waits.
    pub now: Option<Now>,
    /// What the limits held back in the last trial: number of the trial, and one sentence each.
    pub last_trial: Option<(i64, Vec<String>)>,
}

/// A record type that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartType {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Labels of the types that are taken along with it.
    pub needs: Vec<String>,
}
