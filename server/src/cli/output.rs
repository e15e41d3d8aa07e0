//! What commands print on stdout.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

use chrono::{DateTime, Utc};

/// Prints text for people. Control characters in values are escaped: they could steer the terminal.
pub(super) fn print(text: &str) -> io::Result<()> {
    write(&clean(text))
}

/// Prints one value as one line of JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> io::Result<()> {
    write(&format!("{}\n", serde_json::to_string(value)?))
}

/// Writes text as it is. A reader that has seen enough (`| head`) is no error.
pub(super) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Says something on stderr. If it cannot be said, there is nobody to say that to.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Text without control characters except line breaks.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' {
            cleaned.extend(letter.escape_unicode());
        } else {
            cleaned.push(letter);
        }
    }
    cleaned
}

/// Lines in columns as wide as their widest cell; the last one is as long as it likes.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut text = String::new();
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    for row in [&headings].into_iter().chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A value, or the words for a member that is not there (UX 3).
pub(super) fn value(value: Option<&str>) -> &str {
    value.unwrap_or("(not there)")
}

/// An instant to the second.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// What is said below a part of a list.
pub(super) fn footer(shown: usize, total: i64, what: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{shown} of {total} {what}; go on with --after {next}\n"),
        None => format!("{shown} of {total} {what}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["1".to_owned(), "ARTS 101".to_owned()], vec!["20".to_owned(), "X".to_owned()]];
        assert_eq!(table(&["No.", "Record"], &rows), "No.  Record\n1    ARTS 101\n20   X\n");
    }

    #[test]
    fn values_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{9b}c\nd"), "a\\u{1b}[2Jb\\u{9b}c\nd");
    }
}
