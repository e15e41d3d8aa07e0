//! How it goes, in ten seconds (UX 7.2).

use app::api::{Attention, NextMerge, Overview, TrendDay, WaitingLine};
use chrono::{DateTime, NaiveDate, Offset as _, TimeDelta, Utc};
use chrono_tz::Tz;
use merge::Side;
use pipeline::report::{Facts, Outcome, Summary};
use pipeline::schedule::slots_between;
use pipeline::settings::Settings;
use store::Conn;
use store::ids::SchoolId;
use store::run::{Run, RunFilter, RunKind};

use super::super::error::Result;
use super::super::{Desk, school};
use super::{count, detail, label, line, now, usual};

/// Days of the trend.
const DAYS: i64 = 30;

impl Desk {
    /// Everything the overview shows.
    pub(in crate::desk) async fn overview(&self, slug: &str) -> Result<Overview> {
        let at = self.pipeline.clock.now();
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let zone = settings.school.zone;
        let line_now = now(self, &mut reader, school.id, &settings).await?;
        let current = store::run::open(&mut reader, school.id, 20).await?.pop();
        let current = match current {
            Some(run) => Some(detail::view(self, &mut reader, &settings, run).await?),
            None => None,
        };
        let last = last(&mut reader, school.id).await?;
        let waiting = waiting(&mut reader, &settings, school.id, at).await?;
        let mut attention = Vec::new();
        if let Some(now) = &line_now {
            attention.extend(attention_now(now));
        }
        if let Some(run) = &last {
            attention.extend(attention_last(&settings, run));
        }
        let names = [settings.side_name(Side::Ours), settings.side_name(Side::Theirs)];
        let sentence = |run: &Run| Summary::of(run).facts.unwrap_or_default().sentence(names);
        Ok(Overview {
            current,
            next: next(&settings, at),
            usual: usual(&mut reader, school.id, vec![RunKind::Nightly, RunKind::Manual]).await?,
            last: last.as_ref().map(|run| (line(&settings, run), sentence(run))),
            attention,
            waiting,
            trend: trend(&mut reader, school.id, zone, at).await?,
            zone: zone.to_string(),
            at,
        })
    }
}

/// The last real merge that has ended.
async fn last(conn: &mut Conn, school: SchoolId) -> Result<Option<Run>> {
    let real = vec![RunKind::Nightly, RunKind::Manual, RunKind::Incremental, RunKind::Undo];
    let ended: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let filter = RunFilter { kinds: real, outcomes: ended, ..RunFilter::default() };
    Ok(store::run::list(conn, school, &filter, 1).await?.into_iter().next())
}

fn next(settings: &Settings, at: DateTime<Utc>) -> Option<NextMerge> {
    let nightly = settings.schedule.nightly.as_ref()?;
    let zone = settings.schedule.zone;
    let slot = slots_between(nightly, zone, at, at + TimeDelta::days(400)).into_iter().next()?;
    let (local, today) = (slot.at.with_timezone(&zone), at.with_timezone(&zone).date_naive());
    let words = match (local.date_naive() - today).num_days() {
        0 => local.format("today %H:%M").to_string(),
        1 => local.format("tomorrow %H:%M").to_string(),
        _ => local.format("%a %-d %b %H:%M").to_string(),
    };
    Some(NextMerge { at: slot.at, words })
}

async fn waiting(
    conn: &mut Conn,
    settings: &Settings,
    school: SchoolId,
    at: DateTime<Utc>,
) -> Result<Vec<WaitingLine>> {
    let rows = store::conflict::waiting(conn, school, at - TimeDelta::days(1)).await?;
    let line = |row: store::conflict::Waiting| WaitingLine {
        label: label(settings, &row.type_name),
        name: row.type_name,
        open: row.open,
        new: row.fresh,
        oldest: row.oldest,
    };
    let mut lines: Vec<WaitingLine> = rows.into_iter().map(line).collect();
    lines.sort_by(|one, other| other.open.cmp(&one.open).then_with(|| one.label.cmp(&other.label)));
    Ok(lines)
}

/// Conflicts that were not settled at the end of each day, counted back from those there are now.
async fn trend(conn: &mut Conn, school: SchoolId, zone: Tz, at: DateTime<Utc>) -> Result<Vec<TrendDay>> {
    let local = at.with_timezone(&zone);
    let offset = TimeDelta::seconds(i64::from(local.offset().fix().local_minus_utc()));
    let today = local.date_naive();
    let first = today - TimeDelta::days(DAYS - 1);
    let since = first.and_time(chrono::NaiveTime::MIN).and_utc() - offset;
    let opened = store::conflict::opened_by_day(conn, school, since, offset).await?;
    let closed = store::conflict::closed_by_day(conn, school, since, offset).await?;
    let mut open = store::conflict::count_living(conn, school).await?;
    let number = |day: NaiveDate| day.signed_duration_since(NaiveDate::default()).num_days();
    let of = |counts: &[store::conflict::DayCount], day| {
        counts.iter().find(|one| one.day == number(day)).map_or(0, |one| one.count)
    };
    let mut days = Vec::new();
    for day in (0..DAYS).map(|back| today - TimeDelta::days(back)) {
        let (new, gone) = (of(&opened, day), of(&closed, day));
        days.push(TrendDay { day, open, new, closed: gone });
        open -= new - gone;
    }
    days.reverse();
    Ok(days)
}

/// What waits or is late comes first.
fn attention_now(now: &app::api::Now) -> Option<Attention> {
    let link = match now.state.as_str() {
        "held" => "Decide whether it goes on",
        "lost" | "failed" | "overdue" => "Look at it",
        _ => return None,
    };
    let path = if now.merge == 0 { "merges".to_owned() } else { format!("merges/{}", now.merge) };
    Some(Attention { text: now.text.clone(), path, link: link.to_owned() })
}

/// What the last merge left to look at.
fn attention_last(settings: &Settings, run: &Run) -> Vec<Attention> {
    let facts: Facts = Summary::of(run).facts.unwrap_or_default();
    let number = run.number;
    let mut attention = Vec::new();
    let mut add = |text: String, page: &str, link: &str| {
        attention.push(Attention { text, path: format!("merges/{number}{page}"), link: link.to_owned() });
    };
    match Outcome::of_row(run) {
        Outcome::Failed => {
            let why = run.error.as_deref().unwrap_or("no reason is known");
            add(format!("Merge #{number} failed: {why}."), "", "See what was written");
        }
        Outcome::NothingRead => {
            let names = [Side::Theirs, Side::Ours].map(|side| settings.side_name(side));
            let [ours, theirs] = facts.read;
            add(
                format!(
                    "Merge #{number} read {theirs} records from {} and {ours} from {}.",
                    names[0], names[1]
                ),
                "",
                "See the steps",
            );
        }
        Outcome::Limit => add(format!("Merge #{number} was never approved."), "/held", "See what waits"),
        _ => {}
    }
    if facts.held > 0 {
        let wait = if facts.held == 1 { "change waits" } else { "changes wait" };
        add(format!("{} {wait} because of a safety limit.", facts.held), "/held", "See what waits");
    }
    let types = Summary::of(run).types;
    for one in types.iter().filter(|one| one.stopped.is_some()) {
        add(format!("{} were not merged: their listing was stopped.", one.label), "/errors", "See why");
    }
    let refused = |side: usize| types.iter().map(|one| one.writes[side].refused).sum::<u64>();
    for (at, side) in [(1, Side::Theirs), (0, Side::Ours)] {
        match refused(at) {
            0 => {}
            1 => add(format!("{} refused 1 record.", settings.side_name(side)), "/errors", "See the record"),
            many => {
                add(
                    format!("{} refused {many} records.", settings.side_name(side)),
                    "/errors",
                    "See the records",
                );
            }
        }
    }
    let stopped = count(i64::try_from(types.iter().filter(|one| one.stopped.is_some()).count()).unwrap_or(0));
    let others = facts.errors.saturating_sub(refused(0) + refused(1) + stopped);
    if others > 0 {
        let could =
            if others == 1 { "record could not be used or is" } else { "records could not be used or are" };
        add(format!("{others} {could} not certain."), "/errors", "See the records");
    }
    attention
}
