//! `tiebreak runs`: the merges so far; approving and stopping them.

use app::api::{Api as _, Approve, PageRequest, RunFilter, RunLine};

use super::failure::{Failure, Result};
use super::{Exit, at, output, run};
use crate::installation::Installation;
use crate::signals::Stop;

/// Look at merges, approve or stop them.
#[derive(Debug, clap::Subcommand)]
pub(super) enum RunsCommand {
    /// List merges, newest first
    List {
        /// Only these kinds: nightly, manual, trial
        #[arg(long, value_delimiter = ',')]
        kind: Vec<String>,
        /// Only these states, such as held or reported
        #[arg(long, value_delimiter = ',')]
        state: Vec<String>,
        /// So many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Go on before this number
        #[arg(long, value_name = "NUMBER")]
        after: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one merge with its report
    Show {
        /// Its number
        number: i64,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let a held merge go on with exactly the plan that was seen, and carry it out
    Approve {
        /// Its number
        number: i64,
        /// Hash of the plan that was seen
        #[arg(long, value_name = "HASH", required_unless_present = "yes")]
        plan: Option<String>,
        /// Show the plan's reasons and approve what is shown
        #[arg(long, conflicts_with = "plan")]
        yes: bool,
        /// One line of JSON instead of the report
        #[arg(long)]
        json: bool,
    },
    /// Stop a merge at its next safe point
    Stop {
        /// Its number
        number: i64,
    },
}

pub(super) async fn run(installation: &Installation, command: &RunsCommand) -> Result<Exit> {
    let (_, school) = at(installation).await?;
    match command {
        RunsCommand::List { kind, state, limit, after, json } => {
            let filter = RunFilter { kinds: kind.clone(), states: state.clone() };
            let page = PageRequest::after(after.clone(), *limit);
            list(installation, &school, &filter, &page, *json).await
        }
        RunsCommand::Show { number, json } => show(installation, &school, *number, *json).await,
        RunsCommand::Approve { number, plan, json, .. } => {
            approve(installation, &school, *number, plan.as_deref(), *json).await
        }
        RunsCommand::Stop { number } => stop(installation, &school, *number).await,
    }
}

async fn list(
    installation: &Installation,
    school: &str,
    filter: &RunFilter,
    page: &PageRequest,
    json: bool,
) -> Result<Exit> {
    let runs = installation.desk.list_runs(&installation.actor(), school, filter, page).await?;
    if json {
        output::print_json(&runs)?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = runs.items.iter().map(row).collect();
    let mut text = output::table(&["No.", "Kind", "State", "Ended", "Began", "Asked for by"], &rows);
    text.push_str(&output::footer(runs.items.len(), runs.total, "merges", runs.next.as_deref()));
    output::print(&text)?;
    Ok(Exit::Clean)
}

fn row(line: &RunLine) -> Vec<String> {
    vec![
        format!("#{}", line.number),
        line.kind.clone(),
        line.state.clone(),
        line.ended.clone().unwrap_or_default(),
        line.started_at.map(output::time).unwrap_or_default(),
        line.requested_by.clone(),
    ]
}

async fn show(installation: &Installation, school: &str, number: i64, json: bool) -> Result<Exit> {
    if json {
        let view = installation.desk.get_run(&installation.actor(), school, number).await?;
        output::print_json(&view)?;
        return Ok(Exit::Clean);
    }
    run::show(installation, school, number, false).await?;
    Ok(Exit::Clean)
}

async fn approve(
    installation: &Installation,
    school: &str,
    number: i64,
    plan: Option<&str>,
    json: bool,
) -> Result<Exit> {
    let actor = installation.actor();
    let stop = Stop::on_signals();
    let plan_hash = match plan {
        Some(plan) => plan.to_owned(),
        None => {
            let view = installation.desk.get_run(&actor, school, number).await?;
            for reason in &view.hold_reasons {
                eprintln!("{}", output::clean(reason));
            }
            let none = || Failure::not_now(format!("merge #{number} has no plan that waits for an approval"));
            view.line.plan_hash.ok_or_else(none)?
        }
    };
    installation.desk.approve_run(&actor, school, &Approve { number, plan_hash }).await?;
    run::carry_out(installation, school, number, &stop, json).await
}

/// Asks, and brings the run to its end when nobody else does.
async fn stop(installation: &Installation, school: &str, number: i64) -> Result<Exit> {
    let signals = Stop::on_signals();
    installation.desk.stop_run(&installation.actor(), school, number).await?;
    run::carry_out(installation, school, number, &signals, false).await?;
    Ok(Exit::Clean)
}
