//! Guards against mass changes and broken sources (MS G3 to G6). `tiebreak merge` only reports them (G7).

use super::census::Census;
use crate::named::named;
use crate::policy::Protect;
use crate::side::Side;
use crate::value::{Object, Value};

named! {
    /// Which guard spoke up.
    pub enum GuardCode: "guard" {
        /// More changed records for theirs than a night may push (G3).
        Changes = "changes",
        /// More deletes than a night may make (G4).
        Deletes = "deletes",
        /// A listing without records where base has some (G5).
        EmptyListing = "empty_listing",
        /// A listing below 70 % of the last one (G5).
        CollapsedListing = "collapsed_listing",
        /// A path that base knows well and a side no longer carries (G6).
        VanishedField = "vanished_field",
    }
}

/// A guard that would stop a night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Which one.
    pub code: GuardCode,
    /// The side concerned: the one written to, or the one that sent the listing.
    pub side: Side,
    /// What was counted.
    pub count: u64,
    /// The figure it passed.
    pub limit: u64,
    /// The path that vanished.
    pub path: Option<String>,
}

/// How many base records must hold a path before its loss is remarkable (G6).
const WELL_KNOWN: u64 = 20;
/// Deletes beyond this number are always held (G4).
const MAX_DELETES: u64 = 200;
/// Deletes beyond this share are always held (G4).
const MAX_DELETE_PERCENT: u64 = 20;
/// A listing must have this share of the last one (G5).
const MIN_LISTING_PERCENT: u64 = 70;

impl Guard {
    /// G3: `changed` records are to be pushed to theirs.
    ///
    /// ```
    /// # use merge::{Protect, listing::Guard};
    /// let protect = Protect::default();
    /// assert!(Guard::changes(&protect, 100).is_none());
    /// assert_eq!(Guard::changes(&protect, 101).unwrap().limit, 100);
    /// ```
    pub fn changes(protect: &Protect, changed: u64) -> Option<Guard> {
        let limit = protect.changes.filter(|limit| changed > *limit)?;
        Some(Guard { code: GuardCode::Changes, side: Side::Theirs, count: changed, limit, path: None })
    }

    /// G4: `deletes` of the `held` records of a side are to go.
    ///
    /// ```
    /// use merge::listing::Guard;
    /// use merge::{Protect, Side};
    /// let protect = Protect::default();
    /// assert!(Guard::deletes(&protect, Side::Theirs, 10, 300).is_none());
    /// assert!(Guard::deletes(&protect, Side::Theirs, 11, 300).is_some());
    /// ```
    pub fn deletes(protect: &Protect, side: Side, deletes: u64, held: u64) -> Option<Guard> {
        let passes = |percent: u64| deletes * 100 > held * percent;
        let over_count = protect.delete_count.filter(|count| deletes > *count);
        let over_own = over_count.filter(|_| protect.delete_percent.is_some_and(passes));
        let over_max = (deletes > MAX_DELETES).then_some(MAX_DELETES);
        let over_share = passes(MAX_DELETE_PERCENT).then(|| held * MAX_DELETE_PERCENT / 100);
        let limit = over_own.or(over_max).or(over_share)?;
        Some(Guard { code: GuardCode::Deletes, side, count: deletes, limit, path: None })
    }

    /// G5: a side listed `listed` records where the last complete listing had `before`.
    ///
    /// ```
    /// # use merge::{Side, listing::{Guard, GuardCode}};
    /// let code = |listed| Guard::listing(Side::Theirs, listed, 1000).map(|guard| guard.code);
    /// assert_eq!(code(700), None);
    /// assert_eq!(code(699), Some(GuardCode::CollapsedListing));
    /// assert_eq!(code(0), Some(GuardCode::EmptyListing));
    /// ```
    pub fn listing(side: Side, listed: u64, before: u64) -> Option<Guard> {
        let (code, limit) = match listed {
            0 if before > 0 => (GuardCode::EmptyListing, 1),
            _ if listed * 100 < before * MIN_LISTING_PERCENT => {
                (GuardCode::CollapsedListing, before * MIN_LISTING_PERCENT / 100)
            }
            _ => return None,
        };
        Some(Guard { code, side, count: listed, limit, path: None })
    }

    /// G6: paths that at least twenty base records hold and no record of a side.
    pub(super) fn vanished(census: &Census) -> Vec<Guard> {
        let mut guards = Vec::new();
        for (path, [base, ours, theirs]) in census.paths() {
            for (side, count) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
                if base >= WELL_KNOWN && count == 0 {
                    let code = GuardCode::VanishedField;
                    guards.push(Guard {
                        code,
                        side,
                        count: base,
                        limit: WELL_KNOWN,
                        path: Some(path.clone()),
                    });
                }
            }
        }
        guards
    }

    /// The guard as the summary prints it.
    ///
    /// ```
    /// # use merge::{Protect, listing::Guard};
    /// let guard = Guard::changes(&Protect::default(), 250).unwrap();
    /// assert_eq!(
    ///     guard.to_object().to_json(),
    ///     r#"{"code":"changes","side":"theirs","count":250,"limit":100}"#
    /// );
    /// ```
    pub fn to_object(&self) -> Object {
        let mut object: Object =
            [("code", self.code.as_str()), ("side", self.side.as_str())].into_iter().collect();
        object.insert("count", self.count);
        object.insert("limit", self.limit);
        if let Some(path) = &self.path {
            object.insert("path", Value::from(path.as_str()));
        }
        object
    }
}
