//! Rows of CSV files that spreadsheets and programs can open safely (RFC 4180, RL S41).

/// A cell of a row.
pub(super) enum Cell {
    /// No value: an empty cell without quotes, as an import reads it.
    Nothing,
    /// Made by us, or a number: as it is.
    Plain(String),
    /// Text of anybody.
    Text(String),
}

impl Cell {
    /// A value as an import reads it back: a number as a number, text as text.
    pub(super) fn of_json(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Nothing };
        match merge::json::parse(text.as_bytes()) {
            Ok(merge::Value::Null) => Self::Nothing,
            Ok(merge::Value::Text(text)) => Self::Text(text),
            Ok(merge::Value::Number(number)) => Self::Plain(number.as_str().to_owned()),
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// Adds a row by RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front, and so does text
/// that begins with one: whoever takes one apostrophe off has what was there (RL S41).
pub(super) fn row(out: &mut String, cells: impl Iterator<Item = Cell>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        match cell {
            Cell::Nothing => {}
            Cell::Plain(text) => out.push_str(&text),
            Cell::Text(text) => quoted(out, &text),
        }
    }
    out.push_str("\r\n");
}

fn quoted(out: &mut String, text: &str) {
    let formula = text.starts_with(['\'', '=', '+', '-', '@', '\t', '\r', '\n', '\0']);
    let plain = !text.is_empty() && !formula && !text.contains(['"', ',', '\n', '\r']);
    if plain {
        return out.push_str(text);
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: Vec<Cell>) -> String {
        let mut out = String::new();
        row(&mut out, cells.into_iter());
        out
    }

    #[test]
    fn s41_text_that_looks_like_a_formula_is_text() {
        for first in ["=", "+", "-", "@", "\t", "\r", "\n", "\0"] {
            let cell = written(vec![Cell::Text(format!("{first}SUM(A1)"))]);
            assert_eq!(cell, format!("\"'{first}SUM(A1)\"\r\n"));
        }
        assert_eq!(written(vec![Cell::of_json(Some("-5"))]), "-5\r\n", "a number stays one");
        assert_eq!(written(vec![Cell::of_json(Some("\"-5\""))]), "\"'-5\"\r\n");
    }

    #[test]
    fn s41_an_import_that_takes_one_apostrophe_off_has_what_was_there() {
        for text in ["=x", "'=x", "''=x", "'", "'Aula", "Aula", "O'Hara", "-1", "'-1"] {
            let cell = written(vec![Cell::Text(text.to_owned())]);
            let cell = cell.trim_end().trim_matches('"');
            assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), text);
        }
    }

    #[test]
    fn s41_cells_are_quoted_by_the_rule_and_nothing_is_not_blank_text() {
        let cells = vec![
            Cell::of_json(None),
            Cell::of_json(Some("null")),
            Cell::of_json(Some("\"\"")),
            Cell::of_json(Some("\"a\\\"b,c\"")),
            Cell::of_json(Some("[1,2]")),
        ];
        assert_eq!(written(cells), ",,\"\",\"a\"\"b,c\",\"[1,2]\"\r\n");
    }
}
