//! `[desk]`: how staff decisions are carried out.

use std::time::Duration;

use super::error::SettingsError;
use super::reader::Reader;

/// What holds for decisions of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskSettings {
    /// How long a saved decision waits before it is written, 0 to 120 seconds (UX 6.7).
    pub hold: Duration,
}

const HOLD_SECONDS: u32 = 10;
const HOLD_SECONDS_MOST: u32 = 120;

impl DeskSettings {
    pub(super) fn read(table: Option<Reader<'_>>) -> Result<Self, SettingsError> {
        let mut seconds = HOLD_SECONDS;
        if let Some(mut table) = table {
            if let Some(item) = table.take("hold_seconds") {
                seconds = item.count(HOLD_SECONDS_MOST)?;
            }
            table.finish()?;
        }
        Ok(Self { hold: Duration::from_secs(u64::from(seconds)) })
    }
}
