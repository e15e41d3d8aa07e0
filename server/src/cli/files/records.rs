//! Writing records in one of the formats.

use std::path::Path;

use merge::csv::write_row;
use merge::{Object, Value};

use super::{FileError, Format, Output};

/// An output of records.
pub(crate) struct RecordOutput {
    output: Output,
    format: Format,
    /// The columns of csv.
    columns: Vec<String>,
    /// Whether a record was written.
    began: bool,
}

impl RecordOutput {
    /// Starts an output; `columns` are those of csv.
    pub(crate) fn create(
        path: &Path,
        format: Format,
        columns: Vec<String>,
    ) -> Result<RecordOutput, FileError> {
        let mut output = Output::create(path)?;
        let mut head = String::new();
        match format {
            Format::Ndjson => {}
            Format::Json => head.push('['),
            Format::Csv => {
                let names: Vec<Value> = columns.iter().map(|name| name.as_str().into()).collect();
                write_row(&mut head, names.iter().map(Some));
            }
        }
        output.write(&head)?;
        Ok(RecordOutput { output, format, columns, began: false })
    }

    /// Appends a record.
    pub(crate) fn write(&mut self, record: &Object) -> Result<(), FileError> {
        let first = !std::mem::replace(&mut self.began, true);
        let text = match self.format {
            Format::Ndjson => format!("{record}\n"),
            Format::Json if first => format!("\n{record}"),
            Format::Json => format!(",\n{record}"),
            Format::Csv => {
                let mut text = String::new();
                write_row(&mut text, self.columns.iter().map(|name| record.get(name)));
                text
            }
        };
        self.output.write(&text)
    }

    /// Finishes the content, see [`Output::finish`].
    pub(crate) fn finish(&mut self) -> Result<(), FileError> {
        if self.format == Format::Json {
            self.output.write(if self.began { "\n]\n" } else { "]\n" })?;
        }
        self.output.finish()
    }

    /// Moves the content to its place.
    pub(crate) fn publish(self) -> Result<(), FileError> {
        self.output.publish()
    }
}
