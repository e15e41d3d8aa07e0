//! In what order the items of a merged keyed list stand (MS A5).

use std::cmp::Ordering;

use super::keyed::Item;
use super::list::canonical_order;
use crate::policy::{FieldRule, ListOrder};
use crate::side::Side;
use crate::value::Value;

/// Items whose order both sides may have changed: every pair of them is looked at.
const MOST_MOVED: usize = 2_048;

/// The places of the items that are kept, in the order of the merged list. `None` where the sides' orders contradict each
/// other and no `winner` is named.
pub(super) fn merged(
    rule: &FieldRule,
    items: &[Item<'_>],
    kept: &[bool],
    winner: Option<Side>,
) -> Option<Vec<usize>> {
    let order = Order { rule, items, kept };
    match rule.order {
        ListOrder::Ignore => Some(order.base_first()),
        ListOrder::Merge => order.common(winner).map(|common| order.around(&common)),
    }
}

struct Order<'o, 'a> {
    rule: &'o FieldRule,
    items: &'o [Item<'a>],
    kept: &'o [bool],
}

impl Order<'_, '_> {
    fn all(&self) -> impl Iterator<Item = usize> {
        (0..self.items.len()).filter(|at| self.kept[*at])
    }

    /// Order does not count: base's order, then the others by their keys.
    fn base_first(&self) -> Vec<usize> {
        let (mut places, mut others): (Vec<usize>, Vec<usize>) =
            self.all().partition(|at| self.items[*at].base.is_some());
        self.sort_by_key(&mut others);
        places.append(&mut others);
        places
    }

    /// The items of base that both sides have, in the order in which they stand from now on.
    fn common(&self, winner: Option<Side>) -> Option<Vec<usize>> {
        let is_common = |at: &usize| {
            let item = &self.items[*at];
            item.base.is_some() && item.ours.is_some() && item.theirs.is_some()
        };
        let mut common: Vec<usize> = self.all().filter(is_common).collect();
        let place = |side: Side, at: usize| self.items[at].of(side).map(|(place, _)| place);
        let moved = |side: Side| !common.is_sorted_by_key(|at| place(side, *at));
        let from = match (moved(Side::Ours), moved(Side::Theirs)) {
            (_, false) => Side::Ours,
            (false, true) => Side::Theirs,
            (true, true) => match winner {
                Some(side) => side,
                None => return self.swapped(&common),
            },
        };
        common.sort_by_key(|at| place(from, *at));
        Some(common)
    }

    /// A pair stands against base's order if either side swapped it. `None` where that goes round in a circle.
    fn swapped(&self, common: &[usize]) -> Option<Vec<usize>> {
        if common.len() > MOST_MOVED {
            return None;
        }
        let place = |side: Side, at: usize| self.items[common[at]].of(side).map(|(place, _)| place);
        // How many others each stands before. In an order without circles no two have the same number.
        let mut before = vec![0_usize; common.len()];
        for later in 0..common.len() {
            for earlier in 0..later {
                let swaps = |side: &Side| place(*side, earlier) > place(*side, later);
                before[if Side::ALL.iter().any(swaps) { later } else { earlier }] += 1;
            }
        }
        let mut places: Vec<Option<usize>> = vec![None; common.len()];
        for (at, count) in common.iter().zip(before) {
            places[common.len() - 1 - count] = Some(*at);
        }
        places.into_iter().collect()
    }

    /// All other items follow the nearest common one before them on their own side. Where both sides add at one place and
    /// the runs differ, both runs stand in the order of their keys.
    fn around(&self, common: &[usize]) -> Vec<usize> {
        let mut ours = self.runs(common, Side::Ours);
        let mut theirs = self.runs(common, Side::Theirs);
        let mut done = vec![false; self.items.len()];
        let mut places = Vec::new();
        for anchor in std::iter::once(None).chain(common.iter().copied().map(Some)) {
            places.extend(anchor);
            let after = anchor.map_or(0, |at| at + 1);
            let mut added = self.joined(std::mem::take(&mut ours[after]), std::mem::take(&mut theirs[after]));
            added.retain(|at| !std::mem::replace(&mut done[*at], true));
            places.append(&mut added);
        }
        places
    }

    /// What a side has beside the common items: at 0 what stands before all of them, at n + 1 what follows item n.
    fn runs(&self, common: &[usize], side: Side) -> Vec<Vec<usize>> {
        let mut is_common = vec![false; self.items.len()];
        common.iter().for_each(|at| is_common[*at] = true);
        let mut own: Vec<(usize, usize)> =
            self.all().filter_map(|at| self.items[at].of(side).map(|(place, _)| (place, at))).collect();
        own.sort_unstable();
        let mut runs = vec![Vec::new(); self.items.len() + 1];
        let mut after = 0;
        for (_, at) in own {
            if is_common[at] {
                after = at + 1;
            } else {
                runs[after].push(at);
            }
        }
        runs
    }

    fn joined(&self, ours: Vec<usize>, theirs: Vec<usize>) -> Vec<usize> {
        if theirs.is_empty() || ours == theirs {
            return ours;
        }
        if ours.is_empty() {
            return theirs;
        }
        let mut both = ours;
        let new: Vec<usize> = theirs.into_iter().filter(|at| !both.contains(at)).collect();
        both.extend(new);
        self.sort_by_key(&mut both);
        both
    }

    /// The canonical order of the keys, field by field (A8).
    fn sort_by_key(&self, places: &mut [usize]) {
        let key = |at: usize, name: &str| {
            let item = self.items[at].spelt().and_then(Value::as_object);
            item.and_then(|item| item.get(name)).cloned().unwrap_or(Value::Null)
        };
        places.sort_by(|a, b| {
            let mut orders = self.rule.key.iter().map(|name| canonical_order(&key(*a, name), &key(*b, name)));
            orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
    }
}
