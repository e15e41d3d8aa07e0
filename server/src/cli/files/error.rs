//! What is wrong with a file, and where.

use std::fmt;
use std::path::Path;

/// A message may quote what is in a file, and nobody knows how long that is.
const LONGEST: usize = 500;

/// One line for people: `FILE:LINE: message`; line 0 if the file as a whole is at fault (MS X1).
#[derive(Debug, PartialEq, Eq)]
pub struct FileError {
    file: Option<String>,
    line: u64,
    message: String,
}

impl FileError {
    pub(crate) fn new(path: &Path, line: u64, message: impl fmt::Display) -> FileError {
        FileError { file: Some(on_one_line(path.display())), line, message: on_one_line(message) }
    }

    /// A wrong argument, which is in no file.
    pub(crate) fn usage(message: impl fmt::Display) -> FileError {
        FileError { file: None, line: 0, message: on_one_line(message) }
    }
}

fn on_one_line(text: impl fmt::Display) -> String {
    let text = text.to_string().replace(['\n', '\r'], " ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}: {}", self.line, self.message),
            None => f.write_str(&self.message),
        }
    }
}
