//! The table of MS section 4 for cells that stand alone.

use super::cell::{Cell, Effect, Pick, Unit};
use super::keyed::KeyedList;
use super::list;
use super::resolver;
use super::text;
use super::walk::Cells;
use crate::conflict::Reason;
use crate::decide::Choice;
use crate::decision::Rule;
use crate::normalize::{Comparing, first_is_greater};
use crate::path::{FieldPath, Step};
use crate::policy::{BlankRule, FieldRule, Mode, NoBaseBlank, RecordPolicy};
use crate::side::Side;
use crate::value::Value;

pub(super) fn settle<'a>(
    policy: &RecordPolicy<'_>,
    cells: &mut Cells<'a>,
    choices: &'a [(FieldPath, Choice)],
) {
    let table = Table { policy, comparing: Comparing::new(policy.policy), choices };
    for at in 0..cells.list.len() {
        match cells.list[at].unit {
            Unit::Ignored => show_ignored(&mut cells.list[at]),
            Unit::Apart => cells.list[at].answer(Pick::Ours, Rule::C10, Effect::Unchanged),
            Unit::Single if is_quiet(&cells.list[at]) => {}
            Unit::Single => {
                let mut steps = cells.steps(at);
                let keyed = policy.policy.keyed_steps(&steps).map(|rule| (rule, cells.path(at)));
                table.settle(&mut cells.list[at], &mut steps, keyed);
            }
            Unit::Group(_) | Unit::Strict | Unit::Opened => {}
        }
    }
}

/// F1 without an `always_*` mode needs no look at the path.
const fn is_quiet(cell: &Cell<'_>) -> bool {
    cell.has_base && cell.same.ours_base && cell.same.theirs_base && cell.mode.always().is_none()
}

/// P9: ours' value is shown, or theirs' where ours has none.
fn show_ignored(cell: &mut Cell<'_>) {
    let has_value = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    let pick = if has_value(cell.ours) || (!has_value(cell.theirs) && cell.ours.is_some()) {
        Pick::Ours
    } else {
        Pick::Theirs
    };
    cell.answer(pick, Rule::P9, Effect::Unchanged);
}

/// The side whose spelling is kept where both have the same compare form (N6).
pub(super) fn spelling(mode: Mode, cell: &Cell<'_>) -> Pick {
    let ours = match mode.side() {
        Some(side) => side == Side::Ours,
        None => first_is_greater(cell.ours, cell.theirs),
    };
    Pick::of(if ours { Side::Ours } else { Side::Theirs })
}

/// The side an `always_*` mode takes a cell from: the one it names, unless that one did not send the value (V3) or
/// sends a blank that must not clear (F8).
pub(super) fn always_source(cell: &Cell<'_>, side: Side, never_clears: bool) -> Pick {
    if !cell.is_unfetched(side) && !never_clears {
        Pick::of(side)
    } else if !cell.is_unfetched(side.other()) {
        Pick::of(side.other())
    } else {
        Pick::Base
    }
}

/// The rule of a keyed list, and where the list stands.
type KeyedAt<'p> = (&'p FieldRule, FieldPath);

struct Table<'w, 'p, 'a> {
    policy: &'w RecordPolicy<'p>,
    comparing: Comparing<'p>,
    choices: &'a [(FieldPath, Choice)],
}

impl<'p, 'a> Table<'_, 'p, 'a> {
    fn settle(&self, cell: &mut Cell<'a>, steps: &mut Vec<Step<'a>>, keyed: Option<KeyedAt<'p>>) {
        match (cell.has_base, cell.mode.always()) {
            (true, Some(side)) => self.always(cell, steps, side),
            (true, None) => self.with_base(cell, steps, keyed),
            (false, _) => self.without_base(cell, steps, keyed),
        }
    }

    /// What is made of both sides' values, where they can be put together (MS sections 7 and 8).
    fn combined(
        &self,
        cell: &mut Cell<'a>,
        steps: &mut Vec<Step<'a>>,
        keyed: Option<KeyedAt<'p>>,
    ) -> Option<(Pick, Rule, Effect)> {
        if let Some((rule, path)) = keyed {
            let (policy, comparing, choices) = (self.policy, self.comparing, self.choices);
            let is_chosen = choices.iter().any(|(chosen, _)| path.covers(chosen));
            let list = KeyedList { policy, comparing, rule, choices, path };
            let (pick, effect) = list.merge(cell, steps)?;
            let rule = if is_chosen && effect == Effect::Settled { Rule::C5 } else { Rule::A4 };
            return Some((pick, rule, effect));
        }
        let policy = self.policy.policy;
        let (merged, rule) = list::combine(&self.comparing, policy, cell, steps)
            .or_else(|| text::combine(policy, cell, steps).map(|text| (text, Rule::T2)))
            .or_else(|| text::count(policy, cell, steps).map(|count| (count, Rule::T5)))?;
        Some((Pick::New(merged), rule, Effect::Combined))
    }

    /// The blank rule for what a side sends, where it sends a blank and base has a value (F8).
    fn blank_rule(&self, cell: &Cell<'_>, steps: &[Step<'_>], side: Side) -> BlankRule {
        let blank = |value| self.comparing.is_blank(steps, value);
        if blank(cell.of(side)) && !blank(cell.base) {
            self.policy.policy.blank_steps(steps, side)
        } else {
            BlankRule::Propagate
        }
    }

    /// The columns `always_ours` and `always_theirs`: they overrule what changed (P1).
    fn always(&self, cell: &mut Cell<'_>, steps: &[Step<'_>], side: Side) {
        let never_clears = self.blank_rule(cell, steps, side) == BlankRule::NeverClear;
        let pick = always_source(cell, side, never_clears);
        let (rule, effect) = match (cell.changed(Side::Ours), cell.changed(Side::Theirs)) {
            (false, false) if cell.same.sides => (Rule::F1, Effect::Unchanged),
            (false, false) => (Rule::F1, Effect::Settled),
            (true, true) if cell.same.sides => (Rule::F4, Effect::Converged),
            (true, true) => (Rule::F5, Effect::Settled),
            (true, false) => (Rule::F2, taken_or_reverted(&pick, Side::Ours)),
            (false, true) => (Rule::F3, taken_or_reverted(&pick, Side::Theirs)),
        };
        cell.answer(pick, rule, effect);
    }

    fn with_base(&self, cell: &mut Cell<'a>, steps: &mut Vec<Step<'a>>, keyed: Option<KeyedAt<'p>>) {
        let (ours_changed, theirs_changed) = (cell.changed(Side::Ours), cell.changed(Side::Theirs));
        if ours_changed && theirs_changed && cell.same.sides {
            return cell.answer(spelling(cell.mode, cell), Rule::F4, Effect::Converged);
        }
        let rules = Side::ALL.iter().map(|side| self.blank_rule(cell, steps, *side));
        let [ours_blank, theirs_blank] = [rules.clone().next(), rules.clone().nth(1)];
        if rules.clone().any(|rule| rule == BlankRule::Ask) {
            return self.contested(cell, Rule::F8, Reason::Blank);
        }
        let unchanged = |changed: bool, blank| !changed || blank == Some(BlankRule::NeverClear);
        match (unchanged(ours_changed, ours_blank), unchanged(theirs_changed, theirs_blank)) {
            (true, true) if ours_changed || theirs_changed => cell.answer(Pick::Base, Rule::F8, Effect::Kept),
            (true, true) => cell.answer(Pick::Base, Rule::F1, Effect::Unchanged),
            (false, true) => cell.answer(Pick::Ours, Rule::F2, Effect::Taken(Side::Ours)),
            (true, false) => cell.answer(Pick::Theirs, Rule::F3, Effect::Taken(Side::Theirs)),
            (false, false) => match self.combined(cell, steps, keyed) {
                Some((pick, rule, effect)) => cell.answer(pick, rule, effect),
                None if cell.mode == Mode::Manual
                    && resolver::resolve(self.policy, &self.comparing, cell, steps) => {}
                None => self.contested(cell, Rule::F5, Reason::BothChanged),
            },
        }
    }

    /// F11 and F12: nothing says which side changed, so only equal values pass.
    fn without_base(&self, cell: &mut Cell<'a>, steps: &mut Vec<Step<'a>>, keyed: Option<KeyedAt<'p>>) {
        let sides_equal = cell.same.sides;
        if sides_equal {
            return cell.answer(spelling(cell.mode, cell), Rule::F11, Effect::Converged);
        }
        if let Some(side) = cell.mode.always() {
            return cell.answer(always_source(cell, side, false), Rule::F12, Effect::Settled);
        }
        let blank = |side| self.comparing.is_blank(steps, cell.of(side));
        if self.policy.policy.no_base_blank == NoBaseBlank::Fill
            && let Some(side) = Side::ALL.iter().find(|side| blank(side.other()))
        {
            return cell.answer(Pick::of(*side), Rule::F12, Effect::Taken(*side));
        }
        match self.combined(cell, steps, keyed) {
            Some((pick, rule, effect)) => cell.answer(pick, rule, effect),
            None => self.contested(cell, Rule::F12, Reason::NoBase),
        }
    }

    /// A question: settled by a `resolve_*` mode, else open.
    fn contested(&self, cell: &mut Cell<'_>, rule: Rule, reason: Reason) {
        match cell.mode.resolve() {
            Some(side) => cell.answer(Pick::of(side), rule, Effect::Settled),
            None => cell.open(rule, reason),
        }
    }
}

/// One side changed: its value is taken, or a mode reverts it.
pub(super) fn taken_or_reverted(pick: &Pick, changed: Side) -> Effect {
    if *pick == Pick::of(changed) { Effect::Taken(changed) } else { Effect::Settled }
}
