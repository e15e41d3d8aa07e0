//! Cutting a file into the texts of its records, one at a time.

use std::io::{self, BufRead};

use merge::csv;

use super::{Format, encoding};

/// The text of one record.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// The line on which it begins, from 1.
    pub(super) line: u64,
}

/// Why cutting stopped.
#[derive(Debug)]
pub(super) enum ChunkError {
    Io(io::Error),
    /// The text is broken at this line.
    Broken(u64, &'static str),
}

impl From<io::Error> for ChunkError {
    fn from(error: io::Error) -> ChunkError {
        ChunkError::Io(error)
    }
}

/// Reads chunks; holds one record at a time.
pub(super) struct Chunks<R> {
    reader: R,
    format: Format,
    offset: u64,
    line: u64,
    list: ListState,
}

/// Where a reader stands in a JSON list.
#[derive(Clone, Copy, PartialEq)]
enum ListState {
    Before,
    First,
    Next,
    After,
}

impl<R: BufRead> Chunks<R> {
    /// Starts at the beginning of a file; a byte order mark is skipped (X2).
    pub(super) fn new(mut reader: R, format: Format) -> Result<Chunks<R>, ChunkError> {
        let begin = reader.fill_buf()?;
        if let Some(foreign) = encoding::foreign(begin) {
            return Err(ChunkError::Broken(1, foreign));
        }
        let mark = encoding::BYTE_ORDER_MARK;
        let skipped = if begin.starts_with(mark) { mark.len() } else { 0 };
        reader.consume(skipped);
        Ok(Chunks { reader, format, offset: skipped as u64, line: 1, list: ListState::Before })
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk>, ChunkError> {
        match self.format {
            Format::Ndjson => self.next_line(),
            Format::Json => self.next_item(),
            Format::Csv => self.next_csv(),
        }
    }

    /// Appends one line with its end; true if there was one.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let length = self.reader.read_until(b'\n', bytes)?;
        self.offset += length as u64;
        self.line += u64::from(bytes.ends_with(b"\n") && length > 0);
        Ok(length > 0)
    }

    fn next_line(&mut self) -> Result<Option<Chunk>, ChunkError> {
        loop {
            let (offset, line) = (self.offset, self.line);
            let mut bytes = Vec::new();
            if !self.read_line(&mut bytes)? {
                return Ok(None);
            }
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(Chunk { bytes, offset, line }));
            }
        }
    }

    /// A row of csv goes on over the end of a line while a quote is open.
    fn next_csv(&mut self) -> Result<Option<Chunk>, ChunkError> {
        let (offset, line) = (self.offset, self.line);
        let mut bytes = Vec::new();
        let (mut seen, mut open) = (0, false);
        while self.read_line(&mut bytes)? {
            open = csv::ends_in_quote(&bytes[seen..], open);
            seen = bytes.len();
            if !open {
                return Ok(Some(Chunk { bytes, offset, line }));
            }
        }
        match open {
            false => Ok(None),
            true => Err(ChunkError::Broken(line, "a quoted cell is not closed")),
        }
    }

    fn next_item(&mut self) -> Result<Option<Chunk>, ChunkError> {
        let next = self.skip_space()?;
        match (self.list, next) {
            // An empty file is an empty listing.
            (ListState::Before | ListState::After, None) => Ok(None),
            (ListState::Before, Some(b'[')) => {
                self.take_byte()?;
                self.list = ListState::First;
                self.next_item()
            }
            (ListState::Before, Some(_)) => {
                Err(ChunkError::Broken(self.line, "expected a JSON list of objects"))
            }
            (ListState::After, Some(_)) => {
                Err(ChunkError::Broken(self.line, "unexpected text after the list"))
            }
            (ListState::First, Some(b']')) => {
                self.take_byte()?;
                self.list = ListState::After;
                self.next_item()
            }
            (ListState::First | ListState::Next, _) => self.item().map(Some),
        }
    }

    /// An item up to the comma or bracket after it.
    fn item(&mut self) -> Result<Chunk, ChunkError> {
        let (offset, line) = (self.offset, self.line);
        let mut bytes = Vec::new();
        let mut scan = ItemScan::default();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Err(ChunkError::Broken(self.line, "the list is not closed"));
            }
            let end = scan.find_end(buffer);
            let item = &buffer[..end.unwrap_or(buffer.len())];
            bytes.extend_from_slice(item);
            self.line += item.iter().filter(|byte| **byte == b'\n').count() as u64;
            let (after, taken) = (end.map(|at| buffer[at]), item.len() + usize::from(end.is_some()));
            self.reader.consume(taken);
            self.offset += taken as u64;
            self.list = match after {
                None => continue,
                Some(b',') => ListState::Next,
                Some(b']') => ListState::After,
                Some(_) => return Err(ChunkError::Broken(self.line, "a `}` without a `{`")),
            };
            return Ok(Chunk { bytes, offset, line });
        }
    }

    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.reader.fill_buf()?.first().copied() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.take_byte()?,
                byte => return Ok(byte),
            };
        }
    }

    fn take_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.reader.fill_buf()?.first().copied();
        if let Some(byte) = byte {
            self.reader.consume(1);
            self.offset += 1;
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }
}

/// Looks for the end of an item of a JSON list. Only brackets and quotes are looked at: what is inside is read later.
#[derive(Default)]
struct ItemScan {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl ItemScan {
    /// Where in the next piece of the item the comma or bracket is that ends it.
    fn find_end(&mut self, piece: &[u8]) -> Option<usize> {
        piece.iter().position(|byte| self.ends_at(*byte))
    }

    fn ends_at(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.in_text => {
                self.in_text = self.escaped || byte != b'"';
                self.escaped = byte == b'\\' && !self.escaped;
            }
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b',' | b']' | b'}' if self.depth == 0 => return true,
            b']' | b'}' => self.depth -= 1,
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(format: Format, text: &str) -> Result<Vec<(u64, String)>, String> {
        let broken = |error: ChunkError| match error {
            ChunkError::Io(error) => error.to_string(),
            ChunkError::Broken(line, message) => format!("{line}: {message}"),
        };
        let mut chunks = Chunks::new(text.as_bytes(), format).map_err(broken)?;
        let mut all = Vec::new();
        while let Some(chunk) = chunks.next().map_err(broken)? {
            let from = usize::try_from(chunk.offset).expect("small");
            assert_eq!(
                &text.as_bytes()[from..from + chunk.bytes.len()],
                chunk.bytes,
                "the offset finds it again"
            );
            all.push((chunk.line, String::from_utf8(chunk.bytes).expect("text")));
        }
        Ok(all)
    }

    fn lines(chunks: &[(u64, &str)]) -> Result<Vec<(u64, String)>, String> {
        Ok(chunks.iter().map(|(line, text)| (*line, (*text).to_owned())).collect())
    }

    #[test]
    fn x02_ndjson_skips_the_byte_order_mark_and_blank_lines() {
        assert_eq!(cut(Format::Ndjson, "\u{feff}{}\n\n  \n[]"), lines(&[(1, "{}\n"), (4, "[]")]));
        assert_eq!(cut(Format::Ndjson, ""), lines(&[]));
    }

    #[test]
    fn x02_json_is_one_list() {
        assert_eq!(
            cut(Format::Json, " [\n{\"a\":\"],\\\"\"},\n [1]] \n"),
            lines(&[(2, "{\"a\":\"],\\\"\"}"), (3, "[1]")])
        );
        assert_eq!(cut(Format::Json, "[]"), lines(&[]));
        assert_eq!(cut(Format::Json, "[{}"), Err("1: the list is not closed".to_owned()));
        assert_eq!(cut(Format::Json, "{}"), Err("1: expected a JSON list of objects".to_owned()));
        assert_eq!(cut(Format::Json, "[]\n1"), Err("2: unexpected text after the list".to_owned()));
        assert_eq!(cut(Format::Json, "[{}}"), Err("1: a `}` without a `{`".to_owned()));
    }

    #[test]
    fn x03_a_row_of_csv_may_hold_ends_of_lines() {
        assert_eq!(cut(Format::Csv, "a,b\r\n\"x\ny\",1\n"), lines(&[(1, "a,b\r\n"), (2, "\"x\ny\",1\n")]));
        assert_eq!(cut(Format::Csv, "a\n\"x"), Err("2: a quoted cell is not closed".to_owned()));
    }
}
