//! Writing records in one of the formats.

use std::path::Path;

use merge::csv::write_row;
use merge::{Object, Value};

use super::{FileError, Format, Output};

/// How records are written.
pub(crate) struct RecordStyle {
    pub(crate) format: Format,
    /// The columns of csv.
    pub(crate) columns: Vec<String>,
}

impl RecordStyle {
    /// Appends a record. An item of a JSON list begins with the comma that parts it from the one before.
    pub(crate) fn append(&self, out: &mut String, record: &Object) {
        match self.format {
            Format::Ndjson => out.push_str(&format!("{record}\n")),
            Format::Json => out.push_str(&format!(",\n{record}")),
            Format::Csv => write_row(out, self.columns.iter().map(|name| record.get(name))),
        }
    }
}

/// An output of records.
pub(crate) struct RecordOutput {
    output: Output,
    format: Format,
    /// Whether a record was written.
    began: bool,
}

impl RecordOutput {
    /// Starts an output.
    pub(crate) fn create(path: &Path, style: &RecordStyle) -> Result<RecordOutput, FileError> {
        let mut head = String::new();
        match style.format {
            Format::Ndjson => {}
            Format::Json => head.push('['),
            Format::Csv => {
                let names: Vec<Value> = style.columns.iter().map(|name| name.as_str().into()).collect();
                write_row(&mut head, names.iter().map(Some));
            }
        }
        let mut output = RecordOutput { output: Output::create(path)?, format: style.format, began: false };
        output.write(&head)?;
        Ok(output)
    }

    /// X3: what cannot be read again is not written.
    fn write(&mut self, text: &str) -> Result<(), FileError> {
        if self.format == Format::Csv && memchr::memchr(0, text.as_bytes()).is_some() {
            let message = "a text has a NUL byte, which csv cannot hold; write ndjson or json";
            return Err(self.output.error(message));
        }
        self.output.write(text)
    }

    /// Appends records as [`RecordStyle::append`] writes them.
    pub(crate) fn append(&mut self, records: &str) -> Result<(), FileError> {
        if records.is_empty() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.began, true);
        let first = records.strip_prefix(',').filter(|_| is_first && self.format == Format::Json);
        self.write(first.unwrap_or(records))
    }

    /// Finishes the content, see [`Output::finish`].
    pub(crate) fn finish(&mut self) -> Result<(), FileError> {
        if self.format == Format::Json {
            self.output.write(if self.began { "\n]\n" } else { "]\n" })?;
        }
        self.output.finish()
    }

    /// The output itself, to be published.
    pub(crate) fn into_output(self) -> Output {
        self.output
    }
}
