//! Instants and calendar days written as text (MS N4).

use std::cmp::Ordering;

use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// An instant as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    at: DateTime<Utc>,
    /// The smallest step in which it is written.
    step: TimeDelta,
}

/// What stands between a day and a time, and how the time is written.
const FORMATS: [(&str, bool); 4] = [
    ("%Y-%m-%dT%H:%M:%S%.f%#z", true),
    ("%Y-%m-%d %H:%M:%S%.f%#z", true),
    ("%Y-%m-%dT%H:%M%#z", false),
    ("%Y-%m-%d %H:%M%#z", false),
];

impl Written {
    /// Reads a day, a time and an offset, as RFC 3339 writes them; seconds may be missing.
    pub(super) fn read(text: &str) -> Option<Written> {
        let (at, has_seconds) = FORMATS.iter().find_map(|(format, has_seconds)| {
            Some((DateTime::parse_from_str(text, format).ok()?, *has_seconds))
        })?;
        let fraction =
            text.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
        let step = match (has_seconds, u32::try_from(fraction).unwrap_or(u32::MAX).min(9)) {
            (false, _) => TimeDelta::minutes(1),
            (true, digits) => TimeDelta::nanoseconds(10_i64.pow(9 - digits)),
        };
        Some(Written { at: at.to_utc(), step })
    }

    /// Whether both are one instant as far as the coarser of the two says.
    pub(super) fn same(self, other: Written) -> bool {
        self.order(other) == Ordering::Equal
    }

    /// Which of the two comes later, as far as the coarser says.
    pub(super) fn order(self, other: Written) -> Ordering {
        let step = self.step.max(other.step);
        let cut = |at: DateTime<Utc>| at.duration_trunc(step).unwrap_or(at);
        cut(self.at).cmp(&cut(other.at))
    }

    /// Whether no more than these seconds lie between the two (N7).
    pub(super) fn is_near(self, other: Written, seconds: u32) -> bool {
        (self.at - other.at).abs() <= TimeDelta::seconds(i64::from(seconds))
    }

    /// One spelling for all texts of one instant, whatever their offset.
    pub(super) fn form(self) -> String {
        self.at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }
}

/// The calendar day of a text: the day itself, or that of an instant in the zone.
pub(super) fn day(text: &str, zone: Tz) -> Option<NaiveDate> {
    let plain = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    plain.or_else(|| Written::read(text).map(|written| written.at.with_timezone(&zone).date_naive()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n04_instants_are_one_up_to_the_coarser_precision_whatever_their_offset() {
        let same = |a: &str, b: &str| Some(Written::read(a)?.same(Written::read(b)?));
        assert_eq!(same("2026-03-01T10:00:00Z", "2026-03-01T05:00:00-05:00"), Some(true));
        assert_eq!(same("2026-03-01T10:00:31Z", "2026-03-01T10:00Z"), Some(true));
        assert_eq!(same("2026-03-01T10:01:00Z", "2026-03-01T10:00Z"), Some(false));
        assert_eq!(same("2026-03-01 10:00:00.125Z", "2026-03-01T10:00:00.12+00:00"), Some(true));
        assert_eq!(same("2026-03-01T10:00:00.13Z", "2026-03-01T10:00:00.125Z"), Some(false));
        assert_eq!(same("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"), Some(true));
        for text in ["2026-03-01", "2026-03-01T10:00:00", "10:00", "", "2026-13-01T10:00:00Z", "yesterday"] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }

    #[test]
    fn n04_days_are_those_of_the_zone() {
        let day = |text: &str, zone: Tz| day(text, zone).map(|day| day.to_string());
        assert_eq!(day("2026-03-01", Tz::America__New_York).as_deref(), Some("2026-03-01"));
        assert_eq!(day("2026-03-01T03:00:00Z", Tz::America__New_York).as_deref(), Some("2026-02-28"));
        assert_eq!(day("2026-03-01T03:00:00Z", Tz::UTC).as_deref(), Some("2026-03-01"));
        assert_eq!(day("soon", Tz::UTC), None);
    }
}
