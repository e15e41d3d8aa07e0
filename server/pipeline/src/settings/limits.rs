//! `[limits]`: how much one run may change before a person looks (RL section 4).

use merge::Side;

use super::error::SettingsError;
use super::pair::Pair;
use super::reader::{Item, Reader};

/// The most records of one type that may be changed on one side by runs nobody started (RL G1, G5). Either bound may
/// be missing; with both, the first one reached counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeLimit {
    /// So many records go, one more waits.
    pub count: Option<u32>,
    /// The same as a share of the records the side holds, in percent.
    pub percent: Option<u32>,
}

impl ChangeLimit {
    /// Whether `changed` records of a side that holds `held` may be sent. At the limit they go (RL G1).
    #[must_use]
    pub fn allows(&self, changed: u64, held: u64) -> bool {
        let by_count = self.count.is_none_or(|count| changed <= u64::from(count));
        let by_percent = self.percent.is_none_or(|percent| !more_than_percent(changed, held, percent));
        by_count && by_percent
    }
}

/// A guard that acts on *more than* the larger of a count and a share, `max(count, percent %)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The count.
    pub count: u32,
    /// The share of the records the side holds, in percent.
    pub percent: u32,
}

impl Threshold {
    /// Whether `number` of `held` records is above it.
    #[must_use]
    pub fn passed_by(&self, number: u64, held: u64) -> bool {
        number > u64::from(self.count) && more_than_percent(number, held, self.percent)
    }
}

/// Whether `number` is more than `percent` % of `whole`; exact, and true for anything out of nothing.
#[must_use]
pub fn more_than_percent(number: u64, whole: u64, percent: u32) -> bool {
    u128::from(number) * 100 > u128::from(whole) * u128::from(percent)
}

/// The figures of the second layer: what a broken source looks like (RL 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// G11, MS D2: in so many complete listings in a row a record must be absent before it counts as deleted.
    pub absence_runs: u32,
    /// G11: and these listings lie at least so many hours apart.
    pub absence_hours: u32,
    /// G13: a listing under this share of the last verified one aborts the type.
    pub collapse_percent: u32,
    /// G14: more deletes than this are said in the report.
    pub deletes_note: Threshold,
    /// G15: more deletes than this hold the run …
    pub deletes_hold: Threshold,
    /// G15: … and so do more than this many.
    pub deletes_most: u32,
    /// G16: deletes above this share need the number typed and a second admin.
    pub deletes_large_percent: u32,
    /// G17: updates above this share of one side hold the run.
    pub updates_percent: u32,
    /// G17: creates above this share of one side hold the run.
    pub creates_percent: u32,
    /// G18: changes of any kind above this share of one side hold the run.
    pub changed_percent: u32,
    /// G19: one field emptied in more records than this holds the run.
    pub blanked: Threshold,
    /// G20: one field set to one new value in more records than this holds the run.
    pub constant: Threshold,
    /// G23: a base older than so many days deletes nothing.
    pub base_days: u32,
    /// Q3: bad records above this share, and at least `bad_count` of them, hold the run.
    pub bad_percent: u32,
    /// Q3: see `bad_percent`.
    pub bad_count: u32,
    /// R11, G25: more failed writes than this share stop the deletes.
    pub failed_percent: u32,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            absence_runs: 2,
            absence_hours: 12,
            collapse_percent: 70,
            deletes_note: Threshold { count: 5, percent: 1 },
            deletes_hold: Threshold { count: 10, percent: 3 },
            deletes_most: 200,
            deletes_large_percent: 20,
            updates_percent: 30,
            creates_percent: 20,
            changed_percent: 50,
            blanked: Threshold { count: 5, percent: 1 },
            constant: Threshold { count: 20, percent: 5 },
            base_days: 7,
            bad_percent: 1,
            bad_count: 5,
            failed_percent: 2,
        }
    }
}

/// The limits of a school, or of one type with the school's as defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// First layer, per side that would be written (RL G1 to G6).
    pub changes: Pair<ChangeLimit>,
    /// Whether a type over its limit holds the whole run (RL G8).
    pub whole_run: bool,
    /// Second layer (RL 4.2).
    pub guards: Guards,
}

impl Default for Limits {
    fn default() -> Self {
        let changes =
            Pair { ours: ChangeLimit::default(), theirs: ChangeLimit { count: Some(100), percent: None } };
        Self { changes, whole_run: false, guards: Guards::default() }
    }
}

/// The largest count any limit may name.
const COUNT_MOST: u32 = 1_000_000_000;

impl Limits {
    /// The school's limits.
    pub(super) fn read(table: Option<Reader<'_>>) -> Result<Self, SettingsError> {
        let mut limits = Self::default();
        if let Some(mut table) = table {
            if let Some(item) = table.take("whole_run") {
                limits.whole_run = item.boolean()?;
            }
            limits.read_members(table)?;
        }
        Ok(limits)
    }

    /// The limits of one type: the school's, with what its own table and its `protect` (MS G3, G4) set.
    pub(super) fn of_type(
        mut self,
        table: Option<Reader<'_>>,
        protect: Option<&Item<'_>>,
    ) -> Result<Self, SettingsError> {
        let own = table.as_ref().map(Reader::names).unwrap_or_default();
        if let Some(table) = table {
            self.read_members(table)?;
        }
        if let Some(item) = protect {
            self.read_protect(item, &own)?;
        }
        Ok(self)
    }

    fn read_members(&mut self, mut table: Reader<'_>) -> Result<(), SettingsError> {
        for side in [Side::Ours, Side::Theirs] {
            if let Some(item) = table.take(&format!("changes_{side}")) {
                self.changes[side] = read_change_limit(&item)?;
            }
        }
        self.guards.read(&mut table)?;
        table.finish()
    }

    fn read_protect(&mut self, protect: &Item<'_>, own: &[String]) -> Result<(), SettingsError> {
        let mut table = protect.table()?;
        let mut count = |name: &str, twin: &str, most: u32| match table.take(name) {
            None => Ok(None),
            Some(item) if own.iter().any(|own| own == twin) => {
                Err(item.error(format!("is already said by limits.{twin} of this type")))
            }
            Some(item) => item.count(most).map(Some),
        };
        if let Some(changes) = count("changes", "changes_theirs", COUNT_MOST)? {
            self.changes.theirs = ChangeLimit { count: Some(changes), percent: None };
        }
        if let Some(deletes) = count("delete_count", "deletes_hold", COUNT_MOST)? {
            self.guards.deletes_hold.count = deletes;
        }
        if let Some(percent) = count("delete_percent", "deletes_hold", 100)? {
            self.guards.deletes_hold.percent = percent;
        }
        table.finish()
    }
}

impl Guards {
    fn read(&mut self, table: &mut Reader<'_>) -> Result<(), SettingsError> {
        let percents = [
            ("collapse_percent", &mut self.collapse_percent),
            ("deletes_large_percent", &mut self.deletes_large_percent),
            ("updates_percent", &mut self.updates_percent),
            ("creates_percent", &mut self.creates_percent),
            ("changed_percent", &mut self.changed_percent),
            ("bad_percent", &mut self.bad_percent),
            ("failed_percent", &mut self.failed_percent),
        ];
        for (name, percent) in percents {
            if let Some(item) = table.take(name) {
                *percent = item.count(100)?;
            }
        }
        let counts = [
            ("absence_runs", &mut self.absence_runs, 1_000),
            ("absence_hours", &mut self.absence_hours, 10_000),
            ("deletes_most", &mut self.deletes_most, COUNT_MOST),
            ("base_days", &mut self.base_days, 10_000),
            ("bad_count", &mut self.bad_count, COUNT_MOST),
        ];
        for (name, count, most) in counts {
            if let Some(item) = table.take(name) {
                *count = item.count(most)?;
            }
        }
        let thresholds = [
            ("deletes_note", &mut self.deletes_note),
            ("deletes_hold", &mut self.deletes_hold),
            ("blanked", &mut self.blanked),
            ("constant", &mut self.constant),
        ];
        for (name, threshold) in thresholds {
            if let Some(item) = table.take(name) {
                threshold.read(item.table()?)?;
            }
        }
        Ok(())
    }
}

impl Threshold {
    fn read(&mut self, mut table: Reader<'_>) -> Result<(), SettingsError> {
        if let Some(item) = table.take("count") {
            self.count = item.count(COUNT_MOST)?;
        }
        if let Some(item) = table.take("percent") {
            self.percent = item.count(100)?;
        }
        table.finish()
    }
}

/// A count, `"none"`, or a table with `count`, `percent` or both.
fn read_change_limit(item: &Item<'_>) -> Result<ChangeLimit, SettingsError> {
    if item.is_integer() {
        return Ok(ChangeLimit { count: Some(item.count(COUNT_MOST)?), percent: None });
    }
    if item.as_text() == Some("none") {
        return Ok(ChangeLimit::default());
    }
    if !item.is_table() {
        return Err(item.error("must be a count, \"none\", or a table with `count`, `percent` or both"));
    }
    let mut table = item.table()?;
    let count = table.take("count").map(|item| item.count(COUNT_MOST)).transpose()?;
    let percent = table.take("percent").map(|item| item.count(100)).transpose()?;
    table.finish()?;
    if count.is_none() && percent.is_none() {
        return Err(item.error("needs `count`, `percent` or both (\"none\" for no limit)"));
    }
    Ok(ChangeLimit { count, percent })
}
