//! Merging three files of lines without reading what is the same in all of them.
//!
//! The files are cut into chunks of neighbouring keys, so that each chunk holds the same keys of all three: [`spans`] cuts
//! files that are sorted where they are, [`buckets`] copies others together. [`workers`] merges chunks side by side and
//! writes them in their order, [`chunk`] merges one.

mod buckets;
mod chunk;
mod spans;
mod workers;

use merge::listing::Unclear;

use super::job::Job;
use super::outputs::Finished;
use crate::cli::files::{FileError, Input, Meter};

/// Why three files were not merged.
pub(super) enum Unmerged {
    /// A file cannot be read or written.
    Bad(FileError),
    /// They have to be read row by row to be merged, or to say what is wrong with them.
    Unclear,
    /// One of them is not sorted by key.
    Unsorted,
}

impl From<FileError> for Unmerged {
    fn from(error: FileError) -> Unmerged {
        Unmerged::Bad(error)
    }
}

impl From<Unclear> for Unmerged {
    fn from(unclear: Unclear) -> Unmerged {
        match unclear {
            Unclear::Unread => Unmerged::Unclear,
            Unclear::Unsorted => Unmerged::Unsorted,
        }
    }
}

/// Merges base, ours and theirs.
pub(super) fn merge(job: &Job<'_>, inputs: [&Input; 3], meter: &Meter) -> Result<Finished, Unmerged> {
    let bytes = Some(inputs.iter().map(|input| input.bytes()).sum());
    meter.begin("merging", bytes);
    match workers::merge(job, spans::Spans::new(inputs, &job.args.key)?, meter) {
        Err(Unmerged::Unsorted) => {}
        merged => return merged,
    }
    meter.begin("sorting", bytes);
    let buckets = buckets::Buckets::fill(inputs, &job.args.key)?;
    meter.begin("merging", bytes);
    workers::merge(job, buckets, meter)
}
