use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which runs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFilter {
    /// Only these kinds.
    pub kinds: Vec<String>,
    /// Only these states.
    pub states: Vec<String>,
}

/// A run as a line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    /// The number people say aloud.
    pub number: i64,
    /// `nightly`, `manual` or `trial`.
    pub kind: String,
    /// Local date of a nightly run, else its own id.
    pub slot: String,
    /// Where it is.
    pub state: String,
    /// How it ended.
    pub ended: Option<String>,
    /// When it began to work.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was through.
    pub ended_at: Option<DateTime<Utc>>,
    /// Hash of its plan, once there is one; an approval names it.
    pub plan_hash: Option<String>,
    /// Who approved that plan.
    pub approved_by: Option<String>,
    /// Who or what asked for it.
    pub requested_by: String,
    /// Why it failed, was skipped or was stopped.
    pub error: Option<String>,
}

/// One step of a run: a phase of one type on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// `download`, `apply`, `merge` or `push`.
    pub phase: String,
    /// Merge type.
    pub merge_type: String,
    /// Name of the system, where the step has one.
    pub system: Option<String>,
    /// Where it is.
    pub state: String,
    /// Records handled.
    pub items: i64,
    /// Records expected, if known.
    pub total: Option<i64>,
    /// What went wrong.
    pub issue: Option<String>,
}

/// A run with its steps and its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// The line of the history.
    pub line: RunLine,
    /// What it did so far.
    pub steps: Vec<StepView>,
    /// Why its plan waits for an approval, one sentence each.
    pub hold_reasons: Vec<String>,
    /// The report as text, as the mail carries it.
    pub report_text: String,
    /// The same content as JSON.
    pub report_json: String,
}

/// A run as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// `nightly`, `manual` or `trial`.
    pub kind: String,
    /// Only these merge types and what they depend on; empty means all.
    pub types: Vec<String>,
    /// Lift the limit of RL G1 for this run (admins).
    pub no_limits: bool,
    /// Why; kept in the audit log.
    pub reason: Option<String>,
}

/// An approval of a held run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Number of the run.
    pub number: i64,
    /// Hash of the plan that was seen; it covers this plan and no other.
    pub plan_hash: String,
}
