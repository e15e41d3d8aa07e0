//! Sets, multisets and ordered lists that both sides changed (MS A2, A3, A7, A8).

use std::collections::BTreeSet;

use super::compare::item_forms;
use super::fields::Cell;
use crate::nouns::{Json, List, Mode, Policy, json_text};

/// The items of a list, each with its compare form.
type Items = Vec<(Json, Json)>;

/// The merged list and the rule, unless the list is one value or its edits clash.
pub fn combine(policy: &Policy, cell: &Cell) -> Option<(&'static str, Json)> {
    let kind = policy.list_at(&cell.path)?;
    let (rule, items) = match kind {
        List::Set => ("A2", set(&three(policy, cell)?)),
        List::Multiset if !cell.new => ("A3", multiset(&three(policy, cell)?)),
        List::Ordered if !cell.new => ("A7", ordered(&three(policy, cell)?, cell.by.0)?),
        _ => return None,
    };
    Some((rule, Json::List(items)))
}

/// Base, ours and theirs, if both sides have lists; a blank base has no items.
pub fn three(policy: &Policy, cell: &Cell) -> Option<[Items; 3]> {
    let items = |i: usize| match &cell.values[i] {
        Some(Json::List(items)) => {
            Some(item_forms(policy, &cell.path, items).into_iter().zip(items.clone()).collect())
        }
        _ if i == 0 && cell.forms[0] == Json::Null => Some(Items::new()),
        _ => None,
    };
    Some([items(0)?, items(1)?, items(2)?])
}

/// A2: what both kept of base, in its order and first spelling; then what is new on either side.
pub fn set([base, ours, theirs]: &[Items; 3]) -> Vec<Json> {
    let mut merged = Vec::new();
    for (at, (form, item)) in base.iter().enumerate() {
        let first = count(&base[..at].to_vec(), form) == 0;
        if first && count(ours, form) > 0 && count(theirs, form) > 0 {
            merged.push(item.clone());
        }
    }
    let all = [ours.clone(), theirs.clone()].concat();
    let new: BTreeSet<&Json> =
        all.iter().map(|(form, _)| form).filter(|form| count(base, form) == 0).collect();
    merged.extend(canonical(new.into_iter().map(|form| spelt(&all, form)).collect()));
    merged
}

/// A3: of each item ours + theirs - base; first copies of base stay where they are.
fn multiset([base, ours, theirs]: &[Items; 3]) -> Vec<Json> {
    let all = [base.clone(), ours.clone(), theirs.clone()].concat();
    let wanted = |form: &Json| (count(ours, form) + count(theirs, form)).saturating_sub(count(base, form));
    let (mut merged, mut rest) = (Vec::new(), Vec::new());
    for (at, (form, item)) in base.iter().enumerate() {
        if count(&base[..at].to_vec(), form) < wanted(form) {
            merged.push(item.clone());
        }
    }
    for form in BTreeSet::from_iter(all.iter().map(|(form, _)| form)) {
        for _ in count(base, form)..wanted(form) {
            rest.push(spelt(&all, form));
        }
    }
    merged.extend(canonical(rest));
    merged
}

fn count(items: &Items, form: &Json) -> usize {
    items.iter().filter(|(there, _)| there == form).count()
}

/// N6: of several spellings the greater one.
fn spelt(items: &Items, form: &Json) -> Json {
    let spellings = items.iter().filter(|(there, _)| there == form).map(|(_, item)| item);
    spellings.max_by_key(|item| json_text(item)).expect("an item with this form").clone()
}

/// A8: null, false, true, numbers by value, text by bytes, then the others by their JSON text.
pub fn canonical(mut items: Vec<Json>) -> Vec<Json> {
    items.sort_by(|a, b| {
        let number = |item: &Json| -> f64 {
            match item {
                Json::Number(digits) => digits.parse().expect("a short number"),
                _ => 0.0,
            }
        };
        let text = |item: &Json| match item {
            Json::Text(text) => text.clone(),
            Json::Number(_) => String::new(),
            other => json_text(other),
        };
        let rank = |item: &Json| match item {
            Json::Null => 0,
            Json::Bool(b) => 1 + usize::from(*b),
            Json::Number(_) => 3,
            Json::Text(_) => 4,
            Json::List(_) | Json::Object(_) => 5,
        };
        rank(a).cmp(&rank(b)).then(number(a).total_cmp(&number(b))).then(text(a).cmp(&text(b)))
    });
    items
}

/// A7: the edits of both sides, unless some that overlap or touch differ.
fn ordered(lists: &[Items; 3], mode: Mode) -> Option<Vec<Json>> {
    let forms = lists.each_ref().map(|items| items.iter().map(|(form, _)| form.clone()).collect::<Vec<_>>());
    let mut merged = Vec::new();
    for piece in pieces(&forms) {
        let [base, ours, theirs] = &piece.ranges;
        let items = |i: usize, range: &Range| lists[i][range.0..range.1].iter().map(|(_, item)| item.clone());
        match piece.touched {
            [false, false] => merged.extend(items(0, base)),
            [true, false] => merged.extend(items(1, ours)),
            [false, true] => merged.extend(items(2, theirs)),
            [true, true] if forms[1][ours.0..ours.1] == forms[2][theirs.0..theirs.1] => {
                merged.extend(items(1, ours).zip(items(2, theirs)).map(|(o, t)| match mode {
                    Mode::Resolve(side) | Mode::Always(side) => [o, t][side].clone(),
                    Mode::Manual => {
                        if json_text(&o) >= json_text(&t) {
                            o
                        } else {
                            t
                        }
                    }
                }));
            }
            [true, true] => return None,
        }
    }
    Some(merged)
}

pub type Range = (usize, usize);

/// A stretch of base with what the sides have there.
pub struct Piece {
    /// Which sides edited it.
    pub touched: [bool; 2],
    /// Base, ours, theirs.
    pub ranges: [Range; 3],
}

/// A7, T2: base cut where edits begin and end; edits that overlap or touch are one piece.
pub fn pieces<T: PartialEq>([base, ours, theirs]: &[Vec<T>; 3]) -> Vec<Piece> {
    let matches = [common(base, ours), common(base, theirs)];
    let lengths = [ours.len(), theirs.len()];
    let hunks: Vec<Vec<Range>> =
        (0..2).map(|side| hunks(base.len(), lengths[side], &matches[side])).collect();
    let mut regions: Vec<Range> = hunks.concat();
    while let Some((a, b)) = touching(&regions) {
        let other = regions.remove(b);
        regions[a] = (regions[a].0.min(other.0), regions[a].1.max(other.1));
    }
    regions.sort();
    // Where a place in base that no edit covers is on a side.
    let start = |side: usize, at: usize| {
        matches[side].iter().filter(|(b, _)| *b < at).map(|(_, s)| s + 1).max().unwrap_or(0)
    };
    let end = |side: usize, at: usize| {
        matches[side].iter().filter(|(b, _)| *b >= at).map(|(_, s)| *s).min().unwrap_or(lengths[side])
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    let quiet =
        |from: usize, to: usize| Piece { touched: [false, false], ranges: [(from, to), (0, 0), (0, 0)] };
    for region in regions {
        pieces.push(quiet(at, region.0));
        at = region.1;
        let inside = |hunk: &Range| region.0 <= hunk.0 && hunk.1 <= region.1;
        let touched = [0, 1].map(|side| hunks[side].iter().any(inside));
        let range = |side: usize| (start(side, region.0), end(side, region.1));
        pieces.push(Piece { touched, ranges: [region, range(0), range(1)] });
    }
    pieces.push(quiet(at, base.len()));
    pieces
}

fn touching(regions: &[Range]) -> Option<(usize, usize)> {
    let pairs = (0..regions.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let touch = |(a, b): &(usize, usize)| regions[*a].0 <= regions[*b].1 && regions[*b].0 <= regions[*a].1;
    pairs.into_iter().find(touch)
}

/// The stretches of base that a side replaced; an insertion replaces nothing.
fn hunks(base: usize, side: usize, matches: &[(usize, usize)]) -> Vec<Range> {
    let mut hunks = Vec::new();
    let mut from = (0, 0);
    for (b, s) in matches.iter().copied().chain([(base, side)]) {
        if (b, s) != from {
            hunks.push((from.0, b));
        }
        from = (b + 1, s + 1);
    }
    hunks
}

/// The longest common subsequence; among the longest the smallest place in base first, then the smallest on the side.
fn common<T: PartialEq>(base: &[T], side: &[T]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0; side.len() + 1]; base.len() + 1];
    for b in (0..base.len()).rev() {
        for s in (0..side.len()).rev() {
            longest[b][s] = if base[b] == side[s] {
                longest[b + 1][s + 1] + 1
            } else {
                longest[b + 1][s].max(longest[b][s + 1])
            };
        }
    }
    let (mut pairs, mut from) = (Vec::new(), (0, 0));
    'next: while longest[from.0][from.1] > 0 {
        for b in from.0..base.len() {
            for s in from.1..side.len() {
                if base[b] == side[s] && longest[b + 1][s + 1] + 1 == longest[from.0][from.1] {
                    pairs.push((b, s));
                    from = (b + 1, s + 1);
                    continue 'next;
                }
            }
        }
    }
    pairs
}
