//! Merging three files of lines without reading what is the same in all of them.
//!
//! The files are cut into chunks of neighbouring keys, so that each chunk holds the same keys of all three: [`spans`] cuts
//! files that are sorted where they are, [`buckets`] copies others together. [`workers`] merges chunks side by side and
//! writes them in their order, [`chunk`] merges one.

mod buckets;
mod chunk;
mod spans;
mod workers;

use merge::listing::{Summary, Unclear};

use super::job::Job;
use crate::cli::files::{FileError, Input};

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

/// Merges base, ours and theirs; only when all went well the output files appear.
pub(super) fn merge(job: &Job<'_>, inputs: [&Input; 3]) -> Result<Summary, Unmerged> {
    match workers::merge(job, spans::Spans::new(inputs, &job.args.key)?) {
        Err(Unmerged::Unsorted) => workers::merge(job, buckets::Buckets::fill(inputs, &job.args.key)?),
        merged => merged,
    }
}
