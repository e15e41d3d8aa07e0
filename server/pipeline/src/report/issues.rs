//! What went wrong: stopped listings, records that cannot be used, writes that were refused or are not certain.

use store::Conn;
use store::ids::LinkId;
use store::quarantine::{Poison, PoisonFilter, QuarantineState};
use store::run::Run;
use store::run_step::RunStep;
use store::write::{Write, WriteState};

use super::assemble::{label, number};
use super::{IssueLine, Report, SHOWN, cut};
use crate::error::Result;
use crate::settings::Settings;

/// Records that failed are looked through in pages of so many, and so many pages at most.
const PAGE: u32 = 500;
const PAGES_MOST: usize = 40;

/// Adds every issue to the count and the first ones to the list.
pub(super) async fn add(
    conn: &mut Conn,
    run: &Run,
    settings: &Settings,
    steps: &[RunStep],
    report: &mut Report,
) -> Result<()> {
    let stopped = steps.iter().filter_map(|step| Some((step, step.issue.as_ref()?)));
    report.issues.extend(stopped.map(|(step, issue)| IssueLine {
        merge_type: label(settings, &step.type_name),
        system: settings.side_name(step.side).to_owned(),
        record: String::new(),
        text: cut(issue),
    }));
    report.issue_count = report.issues.len() as u64;
    for step in steps.iter().filter(|step| step.issue.is_some()) {
        note(report, &step.type_name, 1);
    }
    add_records(conn, run, settings, report).await?;
    add_writes(conn, run, settings, report).await?;
    report.issues.truncate(SHOWN);
    Ok(())
}

/// Counts issues of this run with their type.
fn note(report: &mut Report, type_name: &str, issues: u64) {
    if let Some(one) = report.types.iter_mut().find(|one| one.name == type_name) {
        one.errors += issues;
    }
}

async fn add_records(conn: &mut Conn, run: &Run, settings: &Settings, report: &mut Report) -> Result<()> {
    let counts = store::quarantine::counts(conn, run.id).await?;
    for count in counts.iter().filter(|count| count.state != QuarantineState::Released) {
        report.issue_count += number(count.count);
        note(report, &count.type_name, number(count.count));
    }
    for row in failed_now(conn, run).await? {
        report.issues.push(IssueLine {
            merge_type: label(settings, &row.type_name),
            system: settings.side_name(row.side).to_owned(),
            record: cut(&row.remote_id),
            text: record_text(&row),
        });
    }
    Ok(())
}

/// The first records that failed in this run; the school may have many that failed before.
async fn failed_now(conn: &mut Conn, run: &Run) -> Result<Vec<Poison>> {
    let states = vec![QuarantineState::Open, QuarantineState::Quarantined];
    let (mut found, mut last): (Vec<Poison>, Option<Poison>) = (Vec::new(), None);
    for _ in 0..PAGES_MOST {
        let after = last.as_ref().map(|row| (row.type_name.as_str(), row.side, row.remote_id.as_str()));
        let filter = PoisonFilter { states: states.clone(), after, ..PoisonFilter::default() };
        let rows = store::quarantine::list(conn, run.school, &filter, PAGE).await?;
        last = rows.last().cloned();
        found.extend(rows.into_iter().filter(|row| row.last_run == Some(run.id)));
        if found.len() >= SHOWN || last.is_none() {
            break;
        }
    }
    found.truncate(SHOWN);
    Ok(found)
}

fn record_text(row: &Poison) -> String {
    let message = cut(&row.message);
    match &row.field {
        Some(field) => format!("{}: {message}; the field waits, the rest of the record goes on", cut(field)),
        None => format!("{message}; the record waits on both sides"),
    }
}

/// Refused and uncertain writes of this run, and those that earlier runs left uncertain: a planned change never ends in
/// silence (RL I18).
async fn add_writes(conn: &mut Conn, run: &Run, settings: &Settings, report: &mut Report) -> Result<()> {
    let failed = [WriteState::Rejected, WriteState::Parked];
    let counts = store::write::counts(conn, run.id).await?;
    for count in counts.iter().filter(|count| failed.contains(&count.state)) {
        report.issue_count += number(count.count);
        note(report, &count.type_name, number(count.count));
    }
    let mut writes = store::write::list_for_run(conn, run.id, &failed, None, SHOWN as u32).await?;
    let parked = [WriteState::Parked];
    let earlier = store::write::open_for_school(conn, run.school, &parked, None, PAGE).await?;
    let earlier: Vec<Write> = earlier.into_iter().filter(|write| write.run != Some(run.id)).collect();
    report.earlier_issue_count = earlier.len() as u64;
    report.issue_count += report.earlier_issue_count;
    writes.extend(earlier.into_iter().take(SHOWN));
    let links: Vec<LinkId> = writes.iter().map(|write| write.link).collect();
    let links = store::link::get_many(conn, &links).await?;
    for write in &writes {
        let name = links.iter().find(|link| link.id == write.link).map(|link| link.label.as_str());
        report.issues.push(write_issue(settings, write, name.unwrap_or_default()));
    }
    Ok(())
}

fn write_issue(settings: &Settings, write: &Write, record: &str) -> IssueLine {
    let system = settings.side_name(write.side).to_owned();
    let said = cut(write.error_message.as_deref().unwrap_or("no reason was given"));
    let text = match write.state {
        WriteState::Rejected => format!("{system} refused to {} it: {said}", write.operation),
        _ => format!(
            "it is not known whether {system} took the {}: {said}; the next merge settles it",
            write.operation
        ),
    };
    IssueLine { merge_type: label(settings, &write.type_name), system, record: cut(record), text }
}
