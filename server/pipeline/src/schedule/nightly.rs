//! When the nights of a school are: a cron pattern in a zone, resolved to one slot per local date.
//!
//! croner walks the calendar only, on dates without a zone; the zone's gaps and repeated hours are resolved here. So no
//! clock change can make it fire twice or give up (RL X13).

use std::fmt;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use thiserror::Error;

/// One night of a schedule: its name is the local date it is planned for, which is also the run's slot (RL P8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The local date the night is planned for.
    pub date: NaiveDate,
    /// When it starts.
    pub at: DateTime<Utc>,
}

/// A pattern that starts at one time of day on the dates it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nightly {
    cron: Cron,
    time: NaiveTime,
}

/// Why a pattern is no nightly schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NightlyError {
    /// croner does not read it.
    #[error("is no cron pattern of five fields: {0}")]
    Pattern(String),
    /// A date would have several nights, but the date is the night's name.
    #[error("must name one minute and one hour, so that a date has one night")]
    SeveralTimes,
    /// No date of a whole calendar cycle fits, as with 30 February.
    #[error("names no date that exists")]
    Never,
}

/// The weekdays and leap years come round in this many days.
const CALENDAR_CYCLE_DAYS: usize = 28 * 366;
/// A local time that a clock change skips is looked for this far ahead; the longest known gap is one day.
const GAP_MINUTES_MOST: i64 = 26 * 60;

impl Nightly {
    /// Reads a cron pattern of five fields (minute, hour, day, month, weekday) with one minute and one hour.
    ///
    /// # Errors
    /// When it is none, when a date would have several nights, or when no date fits.
    pub fn parse(pattern: &str) -> Result<Self, NightlyError> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(pattern).map_err(|error| NightlyError::Pattern(error.to_string()))?;
        let (minutes, hours) = (cron.pattern.minutes.values(), cron.pattern.hours.values());
        let ([minute], [hour]) = (minutes.as_slice(), hours.as_slice()) else {
            return Err(NightlyError::SeveralTimes);
        };
        let time = NaiveTime::from_hms_opt(u32::from(*hour), u32::from(*minute), 0)
            .ok_or(NightlyError::SeveralTimes)?;
        let nightly = Self { cron, time };
        let start = NaiveDate::default();
        if start.iter_days().take(CALENDAR_CYCLE_DAYS).any(|date| nightly.names(date)) {
            Ok(nightly)
        } else {
            Err(NightlyError::Never)
        }
    }

    /// Every date at this time of day, to the minute.
    ///
    /// # Errors
    /// Never in practice: every time of day makes a lawful pattern.
    pub fn daily(time: NaiveTime) -> Result<Self, NightlyError> {
        Self::parse(&time.format("%-M %-H * * *").to_string())
    }

    /// Whether the pattern names this date. A pattern that croner cannot judge names none.
    #[must_use]
    pub fn names(&self, date: NaiveDate) -> bool {
        self.cron.is_time_matching(&date.and_time(self.time)).unwrap_or(false)
    }

    /// The time of day.
    #[must_use]
    pub fn time(&self) -> NaiveTime {
        self.time
    }

    /// The night of a date, if the pattern names it and the zone has that date.
    ///
    /// A time of day that the clocks skip starts when they have gone forward; one that they repeat starts the first
    /// time. A date that the zone skips as a whole has no night.
    #[must_use]
    pub fn slot(&self, date: NaiveDate, zone: Tz) -> Option<Slot> {
        if !self.names(date) {
            return None;
        }
        start_in(zone, date.and_time(self.time)).map(|at| Slot { date, at })
    }
}

impl fmt::Display for Nightly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.cron.as_str())
    }
}

/// The nights that start after `from` and not after `to`, oldest first: one per local date, whatever the clock does
/// (RL P8, F16).
#[must_use]
pub fn slots_between(nightly: &Nightly, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Slot> {
    // A slot of a skipped hour may start on the day after its date, so the walk begins two days early.
    let first = local_date(zone, from) - Duration::days(2);
    let last = local_date(zone, to) + Duration::days(1);
    first
        .iter_days()
        .take_while(|date| *date <= last)
        .filter_map(|date| nightly.slot(date, zone))
        .filter(|slot| from < slot.at && slot.at <= to)
        .collect()
}

fn local_date(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

fn start_in(zone: Tz, wanted: NaiveDateTime) -> Option<DateTime<Utc>> {
    let resolve = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
    if let Some(at) = resolve(wanted) {
        return Some(at.to_utc());
    }
    let midnight = wanted.date().and_time(NaiveTime::MIN);
    let (after, at) = (1..=GAP_MINUTES_MOST).find_map(|minutes| {
        let local = wanted + Duration::minutes(minutes);
        resolve(local).map(|at| (local, at))
    })?;
    let whole_date_skipped = after.date() != wanted.date() && resolve(midnight).is_none();
    (!whole_date_skipped).then(|| at.to_utc())
}
