//! What limits and guards held back, with their figures (RL section 4).

use std::collections::BTreeMap;

use merge::Side;
use store::plan_change::{Operation, PlanCount, PlanVerdict};
use store::run::Run;

use super::assemble::{index, number};
use super::{HoldLine, LimitLine, Report, cut};
use crate::gate::HoldReason;
use crate::settings::{ChangeLimit, Settings};

/// Why the whole run waits, in words.
pub(super) fn hold_line(settings: &Settings, reason: &HoldReason) -> HoldLine {
    let label = settings.merge_type(&reason.merge_type).map_or("records", |one| one.label.as_str());
    let system = reason.side.map(|side| format!(" in {}", settings.side_name(side))).unwrap_or_default();
    let text = match reason.merge_type.is_empty() {
        true => format!("{} {}", reason.number, reason.what),
        false => format!("{label}: {} {} of {} records{system}", reason.number, cut(&reason.what), reason.of),
    };
    HoldLine { guard: reason.guard.clone(), text }
}

/// The types that wait because of their limit on a side, or because they need what waits (G3, G7).
pub(super) fn limits(plan: &[PlanCount], run: &Run, settings: &Settings, report: &Report) -> Vec<LimitLine> {
    let mut held: BTreeMap<(String, Side), u64> = BTreeMap::new();
    for count in plan.iter().filter(|count| count.verdict == PlanVerdict::HeldByLimit) {
        *held.entry((count.type_name.clone(), count.side)).or_default() += number(count.count);
    }
    let mut lines = Vec::new();
    for one in &settings.types {
        for side in [Side::Ours, Side::Theirs] {
            let Some(count) = held.get(&(one.name.clone(), side)).copied() else { continue };
            let limit = &one.limits.changes[side];
            let holds = report
                .types
                .iter()
                .find(|done| done.name == one.name)
                .map_or(0, |done| done.read[index(side)]);
            lines.push(LimitLine {
                merge_type: one.label.clone(),
                system: settings.side_name(side).to_owned(),
                changes: count,
                limit: (!limit.allows(count, holds)).then(|| limit_text(limit)),
                settings_revision: run.settings_revision,
            });
        }
    }
    lines
}

fn limit_text(limit: &ChangeLimit) -> String {
    let count = limit.count.map(|count| count.to_string());
    let percent = limit.percent.map(|percent| format!("{percent} %"));
    count.into_iter().chain(percent).collect::<Vec<_>>().join(" or ")
}

/// Deletes that are many enough to be said (G14).
pub(super) fn notes(plan: &[PlanCount], settings: &Settings, report: &Report) -> Vec<String> {
    let mut deletes: BTreeMap<(String, Side), u64> = BTreeMap::new();
    for count in plan.iter().filter(|count| count.operation == Operation::Delete) {
        *deletes.entry((count.type_name.clone(), count.side)).or_default() += number(count.count);
    }
    let mut notes = Vec::new();
    for one in &settings.types {
        let Some(done) = report.types.iter().find(|done| done.name == one.name) else { continue };
        for side in [Side::Ours, Side::Theirs] {
            let Some(count) = deletes.get(&(one.name.clone(), side)).copied() else { continue };
            let holds = done.read[index(side)];
            if one.limits.guards.deletes_note.passed_by(count, holds) {
                let system = settings.side_name(side);
                notes.push(format!("{}: {count} deletes in {system}, which holds {holds}", one.label));
            }
        }
    }
    notes
}
