//! Comma-separated values: rows read back as they were written, and another reader finds the same cells (MS X3).

use ::csv::ReaderBuilder;
use merge::csv::{CsvError, ends_in_quote, is_empty_line, read_header, read_record, write_row};
use merge::{Object, Value};

/// Reads the bytes as a file with a header.
pub fn check(bytes: &[u8]) {
    let mut rows = rows(bytes).into_iter();
    let Some(Ok(header)) = rows.next().map(read_header) else { return };
    let mut written = String::new();
    let names: Vec<Value> = header.iter().map(|name| name.as_str().into()).collect();
    write_row(&mut written, names.iter().map(Some));
    assert_eq!(read_header(written.as_bytes()).as_ref(), Ok(&header), "{written:?}");
    let (mut alike, mut records) = (Vec::new(), Vec::new());
    for row in rows.filter(|row| !is_empty_line(row, &header)) {
        match read_record(row, &header) {
            Ok(record) => {
                written_and_read(&record, &header);
                if let Some(line) = read_alike(row) {
                    alike.extend_from_slice(line);
                    alike.push(b'\n');
                    records.push(record);
                }
            }
            Err(error) => assert!(is_to_blame(row, &error), "{row:?}: {error}"),
        }
    }
    read_otherwise(&alike, &records);
}

/// The rows of a file: one goes on over the end of a line while a quote is open.
fn rows(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rows, mut start, mut end, mut open) = (Vec::new(), 0, 0, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        open = ends_in_quote(line, open);
        if !open {
            rows.push(&bytes[start..end]);
            start = end;
        }
    }
    if start < end {
        rows.push(&bytes[start..end]);
    }
    rows
}

fn written_and_read(record: &Object, header: &[String]) {
    let mut row = String::new();
    write_row(&mut row, header.iter().map(|name| record.get(name)));
    assert_eq!(rows(row.as_bytes()), [row.as_bytes()], "a record is one row");
    assert_eq!(read_record(row.as_bytes(), header).as_ref(), Ok(record), "{row:?}");
}

/// The row without its end, if the csv crate means the same by it. It ends rows at a bare carriage return, takes a byte
/// order mark away, and passes over empty lines.
fn read_alike(row: &[u8]) -> Option<&[u8]> {
    let line = row.strip_suffix(b"\n").unwrap_or(row);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (!line.is_empty() && !line.contains(&b'\r') && !line.starts_with(b"\xef\xbb\xbf")).then_some(line)
}

/// The csv crate finds the same texts. It does not know empty cells from empty texts.
fn read_otherwise(rows: &[u8], records: &[Object]) {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(rows);
    let read: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(read.len(), records.len());
    for (row, record) in read.iter().zip(records) {
        let cells: Vec<&str> = record.iter().map(|(_, cell)| cell.as_text().unwrap_or_default()).collect();
        assert_eq!(row.iter().collect::<Vec<_>>(), cells);
    }
}

/// Whether the row has at least what the error complains of.
fn is_to_blame(row: &[u8], error: &CsvError) -> bool {
    match error {
        CsvError::NotUtf8 => str::from_utf8(row).is_err(),
        CsvError::CellCount { cells, columns } => cells != columns,
        CsvError::OpenQuote | CsvError::TextAfterQuote | CsvError::QuoteInside => row.contains(&b'"'),
        CsvError::CarriageReturn => row.contains(&b'\r'),
        CsvError::Nul => row.contains(&0),
        CsvError::RepeatedColumn(_) => false,
    }
}
