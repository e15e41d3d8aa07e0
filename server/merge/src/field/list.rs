//! Lists that both sides changed (MS A2, A3, A7, A8).

use std::cmp::Ordering;
use std::collections::HashMap;

use super::cell::Cell;
use super::three_way::{Piece, pieces};
use crate::decision::Rule;
use crate::normalize::{Comparing, first_is_greater};
use crate::path::Step;
use crate::policy::{ListKind, Mode, Policy};
use crate::side::Side;
use crate::value::{Kind, Value};

/// The merged list of two lists that differ, if the list at this path is of a kind that can be combined.
pub(super) fn combine<'a>(
    comparing: &Comparing<'_>,
    policy: &Policy,
    cell: &Cell<'a>,
    steps: &mut Vec<Step<'a>>,
) -> Option<(Value, Rule)> {
    let kind = policy.list_steps(steps);
    if matches!(kind, ListKind::Atomic | ListKind::Keyed) || (kind != ListKind::Set && !cell.has_base) {
        return None;
    }
    let lists = forms(comparing, cell, steps)?;
    let (merged, rule) = match kind {
        ListKind::Atomic | ListKind::Keyed => return None,
        ListKind::Set => (set(&lists), Rule::A2),
        ListKind::Multiset => (multiset(&lists), Rule::A3),
        ListKind::Ordered => (ordered(&lists, cell.mode)?, Rule::A7),
    };
    Some((Value::List(merged), rule))
}

/// Both lists as sets, whatever the kind of the list at this path (C11).
pub(super) fn union<'a>(
    comparing: &Comparing<'_>,
    cell: &Cell<'a>,
    steps: &mut Vec<Step<'a>>,
) -> Option<Value> {
    forms(comparing, cell, steps).map(|lists| Value::List(set(&lists)))
}

/// The three lists with the compare forms of their items; a blank base has no items.
fn forms<'a>(
    comparing: &Comparing<'_>,
    cell: &Cell<'a>,
    steps: &mut Vec<Step<'a>>,
) -> Option<[Items<'a>; 3]> {
    let (Value::List(ours), Value::List(theirs)) = (cell.ours?, cell.theirs?) else { return None };
    let base: &[Value] = match cell.base {
        Some(Value::List(base)) => base,
        base if comparing.is_blank(steps, base) => &[],
        _ => return None,
    };
    steps.push(Step::Item);
    let mut form = |items: &'a [Value]| -> Vec<(String, &'a Value)> {
        items.iter().map(|item| (comparing.form(steps, item), item)).collect()
    };
    let lists = [form(base), form(ours), form(theirs)];
    steps.pop();
    Some(lists)
}

/// The items of one version, each with its compare form.
type Items<'a> = Vec<(String, &'a Value)>;

/// A2: what both kept of base, then what is new on either side.
fn set(lists: &[Items<'_>; 3]) -> Vec<Value> {
    let has = |list: &Items<'_>, form: &str| list.iter().any(|(there, _)| there == form);
    let [base, ours, theirs] = lists;
    let mut merged: Vec<Value> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (form, item) in base {
        if has(ours, form) && has(theirs, form) && !seen.contains(&form.as_str()) {
            seen.push(form);
            merged.push((*item).clone());
        }
    }
    let new = ours.iter().chain(theirs).filter(|(form, _)| !has(base, form));
    merged.extend(one_spelling_each(new).into_values().map(|(item, _)| item.clone()).collect::<Sorted>().0);
    merged
}

/// A3: of each item base's count and both sides' changes of it.
fn multiset(lists: &[Items<'_>; 3]) -> Vec<Value> {
    let count = |list: &Items<'_>| {
        let mut counts: HashMap<String, i64> = HashMap::new();
        list.iter().for_each(|(form, _)| *counts.entry(form.clone()).or_default() += 1);
        counts
    };
    let counts = [count(&lists[0]), count(&lists[1]), count(&lists[2])];
    let of = |list: usize, form: &str| counts[list].get(form).copied().unwrap_or(0);
    let wanted = |form: &str| (of(1, form) + of(2, form) - of(0, form)).max(0);
    let mut used: HashMap<&str, i64> = HashMap::new();
    let mut merged: Vec<Value> = Vec::new();
    for (form, item) in &lists[0] {
        let used = used.entry(form).or_default();
        if *used < wanted(form) {
            *used += 1;
            merged.push((*item).clone());
        }
    }
    let all = one_spelling_each(lists.iter().flatten());
    let rest = all.into_iter().flat_map(|(form, (item, _))| {
        let missing = wanted(form) - used.get(form).copied().unwrap_or(0);
        std::iter::repeat_n(item.clone(), usize::try_from(missing).unwrap_or(0))
    });
    merged.extend(rest.collect::<Sorted>().0);
    merged
}

/// A7: both sides' edits where they neither overlap nor touch. `None` where they do, and differ.
fn ordered(lists: &[Items<'_>; 3], mode: Mode) -> Option<Vec<Value>> {
    let forms = |list: usize| -> Vec<&str> { lists[list].iter().map(|(form, _)| form.as_str()).collect() };
    let mut merged: Vec<Value> = Vec::new();
    let mut take = |list: usize, range: std::ops::Range<usize>| {
        merged.extend(lists[list][range].iter().map(|(_, item)| (*item).clone()));
    };
    for piece in pieces(&forms(0), &forms(1), &forms(2))? {
        match piece {
            Piece::Base(range) => take(0, range),
            Piece::Ours(range) => take(1, range),
            Piece::Theirs(range) => take(2, range),
            Piece::Both(ours, theirs) => {
                for (ours, theirs) in ours.zip(theirs) {
                    match spelt_by_ours(lists[1][ours].1, lists[2][theirs].1, mode) {
                        true => take(1, ours..ours + 1),
                        false => take(2, theirs..theirs + 1),
                    }
                }
            }
            Piece::Contested(..) => return None,
        }
    }
    Some(merged)
}

/// Whether ours' spelling is kept of two equal items: by the mode, else by the JSON text (N6).
fn spelt_by_ours(ours: &Value, theirs: &Value, mode: Mode) -> bool {
    mode.side().map_or_else(|| first_is_greater(Some(ours), Some(theirs)), |side| side == Side::Ours)
}

/// For each compare form the greatest JSON text, so that the spelling does not depend on the side (N6).
fn one_spelling_each<'f, 'v: 'f>(
    items: impl Iterator<Item = &'f (String, &'v Value)>,
) -> HashMap<&'f str, (&'v Value, String)> {
    let mut spelling: HashMap<&str, (&Value, String)> = HashMap::new();
    for (form, item) in items {
        let text = item.to_canonical();
        let there = spelling.entry(form).or_insert_with(|| (item, text.clone()));
        if text > there.1 {
            *there = (item, text);
        }
    }
    spelling
}

/// Values in canonical order (A8).
struct Sorted(Vec<Value>);

impl FromIterator<Value> for Sorted {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Sorted {
        let mut items: Vec<Value> = items.into_iter().collect();
        items.sort_by(canonical_order);
        Sorted(items)
    }
}

/// null, false, true, numbers by value, text by bytes, then lists and objects by their JSON text (A8).
pub(super) fn canonical_order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value.kind() {
        Kind::Null => 0,
        Kind::Bool => 1,
        Kind::Number => 2,
        Kind::Text => 3,
        Kind::List | Kind::Object => 4,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.compare(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)).then_with(|| a.to_canonical().cmp(&b.to_canonical())),
    }
}
