//! The schedule as a form, back into the document, and the nights it makes (UX 7.5.4).

use app::api::{Clocks, NextNight, ScheduleEdit, ScheduleView};
use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use pipeline::schedule::{Nightly, Slot, slots_between};
use pipeline::settings::Settings;
use toml_edit::Value;

use super::document::Document;
use super::edit::{Refusal, refuse};

/// Nights that are shown.
const NEXT: usize = 5;
/// How far ahead they are looked for; a pattern may name a day a year.
const AHEAD: TimeDelta = TimeDelta::days(2 * 366);
const EVERY_DAY: [u32; 7] = [1, 2, 3, 4, 5, 6, 7];
/// The time of a night that only says that it is on.
const AT: &str = "02:00";

/// The schedule with its next nights.
pub(super) fn view(document: &Document, settings: &Settings, now: DateTime<Utc>) -> ScheduleView {
    let zone = settings.schedule.zone;
    let nights = settings.schedule.nightly.as_ref().map(|nightly| {
        let slots = slots_between(nightly, zone, now, now + AHEAD);
        slots.into_iter().take(NEXT).map(|slot| night(nightly, zone, slot)).collect()
    });
    ScheduleView { form: form(document), zone: zone.to_string(), next: nights.unwrap_or_default() }
}

fn night(nightly: &Nightly, zone: chrono_tz::Tz, slot: Slot) -> NextNight {
    let clocks = match zone.from_local_datetime(&slot.date.and_time(nightly.time())) {
        LocalResult::Single(_) => Clocks::Steady,
        LocalResult::Ambiguous(..) => Clocks::Repeat,
        LocalResult::None => Clocks::Skip,
    };
    let local = slot.at.with_timezone(&zone).format("%a %-d %b %Y, %H:%M").to_string();
    NextNight { date: slot.date, at: slot.at, local, clocks }
}

/// The form as it stands.
pub(super) fn form(document: &Document) -> ScheduleEdit {
    let text = |member: &str| document.get(&["schedule", member]).and_then(Value::as_str).map(str::to_owned);
    let on = document.get(&["schedule", "nightly"]).and_then(Value::as_bool).unwrap_or(false);
    let zone = text("zone").unwrap_or_default();
    let daily = |at: String| ScheduleEdit {
        on,
        at,
        days: EVERY_DAY.to_vec(),
        zone: zone.clone(),
        ..ScheduleEdit::default()
    };
    match (text("at"), text("cron")) {
        (_, Some(pattern)) => match weekly(&pattern) {
            Some((at, days)) => ScheduleEdit { days, pattern, ..daily(at) },
            None => ScheduleEdit { by_pattern: true, pattern, ..daily(AT.to_owned()) },
        },
        (Some(at), None) => daily(at),
        (None, None) => daily(AT.to_owned()),
    }
}

/// A pattern that says nothing but days of the week, as its time and those days.
fn weekly(pattern: &str) -> Option<(String, Vec<u32>)> {
    let [_, _, "*", "*", weekdays] = pattern.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    if !weekdays.chars().all(|letter| letter.is_ascii_digit() || "*,-".contains(letter)) {
        return None;
    }
    let nightly = Nightly::parse(pattern).ok()?;
    // 5 January 1970 was a Monday.
    let monday = NaiveDate::default().checked_add_days(Days::new(4))?;
    let names = |day: &u32| {
        monday.checked_add_days(Days::new(u64::from(*day) - 1)).is_some_and(|date| nightly.names(date))
    };
    Some((nightly.time().format("%H:%M").to_string(), EVERY_DAY.into_iter().filter(names).collect()))
}

/// Takes the form into the document; what it does not change is not touched.
pub(super) fn apply(document: &mut Document, edit: &ScheduleEdit) -> Result<(), Refusal> {
    let now = form(document);
    if edit.on != now.on {
        document.set(&["schedule", "nightly"], edit.on);
    }
    if edit.zone.trim() != now.zone {
        match edit.zone.trim() {
            "" => document.remove(&["schedule", "zone"]),
            zone => document.set(&["schedule", "zone"], zone),
        }
    }
    let same = if edit.by_pattern {
        now.by_pattern && edit.pattern.trim() == now.pattern
    } else {
        !now.by_pattern && edit.at.trim() == now.at && edit.days == now.days
    };
    if same {
        return Ok(());
    }
    match pattern(edit)? {
        Pattern::At(at) => {
            document.remove(&["schedule", "cron"]);
            document.set(&["schedule", "at"], at);
        }
        Pattern::Cron(cron) => {
            document.remove(&["schedule", "at"]);
            document.set(&["schedule", "cron"], cron);
        }
    }
    Ok(())
}

enum Pattern {
    At(String),
    Cron(String),
}

fn pattern(edit: &ScheduleEdit) -> Result<Pattern, Refusal> {
    if edit.by_pattern {
        return Ok(Pattern::Cron(edit.pattern.trim().to_owned()));
    }
    let at = edit.at.trim();
    let time = NaiveTime::parse_from_str(at, "%H:%M")
        .map_err(|_| refuse(&["schedule", "at"], &format!("\"{at}\" is no time of day like 02:00")))?;
    let days: Vec<u32> = EVERY_DAY.into_iter().filter(|day| edit.days.contains(day)).collect();
    match days.len() {
        0 => Err(refuse(&["schedule", "days"], "choose at least one day, or turn the nightly merge off")),
        7 => Ok(Pattern::At(time.format("%H:%M").to_string())),
        _ => {
            let days: Vec<String> = days.iter().map(u32::to_string).collect();
            Ok(Pattern::Cron(format!("{} * * {}", time.format("%-M %-H"), days.join(","))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schedule: &str) -> Document {
        Document::parse(&format!("[schedule]\nnightly = true\n{schedule}")).expect("TOML")
    }

    #[test]
    fn days_of_the_week_are_read_and_written_as_a_pattern() {
        let mut document = document("cron = \"30 1 * * 1-5\"\n");
        let now = form(&document);
        assert_eq!((now.at.as_str(), now.days.as_slice(), now.by_pattern), ("01:30", &EVERY_DAY[..5], false));
        let edit = ScheduleEdit { days: vec![7, 1], at: "02:15".to_owned(), ..now.clone() };
        assert!(apply(&mut document, &edit).is_ok());
        assert!(document.text().contains("cron = \"15 2 * * 1,7\""), "{}", document.text());
        assert_eq!(form(&document).days, [1, 7]);
        let edit = ScheduleEdit { days: EVERY_DAY.to_vec(), ..edit };
        assert!(apply(&mut document, &edit).is_ok());
        assert_eq!(document.text(), "[schedule]\nnightly = true\nat = \"02:15\"\n");
    }

    /// UX 12.27: the list across a clock change, in three zones.
    #[test]
    fn x27_the_next_five_say_what_the_clocks_do_in_three_zones() {
        for (zone, at, now, third, clocks) in [
            ("America/New_York", "02:00", "2026-03-05T12:00:00Z", "Sun 8 Mar 2026, 03:00", Clocks::Skip),
            ("Europe/Berlin", "02:30", "2026-10-22T12:00:00Z", "Sun 25 Oct 2026, 02:30", Clocks::Repeat),
            ("Australia/Lord_Howe", "02:15", "2026-10-01T06:00:00Z", "Sun 4 Oct 2026, 02:30", Clocks::Skip),
        ] {
            let text = format!("[schedule]\nnightly = true\nat = \"{at}\"\nzone = \"{zone}\"\n");
            let whole = include_str!("../tests/local.toml").replace("[school]", &format!("{text}\n[school]"));
            let settings = Settings::parse(&whole).expect("settings");
            let document = Document::parse(&whole).expect("TOML");
            let view = view(&document, &settings, now.parse().expect("an instant"));
            let told: Vec<(&str, Clocks)> =
                view.next.iter().map(|night| (night.local.as_str(), night.clocks)).collect();
            assert_eq!((told.len(), told[2]), (5, (third, clocks)), "{zone}: {told:?}");
            let others = told.iter().filter(|(_, clocks)| *clocks != Clocks::Steady).count();
            assert_eq!((others, view.zone.as_str()), (1, zone), "{told:?}");
        }
    }

    #[test]
    fn a_pattern_that_names_other_days_stays_a_pattern() {
        let mut document = document("cron = \"0 3 1,L * *\"\n");
        let now = form(&document);
        assert!(now.by_pattern && now.pattern == "0 3 1,L * *");
        assert!(apply(&mut document, &now).is_ok());
        assert!(document.text().contains("0 3 1,L * *"));
    }

    #[test]
    fn a_time_that_is_none_and_a_week_without_days_are_refused_by_name() {
        let mut document = document("at = \"02:00\"\n");
        let now = form(&document);
        let late = ScheduleEdit { at: "25:00".to_owned(), ..now.clone() };
        assert_eq!(
            apply(&mut document, &late).err().map(|refusal| refusal.place),
            Some("schedule.at".to_owned())
        );
        let never = ScheduleEdit { days: Vec::new(), ..now };
        assert_eq!(
            apply(&mut document, &never).err().map(|refusal| refusal.place),
            Some("schedule.days".to_owned())
        );
    }
}
