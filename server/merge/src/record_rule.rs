//! The record rule (MS section 9): exists here, there, in base?

use crate::assemble::Assembly;
use crate::conflict::{Conflict, ConflictField, Present, Reason};
use crate::decide::Choice;
use crate::decision::{Decision, Rule, set};
use crate::difference::{self, Difference};
use crate::field::{Versions, cells, merge_fields};
use crate::key::RecordKey;
use crate::outcome::{ConflictKind, Outcome};
use crate::path::FieldPath;
use crate::policy::{Hold, Level, Mode, Policy, RecordPolicy};
use crate::side::Side;
use crate::times::Times;
use crate::unfetched;
use crate::value::{Object, Value};
use crate::verdict::{BlockReason, PlannedWrite, Verdict};

/// What one side says about a record (MS D1).
#[derive(Debug, Clone, Copy)]
pub enum Presence<'a> {
    /// The side has it.
    Live(&'a Object),
    /// The side has it, and it waits there for approval (K5).
    Pending(&'a Object),
    /// A tombstone or proven absence.
    Deleted,
    /// Not in the listing, not yet taken as deleted.
    Missing,
    /// Outside the part of the side that is merged.
    OutOfScope,
}

/// The three versions of one record.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name of the merge type; part of a conflict's identity.
    pub type_name: &'a str,
    /// The record's key.
    pub key: &'a RecordKey,
    /// The last agreed values.
    pub base: Option<&'a Object>,
    /// What ours says.
    pub ours: Presence<'a>,
    /// What theirs says.
    pub theirs: Presence<'a>,
    /// Paths that ours did not send (V3).
    pub unfetched_ours: &'a [FieldPath],
    /// Paths that theirs did not send (V3).
    pub unfetched_theirs: &'a [FieldPath],
    /// Where the sides were declared to differ on purpose (C10).
    pub differences: &'a [Difference],
}

impl<'a> Input<'a> {
    /// An input without any version: not in base, deleted on both sides. Set the members that hold.
    ///
    /// ```
    /// use merge::{Input, Outcome, Policy, Presence, RecordKey, merge_record};
    /// let section = merge::json::parse_object(br#"{"crn":1001,"room":"B12"}"#).unwrap();
    /// let key = RecordKey::from(1001);
    /// let input = Input { theirs: Presence::Live(&section), ..Input::new("section", &key) };
    /// assert_eq!(merge_record(&Policy::default(), &input).outcome, Outcome::CreatedTheirs);
    /// ```
    pub const fn new(type_name: &'a str, key: &'a RecordKey) -> Input<'a> {
        Input {
            type_name,
            key,
            base: None,
            ours: Presence::Deleted,
            theirs: Presence::Deleted,
            unfetched_ours: &[],
            unfetched_theirs: &[],
            differences: &[],
        }
    }

    /// What a side says.
    pub(crate) const fn of(&self, side: Side) -> Presence<'a> {
        match side {
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }
}

impl<'a> Presence<'a> {
    /// The record, if the side has it, approved or not (D1).
    ///
    /// ```
    /// # use merge::Presence;
    /// let section = merge::json::parse_object(br#"{"crn":1001}"#).unwrap();
    /// assert_eq!(Presence::Live(&section).live(), Some(&section));
    /// assert_eq!(Presence::Missing.live(), None);
    /// ```
    pub const fn live(&self) -> Option<&'a Object> {
        match self {
            Presence::Live(record) | Presence::Pending(record) => Some(record),
            _ => None,
        }
    }
}

/// Merges the three versions of one record by the rules of MS sections 4 to 9.
///
/// A base record may carry the reserved member `$unfetched`, a list of paths that base does not know: there F11 and
/// F12 hold. [`crate::base::join`] writes it where only some fields of a new record are known to be equal.
///
/// ```
/// use merge::{Input, Outcome, Policy, Presence, RecordKey};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let base = record(r#"{"id":1,"room":"B12","seats":30}"#);
/// let ours = record(r#"{"id":1,"room":"B12","seats":32}"#);
/// let theirs = record(r#"{"id":1,"room":"A01","seats":30}"#);
/// let key = RecordKey::from(1);
/// let input = Input {
///     base: Some(&base), ours: Presence::Live(&ours), theirs: Presence::Live(&theirs),
///     ..Input::new("section", &key)
/// };
/// let verdict = merge::merge_record(&Policy::default(), &input);
/// assert_eq!(verdict.outcome, Outcome::Merged);
/// assert_eq!(verdict.merged.unwrap().to_json(), r#"{"id":1,"room":"A01","seats":32}"#);
/// assert!(verdict.write_ours.is_some() && verdict.write_theirs.is_some());
/// ```
pub fn merge_record(policy: &Policy, input: &Input<'_>) -> Verdict {
    merge_with(policy, input, &[])
}

/// [`merge_record`] with choices of the staff for contested paths.
pub(crate) fn merge_with(policy: &Policy, input: &Input<'_>, choices: &[(FieldPath, Choice)]) -> Verdict {
    let split = input.base.and_then(unfetched::split_base);
    let (base, unknown) = match &split {
        Some((base, unknown)) => (Some(base), unknown.as_slice()),
        None => (input.base, &[][..]),
    };
    let record = RecordMerge {
        policy: policy.for_record(input.key).at(Times::of(policy, input)),
        input: &Input { base, ..*input },
        unknown,
        choices,
    };
    record.verdict()
}

struct RecordMerge<'x, 'a> {
    policy: RecordPolicy<'x>,
    input: &'x Input<'a>,
    unknown: &'a [FieldPath],
    choices: &'a [(FieldPath, Choice)],
}

impl<'a> RecordMerge<'_, 'a> {
    fn verdict(&self) -> Verdict {
        use Presence::{Deleted, Live, Missing, OutOfScope, Pending};
        let input = self.input;
        match (input.base, input.ours, input.theirs) {
            (_, OutOfScope, _) | (_, _, OutOfScope) => self.left_alone(Outcome::OutOfScope, Rule::R6),
            (_, Pending(_), _) | (_, _, Pending(_)) => self.waits_for_approval(),
            (_, Live(ours), Live(theirs)) => self.both_live(ours, theirs),
            (None, Live(ours), _) => self.new_on(Side::Ours, ours),
            (None, _, Live(theirs)) => self.new_on(Side::Theirs, theirs),
            (Some(_), Missing, _) | (Some(_), _, Missing) => self.left_alone(Outcome::Missing, Rule::D2),
            (Some(base), Live(ours), Deleted) => self.deleted_by(Side::Theirs, base, ours),
            (Some(base), Deleted, Live(theirs)) => self.deleted_by(Side::Ours, base, theirs),
            (_, Deleted | Missing, Deleted | Missing) => self.deleted_by_both(),
        }
    }

    fn both_live(&self, ours: &'a Object, theirs: &'a Object) -> Verdict {
        let input = self.input;
        let patch = |record, paths, other| unfetched::patch(record, paths, input.base, self.unknown, other);
        let patched_ours = patch(ours, input.unfetched_ours, theirs);
        let patched_theirs = patch(theirs, input.unfetched_theirs, ours);
        let apart = difference::standing(self.policy.policy, input);
        let versions = Versions {
            base: input.base,
            ours: patched_ours.as_ref().unwrap_or(ours),
            theirs: patched_theirs.as_ref().unwrap_or(theirs),
            unknown: self.unknown,
            unfetched_ours: input.unfetched_ours,
            unfetched_theirs: input.unfetched_theirs,
            apart: &apart,
        };
        let cells = merge_fields(&self.policy, &versions, self.choices);
        let mode = self.policy.record_mode();
        let times = self.policy.times();
        Assembly { policy: self.policy.policy, input, cells: &cells, ours, theirs, mode, times }.verdict()
    }

    /// R7, R8.
    fn new_on(&self, side: Side, record: &Object) -> Verdict {
        let (mode, level) = self.policy.record_mode();
        let stays = mode.always() == Some(side.other());
        let (rule, outcome) = match (side, stays) {
            (Side::Ours, false) => (Rule::R7, Outcome::CreatedOurs),
            (Side::Ours, true) => (Rule::R7, Outcome::OursOnly),
            (Side::Theirs, false) => (Rule::R8, Outcome::CreatedTheirs),
            (Side::Theirs, true) => (Rule::R8, Outcome::TheirsOnly),
        };
        if !self.choices.is_empty() && !stays {
            return self.new_as_chosen(side, record);
        }
        let merged = (!stays || side == Side::Ours).then(|| record.clone());
        let write = (!stays).then(|| PlannedWrite::Create { record: record.clone() });
        self.whole(outcome, rule, (mode, level), merged, [(side.other(), write)])
    }

    /// A new record that shares what must be unique, with other values by choice: they go to its own side too (C5).
    fn new_as_chosen(&self, side: Side, record: &Object) -> Verdict {
        let mut chosen = record.clone();
        for (path, choice) in self.choices {
            match (choice, side) {
                (Choice::Value(value), _) => set(&mut chosen, path, value.clone()),
                (Choice::Ours, Side::Ours) | (Choice::Theirs, Side::Theirs) => {}
                _ => set(&mut chosen, path, Value::Null),
            }
        }
        let comparing = crate::normalize::Comparing::new(self.policy.policy);
        let changed = comparing.differing_paths(record, &chosen);
        let update = (!changed.is_empty()).then(|| PlannedWrite::Update { changed, record: chosen.clone() });
        let create = Some(PlannedWrite::Create { record: chosen.clone() });
        let mode = (self.policy.record_mode().0, Level::Decision);
        let writes = [(side, update), (side.other(), create)];
        self.whole(Outcome::Resolved, Rule::C5, mode, Some(chosen), writes)
    }

    /// R1 to R4: `deleter` no longer has the record, the other side has `survivor`.
    fn deleted_by(&self, deleter: Side, base: &'a Object, survivor: &'a Object) -> Verdict {
        let keeper = deleter.other();
        let unfetched = match keeper {
            Side::Ours => self.input.unfetched_ours,
            Side::Theirs => self.input.unfetched_theirs,
        };
        let patched = unfetched::patch(survivor, unfetched, Some(base), &[], base);
        let survivor = patched.as_ref().unwrap_or(survivor);
        let changes = self.changes(keeper, base, survivor);
        let (mode, level) = self.policy.record_mode();
        let rule = match (deleter, changes.is_empty()) {
            (Side::Ours, true) => Rule::R1,
            (Side::Ours, false) => Rule::R2,
            (Side::Theirs, true) => Rule::R3,
            (Side::Theirs, false) => Rule::R4,
        };
        let delete = |outcome, rule, level| {
            self.whole(outcome, rule, (mode, level), None, [(keeper, Some(PlannedWrite::Delete))])
        };
        let keep = |outcome, rule, level, record: &Object| {
            let create = PlannedWrite::Create { record: record.clone() };
            self.whole(outcome, rule, (mode, level), Some(record.clone()), [(deleter, Some(create))])
        };
        if changes.is_empty() {
            let deleted = match deleter {
                Side::Ours => Outcome::DeletedOurs,
                Side::Theirs => Outcome::DeletedTheirs,
            };
            return match mode.always() {
                Some(side) if side == keeper => keep(Outcome::Restored, rule, level, survivor),
                _ => delete(deleted, rule, level),
            };
        }
        if let Some((_, choice)) = self.choices.iter().find(|(path, _)| path.is_root()) {
            return self.chosen(keeper, base, survivor, choice);
        }
        match mode.side() {
            Some(side) if side == keeper => keep(Outcome::Resolved, rule, level, survivor),
            Some(_) => delete(Outcome::Resolved, rule, level),
            None => self.delete_conflict(deleter, rule, (mode, level), changes),
        }
    }

    /// The paths the surviving side changed (R11).
    fn changes(&self, keeper: Side, base: &'a Object, survivor: &Object) -> Vec<ConflictField> {
        let versions = Versions {
            base: Some(base),
            ours: survivor,
            theirs: base,
            unknown: self.unknown,
            unfetched_ours: &[],
            unfetched_theirs: &[],
            apart: &[],
        };
        let cells = cells(&self.policy, &versions);
        let changed = (0..cells.list.len()).filter(|at| !cells.list[*at].same.ours_base);
        let field = |at: usize| {
            let cell = &cells.list[at];
            let value = cell.ours.cloned();
            let (ours, theirs) = if keeper == Side::Ours { (value, None) } else { (None, value) };
            let (base, reason) = (cell.base.cloned(), Reason::Deleted);
            ConflictField { path: cells.path(at), base, ours, theirs, reason, with: Vec::new() }
        };
        changed.map(field).collect()
    }

    fn delete_conflict(
        &self,
        deleter: Side,
        rule: Rule,
        mode: (Mode, Level),
        fields: Vec<ConflictField>,
    ) -> Verdict {
        let kind = match deleter {
            Side::Ours => ConflictKind::DeleteUpdate,
            Side::Theirs => ConflictKind::UpdateDelete,
        };
        let present = Present { base: true, ours: deleter == Side::Theirs, theirs: deleter == Side::Ours };
        let mut verdict = Verdict::held(self.input, rule, mode, self.input.ours.live());
        let (type_name, key) = (self.input.type_name, self.input.key);
        verdict.conflict = Some(Conflict::new(type_name, key, kind, Hold::Record, present, fields));
        verdict
    }

    /// A person chose for the whole record (C5).
    fn chosen(&self, keeper: Side, base: &Object, survivor: &Object, choice: &Choice) -> Verdict {
        let record = match (choice, keeper) {
            (Choice::Base, _) => Some(base),
            (Choice::Value(Value::Object(record)), _) => Some(record),
            (Choice::Ours, Side::Ours) | (Choice::Theirs, Side::Theirs) => Some(survivor),
            _ => None,
        };
        let mode = (self.policy.record_mode().0, Level::Decision);
        let Some(record) = record else {
            return self.whole(
                Outcome::Resolved,
                Rule::C5,
                mode,
                None,
                [(keeper, Some(PlannedWrite::Delete))],
            );
        };
        let comparing = crate::normalize::Comparing::new(self.policy.policy);
        let changed = comparing.differing_paths(survivor, record);
        let update = (!changed.is_empty()).then(|| PlannedWrite::Update { changed, record: record.clone() });
        let create = Some(PlannedWrite::Create { record: record.clone() });
        let writes = [(keeper, update), (keeper.other(), create)];
        self.whole(Outcome::Resolved, Rule::C5, mode, Some(record.clone()), writes)
    }

    /// R5.
    fn deleted_by_both(&self) -> Verdict {
        self.whole(Outcome::DeletedBoth, Rule::R5, self.policy.record_mode(), None, [])
    }

    /// R6, D2: no change on either side; base stays, and without one the side that has the record keeps it.
    fn left_alone(&self, outcome: Outcome, rule: Rule) -> Verdict {
        let input = self.input;
        let stays = input.base.or(input.ours.live()).or(input.theirs.live());
        self.whole(outcome, rule, self.policy.record_mode(), stays.cloned(), [])
    }

    /// K5: nothing is written, the record appears as ours has it now.
    fn waits_for_approval(&self) -> Verdict {
        let stays = self.input.ours.live().cloned();
        let mut verdict = self.whole(Outcome::Blocked, Rule::K5, self.policy.record_mode(), stays, []);
        verdict.blocked = Some(BlockReason::PendingApproval);
        verdict
    }

    fn whole<const N: usize>(
        &self,
        outcome: Outcome,
        rule: Rule,
        mode: (Mode, Level),
        merged: Option<Object>,
        writes: [(Side, Option<PlannedWrite>); N],
    ) -> Verdict {
        let mut verdict = Verdict::new(outcome);
        verdict.decisions = vec![Decision::whole(self.input, rule, mode, merged.clone())];
        verdict.merged = merged;
        for (side, write) in writes {
            match side {
                Side::Ours => verdict.write_ours = write,
                Side::Theirs => verdict.write_theirs = write,
            }
        }
        verdict.refuse_what_is_not_allowed(self.policy.policy);
        verdict
    }
}
