//! The field rule (MS sections 4 and 6): a record that exists on both sides is merged path by path.
//!
//! [`walk::cells`] cuts the three versions into cells, the units in which they are compared. [`rule`] settles each
//! cell by the table of section 4, [`group`] settles cells that belong together.

mod cell;
mod group;
mod keyed;
mod list;
mod order;
mod resolver;
mod rule;
mod text;
mod three_way;
mod walk;

pub(crate) use cell::{Cell, Effect, OpenItem, Pick, Unit};
pub(crate) use text::with_line_ends_of;
pub(crate) use walk::{Cells, Versions, cells, covered};

use crate::decide::Choice;
use crate::decision::Rule;
use crate::path::FieldPath;
use crate::policy::{Level, RecordPolicy};

/// Cuts and settles. Cells for which the staff has chosen, because they are open or collide, are settled by the choice (C5).
pub(crate) fn merge_fields<'a>(
    policy: &RecordPolicy<'_>,
    versions: &Versions<'a>,
    choices: &'a [(FieldPath, Choice)],
) -> Cells<'a> {
    settle_all(policy, cells(policy, versions), choices)
}

fn settle_all<'a>(
    policy: &RecordPolicy<'_>,
    mut cells: Cells<'a>,
    choices: &'a [(FieldPath, Choice)],
) -> Cells<'a> {
    rule::settle(policy, &mut cells, choices);
    group::settle(policy, &mut cells);
    for at in 0..cells.list.len() {
        if cells.list[at].rule == Rule::C5 {
            cells.list[at].level = Level::Decision;
        }
        if choices.is_empty() || !may_be_chosen(&cells.list[at]) {
            continue;
        }
        let path = cells.path(at);
        let is_open = cells.list[at].is_open();
        let is_asked = match is_open {
            true => cells.open_items(at).iter().any(|open| open.path == path),
            // The order of a keyed list was chosen when its items were merged (A5).
            false => cells.list[at].rule != Rule::C5,
        };
        let chosen = choices.iter().find(|(chosen, _)| is_asked && *chosen == path);
        let Some((_, choice)) = chosen else { continue };
        let cell = &mut cells.list[at];
        cell.pick = match choice {
            Choice::Ours => Pick::Ours,
            Choice::Theirs => Pick::Theirs,
            Choice::Base => Pick::Base,
            Choice::Value(value) => Pick::New(value.clone()),
            Choice::Clear => Pick::New(crate::Value::Null),
        };
        (cell.effect, cell.rule, cell.level) = (Effect::Settled, Rule::C5, Level::Decision);
        cell.resolver = None;
    }
    cells
}

/// Whether a choice can settle the cell: it is open, or a value of its own that collides with another record (K1).
const fn may_be_chosen(cell: &Cell<'_>) -> bool {
    cell.is_open() || matches!(cell.unit, Unit::Single)
}
