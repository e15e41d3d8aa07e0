//! The file of staff decisions (MS X13).

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use merge::{Choice, FieldPath, Object, RecordKey, Value};

use crate::cli::files::{FileError, Listing, Meter};

/// The decisions of the staff, by record.
#[derive(Default)]
pub(super) struct Staff {
    records: BTreeMap<RecordKey, Vec<StaffLine>>,
}

/// One line: what a person chose for one path, having seen one revision.
pub(super) struct StaffLine {
    pub(super) path: FieldPath,
    pub(super) choice: Choice,
    /// The revision seen; a line that names none has seen none.
    pub(super) revision: String,
}

impl Staff {
    /// Reads the file.
    pub(super) fn read(path: &Path, key: &[String], meter: &Meter) -> Result<Staff, FileError> {
        let file = Listing::open_lines(path, meter)?;
        let mut staff = Staff::default();
        for object in file.objects()? {
            let (at, object) = object?;
            let (record, line) = read_line(&object, key).map_err(|message| file.error(at, message))?;
            let lines = staff.records.entry(record).or_default();
            if lines.iter().any(|there| there.path == line.path) {
                return Err(
                    file.error(at, format!("`{}` of this record was decided on an earlier line", line.path))
                );
            }
            lines.push(line);
        }
        Ok(staff)
    }

    /// What was decided about a record.
    pub(super) fn about(&self, key: &RecordKey) -> &[StaffLine] {
        self.records.get(key).map_or(&[], Vec::as_slice)
    }

    /// The decisions about records from `lower` on and below `upper`, in the order of their keys.
    pub(super) fn between(
        &self,
        lower: Option<&RecordKey>,
        upper: Option<&RecordKey>,
    ) -> impl Iterator<Item = (&RecordKey, &[StaffLine])> {
        let lower = lower.map_or(Bound::Unbounded, Bound::Included);
        let upper = upper.map_or(Bound::Unbounded, Bound::Excluded);
        self.records.range((lower, upper)).map(|(key, lines)| (key, lines.as_slice()))
    }
}

fn read_line(line: &Object, key: &[String]) -> Result<(RecordKey, StaffLine), String> {
    let record = line.get("key").and_then(Value::as_object).ok_or("`key` must be an object")?;
    let record = RecordKey::from_object(record, key).map_err(|error| error.to_string())?;
    let path = text(line, "path")?.ok_or("`path` is missing")?;
    let path: FieldPath = path.parse().map_err(|error| format!("{error}"))?;
    let choice = match text(line, "choose")?.ok_or("`choose` is missing")? {
        "ours" => Choice::Ours,
        "theirs" => Choice::Theirs,
        "base" => Choice::Base,
        "clear" => Choice::Clear,
        "value" => Choice::Value(line.get("value").ok_or("`value` is missing")?.clone()),
        other => return Err(format!("`{other}` is no choice; expected ours, theirs, base, value or clear")),
    };
    if path.is_root() && matches!(&choice, Choice::Value(value) if value.as_object().is_none()) {
        return Err("a whole record can only be replaced by an object".to_owned());
    }
    let revision = text(line, "revision")?.unwrap_or_default().to_owned();
    Ok((record, StaffLine { path, choice, revision }))
}

fn text<'a>(line: &'a Object, name: &str) -> Result<Option<&'a str>, String> {
    let read = |value: &'a Value| value.as_text().ok_or_else(|| format!("`{name}` must be text"));
    line.get(name).map(read).transpose()
}
