//! Cells that are settled as one unit: field groups (F10) and strict records (R13).

use super::cell::{Cell, Effect, Pick, Unit};
use super::rule::{always_source, spelling};
use super::walk::Cells;
use crate::conflict::Reason;
use crate::decision::Rule;
use crate::normalize::Comparing;
use crate::policy::{BlankRule, Level, Mode, NoBaseBlank, RecordPolicy};
use crate::side::Side;

pub(super) fn settle(policy: &RecordPolicy<'_>, cells: &mut Cells<'_>) {
    if policy.policy.strict {
        let name = Names { rule: Rule::R13, reason: Reason::Strict };
        Whole::new(policy, cells, Unit::Strict, policy.record_mode(), name).settle(cells);
        return;
    }
    for (at, group) in policy.policy.groups().iter().enumerate() {
        let name = Names { rule: Rule::F10, reason: Reason::Group };
        Whole::new(policy, cells, Unit::Group(at), policy.group_mode(group), name).settle(cells);
    }
}

struct Names {
    rule: Rule,
    reason: Reason,
}

/// What is true of a unit as a whole.
struct Whole {
    members: Vec<Member>,
    mode: Mode,
    level: Level,
    names: Names,
    has_base: bool,
    fill: bool,
}

/// A cell of the unit, with what the blank rules say about it.
struct Member {
    at: usize,
    ours: Sent,
    theirs: Sent,
    /// Whether both sides are as good as base's value and yet not the same, as it or as each other (N4, N7).
    drifts: bool,
}

#[derive(Clone, Copy)]
struct Sent {
    /// Whether the value counts as a change.
    changed: bool,
    blank: bool,
    /// Whether it is a blank that must not clear (F8).
    never_clears: bool,
    asks: bool,
}

impl Member {
    const fn sent(&self, side: Side) -> Sent {
        match side {
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }

    /// Whether both sides have the same compare form, or neither counts as having changed base's: blanks that never clear
    /// do not (F8).
    const fn equal(&self, cell: &Cell<'_>) -> bool {
        cell.same.sides || self.untouched()
    }

    /// Whether neither side counts as having changed the member.
    const fn untouched(&self) -> bool {
        !self.ours.changed && !self.theirs.changed
    }

    /// What a side has to give: base's value where its blank must not clear or where it sent nothing.
    const fn pick(&self, cell: &Cell<'_>, side: Side) -> Pick {
        if self.sent(side).never_clears || cell.is_unfetched(side) { Pick::Base } else { Pick::of(side) }
    }

    /// As in base on both sides, apart from blanks that never clear, which are noted.
    fn keep(&self, cell: &mut Cell<'_>, pick: Pick) {
        match cell.same.ours_base && cell.same.theirs_base {
            true => cell.answer(pick, Rule::F1, Effect::Unchanged),
            false => cell.answer(pick, Rule::F8, Effect::Kept),
        }
    }

    /// Both sides have the same: base's value if neither changed it, else F4 with base and F11 without.
    fn converge(&self, cell: &mut Cell<'_>) {
        if cell.has_base && self.untouched() {
            return self.keep(cell, Pick::Base);
        }
        let rule = if cell.has_base { Rule::F4 } else { Rule::F11 };
        cell.answer(spelling(cell.mode, cell), rule, Effect::Converged);
    }
}

impl Whole {
    fn new(
        policy: &RecordPolicy<'_>,
        cells: &Cells<'_>,
        unit: Unit,
        mode: (Mode, Level),
        names: Names,
    ) -> Whole {
        let (comparing, always) = (Comparing::new(policy.policy), mode.0.always().is_some());
        let tolerates = policy.policy.tolerates();
        let member = |at: usize| {
            let (cell, mut steps) = (&cells.list[at], cells.steps(at));
            let base_blank = comparing.is_blank(&steps, cell.base);
            let sent = |side: Side| {
                let blank = comparing.is_blank(&steps, cell.of(side));
                // Equal sides send each other nothing; only a side that always wins is asked for its value then.
                let clears = blank && !base_blank && (always || !cell.same.sides);
                let rule =
                    if clears { policy.policy.blank_steps(&steps, side) } else { BlankRule::Propagate };
                let never_clears = rule == BlankRule::NeverClear;
                let changed = cell.changed(side) && !never_clears;
                Sent { changed, blank, never_clears, asks: rule == BlankRule::Ask }
            };
            let (ours, theirs) = (sent(Side::Ours), sent(Side::Theirs));
            let moved = tolerates && !comparing.same(&mut steps, cell.ours, cell.base);
            let drifts = cell.same.ours_base && cell.same.theirs_base && (moved || !cell.same.sides);
            Member { at, ours, theirs, drifts }
        };
        let own = (0..cells.list.len()).filter(|at| cells.list[*at].unit == unit);
        let members: Vec<Member> = own.map(member).collect();
        let has_base = members.iter().all(|member| cells.list[member.at].has_base);
        let fill = policy.policy.no_base_blank == NoBaseBlank::Fill;
        Whole { members, mode: mode.0, level: mode.1, names, has_base, fill }
    }

    fn changed(&self, side: Side) -> bool {
        self.members.iter().any(|member| member.sent(side).changed)
    }

    fn settle(&self, cells: &mut Cells<'_>) {
        for member in &self.members {
            let cell = &mut cells.list[member.at];
            (cell.mode, cell.level) = (self.mode, self.level);
        }
        let equal = self.members.iter().all(|member| member.equal(&cells.list[member.at]));
        let changed = (self.changed(Side::Ours), self.changed(Side::Theirs));
        if let Some(side) = self.mode.always() {
            return self.always(cells, side);
        }
        match (self.has_base, changed) {
            (true, (true, false)) if !self.asks() => self.take(cells, Side::Ours),
            (true, (false, true)) if !self.asks() => self.take(cells, Side::Theirs),
            _ if equal => self.each(cells, |cell, member| member.converge(cell)),
            (true, _) => self.contested(cells, self.names.reason.clone()),
            (false, _) => match self.filled_by() {
                Some(side) => self.take(cells, side),
                None => self.contested(cells, Reason::NoBase),
            },
        }
    }

    fn asks(&self) -> bool {
        self.members.iter().any(|member| member.ours.asks || member.theirs.asks)
    }

    /// Without base and with `fill`: the side whose values fill the other, which has none.
    fn filled_by(&self) -> Option<Side> {
        let blank = |side: Side| self.members.iter().all(|member| member.sent(side).blank);
        Side::ALL.iter().copied().find(|side| self.fill && blank(side.other()))
    }

    fn each(&self, cells: &mut Cells<'_>, answer: impl Fn(&mut Cell<'_>, &Member)) {
        for member in &self.members {
            answer(&mut cells.list[member.at], member);
        }
    }

    /// A member that is as in base on both sides comes from the side of the others. That shows where it drifts.
    fn keep(&self, cell: &mut Cell<'_>, member: &Member, side: Side) {
        let pick = member.pick(cell, side);
        match member.drifts {
            true => cell.answer(pick, self.names.rule, Effect::Taken(side)),
            false => member.keep(cell, pick),
        }
    }

    /// One side changed: all members come from it.
    fn take(&self, cells: &mut Cells<'_>, side: Side) {
        self.each(cells, |cell, member| match member.equal(cell) {
            true if cell.has_base && member.untouched() => self.keep(cell, member, side),
            true => member.converge(cell),
            false => cell.answer(member.pick(cell, side), self.names.rule, Effect::Taken(side)),
        });
    }

    /// That side's values whatever happened; what is put back by it, or clashed with it, is settled by the mode.
    fn always(&self, cells: &mut Cells<'_>, side: Side) {
        let raw = |side| self.members.iter().any(|member| cells.list[member.at].changed(side));
        let clash = !self.has_base || (raw(Side::Ours) && raw(Side::Theirs));
        self.each(cells, |cell, member| {
            let pick = always_source(cell, side, member.sent(side).never_clears);
            let put_back = |side: Side| cell.changed(side) && pick != Pick::of(side);
            let touched = !cell.has_base || !cell.same.ours_base || !cell.same.theirs_base;
            let effect = match (touched, cell.same.sides) {
                (false, true) => Effect::Unchanged,
                (false, false) => Effect::Settled,
                (true, true) => Effect::Converged,
                (true, false) if clash || Side::ALL.iter().any(|side| put_back(*side)) => Effect::Settled,
                (true, false) if cell.changed(Side::Ours) => Effect::Taken(Side::Ours),
                (true, false) => Effect::Taken(Side::Theirs),
            };
            cell.answer(pick, self.names.rule, effect);
        });
    }

    /// Contested are all members that differ between the sides; a mode takes all members from one side.
    fn contested(&self, cells: &mut Cells<'_>, reason: Reason) {
        let clash = self.changed(Side::Ours) && self.changed(Side::Theirs);
        let reason = if self.asks() && !clash { Reason::Blank } else { reason };
        self.each(cells, |cell, member| match (member.equal(cell), self.mode.resolve()) {
            (true, Some(side)) if cell.has_base && member.untouched() => self.keep(cell, member, side),
            (true, _) => member.converge(cell),
            (false, Some(side)) => {
                cell.answer(member.pick(cell, side), self.names.rule, Effect::Settled);
            }
            (false, None) => cell.open(self.names.rule, reason.clone()),
        });
    }
}
