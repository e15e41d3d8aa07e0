//! Comma-separated values by RFC 4180, keeping an empty cell apart from empty text (MS X3).
//!
//! The usual csv crates do not say whether an empty cell was quoted, which is the difference between null and `""`.

use merge::{Object, Value};

/// A cell: text, or nothing if it was empty and unquoted.
type Cell = Option<String>;

/// What no text in a csv file holds; where one stands, the file is damaged or no csv.
const NUL: &str = "a NUL byte in a cell";

/// Reads the header line.
pub(super) fn read_header(row: &[u8]) -> Result<Vec<String>, String> {
    let names: Vec<String> = read_cells(row)?.into_iter().map(Option::unwrap_or_default).collect();
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, repeated)) => Err(format!("the column {repeated:?} is there twice")),
        None => Ok(names),
    }
}

/// Whether there is nothing on a line.
pub(super) fn is_blank(row: &[u8]) -> bool {
    strip_end(row).is_empty()
}

/// Whether a row is an empty line, which stands between the rows of a table with several columns.
pub(super) fn is_empty_line(row: &[u8], header: &[String]) -> bool {
    header.len() > 1 && is_blank(row)
}

/// Reads a row as a record: every cell is text, an empty unquoted one null.
pub(super) fn read_record(row: &[u8], header: &[String]) -> Result<Object, String> {
    let cells = read_cells(row)?;
    if cells.len() != header.len() {
        return Err(format!("{} cells where the header has {}", cells.len(), header.len()));
    }
    let value = |cell: Cell| cell.map_or(Value::Null, Value::Text);
    Ok(header.iter().map(String::as_str).zip(cells.into_iter().map(value)).collect())
}

fn strip_end(row: &[u8]) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.strip_suffix(b"\r").unwrap_or(row)
}

fn read_cells(row: &[u8]) -> Result<Vec<Cell>, String> {
    let text = std::str::from_utf8(strip_end(row)).map_err(|_| "not valid UTF-8".to_owned())?;
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after) = read_cell(rest)?;
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(cells),
            None => return Err("text after a quoted cell".to_owned()),
        }
    }
}

/// Reads one cell; returns it and the text after it.
fn read_cell(text: &str) -> Result<(Cell, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (cell, after) = text.split_at(text.find(',').unwrap_or(text.len()));
        return match cell.find(['"', '\r', '\0']).map(|at| cell.as_bytes()[at]) {
            Some(b'"') => Err("a quote inside an unquoted cell".to_owned()),
            Some(b'\r') => Err("a carriage return without a line feed in an unquoted cell".to_owned()),
            Some(_) => Err(NUL.to_owned()),
            None => Ok(((!cell.is_empty()).then(|| cell.to_owned()), after)),
        };
    };
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"').ok_or_else(|| "a quoted cell is not closed".to_owned())?;
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None if cell.contains('\0') => return Err(NUL.to_owned()),
            None => return Ok((Some(cell), rest)),
        }
    }
}

/// Appends a row: null and absent are empty cells, empty text is `""`, lists and objects are their JSON.
pub(super) fn write_row<'a>(out: &mut String, cells: impl Iterator<Item = Option<&'a Value>>) {
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
        let header = read_header(b"id,v\r\n")?;
        read_record(row.as_bytes(), &header).map(|record| record.to_json())
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
