//! Reads the rows of a run into a report.

use std::collections::BTreeMap;

use merge::{ConflictKind, Side};
use store::Conn;
use store::conflict::{ConflictFilter, ConflictStatus};
use store::ids::{ConflictId, RunId};
use store::lease::Phase;
use store::plan_change::{Operation, PlanVerdict};
use store::quarantine::{PoisonFilter, QuarantineState};
use store::run::{Run, RunEnding, RunKind, RunState};
use store::run_step::RunStep;
use store::write::{Write, WriteState};

use super::{ConflictSummary, HoldLine, IssueLine, Report, SHOWN, TypeReport, WriteCounts, cut};
use crate::error::{PipelineError, Result};
use crate::gate::HoldReason;
use crate::settings::Settings;

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
    report.types = types(conn, &run, &settings, &steps).await?;
    add_issues(conn, &run, &settings, &steps, &mut report).await?;
    add_conflicts(conn, &run, &settings, &mut report).await?;
    report.outcome = outcome(&run, &report);
    report.next_steps = next_steps(&run, &report);
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
        reason: run.error.clone(),
        started_at: run.started_at,
        ended_at: run.ended_at,
        zone: settings.school.zone.to_string(),
        systems: [Side::Ours, Side::Theirs].map(|side| settings.side_name(side).to_owned()),
        plan_hash: run.plan_hash.clone(),
        holds: holds.iter().map(|reason| hold_line(settings, reason)).collect(),
        types: Vec::new(),
        issues: Vec::new(),
        issue_count: 0,
        conflicts: Vec::new(),
        conflict_count: 0,
        next_steps: Vec::new(),
        audit_head: String::new(),
    }
}

fn hold_line(settings: &Settings, reason: &HoldReason) -> HoldLine {
    let label = settings.merge_type(&reason.merge_type).map_or("records", |one| one.label.as_str());
    let system = reason.side.map(|side| format!(" in {}", settings.side_name(side))).unwrap_or_default();
    let text = match reason.merge_type.is_empty() {
        true => format!("{} {}", reason.number, reason.what),
        false => format!("{label}: {} {} of {} records{system}", reason.number, cut(&reason.what), reason.of),
    };
    HoldLine { guard: reason.guard.clone(), text }
}

async fn types(
    conn: &mut Conn,
    run: &Run,
    settings: &Settings,
    steps: &[RunStep],
) -> Result<Vec<TypeReport>> {
    let outcomes = outcomes(run);
    let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let conflicts = store::conflict::counts(conn, run.school, &filter).await?;
    let plan = store::plan_change::counts(conn, run.id).await?;
    let writes = store::write::counts(conn, run.id).await?;
    let mut types = Vec::new();
    for one in settings.types.iter().filter(|one| one.enabled) {
        let of_type = |step: &&RunStep| step.type_name == one.name;
        let mut report =
            TypeReport { name: one.name.clone(), label: one.label.clone(), ..TypeReport::default() };
        for step in steps.iter().filter(of_type).filter(|step| step.phase == Phase::Download) {
            report.read[index(step.side)] = u64::try_from(step.items_seen).unwrap_or(0);
            report.stopped = report.stopped.or_else(|| step.issue.clone());
        }
        report.outcomes = outcomes.get(&one.name).cloned().unwrap_or_default().into_iter().collect();
        for count in conflicts.iter().filter(|count| count.type_name == one.name) {
            report.conflicts += u64::try_from(count.count).unwrap_or(0);
        }
        for count in plan.iter().filter(|count| count.type_name == one.name) {
            let number = u64::try_from(count.count).unwrap_or(0);
            let counts = &mut report.writes[index(count.side)];
            match count.verdict {
                PlanVerdict::HeldByLimit => counts.held_by_limit += number,
                PlanVerdict::Blocked => counts.blocked += number,
                PlanVerdict::Planned if count.operation != Operation::None => counts.planned += number,
                _ => {}
            }
        }
        for count in writes.iter().filter(|count| count.type_name == one.name) {
            let number = u64::try_from(count.count).unwrap_or(0);
            add_write(&mut report.writes[index(count.side)], count.operation, count.state, number);
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

fn index(side: Side) -> usize {
    usize::from(side == Side::Theirs)
}

type Outcomes = BTreeMap<String, BTreeMap<String, u64>>;

fn outcomes(run: &Run) -> Outcomes {
    #[derive(serde::Deserialize, Default)]
    struct Summary {
        outcomes: Outcomes,
    }
    let summary: Option<Summary> = run.summary.as_deref().and_then(|text| serde_json::from_str(text).ok());
    summary.unwrap_or_default().outcomes
}

async fn add_issues(
    conn: &mut Conn,
    run: &Run,
    settings: &Settings,
    steps: &[RunStep],
    report: &mut Report,
) -> Result<()> {
    for step in steps {
        if let Some(issue) = &step.issue {
            report.issues.push(IssueLine {
                merge_type: label(settings, &step.type_name),
                system: settings.side_name(step.side).to_owned(),
                record: String::new(),
                text: cut(issue),
            });
        }
    }
    report.issue_count = report.issues.len() as u64;
    let poisoned = store::quarantine::counts(conn, run.id).await?;
    let open = poisoned.iter().filter(|count| count.state != QuarantineState::Released);
    report.issue_count += open.map(|count| u64::try_from(count.count).unwrap_or(0)).sum::<u64>();
    let states = vec![QuarantineState::Open, QuarantineState::Quarantined];
    let filter = PoisonFilter { states, ..PoisonFilter::default() };
    let rows = store::quarantine::list(conn, run.school, &filter, SHOWN as u32).await?;
    report.issues.extend(rows.iter().filter(|row| row.last_run == Some(run.id)).map(|row| IssueLine {
        merge_type: label(settings, &row.type_name),
        system: settings.side_name(row.side).to_owned(),
        record: cut(&row.remote_id),
        text: match &row.field {
            Some(field) => format!(
                "{}: {}; the field waits, the rest of the record goes on",
                cut(field),
                cut(&row.message)
            ),
            None => format!("{}; the record waits on both sides", cut(&row.message)),
        },
    }));
    let failed = [WriteState::Rejected, WriteState::Parked];
    let writes = store::write::list_for_run(conn, run.id, &failed, None, SHOWN as u32).await?;
    let counts = store::write::counts(conn, run.id).await?;
    let failed = counts.iter().filter(|count| failed.contains(&count.state));
    report.issue_count += failed.map(|count| u64::try_from(count.count).unwrap_or(0)).sum::<u64>();
    let links: Vec<_> = writes.iter().map(|write| write.link).collect();
    let links = store::link::get_many(conn, &links).await?;
    for write in &writes {
        let name = links.iter().find(|link| link.id == write.link).map(|link| link.label.clone());
        report.issues.push(write_issue(settings, write, &name.unwrap_or_default()));
    }
    report.issues.truncate(SHOWN);
    Ok(())
}

fn write_issue(settings: &Settings, write: &Write, label_text: &str) -> IssueLine {
    let system = settings.side_name(write.side).to_owned();
    let said = cut(write.error_message.as_deref().unwrap_or("no reason was given"));
    let text = match write.state {
        WriteState::Rejected => format!("{system} refused to {} it: {said}", write.operation),
        _ => format!(
            "it is not known whether {system} took the {}: {said}; the next merge settles it",
            write.operation
        ),
    };
    IssueLine { merge_type: label(settings, &write.type_name), system, record: cut(label_text), text }
}

fn label(settings: &Settings, type_name: &str) -> String {
    settings.merge_type(type_name).map_or_else(|| type_name.to_owned(), |one| one.label.clone())
}

async fn add_conflicts(conn: &mut Conn, run: &Run, settings: &Settings, report: &mut Report) -> Result<()> {
    report.conflict_count = report.types.iter().map(|one| one.conflicts).sum();
    let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let rows = store::conflict::list(conn, run.school, &filter, SHOWN as u32).await?;
    let ids: Vec<ConflictId> = rows.iter().map(|row| row.id).collect();
    let fields = store::conflict::fields_of_many(conn, &ids).await?;
    report.conflicts = rows
        .iter()
        .map(|row| ConflictSummary {
            number: row.number,
            merge_type: label(settings, &row.type_name),
            label: cut(&row.label),
            kind: kind_words(row.kind).to_owned(),
            fields: fields
                .iter()
                .filter(|(id, _)| *id == row.id)
                .map(|(_, field)| field.path.clone())
                .collect(),
        })
        .collect();
    Ok(())
}

/// The words of UX 3.
fn kind_words(kind: ConflictKind) -> &'static str {
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

/// The outcome in the words of UX 3.
fn outcome(run: &Run, report: &Report) -> String {
    let limited = report.types.iter().flat_map(|one| &one.writes).any(|writes| writes.held_by_limit > 0);
    let text = match (run.state, run.ended) {
        (RunState::Held, _) => "Stopped by a safety limit, waits for an approval",
        (_, None) => "Running",
        (_, Some(RunEnding::Held)) => "Stopped by a safety limit",
        (_, Some(RunEnding::Stopped)) => "Stopped by a person",
        (_, Some(RunEnding::Failed)) => "Failed",
        (_, Some(RunEnding::Skipped)) => "Skipped",
        (_, Some(RunEnding::NothingRead)) => "Ran, read nothing",
        _ if run.kind == RunKind::Trial => "Trial. Nothing was saved",
        _ if limited => "Finished, part held by a safety limit",
        (_, Some(RunEnding::FinishedWithIssues)) => "Finished with errors",
        _ if report.conflict_count > 0 => "Finished, conflicts to decide",
        _ => "Finished",
    };
    text.to_owned()
}

fn next_steps(run: &Run, report: &Report) -> Vec<String> {
    let slug = &report.slug;
    let mut steps = Vec::new();
    if run.state == RunState::Held {
        let hash = report.plan_hash.as_deref().unwrap_or_default();
        steps.push(format!("tiebreak runs approve {} --school {slug} --plan {hash}", run.number));
        steps.push(format!("tiebreak runs stop {} --school {slug}", run.number));
    }
    if report.types.iter().flat_map(|one| &one.writes).any(|writes| writes.held_by_limit > 0) {
        steps.push(format!("tiebreak run --school {slug} --kind manual --no-limits --reason \"…\""));
    }
    if let Some(first) = report.conflicts.first() {
        steps.push(format!("tiebreak conflicts list --school {slug}"));
        steps.push(format!("tiebreak conflicts show {} --school {slug}", first.number));
    }
    steps
}
