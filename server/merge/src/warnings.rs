//! What people should know about a record that exists on both sides (MS A6, N4, N5, R14, V3).

use std::collections::HashSet;

use crate::assemble::Assembly;
use crate::field::{Cell, Unit};
use crate::key::RecordKey;
use crate::normalize::Comparing;
use crate::path::{FieldPath, Segment, Step};
use crate::side::Side;
use crate::value::{Object, Value};
use crate::verdict::{Warning, WarningCode};

/// All warnings about a record: where a text stands inside an object or an item of a list, its whole path is told. Items
/// without a key have no path of their own, so that their list's is told.
pub(crate) fn warnings(assembly: &Assembly<'_, '_>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = not_fetched(assembly).chain(changed_keys(assembly)).collect();
    if assembly.policy.may_warn() {
        changed(assembly).for_each(|at| Looking::at(assembly, at).tell(&mut warnings));
    }
    warnings
}

/// V3: an `always_*` mode names a side that did not send the value.
fn not_fetched<'a>(assembly: &'a Assembly<'_, '_>) -> impl Iterator<Item = Warning> + 'a {
    let missed = |(at, cell): (usize, &Cell<'_>)| {
        let side = cell.mode.always().filter(|side| cell.is_unfetched(*side) && !is_left(cell))?;
        Some(Warning { code: WarningCode::NotFetched, path: assembly.cells.path(at), side: Some(side) })
    };
    assembly.cells.list.iter().enumerate().filter_map(missed)
}

/// Whether nothing is done about the cell whatever its mode says (P9, C10).
const fn is_left(cell: &Cell<'_>) -> bool {
    matches!(cell.unit, Unit::Ignored | Unit::Apart)
}

/// R14: the versions are one record by the link of their ids, and yet a side has another key than base.
fn changed_keys<'a>(assembly: &'a Assembly<'_, '_>) -> impl Iterator<Item = Warning> + 'a {
    let key =
        |record: &Object, name: &String| RecordKey::from_object(record, std::slice::from_ref(name)).ok();
    let of_side = move |(side, record): (Side, &'a Object)| {
        let base = assembly.input.base?;
        let names = assembly.policy.key().iter();
        let mut moved = names.filter(|name| base.get(name) != record.get(name)).filter(|name| {
            match (key(base, name), key(record, name)) {
                (Some(base), Some(now)) => base != now,
                _ => false,
            }
        });
        let path = FieldPath::field(moved.next()?.as_str());
        Some(Warning { code: WarningCode::KeyChange, path, side: Some(side) })
    };
    [(Side::Ours, assembly.ours), (Side::Theirs, assembly.theirs)].into_iter().filter_map(of_side)
}

/// Cells that are compared and not as in base on both sides.
fn changed<'a>(assembly: &'a Assembly<'_, '_>) -> impl Iterator<Item = usize> + 'a {
    (0..assembly.cells.list.len()).filter(|at| {
        let cell = &assembly.cells.list[*at];
        let is_compared = matches!(cell.unit, Unit::Single | Unit::Group(_) | Unit::Strict);
        is_compared && !(cell.has_base && cell.same.ours_base && cell.same.theirs_base)
    })
}

/// What is wrong at one place.
type Found = (WarningCode, FieldPath);

/// Looking over everything inside the values of one cell.
struct Looking<'x, 'a> {
    comparing: Comparing<'x>,
    cell: &'x Cell<'a>,
    steps: Vec<Step<'a>>,
    path: FieldPath,
}

impl<'x, 'a> Looking<'x, 'a> {
    fn at(assembly: &Assembly<'x, 'a>, at: usize) -> Looking<'x, 'a> {
        let (cells, comparing) = (assembly.cells, Comparing::new(assembly.policy));
        Looking { comparing, cell: &cells.list[at], steps: cells.steps(at), path: cells.path(at) }
    }

    /// Adds what is to be told, each thing once. What a side still has from base was told when it came.
    fn tell(mut self, warnings: &mut Vec<Warning>) {
        let mut told: HashSet<Found> = HashSet::new();
        let [base, ours, theirs] = [self.cell.base, self.cell.sent(Side::Ours), self.cell.sent(Side::Theirs)];
        let known = self.found(base);
        let known_of_base: HashSet<_> = known.iter().collect();
        for (code, path, _) in known.iter().filter(|(code, ..)| *code == WarningCode::ListKey) {
            told.insert((*code, path.clone()));
            warnings.push(Warning { code: *code, path: path.clone(), side: None });
        }
        for (side, value) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
            for found in self.found(value) {
                if known_of_base.contains(&found) {
                    continue;
                }
                let (code, path, _) = found;
                if told.insert((code, path.clone())) {
                    let side = (code != WarningCode::ListKey).then_some(side);
                    warnings.push(Warning { code, path, side });
                }
            }
        }
    }

    /// What is wrong in a value, where, and with which text.
    fn found(&mut self, value: Option<&'a Value>) -> Vec<(WarningCode, FieldPath, &'a str)> {
        let mut found = Vec::new();
        if let Some(value) = value {
            let path = self.path.clone();
            self.look(value, &path, &mut found);
        }
        found
    }

    fn look(
        &mut self,
        value: &'a Value,
        path: &FieldPath,
        found: &mut Vec<(WarningCode, FieldPath, &'a str)>,
    ) {
        match value {
            Value::Text(text) => {
                found.extend(self.misread(text).map(|code| (code, path.clone(), text.as_str())));
            }
            Value::Object(object) => {
                for (name, value) in object.iter() {
                    self.steps.push(Step::Name(name));
                    if !self.comparing.ignores(&self.steps) {
                        self.look(value, &path.child(name), found);
                    }
                    self.steps.pop();
                }
            }
            Value::List(items) => self.look_at_items(items, path, found),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A6: a list is one value because a key in it is missing, blank or repeated. Else its items are told by their keys.
    fn look_at_items(
        &mut self,
        items: &'a [Value],
        path: &FieldPath,
        found: &mut Vec<(WarningCode, FieldPath, &'a str)>,
    ) {
        let key = self.comparing.key_of_items(&self.steps);
        self.steps.push(Step::Item);
        let keyed = key.filter(|key| self.comparing.item_keys(&mut self.steps, items, key).is_some());
        if key.is_some() && keyed.is_none() {
            found.push((WarningCode::ListKey, path.clone(), ""));
        }
        for item in items {
            let of_item = keyed.and_then(|key| item_path(path, item, key));
            self.look(item, of_item.as_ref().unwrap_or(path), found);
        }
        self.steps.pop();
    }

    /// N4, N5: a text cannot be read as the time it should be, or is a code without a pair.
    fn misread(&self, text: &str) -> Option<WarningCode> {
        let no_time = self.comparing.is_no_time(&self.steps, text).then_some(WarningCode::NotATime);
        no_time.or_else(|| self.comparing.is_unmapped(&self.steps, text).then_some(WarningCode::Unmapped))
    }
}

fn item_path(list: &FieldPath, item: &Value, key: &[String]) -> Option<FieldPath> {
    let item = item.as_object()?;
    let part = |name: &String| Some((name.clone(), item.get(name)?.clone()));
    let item = Segment::Item(key.iter().map(part).collect::<Option<_>>()?);
    Some(list.segments().iter().cloned().chain([item]).collect())
}
