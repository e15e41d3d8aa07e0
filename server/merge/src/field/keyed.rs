//! Lists whose items have keys: each item is merged like a record of its own (MS A4 to A6).

use std::collections::HashMap;

use super::cell::{Cell, Effect, OpenItem, Pick};
use super::walk::{Root, Versions, cells_at};
use super::{order, settle_all};
use crate::conflict::Reason;
use crate::decide::Choice;
use crate::normalize::{Comparing, first_is_greater};
use crate::path::{FieldPath, Segment, Step};
use crate::policy::{FieldRule, Mode, RecordPolicy, Resolver};
use crate::side::Side;
use crate::value::Value;

/// What is needed to merge the list of one cell.
pub(super) struct KeyedList<'w, 'p, 'a> {
    pub(super) policy: &'w RecordPolicy<'p>,
    pub(super) comparing: Comparing<'p>,
    pub(super) rule: &'p FieldRule,
    pub(super) choices: &'a [(FieldPath, Choice)],
    pub(super) path: FieldPath,
}

/// One item: where the three versions have it.
pub(super) struct Item<'a> {
    pub(super) base: Option<(usize, &'a Value)>,
    pub(super) ours: Option<(usize, &'a Value)>,
    pub(super) theirs: Option<(usize, &'a Value)>,
}

impl<'a> Item<'a> {
    pub(super) fn of(&self, side: Side) -> Option<(usize, &'a Value)> {
        match side {
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }

    /// The version that spells the key: base's, else the greater of the two (N6).
    pub(super) fn spelt(&self) -> Option<&'a Value> {
        let [base, ours, theirs] =
            [self.base, self.ours, self.theirs].map(|found| found.map(|(_, item)| item));
        base.or_else(|| if first_is_greater(ours, theirs) { ours } else { theirs })
    }
}

/// What became of an item.
#[derive(Default)]
struct Answer {
    /// The merged item; none where it goes.
    value: Option<Value>,
    /// Whether a mode or a person settled something in it.
    settled: bool,
    /// The resolver that did, if one did (C11).
    resolver: Option<Resolver>,
    open: Vec<OpenItem>,
}

impl Answer {
    fn taken(value: Option<&Value>) -> Answer {
        Answer { value: value.cloned(), ..Answer::default() }
    }

    fn settled(value: Option<&Value>) -> Answer {
        Answer { settled: true, ..Answer::taken(value) }
    }
}

impl<'a> KeyedList<'_, '_, 'a> {
    /// The answer for the cell; none where a key is missing, blank or repeated, so that the list is one value (A6).
    pub(super) fn merge(&self, cell: &mut Cell<'a>, steps: &mut Vec<Step<'a>>) -> Option<(Pick, Effect)> {
        steps.push(Step::Item);
        let items = self.items(cell, steps);
        let answers: Option<Vec<Answer>> =
            items.as_ref().map(|items| items.iter().map(|item| self.item(cell, steps, item)).collect());
        steps.pop();
        let (items, mut answers) = (items?, answers?);
        let kept: Vec<bool> = answers.iter().map(|answer| answer.value.is_some()).collect();
        let mut open: Vec<OpenItem> = answers.iter_mut().flat_map(|answer| answer.open.drain(..)).collect();
        let mut settled = answers.iter().any(|answer| answer.settled);
        let mut places = order::merged(self.rule, &items, &kept, None);
        if places.is_none()
            && let Some(side) = cell.mode.resolve().or_else(|| self.chosen_order())
        {
            settled = true;
            places = order::merged(self.rule, &items, &kept, Some(side));
        }
        let Some(places) = places else {
            open.push(self.open_list(cell));
            return Some((Pick::Ours, Effect::OpenItems(open)));
        };
        if !open.is_empty() {
            return Some((Pick::Ours, Effect::OpenItems(open)));
        }
        cell.resolver = answers.iter().find_map(|answer| answer.resolver);
        let merged = places.into_iter().filter_map(|at| answers[at].value.take()).collect();
        let effect = if settled { Effect::Settled } else { Effect::Combined };
        Some((Pick::New(Value::List(merged)), effect))
    }

    /// The items of all three versions by key: base's in their order, then new ones of ours, then of theirs.
    fn items(&self, cell: &Cell<'a>, steps: &mut Vec<Step<'a>>) -> Option<Vec<Item<'a>>> {
        let mut items: Vec<Item<'a>> = Vec::new();
        let mut known: HashMap<Vec<String>, usize> = HashMap::new();
        for (version, list) in [cell.base, cell.ours, cell.theirs].into_iter().enumerate() {
            let list: &'a [Value] = match list {
                Some(Value::List(list)) => list,
                base if version == 0 && self.comparing.is_blank(&steps[..steps.len() - 1], base) => &[],
                // A side without a list says nothing of items: blank against a list is a question of its own.
                _ => return None,
            };
            let keys = self.comparing.item_keys(steps, list, &self.rule.key)?;
            for (at, key) in keys.into_iter().enumerate() {
                let place = *known.entry(key).or_insert_with(|| {
                    items.push(Item { base: None, ours: None, theirs: None });
                    items.len() - 1
                });
                let found = Some((at, &list[at]));
                match version {
                    0 => items[place].base = found,
                    1 => items[place].ours = found,
                    _ => items[place].theirs = found,
                }
            }
        }
        Some(items)
    }

    /// The record rule for one item, with the mode at its path (A4).
    fn item(&self, cell: &Cell<'a>, steps: &mut Vec<Step<'a>>, item: &Item<'a>) -> Answer {
        let value = |found: Option<(usize, &'a Value)>| found.map(|(_, value)| value);
        let (base, ours, theirs) = (value(item.base), value(item.ours), value(item.theirs));
        let mode = self.policy.mode_at(steps).0;
        match (base, ours, theirs) {
            (_, Some(_), Some(_)) => self.inside(cell, steps, item),
            (Some(base), Some(ours), None) => self.removed(steps, item, mode, (base, ours, Side::Ours)),
            (Some(base), None, Some(theirs)) => self.removed(steps, item, mode, (base, theirs, Side::Theirs)),
            (None, Some(ours), None) => Self::added(mode, ours, Side::Ours),
            (None, None, Some(theirs)) => Self::added(mode, theirs, Side::Theirs),
            (_, None, None) => Answer::default(),
        }
    }

    /// New on one side: taken, unless a mode says that the other side's list holds (R7, R8).
    fn added(mode: Mode, value: &Value, side: Side) -> Answer {
        match mode.always() {
            Some(winner) if winner != side => Answer::settled(None),
            _ => Answer::taken(Some(value)),
        }
    }

    /// Removed on one side: gone if the other, `side`, has not touched it, else a question (R1 to R4).
    fn removed(
        &self,
        steps: &mut Vec<Step<'a>>,
        item: &Item<'a>,
        mode: Mode,
        (base, left, side): (&'a Value, &'a Value, Side),
    ) -> Answer {
        let untouched = self.comparing.against_base().same(steps, Some(left), Some(base));
        match (mode.always(), mode.resolve()) {
            (Some(winner), _) if winner == side => Answer::settled(Some(left)),
            (Some(_), _) if !untouched => Answer::settled(None),
            _ if untouched => Answer::default(),
            (_, Some(winner)) => Answer::settled((winner == side).then_some(left)),
            _ => self.asked(item),
        }
    }

    /// What a person has chosen for the whole item, or the question.
    fn asked(&self, item: &Item<'a>) -> Answer {
        let value = |found: Option<(usize, &'a Value)>| found.map(|(_, value)| value);
        let path = self.path_of(item);
        match self.chosen(&path) {
            Some(Choice::Ours) => Answer::settled(value(item.ours)),
            Some(Choice::Theirs) => Answer::settled(value(item.theirs)),
            Some(Choice::Base) => Answer::settled(value(item.base)),
            Some(Choice::Value(value)) => Answer::settled(Some(value)),
            Some(Choice::Clear) => Answer::settled(None),
            None => {
                let [base, ours, theirs] =
                    [item.base, item.ours, item.theirs].map(|found| value(found).cloned());
                let open = OpenItem { path, base, ours, theirs, reason: Reason::BothChanged };
                Answer { open: vec![open], ..Answer::taken(value(item.ours)) }
            }
        }
    }

    /// The side whose order a person has chosen. Only the order is its own: the items stay merged, as under a mode (A5).
    fn chosen_order(&self) -> Option<Side> {
        match self.chosen(&self.path)? {
            Choice::Ours => Some(Side::Ours),
            Choice::Theirs => Some(Side::Theirs),
            Choice::Base | Choice::Value(_) | Choice::Clear => None,
        }
    }

    fn chosen(&self, path: &FieldPath) -> Option<&'a Choice> {
        self.choices.iter().find(|(chosen, _)| chosen == path).map(|(_, choice)| choice)
    }

    /// On both sides: field by field, without base if the item is new (F12).
    fn inside(&self, cell: &Cell<'a>, steps: &[Step<'a>], item: &Item<'a>) -> Answer {
        let object = |found: Option<(usize, &'a Value)>| found.and_then(|(_, value)| value.as_object());
        let (Some(ours), Some(theirs)) = (object(item.ours), object(item.theirs)) else {
            return Answer::default();
        };
        let base = object(item.base).filter(|_| cell.has_base);
        let versions = Versions {
            base,
            ours,
            theirs,
            unknown: &[],
            unfetched_ours: &[],
            unfetched_theirs: &[],
            apart: &[],
        };
        let root = Root { steps: steps.to_vec(), path: self.path_of(item) };
        let cells = settle_all(self.policy, cells_at(self.policy, &versions, root), self.choices);
        let open = (0..cells.list.len()).flat_map(|at| cells.open_items(at)).collect();
        let settled = cells.list.iter().any(|cell| cell.effect == Effect::Settled);
        let value = Value::Object(cells.merged(|cell| cell.value().cloned()));
        let resolver = cells.list.iter().find_map(|cell| cell.resolver);
        Answer { value: Some(value), settled, resolver, open }
    }

    fn path_of(&self, item: &Item<'a>) -> FieldPath {
        let spelt = item.spelt().and_then(Value::as_object);
        let part = |name: &String| {
            let value = spelt.and_then(|item| item.get(name)).cloned();
            (name.clone(), value.unwrap_or(Value::Null))
        };
        let key = Segment::Item(self.rule.key.iter().map(part).collect());
        self.path.segments().iter().cloned().chain([key]).collect()
    }

    /// A5: the orders of the sides contradict each other.
    fn open_list(&self, cell: &Cell<'a>) -> OpenItem {
        OpenItem {
            path: self.path.clone(),
            base: cell.base.cloned(),
            ours: cell.ours.cloned(),
            theirs: cell.theirs.cloned(),
            reason: Reason::Order,
        }
    }
}
