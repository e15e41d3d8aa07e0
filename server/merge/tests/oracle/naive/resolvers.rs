//! The resolver chain (MS C11), for what both sides changed.

use super::compare::text_form;
use super::fields::{Cell, converge};
use super::lists::{set, three};
use crate::nouns::{Case, Json, Policy};

/// Asks one resolver after the other; whether one had an answer.
pub fn settle(policy: &Policy, case: &Case, cell: &mut Cell) -> bool {
    let answered = policy.resolvers.iter().any(|resolver| match *resolver {
        "fill_blank" => fill_blank(cell),
        "spelling" => spelling(cell),
        "longer_text" => longer_text(cell),
        "newest" => newest(policy, case, cell),
        _ => union(policy, cell),
    });
    if answered {
        (cell.rule, cell.by.1, cell.settled) = ("C11", "type", true);
    }
    answered
}

/// One side blank: the other's value.
fn fill_blank(cell: &mut Cell) -> bool {
    let blank = [1, 2].map(|i| cell.forms[i] == Json::Null);
    if blank[0] != blank[1] {
        cell.value = cell.values[if blank[0] { 2 } else { 1 }].clone();
    }
    blank[0] != blank[1]
}

fn texts(cell: &Cell) -> Option<[String; 2]> {
    match [&cell.values[1], &cell.values[2]] {
        [Some(Json::Text(ours)), Some(Json::Text(theirs))] => Some([ours.clone(), theirs.clone()]),
        _ => None,
    }
}

/// Equal under trim, space, case and NFC: N6.
fn spelling(cell: &mut Cell) -> bool {
    let forms = texts(cell).map(|texts| texts.map(|text| text_form(&["trim", "space", "case"], &text)));
    let equal = forms.is_some_and(|[ours, theirs]| ours == theirs);
    if equal {
        converge("C11", cell);
    }
    equal
}

/// One text contains the other.
fn longer_text(cell: &mut Cell) -> bool {
    let Some([ours, theirs]) = texts(cell) else { return false };
    let longer = match [ours.contains(&theirs), theirs.contains(&ours)] {
        [true, false] => ours,
        [false, true] => theirs,
        _ => return false,
    };
    cell.value = Some(Json::Text(longer));
    true
}

/// Lists of scalars: A2.
fn union(policy: &Policy, cell: &mut Cell) -> bool {
    let Some(lists) = three(policy, cell) else { return false };
    let nested = |(_, item): &(Json, Json)| matches!(item, Json::List(_) | Json::Object(_));
    if lists.iter().flatten().any(nested) {
        return false;
    }
    cell.value = Some(Json::List(set(&lists)));
    true
}

/// Both sides tell when they changed the record: the later one's value.
fn newest(policy: &Policy, case: &Case, cell: &mut Cell) -> bool {
    let Some(paths) = &policy.changed_at else { return false };
    let time = |side: usize| {
        let hidden = case.unfetched[side].iter().any(|hidden| paths[side].starts_with(hidden));
        let record = Json::Object(case.sides[side].live().filter(|_| !hidden)?.clone());
        if let Some(Json::Text(text)) = record.at(&paths[side]) { instant(text) } else { None }
    };
    let (Some((ours, a)), Some((theirs, b))) = (time(0), time(1)) else { return false };
    let step = a.max(b);
    let (ours, theirs) = (ours / step, theirs / step);
    if ours != theirs {
        cell.value = cell.values[if ours > theirs { 1 } else { 2 }].clone();
    }
    ours != theirs
}

/// The seconds of a generated time and the step in which it is written; all are of one hour and have no fraction.
fn instant(text: &str) -> Option<(u32, u32)> {
    let (_, time) = text.split_once(':')?;
    let time = time.trim_end_matches('Z').split('-').next()?;
    match time.split(':').map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?.as_slice() {
        [minute] => Some((minute * 60, 60)),
        [minute, second] => Some((minute * 60 + second, 1)),
        _ => None,
    }
}
