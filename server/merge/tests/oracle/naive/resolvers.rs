//! The resolver chain (MS C11), for what both sides changed.

use super::compare::text_form;
use super::fields::{Cell, converge};
use super::lists::{set, three};
use crate::nouns::{Json, Policy};

/// Asks one resolver after the other; whether one had an answer.
pub fn settle(policy: &Policy, cell: &mut Cell) -> bool {
    let answered = policy.resolvers.iter().any(|resolver| match *resolver {
        "fill_blank" => fill_blank(cell),
        "spelling" => spelling(cell),
        "longer_text" => longer_text(cell),
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
