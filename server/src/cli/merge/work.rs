//! The merge itself: three files in, up to three files out, one key at a time.

use std::path::Path;

use merge::listing::{
    Answer, Group, Join, JoinError, Row, RowError, Source, State, Summary, decide_group, merge_group,
};
use merge::{Choice, Collision, FieldPath, Object, Policy, RecordKey, UniqueIndex, Warning, WarningCode};

use super::staff::{Staff, StaffLine};
use super::{MergeArgs, lines};
use crate::cli::files::{FileError, Format, Listing, Meter, Output, RecordOutput};

/// What a row of a side or of base becomes.
type ReadReserved = fn(Object, u64) -> Result<Row, RowError>;

/// Everything a merge needs.
pub(super) struct Work<'a> {
    args: &'a MergeArgs,
    policy: &'a Policy,
    staff: Staff,
    base: Listing,
    ours: Listing,
    theirs: Listing,
    meter: Meter,
}

/// Why a pass over the files ended early.
enum Stop {
    /// A file is at fault.
    Bad(FileError),
    /// A file is not sorted by key: it has to be sorted before the pass can be made.
    Unsorted(Source),
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Stop {
        Stop::Bad(error)
    }
}

impl<'a> Work<'a> {
    pub(super) fn open(
        args: &'a MergeArgs,
        policy: &'a Policy,
        staff: Staff,
        meter: Meter,
    ) -> Result<Work<'a>, FileError> {
        let open = |path: &Path| Listing::open(path, Format::of(path, args.format), &meter);
        let (base, ours, theirs) = (open(&args.base)?, open(&args.ours)?, open(&args.theirs)?);
        Ok(Work { args, policy, staff, base, ours, theirs, meter })
    }

    fn inputs(&self) -> [&Listing; 3] {
        [&self.base, &self.ours, &self.theirs]
    }

    fn begin(&self, step: &'static str) {
        self.meter.begin(step, Some(self.inputs().iter().map(|listing| listing.input().bytes()).sum()));
    }

    /// Merges; only when all went well the output files appear.
    pub(super) fn run(mut self) -> Result<Summary, FileError> {
        loop {
            match self.pass() {
                Ok((summary, outputs)) => {
                    self.meter.end();
                    self.inputs().into_iter().try_for_each(|listing| listing.input().check_unchanged())?;
                    outputs.publish()?;
                    return Ok(summary);
                }
                Err(Stop::Bad(error)) => return Err(error),
                Err(Stop::Unsorted(source)) => self.sort(source)?,
            }
        }
    }

    fn sort(&mut self, source: Source) -> Result<(), FileError> {
        self.begin("sorting");
        let key = self.args.key.clone();
        let read = move |object, line| keyed(&key, Row::read, object, line);
        match source {
            Source::Base => {
                let key = self.args.key.clone();
                self.base.sort(&move |object, line| keyed(&key, Row::read_base, object, line))
            }
            Source::Ours => self.ours.sort(&read),
            Source::Theirs => self.theirs.sort(&read),
        }
    }

    fn pass(&self) -> Result<(Summary, Outputs<'a>), Stop> {
        let mut index = UniqueIndex::new(self.policy);
        if !self.policy.unique.is_empty() {
            self.begin("comparing");
            self.each_group(&mut |group| {
                index.add(&group.key, &self.answer(group).verdict);
                Ok(())
            })?;
        }
        let mut outputs = Outputs::create(self)?;
        self.begin("merging");
        let mut summary = Summary::default();
        let mut unseen = self.staff.records().peekable();
        self.each_group(&mut |group| {
            while let Some((key, lines)) = unseen.next_if(|(key, _)| **key < group.key) {
                lines.iter().for_each(|line| summary.warn(key, stale(line)));
            }
            unseen.next_if(|(key, _)| **key == group.key);
            let mut answer = self.answer(group);
            let collisions: Vec<Collision> = index.collisions(&group.key, &answer.verdict);
            answer.verdict.collide(self.policy, &group.input(self.type_name()), &collisions);
            summary.add(self.type_name(), group, &answer);
            self.meter.count(1, u64::from(answer.verdict.conflict.is_some()));
            outputs.add(group, &answer)
        })?;
        for (key, lines) in unseen {
            lines.iter().for_each(|line| summary.warn(key, stale(line)));
        }
        outputs.finish()?;
        Ok((summary, outputs))
    }

    fn type_name(&self) -> &str {
        self.args.type_name.as_deref().unwrap_or_default()
    }

    /// Hands over the rows of each key in the order of the keys.
    fn each_group(&self, take: &mut dyn FnMut(&Group) -> Result<(), FileError>) -> Result<(), Stop> {
        let read = |reserved: ReadReserved| move |object, line| keyed(&self.args.key, reserved, object, line);
        let (of_base, of_side) = (read(Row::read_base), read(Row::read));
        let groups =
            Join::new(self.base.rows(&of_base)?, self.ours.rows(&of_side)?, self.theirs.rows(&of_side)?);
        for group in groups {
            let mut group = group.map_err(|error| match error {
                JoinError::Source(error) => Stop::Bad(error),
                JoinError::Unsorted(source) => Stop::Unsorted(source),
                JoinError::RepeatedInBase { key, line } => {
                    Stop::Bad(self.base.error(line, format!("base has the key {} twice", key.canonical())))
                }
            })?;
            self.mark_missing_columns(&mut group);
            take(&group)?;
        }
        Ok(())
    }

    /// V3: what a csv file has no column for was not fetched.
    fn mark_missing_columns(&self, group: &mut Group) {
        if self.ours.columns().is_none() && self.theirs.columns().is_none() {
            return;
        }
        let base = group.base.as_ref().map(|row| row.record.clone());
        let first = |rows: &[Row]| rows.first().map(|row| row.record.clone());
        let (ours, theirs) = (first(&group.ours), first(&group.theirs));
        for (listing, rows, other) in
            [(&self.ours, &mut group.ours, theirs), (&self.theirs, &mut group.theirs, ours)]
        {
            let Some(columns) = listing.columns() else { continue };
            let names = [&base, &other].into_iter().flatten().flat_map(Object::keys);
            let missing =
                names.filter(|name| !columns.iter().any(|column| column == name) && !name.starts_with('$'));
            let missing: Vec<FieldPath> = missing.map(FieldPath::field).collect();
            rows.iter_mut().for_each(|row| row.unfetched.extend_from_slice(&missing));
        }
    }

    fn answer(&self, group: &Group) -> Answer {
        let (type_name, lines) = (self.type_name(), self.staff.about(&group.key));
        let asked = merge_group(self.policy, type_name, group);
        if lines.is_empty() {
            return asked;
        }
        let conflict = asked.verdict.conflict.as_ref();
        let fresh = |line: &&StaffLine| conflict.is_some_and(|conflict| conflict.revision == line.revision);
        let (fresh, stale_lines): (Vec<&StaffLine>, Vec<&StaffLine>) = lines.iter().partition(fresh);
        let mut warnings: Vec<Warning> = stale_lines.into_iter().map(stale).collect();
        let mut choices: Vec<(FieldPath, Choice)> = Vec::new();
        let mut answer = asked;
        for line in fresh {
            choices.push((line.path.clone(), line.choice.clone()));
            match decide_group(self.policy, type_name, group, &choices) {
                Ok(decided) => answer = decided,
                Err(_) => {
                    choices.pop();
                    warnings.push(warning(WarningCode::NotContested, line));
                }
            }
        }
        answer.verdict.warnings.extend(warnings);
        answer
    }
}

/// C6: the decision saw another revision, or a conflict that is no more.
fn stale(line: &StaffLine) -> Warning {
    warning(WarningCode::StaleDecision, line)
}

fn warning(code: WarningCode, line: &StaffLine) -> Warning {
    Warning { code, path: line.path.clone(), side: None }
}

fn keyed(
    key: &[String],
    reserved: ReadReserved,
    object: Object,
    line: u64,
) -> Result<(RecordKey, Row), String> {
    let key = RecordKey::from_object(&object, key).map_err(|error| error.to_string())?;
    let row = reserved(object, line).map_err(|error| error.to_string())?;
    Ok((key, row))
}

/// The files asked for.
struct Outputs<'a> {
    key: &'a [String],
    merged: Option<RecordOutput>,
    conflicts: Option<Output>,
    decisions: Option<Output>,
}

impl<'a> Outputs<'a> {
    fn create(work: &Work<'a>) -> Result<Outputs<'a>, FileError> {
        let args = work.args;
        let open = |path: &Option<std::path::PathBuf>| path.as_deref().map(Output::create).transpose();
        let merged = match &args.out {
            Some(path) => {
                let format = Format::of(path, args.format);
                let columns = if format == Format::Csv { columns(work)? } else { Vec::new() };
                Some(RecordOutput::create(path, format, columns)?)
            }
            None => None,
        };
        Ok(Outputs {
            key: &args.key,
            merged,
            conflicts: open(&args.conflicts)?,
            decisions: open(&args.decisions)?,
        })
    }

    fn add(&mut self, group: &Group, answer: &Answer) -> Result<(), FileError> {
        let verdict = &answer.verdict;
        if let Some(output) = &mut self.merged {
            let rows = group.ours.iter().filter(|row| row.state == State::Live && answer.rows.is_some());
            let record = verdict.merged.iter().filter(|_| answer.rows.is_none());
            for record in rows.map(|row| &row.record).chain(record) {
                output.write(record)?;
            }
        }
        if let (Some(output), Some(conflict)) = (&mut self.conflicts, &verdict.conflict) {
            output.write(&format!("{}\n", lines::conflict(&group.key, conflict, answer, self.key)))?;
        }
        if let Some(output) = &mut self.decisions {
            for decision in &verdict.decisions {
                output.write(&format!("{}\n", lines::decision(&group.key, decision, self.key)))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        if let Some(output) = &mut self.merged {
            output.finish()?;
        }
        for output in [&mut self.conflicts, &mut self.decisions].into_iter().flatten() {
            output.finish()?;
        }
        Ok(())
    }

    fn publish(self) -> Result<(), FileError> {
        let merged = self.merged.map(RecordOutput::into_output);
        Output::publish_all([self.conflicts, self.decisions, merged].into_iter().flatten())
    }
}

/// X3: base's columns, then those new in ours, then in theirs.
fn columns(work: &Work<'_>) -> Result<Vec<String>, FileError> {
    let mut columns: Vec<String> = Vec::new();
    for listing in [&work.base, &work.ours, &work.theirs] {
        for name in listing.member_names()? {
            if !name.starts_with('$') && !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    Ok(columns)
}
