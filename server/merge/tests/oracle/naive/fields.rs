//! Two versions of one record against base, path by path (MS 4, 6).

use std::{collections::BTreeSet, slice};

use super::compare::{as_base, compare_form};
use super::{keyed, lists, resolvers, texts};
use crate::nouns::{Blank, Case, Group, Json, List, Map, Mode, Path, Policy, below, json_text};

/// One path of the record: first what is known about it, then how it is settled.
pub struct Cell {
    pub path: Path,
    /// Base, ours, theirs; a value that was not fetched stands as in base (V3).
    pub values: [Option<Json>; 3],
    pub forms: [Json; 3],
    /// Which side has another value than base, by more than the tolerance (N7).
    pub moved: [bool; 2],
    /// The value is base's because neither side counts as having changed it.
    pub kept: bool,
    blank: [Blank; 2],
    pub fetched: [bool; 2],
    /// There is no base record, or none that has the item.
    pub new: bool,
    /// Not to be decided: ignored, or an object whose members have cells of their own.
    pub fixed: bool,
    /// Mode and level.
    pub by: (Mode, &'static str),
    pub value: Option<Json>,
    pub rule: &'static str,
    /// Why the path is contested, if it is.
    pub open: Option<&'static str>,
    /// What is contested in the list at this path, where it is not the list as a whole.
    pub items: Vec<Question>,
    /// The value is made of both sides' values.
    pub combined: bool,
    /// A mode settled a conflict or put a change back.
    pub settled: bool,
    /// Whose changes went into the value.
    pub from: [bool; 2],
}

/// A contested path, the reason, and the values in base, on ours and on theirs.
pub type Question = (Path, &'static str, [Option<Json>; 3]);

impl Cell {
    /// Whether two of the three versions differ. Two sides that are both as good as base do not (N7).
    fn differs(&self, [i, j]: [usize; 2]) -> bool {
        match (i, j) {
            (0, 0) => false,
            (0, side) | (side, 0) => self.moved[side - 1],
            _ => self.forms[i] != self.forms[j] && self.moved != [false; 2],
        }
    }

    /// Whether the sides differ and something was decided about it.
    pub fn was_asked(&self) -> bool {
        self.forms[1] != self.forms[2] && (self.new || self.settled || self.moved != [false; 2])
    }

    /// The open questions here.
    pub fn questions(&self) -> Vec<Question> {
        match self.open {
            Some(reason) if self.items.is_empty() => vec![(self.path.clone(), reason, self.values.clone())],
            Some(_) => self.items.clone(),
            None => vec![],
        }
    }
}

/// V3: a side's record, with the values of base where it was not fetched.
pub fn filled(case: &Case, side: usize, record: &Map) -> Json {
    let base = case.base.clone().map(Json::Object);
    let mut filled = Json::Object(record.clone());
    for path in &case.unfetched[side] {
        filled.put(path, base.as_ref().and_then(|base| base.at(path)).cloned());
    }
    filled
}

/// All paths of the record, undecided.
pub fn cells(policy: &Policy, case: &Case, live: [&Map; 2]) -> Vec<Cell> {
    let [ours, theirs] = [0, 1].map(|side| Some(filled(case, side, live[side])));
    let mut cells = Vec::new();
    let versions = [case.base.clone().map(Json::Object), ours, theirs];
    walk(policy, case, &Path::new(), &versions, case.base.is_none(), &mut cells);
    cells
}

/// O1: both sides are objects and base is one or is blank, so go down; otherwise this path is one value.
pub fn walk(
    policy: &Policy,
    case: &Case,
    path: &Path,
    values: &[Option<Json>; 3],
    new: bool,
    cells: &mut Vec<Cell>,
) {
    let fetched = [0, 1].map(|side| !case.unfetched[side].iter().any(|hidden| path.starts_with(hidden)));
    let forms = values.each_ref().map(|value| compare_form(policy, path, value.as_ref()));
    let objects = values.each_ref().map(|value| value.iter().any(|value| value.members().is_some()));
    let member = policy.groups.iter().any(|group| group.paths.contains(path));
    let atomic = policy.ignores(path) || (member && !policy.excepted(&case.id, path));
    let down = !atomic && objects[1] && objects[2] && (objects[0] || forms[0] == Json::Null);
    let names = values.iter().flatten().filter_map(Json::members).flat_map(Map::keys);
    let names: BTreeSet<String> = names.cloned().collect();
    let hidden = names.iter().any(|name| policy.ignores(&below(path, name)));
    // P9: an ignored path shows ours' value, or theirs' where ours has none.
    let shown = if matches!(values[1], None | Some(Json::Null)) && values[2].is_some() { 2 } else { 1 };
    cells.push(Cell {
        // Both added the object; by F9 that is a change unless all of it is ignored.
        from: [down && !new && forms[0] == Json::Null && !hidden; 2],
        moved: [1, 2].map(|side| !as_base(policy, path, values[0].as_ref(), values[side].as_ref())),
        kept: false,
        forms,
        values: values.clone(),
        blank: policy.blank_at(path),
        fetched,
        new,
        fixed: down || policy.ignores(path),
        by: policy.mode_at(&case.id, path),
        value: if down { Some(Json::Object(Map::new())) } else { values[shown].clone() },
        rule: "",
        open: None,
        items: vec![],
        combined: false,
        settled: false,
        path: path.clone(),
    });
    if down {
        for name in names {
            let inner = values.each_ref().map(|value| value.as_ref()?.at(slice::from_ref(&name)).cloned());
            walk(policy, case, &below(path, &name), &inner, new, cells);
        }
    }
}

/// Settle every path.
pub fn decide(policy: &Policy, case: &Case, cells: &mut [Cell]) {
    let mut cells: Vec<&mut Cell> = cells.iter_mut().filter(|cell| !cell.fixed).collect();
    let strict = policy.strict.then_some(Group { paths: vec![Path::new()], mode: None });
    for group in strict.iter().chain(&policy.groups) {
        let inside = |cell: &&mut Cell| {
            group.paths.iter().any(|path| cell.path.starts_with(path))
                && !policy.excepted(&case.id, &cell.path)
        };
        let (members, others): (Vec<_>, Vec<_>) = cells.into_iter().partition(inside);
        unit(policy, policy.group_mode(&case.id, group), members);
        cells = others;
    }
    for cell in cells {
        match cell.by.0 {
            Mode::Always(side) => always(side, cell),
            _ if cell.new => without_base(policy, case, cell),
            _ => three_way(policy, case, cell),
        }
    }
}

/// MS 7 and 8: both sides' values put together, where the path is of a kind that can be. Whether they were.
fn combine(policy: &Policy, case: &Case, cell: &mut Cell) -> bool {
    if let Some(List::Keyed { key, in_order }) = policy.list_at(&cell.path) {
        return keyed::combine(policy, case, cell, &key, in_order);
    }
    let combined = lists::combine(policy, cell)
        .or_else(|| texts::combine(policy, cell).map(|text| ("T2", Json::Text(text))))
        .or_else(|| texts::count(policy, cell).map(|count| ("T5", count)));
    let Some((rule, value)) = combined else { return false };
    (cell.rule, cell.value, cell.combined) = (rule, Some(value), true);
    true
}

/// The two columns `always_*` of the field rule: that side's value, and what it puts back is settled by the mode.
fn always(side: usize, cell: &mut Cell) {
    let [_, ours, theirs] = &cell.forms;
    let cleared = cell.forms[side + 1] == Json::Null && cell.forms[0] != Json::Null;
    let stays = cleared && cell.blank[side] == Blank::NeverClear;
    let giver = if stays || !cell.fetched[side] { 1 - side } else { side };
    let changed = cell.moved;
    let put_back = |other: usize| changed[other] && cell.forms[other + 1] != cell.forms[giver + 1];
    let quiet = cell.new || changed == [false; 2];
    cell.settled = if quiet { ours != theirs } else { put_back(0) || put_back(1) };
    let equal = usize::from(ours == theirs);
    cell.rule = match changed {
        _ if cell.new => ["F12", "F11"][equal],
        [false, false] => "F1",
        [true, false] => "F2",
        [false, true] => "F3",
        [true, true] => ["F5", "F4"][equal],
    };
    cell.value = cell.values[giver + 1].clone();
    cell.from = changed;
}

/// F11, F12: there is no base record.
fn without_base(policy: &Policy, case: &Case, cell: &mut Cell) {
    let [_, ours, theirs] = &cell.forms;
    if ours == theirs {
        converge("F11", cell);
    } else if policy.fill && (*ours == Json::Null || *theirs == Json::Null) {
        take("F12", usize::from(*ours == Json::Null), cell);
    } else if !combine(policy, case, cell) {
        contest("F12", "no_base", cell);
    }
}

/// F8: which version stands for each side. A blank that must not clear counts as unchanged.
fn standing(cell: &Cell) -> [usize; 2] {
    [0, 1].map(|side| if sends_blank(cell, side, Blank::NeverClear) { 0 } else { side + 1 })
}

/// Whether a side sends a blank under this rule. Equal sides send each other nothing (L4).
fn sends_blank(cell: &Cell, side: usize, rule: Blank) -> bool {
    let [base, ours, theirs] = &cell.forms;
    ours != theirs && *base != Json::Null && cell.forms[side + 1] == Json::Null && cell.blank[side] == rule
}

fn asks(cell: &Cell) -> bool {
    sends_blank(cell, 0, Blank::Ask) || sends_blank(cell, 1, Blank::Ask)
}

/// F1 to F5, after the blank rule F8.
fn three_way(policy: &Policy, case: &Case, cell: &mut Cell) {
    if asks(cell) {
        return contest("F8", "blank", cell);
    }
    let [ours, theirs] = standing(cell).map(|i| &cell.forms[i]);
    let moved = standing(cell).map(|i| cell.differs([0, i]));
    match (moved[0], moved[1]) {
        (false, false) => {
            let shielded = usize::from(standing(cell) != [1, 2]);
            cell.kept = true;
            (cell.rule, cell.value) = (["F1", "F8"][shielded], cell.values[0].clone());
        }
        (true, false) => take("F2", 0, cell),
        (false, true) => take("F3", 1, cell),
        (true, true) if ours == theirs => converge("F4", cell),
        (true, true) if combine(policy, case, cell) => {}
        (true, true) if cell.by.0 == Mode::Manual && resolvers::settle(policy, case, cell) => {}
        (true, true) => contest("F5", "both_changed", cell),
    }
}

/// F10, R13: the members are one unit.
fn unit(policy: &Policy, by: (Mode, &'static str), members: Vec<&mut Cell>) {
    let (rule, reason) = if policy.strict { ("R13", "strict") } else { ("F10", "group") };
    let stand = |cell: &Cell| if matches!(by.0, Mode::Always(_)) { [1, 2] } else { standing(cell) };
    let differs =
        |cell: &Cell, pair| if cell.new { cell.forms[1] != cell.forms[2] } else { cell.differs(pair) };
    let any = |test: &dyn Fn(&Cell) -> bool| members.iter().any(|cell| test(cell));
    let changed = [0, 1].map(|side| any(&|cell| differs(cell, [0, stand(cell)[side]])));
    let asked = any(&asks);
    let apart = any(&|cell| differs(cell, stand(cell)));
    let clash = changed == [true; 2] && apart;
    let blank = [1, 2].map(|i| !any(&|cell| cell.forms[i] != Json::Null));
    let fill = policy.fill && blank[0] != blank[1];
    for cell in members {
        cell.by = by;
        match (by.0, changed) {
            (Mode::Always(side), _) => {
                always(side, cell);
                cell.settled |= changed == [true; 2] && differs(cell, [1, 2]);
            }
            _ if cell.new && fill && differs(cell, [1, 2]) => take(rule, usize::from(blank[0]), cell),
            _ if cell.new && !differs(cell, [1, 2]) => converge("F11", cell),
            _ if cell.new => contest("F12", "no_base", cell),
            (_, [ours, theirs]) if ours != theirs && !asked => take(rule, usize::from(theirs), cell),
            _ if !differs(cell, standing(cell)) => {
                converge(rule, cell);
                if cell.from == [false; 2] && (by.0 == Mode::Manual || !(clash || asked && apart)) {
                    (cell.value, cell.kept) = (cell.values[0].clone(), true);
                }
            }
            _ => contest(rule, if clash { reason } else { "blank" }, cell),
        }
        cell.rule = rule;
    }
}

fn take(rule: &'static str, side: usize, cell: &mut Cell) {
    (cell.rule, cell.value) = (rule, cell.values[standing(cell)[side]].clone());
    cell.kept = standing(cell)[side] == 0;
    cell.from[side] = true;
}

/// A conflict waits in `manual` with the value of ours; a mode settles it.
fn contest(rule: &'static str, reason: &'static str, cell: &mut Cell) {
    if let Mode::Resolve(side) = cell.by.0 {
        cell.settled = true;
        return take(rule, side, cell);
    }
    (cell.open, cell.value) = (Some(reason), cell.values[1].clone());
}

/// N6: the spelling of two equal values; `None`, which is absent, is smallest.
pub fn converge(rule: &'static str, cell: &mut Cell) {
    let [ours, theirs] = standing(cell).map(|i| cell.values[i].clone());
    let greater = usize::from(theirs.as_ref().map(json_text) > ours.as_ref().map(json_text));
    let side = if let Mode::Resolve(side) | Mode::Always(side) = cell.by.0 { side } else { greater };
    (cell.rule, cell.value) = (rule, if side == 0 { ours } else { theirs });
    cell.from = standing(cell).map(|i| cell.differs([0, i]));
}
