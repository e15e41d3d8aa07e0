//! `[desk]`: how staff decisions are carried out.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::error::SettingsError;
use super::reader::Reader;

/// What holds for decisions of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskSettings {
    /// How long a saved decision waits before it is written.
    pub hold: Hold,
}

/// How long a saved decision waits before it is written; until then it is taken back without a trace outside (UX 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// So long: `hold_seconds`, 0 to 120, 10 when nothing is said.
    For(Duration),
    /// Until the next merge, which writes it before it reads anything: `hold = "next-merge"`.
    NextMerge,
}

const HOLD_SECONDS: u32 = 10;
const HOLD_SECONDS_MOST: u32 = 120;
const NEXT_MERGE: &str = "next-merge";

impl Hold {
    /// Until when a decision of this moment waits; `None`: until the next merge.
    #[must_use]
    pub fn until(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::For(time) => Some(now + time),
            Self::NextMerge => None,
        }
    }
}

impl DeskSettings {
    pub(super) fn read(table: Option<Reader<'_>>) -> Result<Self, SettingsError> {
        let mut seconds = HOLD_SECONDS;
        let mut at_merge = false;
        if let Some(mut table) = table {
            let given = table.take("hold_seconds");
            if let Some(item) = &given {
                seconds = item.count(HOLD_SECONDS_MOST)?;
            }
            if let Some(item) = table.take("hold") {
                if item.text()? != NEXT_MERGE {
                    let known = format!("must be \"{NEXT_MERGE}\"; a time is given as hold_seconds");
                    return Err(item.error(known));
                }
                if given.is_some() {
                    return Err(item.error("cannot stand beside hold_seconds: give one of them"));
                }
                at_merge = true;
            }
            table.finish()?;
        }
        let time = Duration::from_secs(u64::from(seconds));
        Ok(Self { hold: if at_merge { Hold::NextMerge } else { Hold::For(time) } })
    }
}
