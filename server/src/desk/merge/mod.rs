//! Merges as people read them (UX 7.2, 7.6, 7.7): everything here only reads.

mod changes;
mod detail;
mod faults;
mod history;
mod now;
mod overview;
mod start;
mod steps;

use app::api::{Facts, MergeLine, Outcome};
use chrono::TimeDelta;
use pipeline::RunOptions;
use pipeline::report::{self, Summary};
use pipeline::settings::Settings;
use store::Conn;
use store::ids::SchoolId;
use store::run::{Run, RunKind};

use super::error::{Result, not_found};

pub(super) use now::now;

/// The merge of this number.
pub(super) async fn find(conn: &mut Conn, school: SchoolId, number: i64) -> Result<Run> {
    let found = store::run::find_by_number(conn, school, number).await?;
    Ok(found.ok_or_else(|| not_found(format!("merge #{number}")))?)
}

/// How a merge ended or where it stands.
fn outcome(run: &Run) -> Outcome {
    let outcome = report::Outcome::of_row(run);
    Outcome { code: outcome.as_str().to_owned(), words: outcome.words().to_owned() }
}

/// A merge as a line of the history, from its row alone.
fn line(settings: &Settings, run: &Run) -> MergeLine {
    let options: RunOptions = serde_json::from_str(&run.options).unwrap_or_default();
    MergeLine {
        number: run.number,
        kind: run.kind.to_string(),
        types: options.types.iter().map(|name| label(settings, name)).collect(),
        limits_off: options.no_limits,
        by: run.requested_by.clone(),
        requested_at: run.requested_at,
        started_at: run.started_at,
        ended_at: run.ended_at,
        outcome: outcome(run),
        facts: Summary::of(run).facts.map(facts).filter(|_| run.ended_at.is_some()),
        reason: run.error.clone(),
    }
}

fn facts(facts: report::Facts) -> Facts {
    Facts {
        read: facts.read,
        changed: facts.changed,
        deleted: facts.deleted,
        new_conflicts: facts.new_conflicts,
        errors: facts.errors,
        held: facts.held,
    }
}

/// The name of a record type for people.
fn label(settings: &Settings, name: &str) -> String {
    settings.merge_type(name).map_or_else(|| name.to_owned(), |one| one.label.clone())
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Minutes a merge of everything usually takes: the median of the last ten that came through.
async fn usual(conn: &mut Conn, school: SchoolId, kinds: Vec<RunKind>) -> Result<Option<i64>> {
    let filter = store::run::RunFilter {
        kinds,
        outcomes: vec!["finished", "conflicts", "errors", "part-held", "trial"],
        ..store::run::RunFilter::default()
    };
    let runs = store::run::list(conn, school, &filter, 40).await?;
    let whole = runs.iter().filter(|run| {
        let options: RunOptions = serde_json::from_str(&run.options).unwrap_or_default();
        options.types.is_empty()
    });
    let took = |run: &Run| Some((run.ended_at? - run.started_at?).max(TimeDelta::zero()));
    let mut times: Vec<TimeDelta> = whole.filter_map(took).take(10).collect();
    times.sort();
    Ok(times.get(times.len() / 2).map(|took| (took.num_seconds() + 30) / 60))
}
