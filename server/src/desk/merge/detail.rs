//! One merge: its steps, its counts by record type, and why it waits (UX 7.7.2).

use app::api::{ChangeGroup, HoldView, MergeView, TypeLine};
use merge::Side;
use pipeline::RunOptions;
use pipeline::report::{self, Facts, Summary, TypeReport};
use pipeline::settings::Settings;
use store::Conn;
use store::plan_change::{ChangeTotal, Operation};
use store::run::{Run, RunState};

use super::super::error::Result;
use super::super::{Desk, school};
use super::changes::verdicts;
use super::{count, facts, find, line, now, steps};

impl Desk {
    /// One merge with everything its first page shows.
    pub(in crate::desk) async fn merge(&self, slug: &str, number: i64) -> Result<MergeView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let run = find(&mut reader, school.id, number).await?;
        view(self, &mut reader, &settings, run).await
    }
}

/// A merge as its page shows it.
pub(super) async fn view(desk: &Desk, conn: &mut Conn, settings: &Settings, run: Run) -> Result<MergeView> {
    let totals = store::plan_change::totals(conn, run.id).await?;
    let summary = Summary::of(&run);
    let waits = run.state == RunState::Held && run.approved_plan_hash.is_none();
    let (reports, mut whole, hold) = if run.ended_at.is_some() && !summary.types.is_empty() {
        (summary.types.clone(), summary.facts.unwrap_or_default(), None)
    } else {
        let report = report::assemble(conn, run.id).await?;
        let hold = waits.then(|| hold(settings, &run, &report, &totals));
        (report.types.clone(), Facts::of(&report), hold)
    };
    let types: Vec<TypeLine> = reports.iter().map(|one| type_line(&run, &summary, one, &totals)).collect();
    let sum = sum(&types);
    let written = verdicts(&run, ChangeGroup::Written);
    let done = || {
        totals.iter().filter(|total| total.operation != Operation::None && written.contains(&total.verdict))
    };
    if run.ended_at.is_some() {
        whole.changed = [Side::Ours, Side::Theirs]
            .map(|side| done().filter(|total| total.side == side).map(|total| count(total.records)).sum());
        whole.deleted = sum.deleted;
    }
    let silent = now::silence_of(desk, conn, &run).await?;
    let options: RunOptions = serde_json::from_str(&run.options).unwrap_or_default();
    let mut line = now::given_up(line(settings, &run), silent);
    line.facts = Some(facts(whole)).filter(|_| run.ended_at.is_some());
    Ok(MergeView {
        sentence: whole.sentence([settings.side_name(Side::Ours), settings.side_name(Side::Theirs)]),
        settings_revision: run.settings_revision,
        reason: options.reason,
        steps: steps::list(conn, settings, &run).await?,
        values: done().map(|total| count(total.fields)).sum(),
        types,
        totals: sum,
        hold,
        stop_asked_by: run.stop_asked_by.clone(),
        silent,
        line,
    })
}

fn type_line(run: &Run, summary: &Summary, report: &TypeReport, totals: &[ChangeTotal]) -> TypeLine {
    let of = |group: ChangeGroup, operation: Option<Operation>, side: Option<Side>| -> u64 {
        let verdicts = verdicts(run, group);
        let wanted = totals.iter().filter(|total| {
            total.type_name == report.name
                && total.operation != Operation::None
                && verdicts.contains(&total.verdict)
                && operation.is_none_or(|operation| operation == total.operation)
                && side.is_none_or(|side| side == total.side)
        });
        wanted.map(|total| count(total.records)).sum()
    };
    let written = |operation, side| of(ChangeGroup::Written, Some(operation), side);
    TypeLine {
        name: report.name.clone(),
        label: report.label.clone(),
        read: report.read,
        same: same(summary, &report.name),
        updated: [
            written(Operation::Update, Some(Side::Ours)),
            written(Operation::Update, Some(Side::Theirs)),
        ],
        added: written(Operation::Create, None),
        deleted: written(Operation::Delete, None),
        conflicts: report.new_conflicts,
        errors: report.errors,
        held: of(ChangeGroup::Held, None, None),
    }
}

/// Records that did not differ from what was last agreed on; none where the type was not compared.
fn same(summary: &Summary, name: &str) -> Option<u64> {
    let records = summary.records.get(name)?;
    let differ: u64 = summary.outcomes.get(name)?.values().sum();
    Some(records.saturating_sub(differ))
}

fn sum(types: &[TypeLine]) -> TypeLine {
    let side =
        |of: &dyn Fn(&TypeLine) -> [u64; 2]| [0, 1].map(|side| types.iter().map(|one| of(one)[side]).sum());
    TypeLine {
        name: String::new(),
        label: "All".to_owned(),
        read: side(&|one| one.read),
        same: types.iter().map(|one| one.same).sum(),
        updated: side(&|one| one.updated),
        added: types.iter().map(|one| one.added).sum(),
        deleted: types.iter().map(|one| one.deleted).sum(),
        conflicts: types.iter().map(|one| one.conflicts).sum(),
        errors: types.iter().map(|one| one.errors).sum(),
        held: types.iter().map(|one| one.held).sum(),
    }
}

fn hold(settings: &Settings, run: &Run, report: &report::Report, totals: &[ChangeTotal]) -> HoldView {
    let waiting = verdicts(run, ChangeGroup::Held);
    let plan = settings.types.iter().filter_map(|one| {
        let of = |operation: Operation, side: Option<Side>| -> u64 {
            let wanted = totals.iter().filter(|total| {
                total.type_name == one.name
                    && total.operation == operation
                    && waiting.contains(&total.verdict)
                    && side.is_none_or(|side| side == total.side)
            });
            wanted.map(|total| count(total.records)).sum()
        };
        let line = TypeLine {
            name: one.name.clone(),
            label: one.label.clone(),
            updated: [of(Operation::Update, Some(Side::Ours)), of(Operation::Update, Some(Side::Theirs))],
            added: of(Operation::Create, None),
            deleted: of(Operation::Delete, None),
            ..TypeLine::default()
        };
        (line.changes() > 0).then_some(line)
    });
    HoldView {
        reasons: report.holds.iter().map(|hold| format!("{} ({})", hold.text, hold.guard)).collect(),
        plan: plan.collect(),
        plan_hash: run.plan_hash.clone().unwrap_or_default(),
        approved_by: run.approved_by.clone(),
        words: format!("release {}", run.number),
    }
}
