//! The resolver chain: questions that are settled before anybody is asked (MS C11). All are off by default.

use super::cell::{Cell, Effect, Pick};
use super::list;
use super::rule::spelling;
use crate::decision::Rule;
use crate::normalize::{Comparing, normal_text};
use crate::path::Step;
use crate::policy::{Comparator, Compare, Level, RecordPolicy, Resolver};
use crate::side::Side;
use crate::value::{Kind, Value};

/// Asks the resolvers of the policy in their order about a path that both sides changed. The first that has an answer
/// settles it.
pub(super) fn resolve<'a>(
    policy: &RecordPolicy<'_>,
    comparing: &Comparing<'_>,
    cell: &mut Cell<'a>,
    steps: &mut Vec<Step<'a>>,
) -> bool {
    for resolver in &policy.policy.resolvers {
        if let Some(pick) = pick(*resolver, policy, comparing, cell, steps) {
            cell.answer(pick, Rule::C11, Effect::Settled);
            (cell.resolver, cell.level) = (Some(*resolver), Level::Type);
            return true;
        }
    }
    false
}

fn pick<'a>(
    resolver: Resolver,
    policy: &RecordPolicy<'_>,
    comparing: &Comparing<'_>,
    cell: &Cell<'a>,
    steps: &mut Vec<Step<'a>>,
) -> Option<Pick> {
    match resolver {
        Resolver::FillBlank => fill_blank(comparing, cell, steps),
        Resolver::Spelling => same_but_for_spelling(cell),
        Resolver::LongerText => longer_text(cell),
        Resolver::Union => union(comparing, cell, steps),
        Resolver::Newest => policy.times()?.newer().map(Pick::of),
    }
}

/// One side is blank: the other's value.
fn fill_blank(comparing: &Comparing<'_>, cell: &Cell<'_>, steps: &[Step<'_>]) -> Option<Pick> {
    let blank = |side| comparing.is_blank(steps, cell.of(side));
    Side::ALL.iter().find(|side| !blank(**side) && blank(side.other())).map(|side| Pick::of(*side))
}

/// Equal texts but for blanks, case and composition: the spelling of N6.
fn same_but_for_spelling(cell: &Cell<'_>) -> Option<Pick> {
    let (Value::Text(ours), Value::Text(theirs)) = (cell.ours?, cell.theirs?) else { return None };
    let compare: Compare = [Comparator::Trim, Comparator::Space, Comparator::Case].into_iter().collect();
    (normal_text(compare, ours) == normal_text(compare, theirs)).then(|| spelling(cell.mode, cell))
}

/// One text contains the other: the longer.
fn longer_text(cell: &Cell<'_>) -> Option<Pick> {
    let (Value::Text(ours), Value::Text(theirs)) = (cell.ours?, cell.theirs?) else { return None };
    match (ours.contains(theirs.as_str()), theirs.contains(ours.as_str())) {
        (true, false) => Some(Pick::Ours),
        (false, true) => Some(Pick::Theirs),
        _ => None,
    }
}

/// Lists of scalars: merged as sets (A2).
fn union<'a>(comparing: &Comparing<'_>, cell: &Cell<'a>, steps: &mut Vec<Step<'a>>) -> Option<Pick> {
    let is_scalar = |item: &Value| !matches!(item.kind(), Kind::List | Kind::Object);
    let lists = [cell.base, cell.ours, cell.theirs];
    let scalars = lists.into_iter().all(|value| match value {
        Some(Value::List(items)) => items.iter().all(is_scalar),
        value => comparing.is_blank(steps, value),
    });
    let are_lists = matches!((cell.ours, cell.theirs), (Some(Value::List(_)), Some(Value::List(_))));
    (scalars && are_lists).then(|| list::union(comparing, cell, steps)).flatten().map(Pick::New)
}
