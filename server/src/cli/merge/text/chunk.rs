//! One chunk: the same keys of three files.

use std::ops::Range;

use merge::listing::{Join, JoinError, Lines, Row, RowError, Step, TextJoin, TextLines, Unclear, find_key};
use merge::{Object, RecordKey};

use super::Unmerged;
use crate::cli::files::{Input, RecordStyle};
use crate::cli::merge::checks::Checks;
use crate::cli::merge::job::Job;
use crate::cli::merge::part::Part;

/// Where the lines of some neighbouring keys lie.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The places in base, ours and theirs.
    pub(super) places: [Vec<Range<u64>>; 3],
    /// No key is below it.
    pub(super) lower: Option<RecordKey>,
    /// All keys are below it.
    pub(super) upper: Option<RecordKey>,
}

/// The chunks of three files in the order of their keys.
pub(super) trait Chunks: Send {
    /// The files in which the places lie.
    fn files(&self) -> [Input; 3];
    /// Whether the lines of a chunk are sorted by key.
    fn are_sorted(&self) -> bool;
    /// The next chunk.
    fn next(&mut self) -> Result<Option<Chunk>, Unmerged>;
}

/// The texts of one chunk, in room that is used again for the next.
#[derive(Default)]
pub(super) struct Texts {
    rooms: [Room; 3],
}

/// Room for the text of one file. It is not cleared between chunks, because that would take as long as filling it.
#[derive(Default)]
struct Room {
    bytes: Vec<u8>,
    filled: usize,
}

impl Room {
    /// Reads what lies at these places. Of a file that became shorter there is less.
    fn fill(&mut self, file: &Input, places: &[Range<u64>]) -> Result<(), Unmerged> {
        self.filled = 0;
        for place in places {
            let length = usize::try_from(place.end - place.start).map_err(|_| Unmerged::Unclear)?;
            let end = self.filled + length;
            if self.bytes.len() < end {
                self.bytes.resize(end, 0);
            }
            self.filled += file.read_at(&mut self.bytes[self.filled..end], place.start)?;
        }
        Ok(())
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Texts {
    /// Reads the lines of a chunk.
    pub(super) fn load(&mut self, files: &[Input; 3], chunk: &Chunk) -> Result<(), Unmerged> {
        let places = files.iter().zip(&chunk.places);
        self.rooms.iter_mut().zip(places).try_for_each(|(room, (file, places))| room.fill(file, places))
    }

    /// Merges the chunk and adds it to the part.
    pub(super) fn merge(
        &self,
        job: &Job<'_>,
        style: &RecordStyle,
        chunk: &Chunk,
        sorted: bool,
        part: &mut Part,
    ) -> Result<(), Unmerged> {
        let texts = [self.rooms[0].text(), self.rooms[1].text(), self.rooms[2].text()];
        let merging = Merging { job, style, chunk, checks: Checks::new(job) };
        if sorted {
            return match merging.line_by_line(texts.map(TextLines::new), part) {
                Err(Unclear::Unread) => merging.row_by_row(&texts.map(cut), part),
                done => Ok(done?),
            };
        }
        let mut lines = texts.map(cut);
        lines.iter_mut().try_for_each(|lines| sort(lines, &job.args.key))?;
        match merging.line_by_line([lines[0].iter(), lines[1].iter(), lines[2].iter()], part) {
            Err(Unclear::Unread) => merging.row_by_row(&lines, part),
            done => Ok(done?),
        }
    }
}

/// The lines of a text, without their ends.
fn cut(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = TextLines::new(text);
    std::iter::from_fn(|| lines.next_line(None)).collect()
}

/// Sorts lines by key; those of one key keep their order.
fn sort(lines: &mut Vec<&[u8]>, key: &[String]) -> Result<(), Unmerged> {
    lines.retain(|line| !line.trim_ascii().is_empty());
    let keyed = lines.iter().map(|line| find_key(line, key).map(|key| (key, *line)));
    let mut keyed: Vec<(RecordKey, &[u8])> = keyed.collect::<Option<_>>().ok_or(Unmerged::Unclear)?;
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    lines.clear();
    lines.extend(keyed.into_iter().map(|(_, line)| line));
    Ok(())
}

struct Merging<'m, 'j> {
    job: &'m Job<'j>,
    style: &'m RecordStyle,
    chunk: &'m Chunk,
    /// Where files are merged as text, no record depends on another.
    checks: Checks<'m>,
}

impl Merging<'_, '_> {
    fn line_by_line<'t>(&self, lines: [impl Lines<'t>; 3], part: &mut Part) -> Result<(), Unclear> {
        let (lower, upper) = (self.chunk.lower.as_ref(), self.chunk.upper.as_ref());
        let mut join = TextJoin::new(lines, &self.job.args.key).between(lower, upper);
        let mut unseen = self.job.unseen(lower, upper);
        while let Some(step) = join.next(&mut part.summary)? {
            match step {
                Step::Unchanged(record) => part.add_unchanged(self.job, &record, &mut unseen),
                Step::Group(group) => part.add_group(self.job, self.style, group, &self.checks, &mut unseen),
            }
        }
        unseen.rest(|key, warning| part.summary.warn(key, warning));
        Ok(())
    }

    fn row_by_row(&self, lines: &[Vec<&[u8]>; 3], part: &mut Part) -> Result<(), Unmerged> {
        part.clear();
        let (lower, upper) = (self.chunk.lower.as_ref(), self.chunk.upper.as_ref());
        let mut unseen = self.job.unseen(lower, upper);
        let rows =
            |at: usize, read| lines[at].iter().filter_map(move |line| self.row(line, read).transpose());
        for group in Join::new(rows(0, Row::read_base), rows(1, Row::read), rows(2, Row::read)) {
            let group = group.map_err(|error: JoinError<Unclear>| match error {
                JoinError::Unsorted(_) => Unmerged::Unsorted,
                JoinError::Source(_) | JoinError::RepeatedInBase { .. } => Unmerged::Unclear,
            })?;
            let key = Some(&group.key);
            if key < lower || (upper.is_some() && key >= upper) {
                return Err(Unmerged::Unsorted);
            }
            part.add_group(self.job, self.style, &group, &self.checks, &mut unseen);
        }
        unseen.rest(|key, warning| part.summary.warn(key, warning));
        Ok(())
    }

    fn row(
        &self,
        line: &[u8],
        read: fn(Object, u64) -> Result<Row, RowError>,
    ) -> Result<Option<(RecordKey, Row)>, Unclear> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let record = merge::json::parse_object(line).map_err(|_| Unclear::Unread)?;
        let key = RecordKey::from_object(&record, &self.job.args.key).map_err(|_| Unclear::Unread)?;
        let row = read(record, 0).map_err(|_| Unclear::Unread)?;
        Ok(Some((key, row)))
    }
}
