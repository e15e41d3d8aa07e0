//! `tiebreak run`: one merge, now.

use app::api::{Api as _, ConflictFilter, PageRequest, RunView, StartRun};
use serde_json::json;

use super::failure::{Failure, Result};
use super::progress::Progress;
use super::{Exit, at, carry, output};
use crate::installation::Installation;
use crate::signals::Stop;

/// Merge a school now and print the report.
///
/// Exit status: 0 clean, 1 conflicts, issues, or it waits for an approval, 2 failed.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// A night (once a day; a second start finds the first), a merge at hand, or a trial that writes nothing
    #[arg(long, default_value = "nightly", value_parser = ["nightly", "manual", "trial"])]
    kind: String,
    /// Only these record types and what they depend on
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    types: Vec<String>,
    /// Send more changes of a type than the limit lets through; needs --reason
    #[arg(long)]
    no_limits: bool,
    /// Why; kept in the audit log
    #[arg(long)]
    reason: Option<String>,
    /// One line of JSON instead of the report
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(installation: &Installation, args: &RunArgs) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let stop = Stop::on_signals();
    let start = StartRun {
        kind: args.kind.clone(),
        types: args.types.clone(),
        no_limits: args.no_limits,
        reason: args.reason.clone(),
    };
    let line = installation.desk.start_run(&actor, &school, &start).await?;
    carry_out(installation, &school, line.number, &stop, args.json).await
}

/// Brings a run to its end and says how it went.
pub(super) async fn carry_out(
    installation: &Installation,
    school: &str,
    number: i64,
    stop: &Stop,
    as_json: bool,
) -> Result<Exit> {
    let id = carry::school_id(installation, school).await?;
    let mut reader = installation.pipeline.store.read().await?;
    let found = store::run::find_by_number(&mut reader, id, number).await?;
    drop(reader);
    let found = found.ok_or_else(|| Failure::bad_input(format!("there is no merge #{number}")))?;
    let mut progress = Progress::of(installation, school).await?;
    if !carry::run(installation, found.id, stop, &mut progress).await? {
        progress.end();
        return Err(Failure::bad_input(format!(
            "merge #{number} was interrupted; start it again and it goes on"
        )));
    }
    show(installation, school, number, as_json).await
}

/// Prints how a run stands.
pub(super) async fn show(
    installation: &Installation,
    school: &str,
    number: i64,
    as_json: bool,
) -> Result<Exit> {
    let actor = installation.actor();
    let view = installation.desk.get_run(&actor, school, number).await?;
    let one = PageRequest::after(None, 1);
    let open =
        installation.desk.list_conflicts(&actor, school, &ConflictFilter::default(), &one).await?.total;
    let exit = exit_of(&view, open);
    if as_json {
        output::print_json(&summary(&view, open, exit))?;
    } else {
        output::print(&format!("{}\n", view.report_text.trim_end()))?;
    }
    Ok(exit)
}

fn exit_of(view: &RunView, open_conflicts: i64) -> Exit {
    match view.line.ended.as_deref() {
        Some("finished") if open_conflicts == 0 => Exit::Clean,
        Some("failed") => Exit::Failed,
        _ => Exit::Issues,
    }
}

fn summary(view: &RunView, open_conflicts: i64, exit: Exit) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_str(&view.report_json).unwrap_or_default();
    json!({
        "number": view.line.number,
        "kind": view.line.kind,
        "slot": view.line.slot,
        "state": view.line.state,
        "ended": view.line.ended,
        "error": view.line.error,
        "plan_hash": view.line.plan_hash,
        "open_conflicts": open_conflicts,
        "exit": exit as u8,
        "report": report,
    })
}
