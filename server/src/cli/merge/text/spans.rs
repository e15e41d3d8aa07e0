//! Cutting three sorted files into chunks of neighbouring keys, where they are.

use std::io::{BufRead as _, BufReader};
use std::ops::Range;

use merge::RecordKey;
use merge::listing::find_key;

use super::Unmerged;
use super::chunk::{Chunk, Chunks};
use crate::cli::files::{Input, InputReader};

/// A chunk takes no more than this of each file, unless a single key does.
const CHUNK_BYTES: u64 = 1 << 18;
/// Reads this much to look at one line.
const LOOK_BYTES: usize = 1 << 11;

/// The spans of three files that are still to be merged, the next one last. Files that turn out not to be sorted give
/// chunks whose keys are not between their bounds.
pub(super) struct Spans<'k> {
    files: [Input; 3],
    /// For looking at single lines of each file.
    looks: [BufReader<InputReader>; 3],
    line: Vec<u8>,
    key: &'k [String],
    waiting: Vec<Span>,
}

/// The same keys in all three files.
struct Span {
    ranges: [Range<u64>; 3],
    lower: Option<RecordKey>,
    upper: Option<RecordKey>,
}

impl<'k> Spans<'k> {
    pub(super) fn new(inputs: [&Input; 3], key: &'k [String]) -> Result<Spans<'k>, Unmerged> {
        let mut ranges = [0..0, 0..0, 0..0];
        for (range, input) in ranges.iter_mut().zip(inputs) {
            *range = input.after_mark()?..input.bytes();
        }
        let waiting = vec![Span { ranges, lower: None, upper: None }];
        let looks = inputs.map(|input| BufReader::with_capacity(LOOK_BYTES, input.reader_aside(0)));
        Ok(Spans { files: inputs.map(Input::clone), looks, line: Vec::new(), key, waiting })
    }

    /// Cuts a span in two at the key in the middle of its longest range. `None` if it holds but one key.
    fn cut(&mut self, span: &Span) -> Result<Option<[Span; 2]>, Unmerged> {
        let length = |at: &usize| span.ranges[*at].end - span.ranges[*at].start;
        let longest = (0..3).max_by_key(length).unwrap_or_default();
        let range = &span.ranges[longest];
        let middle = self.key_from(longest, range.start + length(&longest) / 2, range)?;
        let Some((_, key)) = middle else { return Ok(None) };
        let mut cuts = [0; 3];
        for (at, cut) in cuts.iter_mut().enumerate() {
            *cut = self.first_from(at, &span.ranges[at], &key)?;
        }
        let [base, ours, theirs] = &span.ranges;
        let ranges = [(base, cuts[0]), (ours, cuts[1]), (theirs, cuts[2])];
        let below = ranges.map(|(range, cut)| range.start..cut);
        let above = ranges.map(|(range, cut)| cut..range.end);
        if below.iter().all(Range::is_empty) || above.iter().all(Range::is_empty) {
            return Ok(None);
        }
        let below = Span { ranges: below, lower: span.lower.clone(), upper: Some(key.clone()) };
        Ok(Some([below, Span { ranges: above, lower: Some(key), upper: span.upper.clone() }]))
    }

    /// Where the first line with this key or a greater one begins in a range of a sorted file.
    fn first_from(&mut self, file: usize, range: &Range<u64>, key: &RecordKey) -> Result<u64, Unmerged> {
        let (mut from, mut to, mut first) = (range.start, range.end, range.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.key_from(file, middle, &(from..range.end))? {
                Some((line, there)) if there < *key => from = line.end,
                Some((line, _)) => {
                    first = first.min(line.start);
                    to = middle;
                }
                None => to = middle,
            }
        }
        Ok(first)
    }

    /// The first line that begins at a place of a range or behind it, and its key; empty lines are passed.
    fn key_from(
        &mut self,
        file: usize,
        place: u64,
        range: &Range<u64>,
    ) -> Result<Option<(Range<u64>, RecordKey)>, Unmerged> {
        let (input, look, line) = (&self.files[file], &mut self.looks[file], &mut self.line);
        look.consume(look.buffer().len());
        look.get_mut().go_to(place.max(range.start + 1) - 1);
        let mut read = |line: &mut Vec<u8>| {
            line.clear();
            look.read_until(b'\n', line).map_err(|error| input.error(0, error))
        };
        let mut start = place;
        if place > range.start {
            start = place - 1 + read(line)? as u64;
        }
        while start < range.end {
            let end = start + read(line)? as u64;
            if end == start {
                break;
            }
            if !line.trim_ascii().is_empty() {
                let key = find_key(line, self.key).ok_or(Unmerged::Unclear)?;
                return Ok(Some((start..end, key)));
            }
            start = end;
        }
        Ok(None)
    }
}

impl Chunks for Spans<'_> {
    fn files(&self) -> [Input; 3] {
        self.files.clone()
    }

    fn are_sorted(&self) -> bool {
        true
    }

    fn next(&mut self) -> Result<Option<Chunk>, Unmerged> {
        while let Some(span) = self.waiting.pop() {
            let is_long = |range: &Range<u64>| range.end - range.start > CHUNK_BYTES;
            if span.ranges.iter().any(is_long)
                && let Some([below, above]) = self.cut(&span)?
            {
                self.waiting.extend([above, below]);
                continue;
            }
            let Span { ranges, lower, upper } = span;
            return Ok(Some(Chunk { places: ranges.map(|range| vec![range]), lower, upper }));
        }
        Ok(None)
    }
}
