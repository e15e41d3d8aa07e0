use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::merge_view::{MergeLine, MergeView};

/// How it goes, in ten seconds (UX 7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The merge that is at work or waits.
    pub current: Option<MergeView>,
    /// When the next one starts by itself.
    pub next: Option<NextMerge>,
    /// Minutes a merge usually takes: the median of the last ten of everything.
    pub usual: Option<i64>,
    /// The last one that has ended, with what it did in one sentence.
    pub last: Option<(MergeLine, String)>,
    /// What somebody should look at, the most urgent first.
    pub attention: Vec<Attention>,
    /// Open conflicts by record type.
    pub waiting: Vec<WaitingLine>,
    /// Conflicts not yet settled at the end of each of the last days, the oldest first.
    pub trend: Vec<TrendDay>,
    /// The zone of the school.
    pub zone: String,
    /// When all this was so.
    pub at: DateTime<Utc>,
}

/// When a merge starts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextMerge {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The same in the school's zone: `tonight 02:00` or `Tue 3 Mar 02:00`.
    pub words: String,
}

/// Something somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// What it is, in one sentence.
    pub text: String,
    /// Where it can be mended, after the school: `merges/12/errors`.
    pub path: String,
    /// Words of the link.
    pub link: String,
}

/// The open conflicts of a record type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// How many are open.
    pub open: i64,
    /// How many of them were found in the last 24 hours.
    pub new: i64,
    /// When the one that waits longest was found.
    pub oldest: DateTime<Utc>,
}

/// Conflicts of one day, in the school's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendDay {
    /// The day.
    pub day: NaiveDate,
    /// Not yet settled at its end.
    pub open: i64,
    /// Found on it.
    pub new: i64,
    /// Settled on it.
    pub closed: i64,
}
