//! The one line above every page: what is at work, waits, or is late (UX 6.2). It is asked for with every page, so it
//! costs one indexed query when nothing goes on, and a few when something does.

use app::api::{MergeLine, Now, Outcome};
use chrono::{DateTime, TimeDelta, Utc};
use pipeline::report::{self, grouped};
use pipeline::schedule::slots_between;
use pipeline::settings::Settings;
use store::Conn;
use store::ids::SchoolId;
use store::lease::Phase;
use store::run::{Run, RunKind, RunState};
use store::run_step::{RunStep, StepState};
use store::write::WriteState;

use super::super::error::Result;
use super::super::{Desk, school};
use super::{count, steps};

/// Silence after which a merge may be stuck.
const LOST: i64 = 60;
/// Silence after which it counts as failed until it goes on (UX 7.2).
const FAILED: i64 = 600;
/// A merge that was asked for begins within this many seconds, where anybody is at work.
const BEGINS: i64 = 120;
/// A night that was not asked for so long after its time is late.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// Merges that are not over at one time: one at work, one held, some that wait.
const OPEN: u32 = 20;

impl Desk {
    /// What goes on in a school right now.
    pub(in crate::desk) async fn current(&self, slug: &str) -> Result<Option<Now>> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        now(self, &mut reader, school.id, &settings).await
    }
}

/// What goes on in a school right now; none when there is nothing to say.
pub(in crate::desk) async fn now(
    desk: &Desk,
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
) -> Result<Option<Now>> {
    let at = desk.pipeline.clock.now();
    let runs = store::run::open(conn, school, OPEN).await?;
    let waits = |run: &&Run| run.state == RunState::Held && run.approved_plan_hash.is_none();
    if let Some(held) = runs.iter().find(waits) {
        return Ok(Some(held_line(settings, held, at)));
    }
    // The oldest is the one at work; those behind it wait for it.
    match runs.last() {
        Some(run) if run.state == RunState::Requested => Ok(Some(requested_line(run, at))),
        Some(run) => Ok(Some(running_line(desk, conn, settings, run, at).await?)),
        None => late_line(conn, school, settings, at).await,
    }
}

fn blank(run: i64, state: &str, at: DateTime<Utc>) -> Now {
    Now {
        merge: run,
        state: state.to_owned(),
        step: 0,
        of: steps::STEPS,
        text: String::new(),
        detail: String::new(),
        count: String::new(),
        silent: 0,
        at,
    }
}

fn held_line(settings: &Settings, run: &Run, at: DateTime<Utc>) -> Now {
    Now {
        step: 5,
        text: format!("Merge #{} waits for an approval: a safety limit stopped it.", run.number),
        detail: format!("Nothing was written. Started {} by {}.", clock(settings, run), run.requested_by),
        ..blank(run.number, "held", at)
    }
}

fn requested_line(run: &Run, at: DateTime<Utc>) -> Now {
    let silent = (at - run.requested_at).num_seconds();
    let (state, text) = match silent > BEGINS {
        true => ("overdue", format!("Merge #{} should have begun, and has not.", run.number)),
        false => ("requested", format!("Merge #{} begins in a moment.", run.number)),
    };
    let detail = format!("Asked for by {} {} ago.", run.requested_by, ago(silent));
    Now { text, detail, silent, ..blank(run.number, state, at) }
}

async fn running_line(
    desk: &Desk,
    conn: &mut Conn,
    settings: &Settings,
    run: &Run,
    at: DateTime<Utc>,
) -> Result<Now> {
    let rows = store::run_step::list(conn, run.id).await?;
    let silent = silence(desk, conn, run, &rows, at).await?;
    let (step, doing) = steps::position(settings, run, &rows);
    let count = progress(conn, run, &rows, step).await?;
    let number = run.number;
    let (state, text) = match silent {
        silent if silent > FAILED => (
            "failed",
            format!(
                "Merge #{number} gave no sign of life for {}. It counts as failed until it goes on.",
                ago(silent)
            ),
        ),
        silent if silent > LOST => {
            ("lost", format!("No sign of life from merge #{number} for {}. It may be stuck.", ago(silent)))
        }
        _ => (
            "running",
            format!(
                "A merge is running: step {step} of {}, {doing}. Decisions you save now are written after it ends.",
                steps::STEPS
            ),
        ),
    };
    let so_far = if count.is_empty() { String::new() } else { format!(" · {count}") };
    let detail = format!(
        "Started {} by {}{so_far} · last sign of life {} ago.",
        clock(settings, run),
        run.requested_by,
        ago(silent)
    );
    Ok(Now { step, text, detail, count, silent, ..blank(number, state, at) })
}

/// How long ago the merge last showed that it is at work: it renews its lease every few seconds (RL R28), and writes down
/// where it is.
async fn silence(
    desk: &Desk,
    conn: &mut Conn,
    run: &Run,
    rows: &[RunStep],
    at: DateTime<Utc>,
) -> Result<i64> {
    let lease = store::lease::find(conn, run.school, Phase::Download).await?;
    let renewed = lease.map(|lease| lease.expires_at - desk.pipeline.bounds.lease);
    let steps = rows.iter().flat_map(|row| [Some(row.started_at), row.ended_at]);
    let signs = steps.chain([renewed, run.started_at, run.approved_at]).flatten();
    let last = signs.max().unwrap_or(run.requested_at);
    Ok((at - last).num_seconds().max(0))
}

/// How long a merge at work has given no sign of life; none of one that is over, waits for a person or has not begun.
pub(super) async fn silence_of(desk: &Desk, conn: &mut Conn, run: &Run) -> Result<Option<i64>> {
    let waits = run.state == RunState::Held && run.approved_plan_hash.is_none();
    if run.ended_at.is_some() || waits || run.state == RunState::Requested {
        return Ok(None);
    }
    let rows = store::run_step::list(conn, run.id).await?;
    silence(desk, conn, run, &rows, desk.pipeline.clock.now()).await.map(Some)
}

/// A merge that gives no sign of life any more is shown as failed, until recovery goes on with it (UX 7.2).
pub(super) fn given_up(line: MergeLine, silent: Option<i64>) -> MergeLine {
    let Some(silent) = silent.filter(|silent| *silent > FAILED) else { return line };
    let failed = report::Outcome::Failed;
    let outcome = Outcome { code: failed.as_str().to_owned(), words: failed.words().to_owned() };
    MergeLine { outcome, reason: Some(format!("no sign of life for {}", ago(silent))), ..line }
}

/// How far the step is, in words, where that is known.
async fn progress(conn: &mut Conn, run: &Run, rows: &[RunStep], step: u8) -> Result<String> {
    Ok(match run.state {
        RunState::Downloading => {
            let side = if step == 1 { merge::Side::Theirs } else { merge::Side::Ours };
            let of_side = || rows.iter().filter(|row| row.phase == Phase::Download && row.side == side);
            let seen: i64 = of_side().map(|row| row.items_seen).sum();
            let running = of_side().find(|row| row.state == StepState::Running);
            match running.and_then(|row| Some((row.items_seen, row.declared_total?, &row.type_name))) {
                Some((seen, of, name)) => {
                    format!("{} of {} in {name}", grouped(count(seen)), grouped(count(of)))
                }
                None => format!("{} records so far", grouped(count(seen))),
            }
        }
        RunState::Pushing | RunState::Confirming => {
            let states = store::write::state_counts(conn, run.id).await?;
            let all: i64 = states.iter().map(|one| one.count).sum();
            let open = [WriteState::Pending, WriteState::Sending, WriteState::Unknown, WriteState::Retry];
            let left: i64 = states.iter().filter(|one| open.contains(&one.state)).map(|one| one.count).sum();
            format!("{} of {} changes", grouped(count(all - left)), grouped(count(all)))
        }
        _ => String::new(),
    })
}

/// A night whose time is over and that nobody asked for.
async fn late_line(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    at: DateTime<Utc>,
) -> Result<Option<Now>> {
    let Some(nightly) = &settings.schedule.nightly else { return Ok(None) };
    let zone = settings.schedule.zone;
    let due = slots_between(nightly, zone, at - TimeDelta::hours(25), at - LATE).pop();
    let Some(slot) = due else { return Ok(None) };
    let name = slot.date.to_string();
    let found = store::run::find_by_slot(conn, school, RunKind::Nightly, &name).await?;
    let since = store::settings_revision::current(conn, school).await?.map(|revision| revision.created_at);
    if found.is_some() || since.is_none_or(|since| since > slot.at) {
        return Ok(None);
    }
    let time = slot.at.with_timezone(&zone).format("%-d %b, %H:%M");
    Ok(Some(Now {
        text: format!("The merge of {time} has not begun."),
        detail: "Nobody was there to start it, or the server has just been started.".to_owned(),
        silent: (at - slot.at).num_seconds(),
        ..blank(0, "overdue", at)
    }))
}

/// When a merge began, as the clocks of the school show it.
fn clock(settings: &Settings, run: &Run) -> String {
    let at = run.started_at.unwrap_or(run.requested_at).with_timezone(&settings.school.zone);
    at.format("%H:%M").to_string()
}

/// A time in words: `4 s`, `12 min`, `3 h`.
pub(super) fn ago(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
