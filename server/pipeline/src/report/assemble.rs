//! Reads the rows of a run into a report.

use chrono::TimeDelta;
use merge::Side;
use store::Conn;
use store::conflict::{Conflict, ConflictFilter, ConflictStatus};
use store::ids::{ConflictId, RunId};
use store::lease::Phase;
use store::plan_change::{Operation, PlanCount, PlanVerdict};
use store::run::{Run, RunEnding, RunKind, RunState};
use store::run_step::RunStep;
use store::schedule::SlotState;
use store::write::WriteState;

use super::{
    ConflictSummary, Facts, Outcome, Report, SHOWN, Summary, TypeReport, WriteCounts, cut, holds, issues,
    words,
};
use crate::duplicate::Duplicate;
use crate::error::{PipelineError, Result};
use crate::gate::HoldReason;
use crate::settings::Settings;

/// Fields of a conflict named at most.
const FIELDS: usize = 10;
/// Slots looked back over for missed ones.
const SLOTS: u32 = 100;

/// Reads what a run did so far.
///
/// # Errors
/// When the database fails, or holds what we did not store.
pub async fn assemble(conn: &mut Conn, id: RunId) -> Result<Report> {
    let run = store::run::get(conn, id).await?;
    let school = store::school::get(conn, run.school).await?;
    let revision = match run.settings_revision {
        0 => store::settings_revision::current(conn, run.school).await?,
        number => Some(store::settings_revision::get(conn, run.school, number).await?),
    };
    let settings = Settings::parse(&revision.ok_or(PipelineError::NoSettings)?.document)?;
    let steps = store::run_step::list(conn, id).await?;
    let mut report = blank(&run, &school.name, &school.slug, &settings);
    let plan = store::plan_change::counts(conn, id).await?;
    report.types = types(conn, &run, &settings, &steps, &plan).await?;
    report.limits = holds::limits(&plan, &run, &settings, &report);
    report.notes = holds::notes(&plan, &settings, &report);
    let warnings = Summary::of(&run).warnings;
    report.notes.extend(warnings.iter().map(|one| one.sentence(&settings)).take(SHOWN));
    report.missed = missed(conn, &run).await?;
    issues::add(conn, &run, &settings, &steps, &mut report).await?;
    add_conflicts(conn, &run, &settings, &mut report).await?;
    let outcome = Outcome::of(&run, !report.limits.is_empty(), report.conflict_count);
    report.outcome = outcome.words().to_owned();
    report.outcome_code = outcome.as_str().to_owned();
    let systems = [report.systems[0].as_str(), report.systems[1].as_str()];
    report.sentence = Facts::of(&report).sentence(systems);
    report.next_steps = words::next_steps(&run, &report);
    report.audit_head = store::audit::head(conn).await?.hash;
    Ok(report)
}

fn blank(run: &Run, school: &str, slug: &str, settings: &Settings) -> Report {
    let reasons: Vec<HoldReason> =
        run.hold_reasons.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let holds =
        if run.state == RunState::Held || run.ended == Some(RunEnding::Held) { reasons } else { Vec::new() };
    Report {
        school: school.to_owned(),
        slug: slug.to_owned(),
        number: run.number,
        kind: run.kind.to_string(),
        state: run.state.to_string(),
        outcome: String::new(),
        outcome_code: String::new(),
        sentence: String::new(),
        reason: run.error.clone(),
        started_at: run.started_at,
        ended_at: run.ended_at,
        zone: settings.school.zone.to_string(),
        systems: [Side::Ours, Side::Theirs].map(|side| settings.side_name(side).to_owned()),
        plan_hash: run.plan_hash.clone(),
        holds: holds.iter().map(|reason| holds::hold_line(settings, reason)).collect(),
        limits: Vec::new(),
        notes: Vec::new(),
        missed: Vec::new(),
        types: Vec::new(),
        issues: Vec::new(),
        issue_count: 0,
        earlier_issue_count: 0,
        conflicts: Vec::new(),
        conflict_count: 0,
        new_conflict_count: 0,
        next_steps: Vec::new(),
        audit_head: String::new(),
    }
}

async fn types(
    conn: &mut Conn,
    run: &Run,
    settings: &Settings,
    steps: &[RunStep],
    plan: &[PlanCount],
) -> Result<Vec<TypeReport>> {
    let outcomes = Summary::of(run).outcomes;
    let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let conflicts = store::conflict::counts(conn, run.school, &filter).await?;
    let writes = store::write::counts(conn, run.id).await?;
    let mut types = Vec::new();
    for one in settings.types.iter().filter(|one| one.enabled) {
        let of_type = |step: &&RunStep| step.type_name == one.name;
        let mut report =
            TypeReport { name: one.name.clone(), label: one.label.clone(), ..TypeReport::default() };
        for step in steps.iter().filter(of_type).filter(|step| step.phase == Phase::Download) {
            report.read[index(step.side)] = number(step.items_seen);
            report.stopped = report.stopped.or_else(|| step.issue.clone());
        }
        report.outcomes = outcomes.get(&one.name).cloned().unwrap_or_default().into_iter().collect();
        for count in conflicts.iter().filter(|count| count.type_name == one.name) {
            report.conflicts += number(count.count);
        }
        for count in plan.iter().filter(|count| count.type_name == one.name) {
            let many = number(count.count);
            let counts = &mut report.writes[index(count.side)];
            match count.verdict {
                PlanVerdict::HeldByLimit => counts.held_by_limit += many,
                PlanVerdict::Blocked => counts.blocked += many,
                PlanVerdict::Planned if count.operation != Operation::None => counts.planned += many,
                _ => {}
            }
        }
        for count in writes.iter().filter(|count| count.type_name == one.name) {
            let many = number(count.count);
            add_write(&mut report.writes[index(count.side)], count.operation, count.state, many);
        }
        types.push(report);
    }
    Ok(types)
}

fn add_write(counts: &mut WriteCounts, operation: Operation, state: WriteState, number: u64) {
    let place = match (state, operation) {
        (WriteState::Acked | WriteState::Confirmed, Operation::Create) => &mut counts.created,
        (WriteState::Acked | WriteState::Confirmed, Operation::Update) => &mut counts.updated,
        (WriteState::Acked | WriteState::Confirmed, Operation::Delete) => &mut counts.deleted,
        (WriteState::Rejected, _) => &mut counts.refused,
        (WriteState::Parked, _) => &mut counts.parked,
        (WriteState::Superseded | WriteState::Dropped, _) => &mut counts.moved,
        _ => &mut counts.planned,
    };
    *place += number;
}

pub(super) fn index(side: Side) -> usize {
    usize::from(side == Side::Theirs)
}

pub(super) fn label(settings: &Settings, type_name: &str) -> String {
    settings.merge_type(type_name).map_or_else(|| type_name.to_owned(), |one| one.label.clone())
}

/// Open conflicts: those that this run found first, then the oldest.
async fn add_conflicts(conn: &mut Conn, run: &Run, settings: &Settings, report: &mut Report) -> Result<()> {
    let open = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let new = ConflictFilter { opened_run: Some(run.id), ..open.clone() };
    let counts = store::conflict::counts(conn, run.school, &new).await?;
    report.new_conflict_count = counts.iter().map(|count| number(count.count)).sum();
    for one in &mut report.types {
        let of_type = counts.iter().filter(|count| count.type_name == one.name);
        one.new_conflicts = of_type.map(|count| number(count.count)).sum();
    }
    report.conflict_count = report.types.iter().map(|one| one.conflicts).sum();
    let mut rows = store::conflict::list(conn, run.school, &new, SHOWN as u32).await?;
    let oldest = store::conflict::list(conn, run.school, &open, SHOWN as u32).await?;
    rows.extend(oldest.into_iter().filter(|row| row.opened_run != Some(run.id)));
    rows.truncate(SHOWN);
    let ids: Vec<ConflictId> = rows.iter().map(|row| row.id).collect();
    let fields = store::conflict::fields_of_many(conn, &ids).await?;
    let fields_of = |id: ConflictId| {
        let paths = fields.iter().filter(|(of, _)| *of == id).map(|(_, field)| cut(&field.path));
        paths.take(FIELDS).collect()
    };
    let summary = |row: &Conflict| {
        Ok(ConflictSummary {
            number: row.number,
            merge_type: label(settings, &row.type_name),
            label: cut(&row.label),
            kind: kind_of(row)?,
            fields: fields_of(row.id),
            new: row.opened_run == Some(run.id),
        })
    };
    report.conflicts = rows.iter().map(summary).collect::<Result<_>>()?;
    Ok(())
}

/// What kind of conflict it is, with the other records that have the same value (MS K1).
fn kind_of(row: &Conflict) -> Result<String> {
    let kind = words::conflict_kind(row.kind);
    let shared = Duplicate::read(row.duplicates.as_deref())?;
    let others: Vec<String> = shared.iter().map(|one| cut(&one.with())).collect();
    Ok(match others.is_empty() {
        true => kind.to_owned(),
        false => format!("{kind} (also {})", others.join("; also ")),
    })
}

/// The nights before this one that nobody was there to start (RL R33), oldest first.
async fn missed(conn: &mut Conn, run: &Run) -> Result<Vec<String>> {
    if run.kind != RunKind::Nightly {
        return Ok(Vec::new());
    }
    let slots = store::schedule::list(conn, run.school, run.requested_at + TimeDelta::days(1), SLOTS).await?;
    let earlier = slots.into_iter().skip_while(|slot| slot.run != Some(run.id)).skip(1);
    let missed = earlier.take_while(|slot| slot.state == SlotState::Missed).map(|slot| slot.slot);
    let mut missed: Vec<String> = missed.collect();
    missed.reverse();
    Ok(missed)
}

pub(super) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
