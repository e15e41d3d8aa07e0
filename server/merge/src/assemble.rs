//! From settled cells to a verdict: the merged record, the decisions, the writes, the outcome.

use crate::conflict::{Conflict, ConflictField, Present};
use crate::decision::{Action, Decision, Rule, get, set, unset};
use crate::field::{Cell, Cells, Effect, OpenItem, Pick, Unit, with_line_ends_of};
use crate::normalize::Comparing;
use crate::outcome::{ConflictKind, Outcome};
use crate::path::{FieldPath, steps};
use crate::policy::{Hold, Level, Mode, Policy, Resolver};
use crate::record_rule::Input;
use crate::side::Side;
use crate::times::Times;
use crate::value::{Object, Value};
use crate::verdict::{Pending, PlannedWrite, Verdict};
use crate::warnings::warnings;

/// What a record needs to become a verdict, once its cells are settled.
pub(crate) struct Assembly<'x, 'a> {
    pub(crate) policy: &'x Policy,
    pub(crate) input: &'x Input<'a>,
    pub(crate) cells: &'x Cells<'a>,
    /// The records as the sides sent them.
    pub(crate) ours: &'a Object,
    pub(crate) theirs: &'a Object,
    /// Mode and level of the record (P5).
    pub(crate) mode: (Mode, Level),
    /// When the sides say they changed the record (C11).
    pub(crate) times: Option<Times<&'a str>>,
}

impl Assembly<'_, '_> {
    pub(crate) fn verdict(&self) -> Verdict {
        let conflict = self.conflict();
        let mut verdict = match &conflict {
            Some(_) if self.policy.hold == Hold::Record => self.held(),
            _ => self.merged(),
        };
        if conflict.is_some() {
            verdict.outcome = Outcome::Conflict;
        }
        verdict.conflict = conflict;
        verdict.warnings = warnings(self);
        verdict
    }

    fn conflict(&self) -> Option<Conflict> {
        let open = (0..self.cells.list.len()).flat_map(|at| self.cells.open_items(at));
        let fields: Vec<ConflictField> = open.map(conflict_field).collect();
        if fields.is_empty() {
            return None;
        }
        let in_base = self.input.base.is_some();
        let kind = if in_base { ConflictKind::Field } else { ConflictKind::BothAdded };
        let present = Present { base: in_base, ours: true, theirs: true };
        Some(Conflict::new(self.input.type_name, self.input.key, kind, self.policy.hold, present, fields))
    }

    /// P7: nothing is written, the record appears as ours has it now.
    fn held(&self) -> Verdict {
        let first = self.cells.list.iter().find(|cell| cell.is_open());
        let (rule, mode, level) =
            first.map_or((Rule::F5, self.mode.0, self.mode.1), |c| (c.rule, c.mode, c.level));
        Verdict::held(self.input, rule, (mode, level), Some(self.ours))
    }

    fn merged(&self) -> Verdict {
        let merged = self.cells.merged(|cell| cell.value().cloned());
        let write = |side, record: &Object| {
            let changed = self.changed_paths(side);
            (!changed.is_empty()).then(|| self.update(record, changed))
        };
        let writes = (write(Side::Ours, self.ours), write(Side::Theirs, self.theirs));
        let mut verdict = Verdict::new(self.outcome(writes.0.is_some() || writes.1.is_some()));
        verdict.decisions = self.decisions(&merged);
        verdict.merged = Some(merged);
        (verdict.write_ours, verdict.write_theirs) = writes;
        verdict.refuse_what_is_not_allowed(self.policy);
        verdict
    }

    /// L9: the paths on which a side differs from merged in compare form.
    fn changed_paths(&self, side: Side) -> Vec<(FieldPath, Option<&Value>)> {
        let comparing = Comparing::new(self.policy);
        let differs = |at: &usize| {
            let cell = &self.cells.list[*at];
            match (&cell.pick, cell.unit) {
                (_, Unit::Ignored | Unit::Apart | Unit::Opened) => false,
                _ if cell.is_open() => false,
                // What was not fetched counts as base's value; without a base nothing is known about it.
                _ if cell.is_unfetched(side) && !cell.has_base => false,
                (Pick::Base, _) if cell.has_base => self.side_changed(cell, side),
                (Pick::Ours, _) => side == Side::Theirs && !cell.same.sides,
                (Pick::Theirs, _) => side == Side::Ours && !cell.same.sides,
                _ => !comparing.same(&mut self.cells.steps(*at), cell.value(), cell.of(side)),
            }
        };
        let changed = (0..self.cells.list.len()).filter(differs);
        let mut changed: Vec<_> =
            changed.map(|at| (self.cells.path(at), self.cells.list[at].value())).collect();
        if changed.len() > 1 {
            changed.sort_by_cached_key(|(path, _)| path.to_string());
        }
        changed
    }

    const fn side_changed(&self, cell: &Cell<'_>, side: Side) -> bool {
        match side {
            Side::Ours => !cell.same.ours_base,
            Side::Theirs => !cell.same.theirs_base,
        }
    }

    fn update(&self, record: &Object, changed: Vec<(FieldPath, Option<&Value>)>) -> PlannedWrite {
        let mut record = record.clone();
        for (path, value) in &changed {
            match value {
                Some(value) => {
                    let value = self.spelt_for(&record, path, value);
                    set(&mut record, path, value);
                }
                None => unset(&mut record, path),
            }
        }
        PlannedWrite::Update { changed: changed.into_iter().map(|(path, _)| path).collect(), record }
    }

    /// T4: a text that is merged goes out with the line ends that the receiving record has.
    fn spelt_for(&self, record: &Object, path: &FieldPath, value: &Value) -> Value {
        let respelt = match (value, get(record, path)) {
            (Value::Text(text), Some(Value::Text(there)))
                if self.policy.text_steps(&steps(path)).is_some() =>
            {
                with_line_ends_of(text, there)
            }
            _ => None,
        };
        respelt.map_or_else(|| value.clone(), Value::Text)
    }

    /// X11.
    fn outcome(&self, writes: bool) -> Outcome {
        let any = |wanted: &Effect| self.cells.list.iter().any(|cell| cell.effect == *wanted);
        let settled = any(&Effect::Settled);
        if self.input.base.is_none() {
            return match (writes, settled) {
                (false, _) => Outcome::Linked,
                (true, true) => Outcome::Resolved,
                (true, false) => Outcome::Merged,
            };
        }
        let (ours, theirs) = (any(&Effect::Taken(Side::Ours)), any(&Effect::Taken(Side::Theirs)));
        match (ours, theirs) {
            _ if settled => Outcome::Resolved,
            _ if any(&Effect::Combined) => Outcome::Merged,
            (true, true) => Outcome::Merged,
            (true, false) => Outcome::TakenOurs,
            (false, true) => Outcome::TakenTheirs,
            _ if any(&Effect::Converged) => Outcome::Converged,
            _ => Outcome::Unchanged,
        }
    }

    fn decisions(&self, merged: &Object) -> Vec<Decision> {
        let in_base = self.input.base.is_some();
        let lines = (0..self.cells.list.len()).filter(|at| self.needs_line(*at, in_base));
        let mut decisions: Vec<Decision> = lines.map(|at| self.decision(at)).collect();
        if decisions.len() > 1 {
            decisions.sort_by_cached_key(|decision| decision.path.to_string());
        }
        if !in_base {
            let plain = self.cells.list.iter().all(|cell| cell.same.sides);
            let rule = if plain { Rule::R9 } else { Rule::R10 };
            let whole = Decision::whole(self.input, rule, self.mode, Some(merged.clone()));
            decisions.insert(0, whole);
        }
        decisions
    }

    fn needs_line(&self, at: usize, in_base: bool) -> bool {
        let cell = &self.cells.list[at];
        match (cell.unit, &cell.effect) {
            (Unit::Opened, _) => {
                let is_new = !matches!(cell.base, Some(Value::Object(_)));
                in_base && is_new && self.cells.below(at).iter().all(|cell| cell.value().is_none())
            }
            (_, Effect::Open(_) | Effect::OpenItems(_)) => true,
            (_, Effect::Unchanged | Effect::Converged) => {
                in_base && !same_json(cell.value(), self.base_value(at, cell))
            }
            // What is taken or combined may be base's value again, and yet not what some side has (L5).
            (_, Effect::Taken(_) | Effect::Settled | Effect::Kept | Effect::Combined) => true,
        }
    }

    /// What base's record holds at the cell, also where base does not count as known.
    fn base_value<'c>(&'c self, at: usize, cell: &Cell<'c>) -> Option<&'c Value> {
        if cell.has_base {
            cell.base
        } else {
            self.input.base.and_then(|base| get(base, &self.cells.path(at)))
        }
    }

    fn decision(&self, at: usize) -> Decision {
        let cell = &self.cells.list[at];
        let value = match cell.unit {
            Unit::Opened => Some(Value::Object(Object::new())),
            _ => cell.value().cloned(),
        };
        Decision {
            path: self.cells.path(at),
            action: Action::Set,
            conflict: cell.is_open(),
            value,
            rule: if cell.unit == Unit::Opened { Rule::O3 } else { cell.rule },
            level: cell.level,
            mode: cell.mode,
            resolver: cell.resolver,
            times: self.times.filter(|_| cell.resolver == Some(Resolver::Newest)).map(Times::to_owned),
            base: cell.base.cloned(),
            ours: cell.sent(Side::Ours).cloned(),
            theirs: cell.sent(Side::Theirs).cloned(),
        }
    }
}

fn conflict_field(open: OpenItem) -> ConflictField {
    let OpenItem { path, base, ours, theirs, reason } = open;
    ConflictField { path, base, ours, theirs, reason, with: Vec::new() }
}

fn same_json(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same_json(b),
        (None, None) => true,
        _ => false,
    }
}

impl Verdict {
    pub(crate) const fn new(outcome: Outcome) -> Verdict {
        Verdict {
            outcome,
            merged: None,
            decisions: Vec::new(),
            blocked: None,
            conflict: None,
            write_ours: None,
            write_theirs: None,
            pending: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// A record that is left as it is on both sides because of an open question.
    pub(crate) fn held(input: &Input<'_>, rule: Rule, mode: (Mode, Level), ours: Option<&Object>) -> Verdict {
        let mut hold = Decision::whole(input, rule, mode, ours.cloned());
        (hold.action, hold.conflict) = (Action::Hold, true);
        let mut verdict = Verdict::new(Outcome::Conflict);
        verdict.merged = ours.cloned();
        verdict.decisions = vec![hold];
        verdict
    }

    /// P6: the merged value stays as decided, the writes that may not be sent are set aside.
    pub(crate) fn refuse_what_is_not_allowed(&mut self, policy: &Policy) {
        for (side, slot) in [(Side::Ours, &mut self.write_ours), (Side::Theirs, &mut self.write_theirs)] {
            if let Some(write) = slot.take_if(|write| !policy.allow.permits(side, write.kind())) {
                self.pending.push(Pending { side, write });
            }
        }
    }
}

impl Decision {
    /// A decision about a whole record.
    pub(crate) fn whole(
        input: &Input<'_>,
        rule: Rule,
        mode: (Mode, Level),
        value: Option<Object>,
    ) -> Decision {
        Decision {
            path: FieldPath::root(),
            action: Action::Record,
            conflict: false,
            value: value.map(Value::Object),
            rule,
            level: mode.1,
            mode: mode.0,
            resolver: None,
            times: None,
            base: input.base.cloned().map(Value::Object),
            ours: input.ours.live().cloned().map(Value::Object),
            theirs: input.theirs.live().cloned().map(Value::Object),
        }
    }
}
