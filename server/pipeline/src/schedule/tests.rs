use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::Cron;

use super::{Nightly, NightlyError, slots_between};

/// 40 zones: both hemispheres, half and quarter hours, changes at midnight, in the evening and by half an hour, changes
/// for a month of fasting, and zones that stopped.
const ZONES: [&str; 40] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Lagos",
    "America/Anchorage",
    "America/Asuncion",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/Miquelon",
    "America/New_York",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Lisbon",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
];

const PATTERNS: [&str; 6] =
    ["0 2 * * *", "30 2 * * *", "0 0 * * *", "30 23 * * *", "15 1 * * 1-5", "0 3 1,L * 0"];

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn nightly(pattern: &str) -> Nightly {
    Nightly::parse(pattern).expect("a pattern")
}

fn zone(name: &str) -> Tz {
    name.parse().expect("a zone")
}

/// The instant, of those in the zone's 2 days around the date, that the rule asks for: the first one whose local time
/// is the wanted one, else the first one after it. Found minute by minute, without asking for local times.
fn by_walking(zone: Tz, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wanted = date.and_time(time);
    let start = wanted.and_utc() - Duration::hours(16);
    let minutes = (0..32 * 60).map(|minutes| start + Duration::minutes(minutes));
    let local = |instant: &DateTime<Utc>| instant.with_timezone(&zone).naive_local();
    let mut after = None;
    for instant in minutes {
        if local(&instant) == wanted {
            return instant;
        }
        if local(&instant) > wanted && after.is_none() {
            after = Some(instant);
        }
    }
    after.expect("the date ends")
}

#[test]
fn f16_p08_each_named_date_has_one_night_in_40_zones_3_years_and_6_patterns() {
    let (first, last) = (date(2024, 1, 1), date(2026, 12, 31));
    for zone in ZONES.map(zone) {
        let from = zone.from_local_datetime(&first.and_time(NaiveTime::MIN)).earliest().expect("new year");
        let to = zone.from_local_datetime(&last.and_hms_opt(23, 59, 0).expect("a time"));
        let (from, to) =
            (from.to_utc() - Duration::seconds(1), to.latest().expect("new year's eve").to_utc());
        for pattern in PATTERNS {
            let nightly = nightly(pattern);
            let slots = slots_between(&nightly, zone, from, to);
            let dates: Vec<NaiveDate> = slots.iter().map(|slot| slot.date).collect();
            let named: Vec<NaiveDate> = first
                .iter_days()
                .take_while(|date| *date <= last)
                .filter(|date| nightly.names(*date))
                .collect();
            assert_eq!(dates, named, "one slot per named date: {zone} {pattern}");
            assert!(slots.windows(2).all(|pair| pair[0].at < pair[1].at), "in order: {zone} {pattern}");
            for slot in &slots {
                let offset = slot.at.with_timezone(&zone).naive_local() - slot.date.and_time(nightly.time());
                assert!(
                    offset == Duration::zero() || offset <= Duration::hours(2) && offset > Duration::zero(),
                    "{zone} {pattern} {slot:?}"
                );
            }
        }
    }
}

#[test]
fn f16_every_start_near_a_clock_change_is_the_one_found_by_walking() {
    for zone in ZONES.map(zone) {
        for date in clock_changes(zone) {
            for time in ["00:00", "00:30", "01:15", "02:00", "02:30", "03:00", "22:30", "23:30"] {
                let time = NaiveTime::parse_from_str(time, "%H:%M").expect("a time");
                let nightly = Nightly::daily(time).expect("a daily pattern");
                for date in [date - Duration::days(1), date, date + Duration::days(1)] {
                    let slot = nightly.slot(date, zone).expect("a night");
                    assert_eq!(slot.at, by_walking(zone, date, time), "{zone} {date} {time}");
                }
            }
        }
    }
}

/// The local dates on which a zone's clocks change in three years.
fn clock_changes(zone: Tz) -> BTreeSet<NaiveDate> {
    use chrono::Offset as _;
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let start = utc("2024-01-01T00:00:00Z");
    (0..3 * 366 * 24)
        .map(|hours| start + Duration::hours(hours))
        .filter(|at| offset(*at) != offset(*at + Duration::hours(1)))
        .map(|at| at.with_timezone(&zone).date_naive())
        .collect()
}

#[test]
fn x13_croner_in_the_zone_agrees_wherever_it_gives_an_answer() {
    let mut agreed = 0;
    for zone in ZONES.map(zone) {
        let cron: Cron = "30 2 * * *".parse().expect("a pattern");
        let nightly = nightly("30 2 * * *");
        for change in clock_changes(zone) {
            let from = zone
                .from_local_datetime(&(change - Duration::days(1)).and_hms_opt(12, 0, 0).expect("noon"))
                .earliest()
                .expect("noon exists");
            let Ok(next) = cron.find_next_occurrence(&from, false) else { continue };
            let ours = slots_between(&nightly, zone, from.to_utc(), from.to_utc() + Duration::days(2));
            assert_eq!(ours[0].at, next.to_utc(), "{zone} {change}");
            agreed += 1;
        }
    }
    assert!(agreed > 100, "only {agreed} clock changes compared");
}

#[test]
fn a_skipped_time_starts_when_the_clocks_have_gone_forward() {
    let slot = nightly("0 2 * * *").slot(date(2026, 3, 8), zone("America/New_York")).expect("a night");
    assert_eq!(slot.at, utc("2026-03-08T07:00:00Z"), "03:00 summer time");
}

#[test]
fn a_repeated_time_starts_once_the_first_time() {
    let zone = zone("America/New_York");
    let slots =
        slots_between(&nightly("30 1 * * *"), zone, utc("2026-11-01T00:00:00Z"), utc("2026-11-02T00:00:00Z"));
    assert_eq!(slots.iter().map(|slot| slot.at).collect::<Vec<_>>(), [utc("2026-11-01T05:30:00Z")]);
}

#[test]
fn a_time_skipped_at_the_end_of_a_day_keeps_that_days_name() {
    // Greenland goes forward from 23:00 to 00:00 on the evening of the last Saturday of March.
    let slot = nightly("30 23 * * *").slot(date(2026, 3, 28), zone("America/Nuuk")).expect("a night");
    let local = slot.at.with_timezone(&zone("America/Nuuk")).naive_local();
    assert_eq!(slot.date, date(2026, 3, 28));
    assert_eq!(local, date(2026, 3, 29).and_time(NaiveTime::MIN));
}

#[test]
fn a_date_that_a_zone_skips_has_no_night() {
    let samoa = zone("Pacific/Apia");
    assert_eq!(nightly("0 2 * * *").slot(date(2011, 12, 30), samoa), None);
    assert!(nightly("0 2 * * *").slot(date(2011, 12, 31), samoa).is_some());
}

#[test]
fn the_bounds_are_after_from_and_up_to_to() {
    let slots =
        |from: &str, to: &str| slots_between(&nightly("0 2 * * *"), Tz::UTC, utc(from), utc(to)).len();
    assert_eq!(slots("2026-03-01T02:00:00Z", "2026-03-02T01:59:59Z"), 0);
    assert_eq!(slots("2026-03-01T02:00:00Z", "2026-03-02T02:00:00Z"), 1);
    assert_eq!(slots("2026-03-01T01:59:59Z", "2026-03-02T02:00:00Z"), 2);
    assert_eq!(slots("2026-03-02T02:00:00Z", "2026-03-01T02:00:00Z"), 0);
}

#[test]
fn a_pattern_names_one_time_of_day_on_dates_that_exist() {
    assert!(matches!(Nightly::parse("0 2,3 * * *"), Err(NightlyError::SeveralTimes)));
    assert!(matches!(Nightly::parse("*/15 2 * * *"), Err(NightlyError::SeveralTimes)));
    assert!(matches!(Nightly::parse("0 2 30 2 *"), Err(NightlyError::Never)));
    assert!(matches!(Nightly::parse("0 0 2 * * *"), Err(NightlyError::Pattern(_))));
    assert!(matches!(Nightly::parse("nightly"), Err(NightlyError::Pattern(_))));
    assert!(Nightly::parse("0 2 29 2 *").is_ok());
}
