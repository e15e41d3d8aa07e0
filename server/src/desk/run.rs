//! Runs: asked for here, carried out by the pipeline.

use app::api::{Actor, Approve, Page, PageRequest, RunFilter, RunLine, RunView, StartRun, StepView};
use chrono::TimeDelta;
use pipeline::RunOptions;
use pipeline::settings::Settings;
use serde_json::json;
use store::ids::RunId;
use store::run::{self, NewRun, Run, RunKind, RunState};
use store::run_step::RunStep;

use super::error::{Result, invalid, not_now};
use super::queue::words;
use super::{Desk, merge, page, school};

/// An equal request of the same person within this time is the same one, as long as its merge has no plan.
const SAME: TimeDelta = TimeDelta::seconds(10);

impl Desk {
    /// Runs that match, newest first.
    pub(super) async fn runs(
        &self,
        school: &str,
        filter: &RunFilter,
        page: &PageRequest,
    ) -> Result<Page<RunLine>> {
        let limit = page::limit(page)?;
        let wanted = run::RunFilter {
            kinds: words(&filter.kinds, "kind")?,
            states: words(&filter.states, "state")?,
            ..run::RunFilter::default()
        };
        let from = run::RunFilter { before: page::after(page)?, ..wanted.clone() };
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, school).await?;
        let total = run::count(&mut reader, school.id, &wanted).await?;
        let rows = run::list(&mut reader, school.id, &from, limit + 1).await?;
        Ok(page::cut(rows, limit, total, |row| row.number.to_string(), line))
    }

    /// One run with its steps and its report so far.
    pub(super) async fn run(&self, school: &str, number: i64) -> Result<RunView> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, school).await?;
        let found = merge::find(&mut reader, school.id, number).await?;
        let steps = store::run_step::list(&mut reader, found.id).await?;
        let report = pipeline::report::assemble(&mut reader, found.id).await?;
        Ok(RunView {
            hold_reasons: report.holds.iter().map(|hold| format!("{} ({})", hold.text, hold.guard)).collect(),
            steps: steps.into_iter().map(|step| step_view(&settings, step)).collect(),
            report_text: report.text(),
            report_json: report.json().to_string(),
            line: line(found),
        })
    }

    /// Asks for a run. A second start of the same night finds the first.
    pub(super) async fn request_run(&self, actor: &Actor, slug: &str, start: &StartRun) -> Result<RunLine> {
        let kind = kind_of(start)?;
        let mut tx = self.pipeline.store.begin().await?;
        let (school, settings) = school::with_settings(&mut tx, slug).await?;
        check_types(&settings, &start.types)?;
        let clock = &self.pipeline.clock;
        let now = clock.now();
        let id = RunId::new(now, clock.random());
        let slot = match kind {
            RunKind::Nightly => now.with_timezone(&settings.schedule.zone).date_naive().to_string(),
            _ => id.to_string(),
        };
        let options = RunOptions {
            types: start.types.clone(),
            no_limits: start.no_limits,
            reason: start.reason.clone(),
        };
        let new = NewRun {
            id,
            school: school.id,
            kind,
            slot: &slot,
            options: &options.to_json(),
            requested_by: &actor.name,
        };
        // A second click asks for nothing new.
        if let Some(same) = run::find_same(&mut tx, &new, now - SAME).await? {
            return Ok(line(same));
        }
        let (found, made) = run::request(&mut tx, &new, now).await?;
        if made {
            let detail = json!({
                "kind": kind.as_str(), "slot": slot, "types": start.types, "no_limits": start.no_limits,
                "reason": start.reason,
            });
            let target = format!("merge #{}", found.number);
            self.pipeline.audit(&mut tx, school.id, &actor.name, "run.start", &target, &detail).await?;
        }
        tx.commit().await?;
        self.nudge.send_replace(());
        Ok(line(found))
    }

    /// Releases a held run (RL G28).
    pub(super) async fn approve(&self, actor: &Actor, slug: &str, approve: &Approve) -> Result<RunLine> {
        let mut tx = self.pipeline.store.begin().await?;
        let school = school::find(&mut tx, slug).await?;
        let found = merge::find(&mut tx, school.id, approve.number).await?;
        let now = self.pipeline.clock.now();
        if !run::approve(&mut tx, found.id, &approve.plan_hash, &actor.name, now).await? {
            return Err(why_not_approved(&found, &approve.plan_hash).into());
        }
        store::school::end_staging(&mut tx, school.id).await?;
        let target = format!("merge #{}", found.number);
        let detail = json!({ "plan_hash": approve.plan_hash });
        self.pipeline.audit(&mut tx, school.id, &actor.name, "run.approve", &target, &detail).await?;
        let approved = run::get(&mut tx, found.id).await?;
        tx.commit().await?;
        self.nudge.send_replace(());
        Ok(line(approved))
    }

    /// Asks a run to stop at the next safe point.
    pub(super) async fn stop(&self, actor: &Actor, slug: &str, number: i64) -> Result<RunLine> {
        let mut tx = self.pipeline.store.begin().await?;
        let school = school::find(&mut tx, slug).await?;
        let found = merge::find(&mut tx, school.id, number).await?;
        if !run::ask_stop(&mut tx, found.id, &actor.name, self.pipeline.clock.now()).await? {
            let message = match (&found.stop_asked_by, found.ended) {
                (_, Some(ended)) => format!("merge #{number} is over: {ended}"),
                (Some(who), None) => format!("{who} has asked merge #{number} to stop already"),
                (None, None) => format!("merge #{number} cannot be stopped"),
            };
            return Err(not_now(message).into());
        }
        let target = format!("merge #{number}");
        self.pipeline.audit(&mut tx, school.id, &actor.name, "run.stop", &target, &json!({})).await?;
        let stopped = run::get(&mut tx, found.id).await?;
        tx.commit().await?;
        self.nudge.send_replace(());
        Ok(line(stopped))
    }
}

fn kind_of(start: &StartRun) -> Result<RunKind> {
    let kind = match start.kind.as_str() {
        "nightly" => RunKind::Nightly,
        "manual" => RunKind::Manual,
        "trial" => RunKind::Trial,
        other => return Err(invalid("kind", format!("\"{other}\" is none of nightly, manual, trial")).into()),
    };
    let with_reason = start.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
    match (kind, start.no_limits) {
        (RunKind::Nightly, true) => {
            Err(invalid("no_limits", "only a manual or trial run can go without the limits").into())
        }
        (_, true) if !with_reason => Err(invalid("reason", "a run without the limits needs a reason").into()),
        (RunKind::Nightly, false) if !start.types.is_empty() => {
            Err(invalid("types", "a nightly run takes all types; choose them in a manual one").into())
        }
        _ => Ok(kind),
    }
}

fn check_types(settings: &Settings, types: &[String]) -> Result<()> {
    for name in types {
        match settings.merge_type(name) {
            Some(one) if one.enabled => {}
            Some(_) => return Err(invalid("types", format!("{name} is switched off in the settings")).into()),
            None => {
                let known: Vec<&str> = settings.types.iter().map(|one| one.name.as_str()).collect();
                let message = format!("there is no type \"{name}\" (known: {})", known.join(", "));
                return Err(invalid("types", message).into());
            }
        }
    }
    Ok(())
}

fn why_not_approved(found: &Run, plan_hash: &str) -> app::api::ApiError {
    let number = found.number;
    if found.state != RunState::Held {
        return not_now(format!("merge #{number} does not wait for an approval: it is {}", found.state));
    }
    if let Some(who) = &found.stop_asked_by {
        return not_now(format!("{who} has asked merge #{number} to stop"));
    }
    if let Some(who) = &found.approved_by {
        return not_now(format!("{who} has approved merge #{number} already"));
    }
    let current = found.plan_hash.as_deref().unwrap_or("unknown");
    not_now(format!(
        "merge #{number} has another plan by now: {current}, not {plan_hash}; look at it and approve that one"
    ))
}

fn line(run: Run) -> RunLine {
    RunLine {
        number: run.number,
        kind: run.kind.to_string(),
        slot: run.slot,
        state: run.state.to_string(),
        ended: run.ended.map(|ended| ended.to_string()),
        started_at: run.started_at,
        ended_at: run.ended_at,
        plan_hash: run.plan_hash,
        approved_by: run.approved_by,
        requested_by: run.requested_by,
        error: run.error,
    }
}

fn step_view(settings: &Settings, step: RunStep) -> StepView {
    StepView {
        phase: step.phase.to_string(),
        merge_type: step.type_name,
        system: Some(settings.side_name(step.side).to_owned()),
        state: step.state.to_string(),
        items: step.items_seen,
        total: step.declared_total,
        issue: step.issue,
    }
}
