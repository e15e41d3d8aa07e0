//! Values that were not fetched (MS V3): they count as unchanged.

use crate::decision::{get, set, unset};
use crate::path::{FieldPath, Segment};
use crate::value::{Object, Value};

/// The reserved member that lists paths not fetched, or in a base record paths not known.
pub const UNFETCHED: &str = "$unfetched";

/// The record with what counts as its values at the paths that were not fetched; none if every path was.
///
/// Such a value is base's. Where there is no base, or base does not know the path either, it is the other side's:
/// a value that only one side knows must not look like one that the others have cleared.
pub(crate) fn patch(
    record: &Object,
    paths: &[FieldPath],
    base: Option<&Object>,
    unknown: &[FieldPath],
    other: &Object,
) -> Option<Object> {
    if paths.is_empty() {
        return None;
    }
    let known = match base {
        None => other.clone(),
        Some(base) => with_values_of(other, base, unknown),
    };
    if paths.iter().any(FieldPath::is_root) {
        return Some(known);
    }
    Some(with_values_of(&known, record, paths))
}

/// `record` with the values of `source` at `paths`.
fn with_values_of(source: &Object, record: &Object, paths: &[FieldPath]) -> Object {
    let mut patched = record.clone();
    for path in paths.iter().map(without_items) {
        match get(source, &path) {
            Some(value) => set(&mut patched, &path, value.clone()),
            None => unset(&mut patched, &path),
        }
    }
    patched
}

/// An item of a list stands for its whole list.
fn without_items(path: &FieldPath) -> FieldPath {
    path.segments().iter().take_while(|segment| matches!(segment, Segment::Name(_))).cloned().collect()
}

/// A base record without its reserved member, and the paths that member names; none if it has no such member.
pub(crate) fn split_base(base: &Object) -> Option<(Object, Vec<FieldPath>)> {
    let mut base = match base.get(UNFETCHED) {
        Some(_) => base.clone(),
        None => return None,
    };
    let listed = base.remove(UNFETCHED)?;
    let paths = listed.as_list().unwrap_or_default().iter().filter_map(Value::as_text);
    let paths = paths.filter_map(|path| path.parse().ok()).collect();
    Some((base, paths))
}
