//! The merge itself: three files in, up to three files out, in the order of the keys.

use std::path::Path;

use merge::listing::{Group, Join, JoinError, Row, RowError, Source, Summary};
use merge::{FieldPath, Object, RecordKey};

use super::checks::Checks;
use super::job::Job;
use super::outputs::{Finished, Outputs};
use super::part::Part;
use super::text::{self, Unmerged};
use crate::cli::files::{FileError, Format, Input, Listing, Meter, RecordStyle};

/// What a row of a side or of base becomes.
type ReadReserved = fn(Object, u64) -> Result<Row, RowError>;

/// Everything a merge needs.
pub(super) struct Work<'a> {
    job: Job<'a>,
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
    pub(super) fn open(job: Job<'a>, meter: Meter) -> Result<Work<'a>, FileError> {
        let open = |path: &Path| Listing::open(path, Format::of(path, job.args.format), &meter);
        let (base, ours, theirs) = (open(&job.args.base)?, open(&job.args.ours)?, open(&job.args.theirs)?);
        Ok(Work { job, base, ours, theirs, meter })
    }

    /// Merges; only when all went well the output files appear.
    pub(super) fn run(mut self) -> Result<Summary, FileError> {
        let finished = self.merge()?;
        self.meter.end();
        self.inputs().into_iter().try_for_each(Input::check_unchanged)?;
        finished.publish()
    }

    fn merge(&mut self) -> Result<Finished, FileError> {
        if self.is_lines() {
            match text::merge(&self.job, self.inputs(), &self.meter) {
                Ok(finished) => return Ok(finished),
                Err(Unmerged::Bad(error)) => return Err(error),
                // Row by row it shows what is wrong, and where.
                Err(Unmerged::Unclear | Unmerged::Unsorted) => {}
            }
        }
        loop {
            match self.pass() {
                Ok(outputs) => return outputs.finish(),
                Err(Stop::Bad(error)) => return Err(error),
                Err(Stop::Unsorted(source)) => self.sort(source)?,
            }
        }
    }

    fn inputs(&self) -> [&Input; 3] {
        [&self.base, &self.ours, &self.theirs].map(Listing::input)
    }

    fn bytes(&self) -> u64 {
        self.inputs().iter().map(|input| input.bytes()).sum()
    }

    /// Whether unchanged records may stay unread: they are lines that go out as they came, and nothing about them has to be
    /// compared with other records.
    fn is_lines(&self) -> bool {
        let checks = Checks::new(&self.job);
        let inputs = [&self.base, &self.ours, &self.theirs].map(Listing::format);
        inputs == [Format::Ndjson; 3]
            && self.job.out_format != Some(Format::Csv)
            && !checks.compares()
            && !checks.follows()
    }

    fn sort(&mut self, source: Source) -> Result<(), FileError> {
        self.meter.begin("sorting", Some(self.bytes()));
        let key = self.job.args.key.clone();
        let read = move |object, line| keyed(&key, Row::read, object, line);
        match source {
            Source::Base => {
                let key = self.job.args.key.clone();
                self.base.sort(&move |object, line| keyed(&key, Row::read_base, object, line))
            }
            Source::Ours => self.ours.sort(&read),
            Source::Theirs => self.theirs.sort(&read),
        }
    }

    fn pass(&self) -> Result<Outputs, Stop> {
        let checks = self.checks()?;
        let style = self.style()?;
        let mut outputs = Outputs::create(&self.job, &style)?;
        self.meter.begin("merging", Some(self.bytes()));
        let (mut part, mut unseen) = (Part::default(), self.job.unseen(None, None));
        self.each_group(&mut |group| {
            part.add_group(&self.job, &style, group, &checks, &mut unseen);
            if part.is_full() { outputs.append(&mut part, &self.meter) } else { Ok(()) }
        })?;
        unseen.rest(|key, warning| part.summary.warn(key, warning));
        outputs.append(&mut part, &self.meter)?;
        Ok(outputs)
    }

    /// What the records are to each other, each kind in a pass of its own: what collides is held, and what is held may have
    /// been referred to.
    fn checks(&self) -> Result<Checks<'_>, Stop> {
        let mut checks = Checks::new(&self.job);
        if checks.compares() {
            self.meter.begin("comparing", Some(self.bytes()));
            self.each_group(&mut |group| {
                checks.compare(&self.job, group);
                Ok(())
            })?;
        }
        if checks.follows() {
            self.meter.begin("following references", Some(self.bytes()));
            self.each_group(&mut |group| {
                checks.follow(&self.job, group);
                Ok(())
            })?;
            checks.settle();
        }
        Ok(checks)
    }

    /// Hands over the rows of each key in the order of the keys.
    fn each_group(&self, take: &mut dyn FnMut(&Group) -> Result<(), FileError>) -> Result<(), Stop> {
        let read =
            |reserved: ReadReserved| move |object, line| keyed(&self.job.args.key, reserved, object, line);
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

    /// How merged records are written. X3: csv has base's columns, then those new in ours, then in theirs.
    fn style(&self) -> Result<RecordStyle, FileError> {
        let format = self.job.out_format.unwrap_or(Format::Ndjson);
        let mut columns: Vec<String> = Vec::new();
        if format == Format::Csv {
            for listing in [&self.base, &self.ours, &self.theirs] {
                for name in listing.member_names()? {
                    if !name.starts_with('$') && !columns.contains(&name) {
                        columns.push(name);
                    }
                }
            }
        }
        Ok(RecordStyle { format, columns })
    }
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
