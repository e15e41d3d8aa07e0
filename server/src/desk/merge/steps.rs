//! The eight steps of a merge (UX 7.2): where it is, what each took, and what it came to.

use app::api::{StepLine, StepState};
use chrono::{DateTime, Utc};
use merge::Side;
use pipeline::report::{Summary, grouped};
use pipeline::settings::Settings;
use store::Conn;
use store::lease::Phase;
use store::message::MessageState;
use store::quarantine::QuarantineState;
use store::run::{Run, RunEnding, RunKind, RunState, StateMark};
use store::run_step::{RunStep, StepState as RowState};
use store::write::{Span, WriteCount, WriteState};

use super::super::error::Result;
use super::count;

/// Steps of a merge.
pub(super) const STEPS: u8 = 8;

/// Where a merge is, and what it does there.
pub(super) fn position(settings: &Settings, run: &Run, rows: &[RunStep]) -> (u8, String) {
    let name = |side| settings.side_name(side);
    match run.state {
        RunState::Requested | RunState::Claimed | RunState::Recovering => {
            (1, "settling what earlier merges left open".to_owned())
        }
        RunState::Downloading => {
            let at_work = |row: &&RunStep| row.phase == Phase::Download && row.state == RowState::Running;
            match rows.iter().find(at_work).map(|row| row.side) {
                Some(Side::Ours) => (2, format!("reading {}", name(Side::Ours))),
                _ => (1, format!("reading {}", name(Side::Theirs))),
            }
        }
        RunState::Applying => (3, "checking the data".to_owned()),
        RunState::Merging => (4, "comparing".to_owned()),
        RunState::Planned | RunState::Held => (5, "safety limits".to_owned()),
        RunState::Pushing => (6, format!("writing to {} and {}", name(Side::Ours), name(Side::Theirs))),
        RunState::Confirming => (7, "reading back what was written".to_owned()),
        RunState::Committed | RunState::Aborted | RunState::Reported => (8, "reporting".to_owned()),
    }
}

/// Everything the steps are made from.
struct Source<'a> {
    settings: &'a Settings,
    run: &'a Run,
    summary: Summary,
    rows: Vec<RunStep>,
    marks: Vec<StateMark>,
    writes: Vec<WriteCount>,
    spans: Vec<Span>,
    problems: i64,
    mails: usize,
    /// The step the merge is in, or ended in.
    at: u8,
}

/// The steps of a merge.
pub(super) async fn list(conn: &mut Conn, settings: &Settings, run: &Run) -> Result<Vec<StepLine>> {
    let rows = store::run_step::list(conn, run.id).await?;
    let marks = store::run::marks(conn, run.id).await?;
    let faults = store::quarantine::counts(conn, run.id).await?;
    let open = faults.iter().filter(|count| count.state != QuarantineState::Released);
    let mails = store::message::list_for_run(conn, run.id, 10).await?;
    let source = Source {
        settings,
        run,
        summary: Summary::of(run),
        at: ended_in(settings, run, &rows, &marks),
        problems: open.map(|count| count.count).sum(),
        writes: store::write::counts(conn, run.id).await?,
        spans: store::write::spans(conn, run.id).await?,
        mails: mails.iter().filter(|mail| mail.state == MessageState::Sent).count(),
        rows,
        marks,
    };
    Ok((1..=STEPS).map(|number| source.step(number)).collect())
}

/// The step a merge is in; of one that ended before its end, the one it ended in.
fn ended_in(settings: &Settings, run: &Run, rows: &[RunStep], marks: &[StateMark]) -> u8 {
    let broken = matches!(run.ended, Some(RunEnding::Failed | RunEnding::Stopped | RunEnding::Held));
    let over = [RunState::Committed, RunState::Aborted, RunState::Reported];
    let last = marks.iter().rev().map(|mark| mark.state).find(|state| !over.contains(state));
    let committed = marks.iter().any(|mark| mark.state == RunState::Committed);
    match last {
        Some(state) if broken && !committed => {
            let at = Run { state, ..run.clone() };
            position(settings, &at, rows).0
        }
        _ => position(settings, run, rows).0,
    }
}

impl Source<'_> {
    fn step(&self, number: u8) -> StepLine {
        let (name, took, count) = match number {
            1 => self.read(Side::Theirs),
            2 => self.read(Side::Ours),
            3 => self.check(),
            4 => self.compare(),
            5 => ("Safety limits".to_owned(), None, self.limits()),
            6 => self.write(Side::Ours),
            7 => self.write(Side::Theirs),
            _ => self.report(),
        };
        let state = self.state(number);
        let waits = state == StepState::Waiting;
        StepLine {
            number,
            name,
            state,
            took: took.filter(|_| state != StepState::Running && !waits),
            count: if waits { String::new() } else { count },
            progress: self.progress(number).filter(|_| state == StepState::Running),
            problems: self.problems(number, state),
        }
    }

    fn state(&self, number: u8) -> StepState {
        let broken = matches!(self.run.ended, Some(RunEnding::Failed | RunEnding::Stopped | RunEnding::Held));
        let reads = self.run.state == RunState::Downloading && number <= 2;
        let writes =
            matches!(self.run.state, RunState::Pushing | RunState::Confirming) && (6..=7).contains(&number);
        match (self.run.ended, number.cmp(&self.at)) {
            (Some(_), _) if !broken || self.at == STEPS => StepState::Done,
            (Some(_), std::cmp::Ordering::Equal) => StepState::Failed,
            (None, _) if reads || writes => StepState::Running,
            (None, _) if self.run.state == RunState::Requested => StepState::Waiting,
            (None, std::cmp::Ordering::Equal) => StepState::Running,
            (_, std::cmp::Ordering::Less) => StepState::Done,
            (_, _) => StepState::Waiting,
        }
    }

    fn began(&self, state: RunState) -> Option<DateTime<Utc>> {
        self.marks.iter().find(|mark| mark.state == state).map(|mark| mark.began_at)
    }

    /// Seconds from a state to the next one.
    fn took(&self, state: RunState) -> Option<i64> {
        let began = self.began(state)?;
        let later = self.marks.iter().filter(|mark| mark.state != state && mark.began_at >= began);
        later.map(|mark| (mark.began_at - began).num_seconds()).min()
    }

    fn read(&self, side: Side) -> (String, Option<i64>, String) {
        let rows: Vec<&RunStep> = self.of_side(side).collect();
        let seen: i64 = rows.iter().map(|row| row.items_seen).sum();
        let took = |row: &&RunStep| Some((row.ended_at? - row.started_at).num_milliseconds());
        let took: i64 = rows.iter().filter_map(took).sum();
        let name = format!("Read {}", self.settings.side_name(side));
        (name, (!rows.is_empty()).then_some(took / 1_000), format!("{} records", grouped(count(seen))))
    }

    fn of_side(&self, side: Side) -> impl Iterator<Item = &RunStep> {
        self.rows.iter().filter(move |row| row.phase == Phase::Download && row.side == side)
    }

    fn check(&self) -> (String, Option<i64>, String) {
        let problems = match self.problems {
            0 => "no problems".to_owned(),
            1 => "1 problem".to_owned(),
            many => format!("{} problems", grouped(count(many))),
        };
        ("Check data".to_owned(), self.took(RunState::Applying), problems)
    }

    fn compare(&self) -> (String, Option<i64>, String) {
        let differ: u64 = self.summary.outcomes.values().flat_map(|one| one.values()).sum();
        let text = match self.state(4) {
            StepState::Done => format!("{} differ", grouped(differ)),
            _ => String::new(),
        };
        ("Compare".to_owned(), self.took(RunState::Merging), text)
    }

    fn limits(&self) -> String {
        let held: u64 = self.summary.facts.map_or(0, |facts| facts.held);
        match (self.run.hold_reasons.is_some(), held) {
            (true, _) if self.run.approved_by.is_some() => "stopped the merge, then approved".to_owned(),
            (true, _) => "stopped the merge".to_owned(),
            (false, 0) if self.run.ended.is_none() && self.at <= 5 => String::new(),
            (false, 0) => "not hit".to_owned(),
            (false, held) => format!("hit: {} changes wait", grouped(held)),
        }
    }

    fn write(&self, side: Side) -> (String, Option<i64>, String) {
        let name = format!("Write to {}", self.settings.side_name(side));
        if self.run.kind == RunKind::Trial {
            return (name, None, "not in a trial".to_owned());
        }
        let (done, all, refused) = self.written(side);
        let text = match all {
            0 => "nothing to write".to_owned(),
            all if refused > 0 => {
                format!("{} of {}, {} refused", grouped(done), grouped(all), grouped(refused))
            }
            all => format!("{} of {}", grouped(done), grouped(all)),
        };
        let span = self.spans.iter().find(|span| span.side == side);
        (name, span.map(|span| (span.last - span.first).num_seconds()), text)
    }

    /// Writes to a side that took effect, all of them, and those that were refused.
    fn written(&self, side: Side) -> (u64, u64, u64) {
        let sum = |of: &dyn Fn(WriteState) -> bool| -> u64 {
            let counts = self.writes.iter().filter(|one| one.side == side && of(one.state));
            counts.map(|one| count(one.count)).sum()
        };
        let done = sum(&|state| matches!(state, WriteState::Acked | WriteState::Confirmed));
        (done, sum(&|_| true), sum(&|state| state == WriteState::Rejected))
    }

    fn report(&self) -> (String, Option<i64>, String) {
        let text = match (self.run.ended, self.mails) {
            (None, _) => "",
            (Some(_), 0) => "kept here",
            (Some(_), _) => "kept here and sent by mail",
        };
        ("Report".to_owned(), self.took(RunState::Committed), text.to_owned())
    }

    fn progress(&self, number: u8) -> Option<(u64, u64)> {
        match number {
            1 | 2 => {
                let side = if number == 1 { Side::Theirs } else { Side::Ours };
                let row = self.of_side(side).find(|row| row.state == RowState::Running)?;
                Some((count(row.items_seen), count(row.declared_total?)))
            }
            6 | 7 => {
                let (done, all, refused) = self.written(if number == 6 { Side::Ours } else { Side::Theirs });
                (all > 0).then_some((done + refused, all))
            }
            _ => None,
        }
    }

    fn problems(&self, number: u8, state: StepState) -> Vec<String> {
        let mut problems: Vec<String> = match number {
            1 | 2 => {
                let side = if number == 1 { Side::Theirs } else { Side::Ours };
                let stopped = self.of_side(side).filter_map(|row| Some((row, row.issue.as_deref()?)));
                stopped
                    .map(|(row, issue)| format!("{}: {issue}", super::label(self.settings, &row.type_name)))
                    .collect()
            }
            _ => Vec::new(),
        };
        if state == StepState::Failed {
            problems.extend(self.run.error.clone());
        }
        problems
    }
}
