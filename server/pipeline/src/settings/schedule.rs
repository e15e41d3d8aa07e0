//! `[schedule]`: whether and when a night starts by itself.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::error::SettingsError;
use super::reader::{Item, Reader};
use super::school::read_zone;
use crate::schedule::Nightly;

/// The school's nightly schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// When the night starts; none where nothing starts by itself.
    pub nightly: Option<Nightly>,
    /// The zone whose dates name the nights; the school's unless another is named.
    pub zone: Tz,
}

/// The time of day of a night that only says `nightly = true`.
const DEFAULT_PATTERN: &str = "0 2 * * *";

impl ScheduleSettings {
    pub(super) fn read(table: Option<Reader<'_>>, school_zone: Tz) -> Result<Self, SettingsError> {
        let Some(mut table) = table else { return Ok(Self { nightly: None, zone: school_zone }) };
        let on = table.take("nightly").map(|item| item.boolean()).transpose()?.unwrap_or(false);
        let pattern = read_pattern(table.take("at"), table.take("cron"))?;
        let zone = table.take("zone").map(|item| read_zone(&item)).transpose()?.unwrap_or(school_zone);
        table.finish()?;
        Ok(Self { nightly: on.then_some(pattern).flatten(), zone })
    }
}

/// `at` and `cron` are checked even while the schedule is off, so that switching it on cannot fail.
fn read_pattern(at: Option<Item<'_>>, cron: Option<Item<'_>>) -> Result<Option<Nightly>, SettingsError> {
    match (at, cron) {
        (Some(_), Some(cron)) => Err(cron.error("stands beside `at`; only one of the two may be set")),
        (Some(at), None) => {
            let time = NaiveTime::parse_from_str(at.text()?, "%H:%M")
                .map_err(|_| at.error("must be a time of day like \"02:00\""))?;
            Nightly::daily(time).map(Some).map_err(|error| at.error(error.to_string()))
        }
        (None, Some(cron)) => {
            Nightly::parse(cron.text()?).map(Some).map_err(|error| cron.error(error.to_string()))
        }
        (None, None) => Ok(Nightly::parse(DEFAULT_PATTERN).ok()),
    }
}
