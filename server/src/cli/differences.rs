//! `tiebreak conflicts differ`, `differences` and `end-difference`: what differs on purpose (MS C10).

use app::api::{
    Api as _, ApiError, DifferenceFilter, DifferenceLine, Differences as _, NewDifference, PageRequest,
};

use super::failure::Result;
use super::{Exit, at, conflicts, output};
use crate::installation::Installation;

/// Let a contested field differ on both sides.
#[derive(Debug, clap::Args)]
pub(super) struct DifferArgs {
    /// Number of the conflict
    number: i64,
    /// The contested field
    #[arg(long, value_name = "FIELD")]
    field: String,
    /// Why both sides may differ
    #[arg(long)]
    reason: String,
    /// The last day on which they may, as 2026-12-31; without it, for as long as no value changes
    #[arg(long, value_name = "DAY", default_value = "")]
    until: String,
    /// The revision that was seen; without it, the one there is now
    #[arg(long, value_name = "r-…")]
    revision: Option<String>,
}

/// List what differs on purpose, the oldest first.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// So many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Go on after this one
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn declare(installation: &Installation, args: &DifferArgs) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let seen = installation.desk.get_conflict(&actor, &school, args.number).await?;
    let new = NewDifference {
        conflict: args.number,
        revision: args.revision.clone().unwrap_or(seen.revision),
        field: args.field.clone(),
        reason: args.reason.clone(),
        until: args.until.clone(),
    };
    match installation.desk.declare_difference(&actor, &school, &new).await {
        Ok(()) => {}
        Err(ApiError::Stale { current }) => {
            eprintln!("tiebreak: refused: this record has changed since you looked. It is now:");
            output::print(&conflicts::text(&current))?;
            return Ok(Exit::Issues);
        }
        Err(error) => return Err(error.into()),
    }
    output::print("Both systems keep their values; you are asked again if either of them changes.\n")?;
    Ok(Exit::Clean)
}

pub(super) async fn list(installation: &Installation, args: &ListArgs) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let all = DifferenceFilter::default();
    let page = PageRequest::after(args.after.clone(), args.limit);
    let found = installation.desk.list_differences(&actor, &school, &all, &page).await?;
    if args.json {
        output::print_json(&found)?;
        return Ok(Exit::Clean);
    }
    let rows: Vec<Vec<String>> = found.items.iter().map(row).collect();
    let mut text = output::table(&["Id", "Type", "Record", "Field", "Since", "Until", "By", "Why"], &rows);
    text.push_str(&output::footer(found.items.len(), found.total, "differences", found.next.as_deref()));
    output::print(&text)?;
    Ok(Exit::Clean)
}

fn row(line: &DifferenceLine) -> Vec<String> {
    vec![
        line.id.clone(),
        line.merge_type.clone(),
        line.label.clone(),
        line.path.clone(),
        output::time(line.at),
        line.until.map(output::time).unwrap_or_default(),
        line.person.clone(),
        line.reason.clone(),
    ]
}

pub(super) async fn end(installation: &Installation, id: &str) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    installation.desk.end_difference(&actor, &school, id).await?;
    output::print("Ended. Where both systems still differ, the conflict is open again.\n")?;
    Ok(Exit::Clean)
}
