//! Copying three files that are not sorted together, so that each bucket holds the same neighbouring keys of all three.
//!
//! A bucket is small enough to be sorted in memory. Of each file one copy is made, in blocks of one bucket each.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::sync::Mutex;
use std::thread;

use merge::RecordKey;
use merge::listing::find_key;

use super::Unmerged;
use super::chunk::{Chunk, Chunks};
use crate::cli::files::Input;

/// A bucket takes about this much of the largest file.
const BUCKET_BYTES: u64 = 1 << 20;
/// No more buckets than this, so that their blocks fit into memory.
const MAX_BUCKETS: u64 = 1 << 10;
/// So many keys are looked at for each bucket to know where it begins.
const SAMPLES: u64 = 32;
/// The blocks being filled may take this much memory for one file.
const FILLING_BYTES: usize = 8 << 20;
/// A block is never smaller than this.
const MIN_BLOCK_BYTES: usize = 1 << 13;
/// Reads ahead this much of a file.
const READ_BYTES: usize = 1 << 18;

/// Three files copied into buckets.
pub(super) struct Buckets {
    copies: [Copied; 3],
    /// The lowest key of each bucket but the first.
    bounds: Vec<RecordKey>,
    next: usize,
}

/// The copy of one file.
struct Copied {
    file: Input,
    /// The blocks of each bucket, in the order of the file.
    blocks: Vec<Vec<Range<u64>>>,
}

impl Buckets {
    pub(super) fn fill(inputs: [&Input; 3], key: &[String]) -> Result<Buckets, Unmerged> {
        let bounds = bounds(inputs, key)?;
        let copies = Mutex::new(Vec::new());
        let copy = |at: usize| {
            let copied = Copying::new(inputs[at], &bounds).and_then(|copying| copying.run(key));
            copies.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, copied));
        };
        let side_by_side = thread::available_parallelism().is_ok_and(|threads| threads.get() > 1);
        thread::scope(|scope| {
            if side_by_side {
                scope.spawn(|| copy(0));
            } else {
                copy(0);
            }
            copy(1);
            copy(2);
        });
        let mut copies = copies.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        copies.sort_by_key(|(at, _)| *at);
        let copies: Vec<Copied> = copies.into_iter().map(|(_, copied)| copied).collect::<Result<_, _>>()?;
        let copies = copies.try_into().map_err(|_| Unmerged::Unclear)?;
        Ok(Buckets { copies, bounds, next: 0 })
    }
}

impl Chunks for Buckets {
    fn files(&self) -> [Input; 3] {
        let [base, ours, theirs] = &self.copies;
        [base, ours, theirs].map(|copied| copied.file.clone())
    }

    fn are_sorted(&self) -> bool {
        false
    }

    fn next(&mut self) -> Result<Option<Chunk>, Unmerged> {
        let at = self.next;
        if at > self.bounds.len() {
            return Ok(None);
        }
        self.next += 1;
        let mut places = [Vec::new(), Vec::new(), Vec::new()];
        for (places, copied) in places.iter_mut().zip(&mut self.copies) {
            *places = std::mem::take(&mut copied.blocks[at]);
        }
        let lower = at.checked_sub(1).map(|before| self.bounds[before].clone());
        Ok(Some(Chunk { places, lower, upper: self.bounds.get(at).cloned() }))
    }
}

/// Where the buckets begin: keys of the largest file, evenly spread over its places and so, as it is not sorted, more or
/// less over its records.
fn bounds(inputs: [&Input; 3], key: &[String]) -> Result<Vec<RecordKey>, Unmerged> {
    let largest = inputs.into_iter().max_by_key(|input| input.bytes()).unwrap_or(inputs[0]);
    let buckets = (largest.bytes() / BUCKET_BYTES).clamp(1, MAX_BUCKETS);
    let samples = buckets * SAMPLES;
    let mut keys = Vec::new();
    for sample in 0..samples {
        let place = (u128::from(largest.bytes()) * u128::from(sample) / u128::from(samples)) as u64;
        keys.extend(key_behind(largest, place, key)?);
    }
    keys.sort_unstable();
    let step = (keys.len() / buckets as usize).max(1);
    let mut bounds: Vec<RecordKey> = keys.into_iter().skip(step).step_by(step).collect();
    bounds.dedup();
    Ok(bounds)
}

/// The key of the first whole line behind a place, if there is one.
fn key_behind(input: &Input, place: u64, key: &[String]) -> Result<Option<RecordKey>, Unmerged> {
    let mut reader = BufReader::with_capacity(1 << 12, input.reader_aside(place));
    let mut line = Vec::new();
    for _ in 0..2 {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(|error| input.error(0, error))?;
    }
    Ok(find_key(&line, key))
}

/// The copying of one file.
struct Copying<'c> {
    input: &'c Input,
    bounds: &'c [RecordKey],
    copy: File,
    length: u64,
    block_bytes: usize,
    /// The block of each bucket that is being filled.
    filling: Vec<Vec<u8>>,
    blocks: Vec<Vec<Range<u64>>>,
}

impl<'c> Copying<'c> {
    fn new(input: &'c Input, bounds: &'c [RecordKey]) -> Result<Copying<'c>, Unmerged> {
        let copy = tempfile::tempfile().map_err(|error| no_room(input, &error))?;
        let buckets = bounds.len() + 1;
        let block_bytes = (FILLING_BYTES / buckets).max(MIN_BLOCK_BYTES);
        let (filling, blocks) = (vec![Vec::new(); buckets], vec![Vec::new(); buckets]);
        Ok(Copying { input, bounds, copy, length: 0, block_bytes, filling, blocks })
    }

    fn run(mut self, key: &[String]) -> Result<Copied, Unmerged> {
        let from = self.input.after_mark()?;
        let mut reader = BufReader::with_capacity(READ_BYTES, self.input.reader_at(from));
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(|error| self.input.error(0, error))?;
            if length == 0 {
                break;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let key = find_key(&line, key).ok_or(Unmerged::Unclear)?;
            let bucket = self.bounds.partition_point(|bound| *bound <= key);
            if !line.ends_with(b"\n") {
                line.push(b'\n');
            }
            self.add(bucket, &line).map_err(|error| no_room(self.input, &error))?;
        }
        for bucket in 0..self.filling.len() {
            self.write(bucket).map_err(|error| no_room(self.input, &error))?;
        }
        Ok(Copied { file: self.input.of_copy(self.copy), blocks: self.blocks })
    }

    fn add(&mut self, bucket: usize, line: &[u8]) -> io::Result<()> {
        if self.filling[bucket].len() + line.len() > self.block_bytes {
            self.write(bucket)?;
        }
        self.filling[bucket].extend_from_slice(line);
        Ok(())
    }

    /// Writes the block of a bucket.
    fn write(&mut self, bucket: usize) -> io::Result<()> {
        let block = &mut self.filling[bucket];
        self.copy.write_all(block)?;
        let end = self.length + block.len() as u64;
        self.blocks[bucket].push(self.length..end);
        self.length = end;
        block.clear();
        Ok(())
    }
}

fn no_room(input: &Input, error: &io::Error) -> Unmerged {
    let folder = std::env::temp_dir();
    Unmerged::Bad(input.error(
        0,
        format!("not sorted by key, and cannot be copied to {} to be sorted: {error}", folder.display()),
    ))
}
