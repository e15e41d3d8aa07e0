//! The words of UX 3, and the commands that come next.

use chrono_tz::Tz;
use merge::ConflictKind;
use store::run::{Run, RunKind, RunState};

use super::outcome::grouped;
use super::{Report, cut};

/// What kind a conflict is, in the words of UX 3.
#[must_use]
pub fn conflict_kind(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Field => "Changed on both sides",
        ConflictKind::DeleteUpdate | ConflictKind::UpdateDelete => {
            "Deleted on one side, changed on the other"
        }
        ConflictKind::BothAdded => "Added on both sides",
        ConflictKind::Duplicate | ConflictKind::Ambiguous => "Same value on two records",
        ConflictKind::Dangling => "Points at a record the other side does not have",
        ConflictKind::NotAllowed => "Value the other side does not accept",
        ConflictKind::Rejected => "Refused",
        ConflictKind::Held => "Held by a safety limit",
    }
}

/// Commands that come next; every one exists.
pub(super) fn next_steps(run: &Run, report: &Report) -> Vec<String> {
    let slug = &report.slug;
    let mut steps = Vec::new();
    if run.state == RunState::Held {
        let hash = report.plan_hash.as_deref().unwrap_or_default();
        steps.push(format!("tiebreak runs approve {} --school {slug} --plan {hash}", run.number));
        steps.push(format!("tiebreak runs stop {} --school {slug}", run.number));
    }
    if !report.limits.is_empty() && run.kind != RunKind::Trial {
        steps.push(format!("tiebreak run --school {slug} --kind manual --no-limits --reason \"…\""));
    }
    if let Some(first) = report.conflicts.first() {
        steps.push(format!("tiebreak conflicts list --school {slug}"));
        steps.push(format!("tiebreak conflicts show {} --school {slug}", first.number));
    }
    steps
}

/// The subject of the mail: the outcome first, then the school and the day (UX 7.7.4).
pub(super) fn subject(report: &Report) -> String {
    let zone: Tz = report.zone.parse().unwrap_or(Tz::UTC);
    let day = report.started_at.map(|at| at.with_timezone(&zone).format(", %-d %b").to_string());
    cut(&format!("{} ({}{})", headline(report), report.school, day.unwrap_or_default()))
}

/// The outcome as a headline with its most telling figure.
pub(super) fn headline(report: &Report) -> String {
    let conflicts = report.conflict_count;
    match report.outcome.as_str() {
        "Finished, conflicts to decide" => {
            format!("Merge finished, {} to decide", many(conflicts, "conflict"))
        }
        "Finished with errors" if conflicts > 0 => {
            format!("Merge finished with {}, {} to decide", errors(report), many(conflicts, "conflict"))
        }
        "Finished with errors" => format!("Merge finished with {}", errors(report)),
        "Stopped by a safety limit, waits for an approval" | "Stopped by a safety limit" => {
            let why = report.holds.first().map(|hold| format!(": {}", hold.text)).unwrap_or_default();
            format!("Merge STOPPED by a safety limit{why}")
        }
        "Failed" => {
            let why = report.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("Merge FAILED{why}")
        }
        "Ran, read nothing" => "Merge ran, but read nothing".to_owned(),
        "Trial. Nothing was saved" => "Trial merge, nothing was saved".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
            format!("Merge {first}{}", letters.as_str())
        }
    }
}

fn errors(report: &Report) -> String {
    many(report.issue_count, "error")
}

/// A number with its noun.
pub(super) fn many(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(number)) }
}
