//! The history of merges, with the changes of settings between them (UX 7.7.1).

use app::api::{History, HistoryLine, MergeFilter, MergeLine, PageRequest};
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;
use pipeline::report::Outcome;
use store::Conn;
use store::ids::SchoolId;
use store::run::{Run, RunFilter};
use store::settings_revision::RevisionHead;

use super::super::error::{Result, invalid};
use super::super::queue::words;
use super::super::{Desk, page, school};
use super::{line, now};

/// Revisions shown between the merges of one page.
const REVISIONS: u32 = 200;

impl Desk {
    /// Merges that match, newest first.
    pub(in crate::desk) async fn merges(
        &self,
        slug: &str,
        filter: &MergeFilter,
        request: &PageRequest,
    ) -> Result<History> {
        let wanted = page::wanted::<i64>(request)?;
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let zone = settings.school.zone;
        let runs = run_filter(filter, zone)?;
        let rows = if wanted.backwards {
            let filter = RunFilter { above: wanted.edge, ..runs.clone() };
            store::run::list_rising(&mut reader, school.id, &filter, wanted.rows()).await?
        } else {
            let filter = RunFilter { before: wanted.edge, ..runs.clone() };
            store::run::list(&mut reader, school.id, &filter, wanted.rows()).await?
        };
        let total = store::run::count(&mut reader, school.id, &runs).await?;
        let mut part = page::part(rows, &wanted, total, |run| run.number.to_string(), |run| run);
        if let Some(first) = part.items.first() {
            let above = RunFilter { above: Some(first.number), ..runs.clone() };
            part.before = store::run::count(&mut reader, school.id, &above).await?;
        }
        let whole = filter.kinds.is_empty() && filter.outcomes.is_empty();
        let heads = match whole {
            true => revisions(&mut reader, school.id, &part, &runs).await?,
            false => Vec::new(),
        };
        let mut lines = Vec::with_capacity(part.items.len());
        for run in &part.items {
            let silent = now::silence_of(self, &mut reader, run).await?;
            lines.push((run.requested_at, now::given_up(line(&settings, run), silent)));
        }
        let items = interleave(lines, heads);
        Ok(History { page: part.with(items), zone: zone.to_string() })
    }
}

fn run_filter(filter: &MergeFilter, zone: Tz) -> Result<RunFilter<'_>> {
    if let Some(unknown) = filter.outcomes.iter().find(|word| Outcome::parse(word).is_none()) {
        return Err(invalid("outcome", format!("\"{unknown}\" is no outcome of a merge")).into());
    }
    Ok(RunFilter {
        kinds: words(&filter.kinds, "kind")?,
        outcomes: filter.outcomes.iter().map(String::as_str).collect(),
        from: filter.from.and_then(|day| beginning(day, zone)),
        until: filter.to.and_then(|day| beginning(day.succ_opt()?, zone)),
        ..RunFilter::default()
    })
}

/// When a day begins. Where the clocks skip midnight, at the first instant there is.
pub(super) fn beginning(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let resolve = |hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest();
    (0..4).find_map(resolve).map(|at| at.to_utc())
}

/// The revisions saved in the time that a part of the list covers.
async fn revisions(
    conn: &mut Conn,
    school: SchoolId,
    part: &app::api::Page<Run>,
    filter: &RunFilter<'_>,
) -> Result<Vec<RevisionHead>> {
    let newest = part.items.first().map(|run| run.requested_at).filter(|_| part.previous.is_some());
    let oldest = part.items.last().map(|run| run.requested_at).filter(|_| part.next.is_some());
    let from = oldest.or(filter.from).unwrap_or(DateTime::UNIX_EPOCH);
    let until = newest.or(filter.until).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Ok(store::settings_revision::heads_between(conn, school, from, until, REVISIONS).await?)
}

/// Both lists are newest first; so is what comes of them.
fn interleave(merges: Vec<(DateTime<Utc>, MergeLine)>, heads: Vec<RevisionHead>) -> Vec<HistoryLine> {
    let mut lines = Vec::with_capacity(merges.len() + heads.len());
    let mut heads = heads.into_iter().peekable();
    for (asked, merge) in merges {
        while let Some(head) = heads.next_if(|head| head.created_at > asked) {
            lines.push(revision(head));
        }
        lines.push(HistoryLine::Merge(Box::new(merge)));
    }
    lines.extend(heads.map(revision));
    lines
}

fn revision(head: RevisionHead) -> HistoryLine {
    HistoryLine::Settings { revision: head.number, at: head.created_at, by: head.author, reason: head.reason }
}
