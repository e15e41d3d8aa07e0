//! `tiebreak check`: whether a school could be merged now, one line a matter.

use std::time::Duration;

use chrono::TimeDelta;
use connect::{CheckReport, Cx, System, SystemError};
use merge::Side;
use pipeline::schedule::slots_between;
use pipeline::settings::Settings;
use store::school::School;

use super::failure::{Failure, Result};
use super::{Exit, at, output};
use crate::config::shown_address;
use crate::installation::Installation;

/// The longest a system may take to answer all of its check.
const PATIENCE: Duration = Duration::from_secs(120);
/// A system whose clock is off by more than this deserves a word (RL W10).
const SKEW_MS: i64 = 5 * 60 * 1000;

/// The lines so far, and whether one of them is a problem.
#[derive(Default)]
struct Findings {
    text: String,
    problems: usize,
}

impl Findings {
    fn well(&mut self, line: &str) {
        self.text.push_str(&format!("ok       {line}\n"));
    }

    fn note(&mut self, line: &str) {
        self.text.push_str(&format!("note     {line}\n"));
    }

    fn problem(&mut self, line: &str) {
        self.problems += 1;
        self.text.push_str(&format!("problem  {line}\n"));
    }
}

pub(super) async fn run(installation: &Installation) -> Result<Exit> {
    let (_, slug) = at(installation).await?;
    let mut findings = Findings::default();
    database(installation, &mut findings).await;
    match settings(installation, &slug).await? {
        Ok((school, settings)) => {
            let (name, count) =
                (&settings.school.name, settings.types.iter().filter(|one| one.enabled).count());
            findings.well(&format!("settings: {name}, {count} record types"));
            for side in [Side::Ours, Side::Theirs] {
                system(installation, &school, &settings, side, &mut findings).await;
            }
            schedule(installation, &settings, &mut findings);
            mail(installation, &settings, &mut findings);
        }
        Err(problem) => findings.problem(&format!("settings: {problem}")),
    }
    output::print(&findings.text)?;
    Ok(if findings.problems == 0 { Exit::Clean } else { Exit::Issues })
}

async fn settings(installation: &Installation, slug: &str) -> Result<Result<(School, Settings), String>> {
    let mut reader = installation.pipeline.store.read().await?;
    let school = store::school::find_by_slug(&mut reader, slug).await?;
    let school = school.ok_or_else(|| Failure::bad_input(format!("there is no school {slug}")))?;
    let Some(revision) = store::settings_revision::current(&mut reader, school.id).await? else {
        return Ok(Err("there are none".to_owned()));
    };
    Ok(Settings::parse(&revision.document)
        .map(|settings| (school, settings))
        .map_err(|error| error.to_string()))
}

async fn database(installation: &Installation, findings: &mut Findings) {
    let address = shown_address(&installation.config.database);
    match installation.pipeline.store.quick_check().await {
        Ok(()) => findings.well(&format!("database: {address}")),
        Err(error) => findings.problem(&format!("database: {address}: {error}")),
    }
}

async fn system(
    installation: &Installation,
    school: &School,
    settings: &Settings,
    side: Side,
    findings: &mut Findings,
) {
    let name = settings.side_name(side);
    let system = match installation.pipeline.systems.open(school.id, settings, side) {
        Ok(system) => system,
        Err(message) => return findings.problem(&format!("{name}: {message}")),
    };
    match ask(installation, system.as_ref()).await {
        Ok(report) => report_lines(name, &report, findings),
        Err(error) => findings.problem(&format!("{name}: {error}")),
    }
}

async fn ask(installation: &Installation, system: &dyn System) -> Result<CheckReport, SystemError> {
    let cx = Cx::new(installation.pipeline.clock.clone());
    let late = |_| SystemError::Timeout { message: format!("{} s for all types", PATIENCE.as_secs()) };
    tokio::time::timeout(PATIENCE, system.check(&cx)).await.map_err(late)?
}

fn report_lines(name: &str, report: &CheckReport, findings: &mut Findings) {
    for one in &report.types {
        let type_name = &one.type_name;
        match &one.error {
            Some(error) => findings.problem(&format!("{name}: {type_name}: {error}")),
            None => {
                let total = one.total.map(|total| format!(" of {total}")).unwrap_or_default();
                let line =
                    format!("{name}: {type_name}: {}{total} records read, {} system", one.read, one.class);
                if one.bad == 0 {
                    findings.well(&line);
                } else {
                    findings.problem(&format!("{line}, {} unusable", one.bad));
                }
            }
        }
    }
    for warning in &report.warnings {
        findings.note(&format!("{name}: {warning}"));
    }
    if let Some(offset) = report.clock_offset_ms.filter(|offset| offset.abs() > SKEW_MS) {
        findings.problem(&format!("{name}: its clock is {} s off", offset / 1000));
    }
}

fn schedule(installation: &Installation, settings: &Settings, findings: &mut Findings) {
    let Some(nightly) = &settings.schedule.nightly else {
        return findings.note("schedule: nothing starts by itself");
    };
    let now = installation.pipeline.clock.now();
    let zone = settings.schedule.zone;
    match slots_between(nightly, zone, now, now + TimeDelta::days(366)).first() {
        Some(slot) => {
            let local = slot.at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
            findings.well(&format!("schedule: next night {local} {zone} ({})", output::time(slot.at)));
        }
        None => findings.problem("schedule: names no night within a year"),
    }
}

fn mail(installation: &Installation, settings: &Settings, findings: &mut Findings) {
    match (settings.mail.to.len(), installation.pipeline.mailer.is_some()) {
        (0, _) => findings.note("mail: nobody gets the reports"),
        (count, true) => findings.well(&format!("mail: {count} recipients")),
        (count, false) => {
            findings.problem(&format!("mail: {count} recipients, but no mail server is configured"));
        }
    }
}
