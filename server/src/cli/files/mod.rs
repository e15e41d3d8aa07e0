//! Listings in files, and output files that appear only when all went well.

mod arguments;
mod chunks;
mod encoding;
mod error;
mod input;
mod leftover;
mod listing;
mod meter;
mod output;
mod records;
mod spool;

pub(crate) use arguments::{Argument, check_arguments};
pub(crate) use error::FileError;
pub(crate) use input::{Input, InputReader};
pub(crate) use listing::Listing;
pub(crate) use meter::Meter;
pub(crate) use output::Output;
pub(crate) use records::{RecordOutput, RecordStyle};

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
    /// The format asked for, else the one the ending names (before a `.gz`, if there is one), else ndjson.
    pub(crate) fn of(path: &Path, asked: Option<Format>) -> Format {
        let unpacked = if has_ending(path, "gz") { path.with_extension("") } else { path.to_owned() };
        asked.unwrap_or_else(|| match unpacked {
            path if has_ending(&path, "csv") => Format::Csv,
            path if has_ending(&path, "json") => Format::Json,
            _ => Format::Ndjson,
        })
    }
}

/// Whether a path stands for standard input or output.
fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether a name ends so, in small letters or capitals.
fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|there| there.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x02_the_ending_says_how_a_file_is_written_also_before_gz() {
        for (name, format) in [
            ("a.csv", Format::Csv),
            ("a.CSV.GZ", Format::Csv),
            ("a.json", Format::Json),
            ("a.json.gz", Format::Json),
            ("a.ndjson.gz", Format::Ndjson),
            ("a.jsonl", Format::Ndjson),
            ("csv", Format::Ndjson),
            ("json.gz", Format::Ndjson),
            ("-", Format::Ndjson),
        ] {
            assert_eq!(Format::of(Path::new(name), None), format, "{name}");
            assert_eq!(Format::of(Path::new(name), Some(Format::Csv)), Format::Csv, "{name}");
        }
    }
}
