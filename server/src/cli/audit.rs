//! `tiebreak audit`: whether the audit log is as it was written.

use app::api::{Api as _, AuditFilter, AuditVerdict, PageRequest};

use super::failure::{Failure, Result};
use super::{Exit, at, output};
use crate::audit_heads;
use crate::installation::Installation;

/// The audit log.
#[derive(Debug, clap::Subcommand)]
pub(super) enum AuditCommand {
    /// Compute the whole chain anew; exit status 2 names the first row that does not follow
    Verify,
    /// List the newest rows of a school
    List {
        /// So many rows
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Go on before this row
        #[arg(long, value_name = "ROW")]
        after: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(installation: &Installation, command: &AuditCommand) -> Result<Exit> {
    match command {
        AuditCommand::Verify => verify(installation).await,
        AuditCommand::List { limit, after, json } => {
            let page = PageRequest::after(after.clone(), *limit);
            list(installation, &page, *json).await
        }
    }
}

async fn verify(installation: &Installation) -> Result<Exit> {
    let verdict = installation.desk.verify_audit(&installation.actor()).await?;
    let mut reader = installation.pipeline.store.read().await?;
    let rewritten = audit_heads::first_changed(&mut reader, &installation.config.data).await;
    let verdict = match rewritten.map_err(Failure::chain)? {
        Some(row) if matches!(verdict, AuditVerdict::Whole { .. }) => AuditVerdict::Broken { row },
        _ => verdict,
    };
    Ok(match verdict {
        AuditVerdict::Whole { rows, head } => {
            output::print(&format!("the audit log is whole: {rows} rows, last hash {head}\n"))?;
            Exit::Clean
        }
        AuditVerdict::Broken { row } => {
            eprintln!(
                "tiebreak: the audit log is broken at row {row}: it was changed, removed, inserted or cut off there"
            );
            Exit::Failed
        }
    })
}

async fn list(installation: &Installation, page: &PageRequest, json: bool) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let rows = installation.desk.list_audit(&actor, &school, &AuditFilter::default(), page).await?;
    if json {
        output::print_json(&rows)?;
        return Ok(Exit::Clean);
    }
    let lines: Vec<Vec<String>> = rows
        .items
        .iter()
        .map(|row| {
            vec![
                row.row.to_string(),
                output::time(row.at),
                row.actor.clone(),
                row.action.clone(),
                row.target.clone(),
                row.detail.clone(),
            ]
        })
        .collect();
    let mut text = output::table(&["Row", "When", "Who", "What", "To what", "Particulars"], &lines);
    text.push_str(&output::footer(rows.items.len(), rows.total, "rows", rows.next.as_deref()));
    output::print(&text)?;
    Ok(Exit::Clean)
}
