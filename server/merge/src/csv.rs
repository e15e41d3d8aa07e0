//! Records as comma-separated values by RFC 4180, keeping an empty cell apart from empty text (MS X3).
//!
//! The usual csv crates do not say whether an empty cell was quoted, which is the difference between null and `""`.
//!
//! ```
//! use merge::csv;
//! let header = csv::read_header(b"id,room\r\n")?;
//! let record = csv::read_record(b"7,\"B \"\"12\"\"\"\r\n", &header)?;
//! assert_eq!(record.to_json(), r#"{"id":"7","room":"B \"12\""}"#);
//! let mut row = String::new();
//! csv::write_row(&mut row, header.iter().map(|name| record.get(name)));
//! assert_eq!(row, "7,\"B \"\"12\"\"\"\r\n");
//! # Ok::<(), csv::CsvError>(())
//! ```

use crate::value::{Object, Value};

/// A cell: text, or nothing if it was empty and unquoted.
type Cell = Option<String>;

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// Two columns have this name.
    #[error("the column {0:?} is there twice")]
    RepeatedColumn(String),
    /// A row is longer or shorter than the header.
    #[error("{cells} cells where the header has {columns}")]
    CellCount {
        /// Cells of the row.
        cells: usize,
        /// Names in the header.
        columns: usize,
    },
    /// The row is not text.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// A cell begins with a quote and has no other one at its end.
    #[error("a quoted cell is not closed")]
    OpenQuote,
    /// Between the closing quote of a cell and the comma is something else.
    #[error("text after a quoted cell")]
    TextAfterQuote,
    /// A cell has a quote and does not begin with one.
    #[error("a quote inside an unquoted cell")]
    QuoteInside,
    /// An unquoted cell has half the end of a line.
    #[error("a carriage return without a line feed in an unquoted cell")]
    CarriageReturn,
    /// What no text in a csv file holds; where one stands, the file is damaged or no csv.
    #[error("a NUL byte in a cell")]
    Nul,
}

/// Whether a line ends inside a quoted cell, so that its row goes on; `open` says the same of the line before it.
///
/// ```
/// assert!(merge::csv::ends_in_quote(b"1,\"two\n", false));
/// assert!(!merge::csv::ends_in_quote(b"lines\",\"\"\n", true));
/// ```
pub fn ends_in_quote(line: &[u8], open: bool) -> bool {
    let quotes = line.iter().filter(|byte| **byte == b'"').count();
    open ^ (quotes % 2 == 1)
}

/// Reads the header: the names of the columns, each once (X3).
///
/// # Errors
/// As [`read_record`], and when a name is there twice.
///
/// ```
/// assert_eq!(merge::csv::read_header(b"crn,room\r\n").unwrap(), ["crn", "room"]);
/// let twice = merge::csv::read_header(b"crn,room,crn\r\n").unwrap_err();
/// assert_eq!(twice.to_string(), "the column \"crn\" is there twice");
/// ```
pub fn read_header(row: &[u8]) -> Result<Vec<String>, CsvError> {
    let names: Vec<String> = read_cells(row)?.into_iter().map(Option::unwrap_or_default).collect();
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, repeated)) => Err(CsvError::RepeatedColumn(repeated.clone())),
        None => Ok(names),
    }
}

/// Whether there is nothing on a line; a comma would be two empty cells (X3).
///
/// ```
/// assert!(merge::csv::is_blank(b"\r\n"));
/// assert!(!merge::csv::is_blank(b",\r\n"), "two empty cells");
/// ```
pub fn is_blank(row: &[u8]) -> bool {
    strip_end(row).is_empty()
}

/// Whether a row is an empty line, which stands between the rows of a table with several columns.
///
/// ```
/// let header = |text: &str| merge::csv::read_header(text.as_bytes()).unwrap();
/// assert!(merge::csv::is_empty_line(b"\n", &header("crn,room")));
/// assert!(!merge::csv::is_empty_line(b"\n", &header("room")), "a section without a room");
/// ```
pub fn is_empty_line(row: &[u8], header: &[String]) -> bool {
    header.len() > 1 && is_blank(row)
}

/// Reads a row, with or without the end of its line, as a record: every cell is text, an empty unquoted one null
/// (X3).
///
/// # Errors
/// A row with another number of cells, quotes that RFC 4180 does not know, or bytes that are not UTF-8.
///
/// ```
/// let header = ["crn", "room", "note"].map(str::to_owned);
/// let section = merge::csv::read_record(b"1001,,\"\"\r\n", &header).unwrap();
/// assert_eq!(section.to_json(), r#"{"crn":"1001","room":null,"note":""}"#);
/// assert!(merge::csv::read_record(b"1001,B12\r\n", &header).is_err());
/// ```
pub fn read_record(row: &[u8], header: &[String]) -> Result<Object, CsvError> {
    let cells = read_cells(row)?;
    if cells.len() != header.len() {
        return Err(CsvError::CellCount { cells: cells.len(), columns: header.len() });
    }
    let value = |cell: Cell| cell.map_or(Value::Null, Value::Text);
    Ok(header.iter().map(String::as_str).zip(cells.into_iter().map(value)).collect())
}

fn strip_end(row: &[u8]) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.strip_suffix(b"\r").unwrap_or(row)
}

fn read_cells(row: &[u8]) -> Result<Vec<Cell>, CsvError> {
    let text = std::str::from_utf8(strip_end(row)).map_err(|_| CsvError::NotUtf8)?;
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after) = read_cell(rest)?;
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(cells),
            None => return Err(CsvError::TextAfterQuote),
        }
    }
}

/// Reads one cell; returns it and the text after it.
fn read_cell(text: &str) -> Result<(Cell, &str), CsvError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (cell, after) = text.split_at(text.find(',').unwrap_or(text.len()));
        return match cell.find(['"', '\r', '\0']).map(|at| cell.as_bytes()[at]) {
            Some(b'"') => Err(CsvError::QuoteInside),
            Some(b'\r') => Err(CsvError::CarriageReturn),
            Some(_) => Err(CsvError::Nul),
            None => Ok(((!cell.is_empty()).then(|| cell.to_owned()), after)),
        };
    };
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"').ok_or(CsvError::OpenQuote)?;
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None if cell.contains('\0') => return Err(CsvError::Nul),
            None => return Ok((Some(cell), rest)),
        }
    }
}

/// Appends a row with the end of its line: null and absent are empty cells, empty text is `""`, lists and objects are
/// their JSON (X3).
///
/// ```
/// use merge::Value;
/// let cells = [Value::from("Hall 1, left"), Value::Null, Value::from("")];
/// let mut row = String::new();
/// merge::csv::write_row(&mut row, cells.iter().map(Some));
/// assert_eq!(row, "\"Hall 1, left\",,\"\"\r\n");
/// ```
pub fn write_row<'a>(out: &mut String, cells: impl Iterator<Item = Option<&'a Value>>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        match cell {
            None | Some(Value::Null) => {}
            Some(Value::Text(text)) => write_cell(out, text),
            Some(value) => write_cell(out, &value.to_json()),
        }
    }
    out.push_str("\r\n");
}

fn write_cell(out: &mut String, text: &str) {
    if !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return out.push_str(text);
    }
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(row: &str) -> Result<String, String> {
        let header = read_header(b"id,v\r\n").map_err(|error| error.to_string())?;
        read_record(row.as_bytes(), &header).map(|record| record.to_json()).map_err(|error| error.to_string())
    }

    #[test]
    fn x03_an_empty_cell_is_null_and_a_quoted_one_empty_text() {
        assert_eq!(record("1,\n").as_deref(), Ok(r#"{"id":"1","v":null}"#));
        assert_eq!(record("1,\"\"\r\n").as_deref(), Ok(r#"{"id":"1","v":""}"#));
        assert_eq!(record("\"a\"\"b\",\"x,\ny\"").as_deref(), Ok(r#"{"id":"a\"b","v":"x,\ny"}"#));
        assert_eq!(record(" 1 ,é").as_deref(), Ok(r#"{"id":" 1 ","v":"é"}"#));
    }

    #[test]
    fn x03_broken_rows_are_bad_input() {
        for (row, message) in [
            ("1\n", "1 cells where the header has 2"),
            ("1,2,3\n", "3 cells where the header has 2"),
            ("\"1\"x,2\n", "text after a quoted cell"),
            ("1,2\"\n", "a quote inside an unquoted cell"),
            ("1,\"2\n", "a quoted cell is not closed"),
            ("1,2\r3\n", "a carriage return without a line feed in an unquoted cell"),
            ("1,a\0b\n", "a NUL byte in a cell"),
            ("1,\"a\0b\"\n", "a NUL byte in a cell"),
        ] {
            assert_eq!(record(row), Err(message.to_owned()));
        }
        assert!(read_header(b"a,b,a\n").is_err());
    }

    #[test]
    fn x03_a_row_goes_on_while_a_quote_is_open() {
        let lines = ["1,\"a\n", "\"\"\n", "b\"\n", "2,\"\"\n"];
        let mut open = false;
        let ends = lines.map(|line| {
            open = ends_in_quote(line.as_bytes(), open);
            open
        });
        assert_eq!(ends, [true, true, false, false]);
    }

    #[test]
    fn x03_an_empty_line_is_a_row_of_a_table_with_one_column_only() {
        let header = |row: &[u8]| read_header(row).expect("header");
        assert!(is_empty_line(b"\r\n", &header(b"id,v")));
        assert!(!is_empty_line(b"\r\n", &header(b"v")));
        assert!(!is_empty_line(b",\n", &header(b"id,v")));
    }

    #[test]
    fn x03_rows_read_back_as_they_were_written() {
        for row in ["1,\r\n", "1,\"\"\r\n", "\"a\"\"b\",\"x,y\"\r\n", "plain,\" \n \"\r\n"] {
            let header = ["id".to_owned(), "v".to_owned()];
            let record = read_record(row.as_bytes(), &header).expect("row");
            let mut out = String::new();
            write_row(&mut out, header.iter().map(|name| record.get(name)));
            assert_eq!(out, row);
        }
    }
}
