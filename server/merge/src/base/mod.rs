//! How base moves (MS B1, RL R19, R20).

use crate::decision::{get, set, unset};
use crate::field::{Cell, Cells, Effect, Unit, Versions, cells};
use crate::normalize::first_is_greater;
use crate::path::FieldPath;
use crate::policy::Policy;
use crate::side::Side;
use crate::unfetched;
use crate::value::{Object, Value};

/// What is known about one side's record after a run (RL R19).
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Nothing for certain.
    Unknown,
    /// The side has no such record.
    Absent,
    /// The side holds these values.
    Held(&'a Object),
    /// The side holds these values; the paths listed are not known.
    Partly(&'a Object, &'a [FieldPath]),
}

/// A base after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The new base record; `None` is no base.
    pub base: Option<Object>,
    /// The paths that moved, sorted by the bytes of their text.
    pub moved: Vec<FieldPath>,
    /// Whether the base record goes because both sides have none.
    pub dropped: bool,
}

/// Moves base on every field that both sides are known to hold with equal values, and on nothing else (RL R20).
///
/// A record that an open conflict holds as a whole must not be joined (MS P7); that is the caller's to know. The
/// members of a group, and all fields of a strict record, move together or not at all: one of them moving alone would
/// turn an open question about the others into a plain change of one side. Where a
/// record is new and only some of its fields are equal, the others are listed under the reserved member
/// [`crate::UNFETCHED`] of the new base, so that the next merge does not take them for blank.
///
/// ```
/// use merge::{Known, Policy, base};
/// let record = |text: &str| merge::json::parse_object(text.as_bytes()).unwrap();
/// let old = record(r#"{"id":1,"room":"A","seats":30}"#);
/// let ours = record(r#"{"id":1,"room":"B","seats":32}"#);
/// let theirs = record(r#"{"id":1,"room":"B","seats":30}"#);
/// let joined = base::join(&Policy::default(), Some(&old), Known::Held(&ours), Known::Held(&theirs));
/// assert_eq!(joined.base.unwrap().to_json(), r#"{"id":1,"room":"B","seats":30}"#);
/// assert_eq!(joined.moved[0].to_string(), "room");
/// ```
pub fn join(policy: &Policy, base: Option<&Object>, ours: Known<'_>, theirs: Known<'_>) -> Joined {
    match (ours.held(), theirs.held()) {
        (Some(ours), Some(theirs)) => join_fields(policy, base, ours, theirs),
        _ if matches!((ours, theirs), (Known::Absent, Known::Absent)) => {
            Joined { base: None, moved: Vec::new(), dropped: base.is_some() }
        }
        _ => Joined { base: base.cloned(), moved: Vec::new(), dropped: false },
    }
}

type Sent<'a> = (&'a Object, &'a [FieldPath]);

impl<'a> Known<'a> {
    const fn held(self) -> Option<Sent<'a>> {
        match self {
            Known::Held(record) => Some((record, &[])),
            Known::Partly(record, unknown) => Some((record, unknown)),
            Known::Unknown | Known::Absent => None,
        }
    }
}

fn join_fields(policy: &Policy, base: Option<&Object>, ours: Sent<'_>, theirs: Sent<'_>) -> Joined {
    let split = base.and_then(unfetched::split_base);
    let (old, unknown) = match &split {
        Some((old, unknown)) => (Some(old), unknown.as_slice()),
        None => (base, &[][..]),
    };
    let patched_ours = unfetched::patch(ours.0, ours.1, old, unknown, theirs.0);
    let patched_theirs = unfetched::patch(theirs.0, theirs.1, old, unknown, ours.0);
    let versions = Versions {
        base: old,
        ours: patched_ours.as_ref().unwrap_or(ours.0),
        theirs: patched_theirs.as_ref().unwrap_or(theirs.0),
        unknown,
        unfetched_ours: ours.1,
        unfetched_theirs: theirs.1,
        apart: &[],
    };
    // An override or a saved choice may take a path out of its unit for a while. Base outlives both, so that the unit
    // stays whole here: what one of them let through would look like half a change of the unit once it is gone.
    let mut cells = cells(&policy.for_any_record(), &versions);
    hold_units_together(&mut cells);
    let mut joined = cells.merged(|cell| next_value(cell).cloned());
    keep_unopened(&cells, old, &mut joined);
    let paths = |wanted: fn(&Cell<'_>) -> bool| {
        let found = (0..cells.list.len()).filter(|at| wanted(&cells.list[*at]));
        let mut paths: Vec<FieldPath> = found.map(|at| cells.path(at)).collect();
        paths.sort_by_cached_key(FieldPath::to_string);
        paths
    };
    let (moved, still_unknown) = (paths(moves), paths(stays_unknown));
    if !still_unknown.is_empty() {
        let listed = still_unknown.iter().map(|path| Value::Text(path.to_string())).collect();
        joined.insert(unfetched::UNFETCHED, Value::List(listed));
    }
    Joined { base: Some(joined), moved, dropped: false }
}

fn agrees(cell: &Cell<'_>) -> bool {
    cell.unit != Unit::Ignored && cell.same.sides && Side::ALL.iter().all(|side| !cell.is_unfetched(*side))
}

/// F10, R13: where one member of a unit disagrees, none of its members moves.
fn hold_units_together(cells: &mut Cells<'_>) {
    let split: Vec<Unit> = cells.list.iter().filter(|cell| !agrees(cell)).map(|cell| cell.unit).collect();
    let is_unit = |unit| matches!(unit, Unit::Group(_) | Unit::Strict);
    for cell in cells.list.iter_mut().filter(|cell| is_unit(cell.unit) && split.contains(&cell.unit)) {
        cell.same.sides = false;
    }
}

fn moves(cell: &Cell<'_>) -> bool {
    let news = !cell.has_base || !cell.same.ours_base;
    match cell.unit {
        Unit::Opened => cell.effect == Effect::Converged,
        _ => agrees(cell) && news,
    }
}

fn stays_unknown(cell: &Cell<'_>) -> bool {
    !cell.has_base && !matches!(cell.unit, Unit::Ignored | Unit::Opened) && !agrees(cell)
}

/// What base holds from now on. Of two spellings it keeps the same one whichever side is called ours (N6).
fn next_value<'a>(cell: &Cell<'a>) -> Option<&'a Value> {
    match moves(cell) {
        false => cell.base,
        true if first_is_greater(cell.ours, cell.theirs) => cell.ours,
        true => cell.theirs,
    }
}

/// An object both sides have and base has not is not agreed upon while they share nothing inside it.
fn keep_unopened(cells: &Cells<'_>, old: Option<&Object>, joined: &mut Object) {
    for (at, cell) in cells.list.iter().enumerate().rev() {
        let opened_new = cell.unit == Unit::Opened && !matches!(cell.base, Some(Value::Object(_)));
        if !opened_new || cell.effect == Effect::Converged {
            continue;
        }
        let path = cells.path(at);
        if get(joined, &path).and_then(Value::as_object).is_some_and(Object::is_empty) {
            match old.and_then(|old| get(old, &path)) {
                Some(value) => set(joined, &path, value.clone()),
                None => unset(joined, &path),
            }
        }
    }
}

#[cfg(test)]
mod tests;
