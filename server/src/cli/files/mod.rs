//! Listings in files, and output files that appear only when all went well.

mod chunks;
mod error;
mod listing;
mod output;
mod records;

pub(crate) use error::FileError;
pub(crate) use listing::Listing;
pub(crate) use output::Output;
pub(crate) use records::RecordOutput;

use std::path::Path;

/// How records are written in a file (MS X2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// One JSON list of objects.
    Json,
    /// RFC 4180 with a header line.
    Csv,
}

impl Format {
    /// The format asked for, else the one the ending names, else ndjson.
    pub(crate) fn of(path: &Path, asked: Option<Format>) -> Format {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        asked.unwrap_or(match ending.as_deref() {
            Some("csv") => Format::Csv,
            Some("json") => Format::Json,
            _ => Format::Ndjson,
        })
    }
}
