//! What a run may send without a person: the two layers of RL section 4, as pure functions over counts.
//!
//! The first layer holds one type towards one side and lets the rest go on (G1 to G8). The second layer looks for a
//! broken source and holds the whole run before its first write (G9 to G24). Figures come from the school's settings.

use std::collections::BTreeMap;

use merge::Side;
use serde::{Deserialize, Serialize};
use store::plan_change::Operation;

use crate::settings::{ChangeLimit, Guards};

/// Shares only speak from so many records on: in a type of three rooms one edit is not a broken source.
const FEW_RECORDS: u64 = 10;

/// What a plan wants to do to one type on one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records to be made.
    pub created: u64,
    /// Records to be changed.
    pub updated: u64,
    /// Records to be removed.
    pub deleted: u64,
    /// Records the side holds now.
    pub held: u64,
    /// Per field: records in which it goes from a value to nothing.
    pub blanked: BTreeMap<String, u64>,
    /// Per field and new value: records that get it.
    pub constant: BTreeMap<(String, String), u64>,
}

impl Tally {
    /// Records that change in any way; each counts once (G1).
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.created + self.updated + self.deleted
    }

    /// Takes one planned record out again: it cannot be sent.
    pub fn forget(&mut self, operation: Operation) {
        match operation {
            Operation::Create => self.created = self.created.saturating_sub(1),
            Operation::Update => self.updated = self.updated.saturating_sub(1),
            Operation::Delete => self.deleted = self.deleted.saturating_sub(1),
            Operation::None => {}
        }
    }

    /// Notes that `field` of one more record gets `value` (JSON text; `None` empties it).
    pub fn note_field(&mut self, field: &str, before_blank: bool, value: Option<&str>) {
        match value {
            None | Some("null") if !before_blank => *self.blanked.entry(field.to_owned()).or_default() += 1,
            None | Some("null") => {}
            Some(value) => {
                *self.constant.entry((field.to_owned(), value.to_owned())).or_default() += 1;
            }
        }
    }
}

/// Why a run waits for a person, or why a type of it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReason {
    /// The rule, for example `G15`.
    pub guard: String,
    /// The merge type; empty when it is about the whole run.
    pub merge_type: String,
    /// The side that would be written.
    pub side: Option<Side>,
    /// How many.
    pub number: u64,
    /// Of how many.
    pub of: u64,
    /// What would be done, in words without the names of the systems.
    pub what: String,
}

/// First layer (G1, G5): whether this type waits on this side. The limit lets its own figure pass.
#[must_use]
pub fn over_limit(limit: &ChangeLimit, tally: &Tally) -> bool {
    !limit.allows(tally.changed(), tally.held)
}

/// Second layer: every guard of RL 4.2 that this tally trips.
#[must_use]
pub fn tripped(guards: &Guards, merge_type: &str, side: Side, tally: &Tally) -> Vec<HoldReason> {
    let mut reasons = Vec::new();
    let mut hold = |guard: &str, number: u64, what: String| {
        reasons.push(HoldReason {
            guard: guard.to_owned(),
            merge_type: merge_type.to_owned(),
            side: Some(side),
            number,
            of: tally.held,
            what,
        });
    };
    let above = |number: u64, percent: u32| {
        number > FEW_RECORDS && crate::settings::more_than_percent(number, tally.held, percent)
    };
    if above(tally.deleted, guards.deletes_large_percent) {
        hold("G16", tally.deleted, "deletes".to_owned());
    } else if guards.deletes_hold.passed_by(tally.deleted, tally.held)
        || tally.deleted > u64::from(guards.deletes_most)
    {
        hold("G15", tally.deleted, "deletes".to_owned());
    }
    if above(tally.changed(), guards.changed_percent) {
        hold("G18", tally.changed(), "changes of any kind (mapping, locale or clock?)".to_owned());
    } else {
        if above(tally.updated, guards.updates_percent) {
            hold("G17", tally.updated, "updates".to_owned());
        }
        if above(tally.created, guards.creates_percent) {
            hold("G17", tally.created, "creates".to_owned());
        }
    }
    for (field, number) in &tally.blanked {
        if guards.blanked.passed_by(*number, tally.held) {
            hold("G19", *number, format!("records lose their value of {field}"));
        }
    }
    for ((field, value), number) in &tally.constant {
        if guards.constant.passed_by(*number, tally.held) {
            let shown: String = value.chars().take(60).collect();
            hold("G20", *number, format!("records get the same {field}: {shown}"));
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guards() -> Guards {
        Guards::default()
    }

    fn names(tally: &Tally) -> Vec<String> {
        tripped(&guards(), "section", Side::Theirs, tally).into_iter().map(|reason| reason.guard).collect()
    }

    #[test]
    fn g1_a_hundred_records_go_and_one_more_waits() {
        let limit = ChangeLimit { count: Some(100), percent: None };
        let tally = |updated| Tally { updated, held: 5_000, ..Tally::default() };
        assert!(!over_limit(&limit, &tally(99)));
        assert!(!over_limit(&limit, &tally(100)));
        assert!(over_limit(&limit, &tally(101)));
    }

    #[test]
    fn g1_creates_updates_and_deletes_count_together() {
        let limit = ChangeLimit { count: Some(100), percent: None };
        let tally = Tally { created: 40, updated: 40, deleted: 21, held: 5_000, ..Tally::default() };
        assert!(over_limit(&limit, &tally));
    }

    #[test]
    fn g5_zero_sends_nothing_unattended() {
        let limit = ChangeLimit { count: Some(0), percent: None };
        assert!(!over_limit(&limit, &Tally { held: 10, ..Tally::default() }));
        assert!(over_limit(&limit, &Tally { created: 1, held: 10, ..Tally::default() }));
    }

    #[test]
    fn g15_deletes_hold_above_ten_and_three_percent() {
        let tally = |deleted, held| Tally { deleted, held, ..Tally::default() };
        assert!(names(&tally(10, 100)).is_empty());
        assert_eq!(names(&tally(11, 100)), ["G15"]);
        assert!(names(&tally(30, 1_000)).is_empty());
        assert_eq!(names(&tally(31, 1_000)), ["G15"]);
        assert!(names(&tally(200, 100_000)).is_empty());
        assert_eq!(names(&tally(201, 100_000)), ["G15"]);
    }

    #[test]
    fn g16_a_fifth_of_a_side_is_a_large_delete() {
        let tally = |deleted| Tally { deleted, held: 100, ..Tally::default() };
        assert_eq!(names(&tally(20)), ["G15"]);
        assert_eq!(names(&tally(21)), ["G16"]);
    }

    #[test]
    fn g17_and_g18_mass_changes_hold() {
        let tally = |updated, created| Tally { updated, created, held: 100, ..Tally::default() };
        assert!(names(&tally(30, 0)).is_empty());
        assert_eq!(names(&tally(31, 0)), ["G17"]);
        assert_eq!(names(&tally(0, 21)), ["G17"]);
        assert_eq!(names(&tally(51, 0)), ["G18"]);
    }

    #[test]
    fn g17_says_nothing_of_a_handful_of_records() {
        assert!(names(&Tally { updated: 2, held: 3, ..Tally::default() }).is_empty());
        assert!(names(&Tally { created: 5, held: 0, ..Tally::default() }).is_empty());
    }

    #[test]
    fn g19_a_field_emptied_in_many_records_holds() {
        let mut tally = Tally { updated: 6, held: 100, ..Tally::default() };
        for _ in 0..5 {
            tally.note_field("room", false, None);
        }
        assert!(names(&tally).is_empty());
        tally.note_field("room", true, None);
        assert!(names(&tally).is_empty(), "what was empty already is not emptied");
        tally.note_field("room", false, Some("null"));
        assert_eq!(names(&tally), ["G19"]);
    }

    #[test]
    fn g20_one_value_everywhere_holds() {
        let mut tally = Tally { updated: 21, held: 300, ..Tally::default() };
        for _ in 0..20 {
            tally.note_field("status", false, Some("\"open\""));
        }
        assert!(names(&tally).is_empty());
        tally.note_field("status", false, Some("\"open\""));
        assert_eq!(names(&tally), ["G20"]);
    }

    #[test]
    fn guards_say_nothing_of_an_empty_plan() {
        assert!(names(&Tally::default()).is_empty());
        assert!(names(&Tally { held: 100_000, ..Tally::default() }).is_empty());
    }
}
