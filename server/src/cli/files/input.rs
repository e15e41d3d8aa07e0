//! Input files, however they are given: as bytes that can be read from any place, as often as needed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::{FileError, Meter, is_standard_stream, spool};

/// An input that several threads may read, each where it likes.
///
/// A regular file is used as it is. Standard input, a pipe and what gzip packed are copied to a temporary file first; it
/// has no name, so that nothing of it stays however the process ends.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    name: PathBuf,
    file: Arc<File>,
    /// What the file looked like when it was opened.
    stamp: Stamp,
    meter: Meter,
}

/// By which a file that was written to gives itself away.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Input {
    /// Opens an input; `-` is standard input. The meter counts what is read of it.
    ///
    /// # Errors
    /// A file that cannot be read, a folder, and packed data that is damaged or cut off: the whole file is at fault, so
    /// the line is 0 (MS X1).
    pub(crate) fn open(path: &Path, meter: &Meter) -> Result<Input, FileError> {
        let name = if is_standard_stream(path) { Path::new("standard input") } else { path };
        let opened = open_plain(path, meter).and_then(|file| Ok((Stamp::of(&file)?, file)));
        let (stamp, file) = opened.map_err(|error| FileError::new(name, 0, error))?;
        Ok(Input { name: name.to_owned(), file: Arc::new(file), stamp, meter: meter.clone() })
    }

    /// An error at a line of this input, under the name by which the caller knows it.
    pub(crate) fn error(&self, line: u64, message: impl std::fmt::Display) -> FileError {
        FileError::new(&self.name, line, message)
    }

    /// How long it is, unpacked.
    pub(crate) fn bytes(&self) -> u64 {
        self.stamp.bytes
    }

    /// Reads on from a place of its own.
    pub(crate) fn reader_at(&self, offset: u64) -> InputReader {
        InputReader { input: self.clone(), offset, counted: true }
    }

    /// Fills `into` with what lies at a place; returns how much there was of it.
    pub(crate) fn read_at(&self, into: &mut [u8], offset: u64) -> Result<usize, FileError> {
        let mut filled = 0;
        while filled < into.len() {
            match read_at(&self.file, &mut into[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(0, error)),
            }
        }
        self.meter.advance(filled as u64);
        Ok(filled)
    }

    /// Reads on from a place for a short look, which is not counted.
    pub(crate) fn reader_aside(&self, offset: u64) -> InputReader {
        InputReader { input: self.clone(), offset, counted: false }
    }

    /// Where its text begins: behind a byte order mark, if there is one (MS X2).
    pub(crate) fn after_mark(&self) -> Result<u64, FileError> {
        let mark = b"\xef\xbb\xbf";
        let mut head = Vec::new();
        let read = self.reader_aside(0).take(mark.len() as u64).read_to_end(&mut head);
        read.map_err(|error| self.error(0, error))?;
        Ok(if head == mark { mark.len() as u64 } else { 0 })
    }

    /// A copy of its records in another order, which goes by the same name.
    pub(crate) fn of_copy(&self, file: File) -> Input {
        Input { file: Arc::new(file), ..self.clone() }
    }

    /// Refuses an input that was written to while it was read: its beginning may be of one listing and its end of another.
    pub(crate) fn check_unchanged(&self) -> Result<(), FileError> {
        let now = Stamp::of(&self.file).map_err(|error| self.error(0, error))?;
        if now == self.stamp {
            return Ok(());
        }
        Err(self.error(0, "the file was written to while it was read; wait until it is complete"))
    }
}

impl Stamp {
    fn of(file: &File) -> io::Result<Stamp> {
        let metadata = file.metadata()?;
        Ok(Stamp { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// Reads an input from some place on.
#[derive(Debug)]
pub(crate) struct InputReader {
    input: Input,
    offset: u64,
    /// Whether the meter is told.
    counted: bool,
}

impl InputReader {
    /// Reads on from another place.
    pub(crate) const fn go_to(&mut self, offset: u64) {
        self.offset = offset;
    }
}

impl Read for InputReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = read_at(&self.input.file, into, self.offset)?;
        self.offset += count as u64;
        if self.counted {
            self.input.meter.advance(count as u64);
        }
        Ok(count)
    }
}

fn open_plain(path: &Path, meter: &Meter) -> io::Result<File> {
    if is_standard_stream(path) {
        return spool::copy(&[], io::stdin().lock(), meter);
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::other("is a folder"));
    }
    let mut head = Vec::new();
    (&mut file).take(spool::GZIP_MARK.len() as u64).read_to_end(&mut head)?;
    // Some files of the system say that they are empty and are not.
    let seekable = metadata.is_file() && (metadata.len() > 0 || head.is_empty());
    if seekable && head != spool::GZIP_MARK {
        return Ok(file);
    }
    meter.begin("unpacking", metadata.is_file().then_some(metadata.len()));
    spool::copy(&head, file, meter)
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    fn open(file: &tempfile::NamedTempFile) -> Input {
        Input::open(file.path(), &Meter::hidden()).expect("opened")
    }

    #[test]
    fn an_input_is_read_from_several_places_at_once() {
        let file = file("one two three");
        let input = open(&file);
        let (mut whole, mut end) = (input.reader_at(0), input.reader_at(8));
        let mut three = [0; 3];
        whole.read_exact(&mut three).expect("read");
        assert_eq!(io::read_to_string(&mut end).expect("read"), "three");
        assert_eq!(
            (&three, io::read_to_string(&mut whole).expect("read")),
            (b"one", " two three".to_owned())
        );
        assert_eq!(input.bytes(), 13);
    }

    #[test]
    fn a_file_that_was_replaced_is_read_as_it_was_when_it_was_opened() {
        let file = file("before");
        let input = open(&file);
        let path = file.into_temp_path();
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, "another").expect("written");
        assert_eq!(io::read_to_string(input.reader_at(0)).expect("read"), "before");
        assert_eq!(input.check_unchanged(), Ok(()));
    }

    #[test]
    fn a_file_that_was_written_to_while_it_was_read_is_refused() {
        let mut file = file("{}\n");
        let input = open(&file);
        assert_eq!(input.check_unchanged(), Ok(()));
        file.write_all(b"{}\n").expect("written");
        let error = input.check_unchanged().expect_err("longer").to_string();
        assert!(
            error.ends_with(":0: the file was written to while it was read; wait until it is complete"),
            "{error}"
        );
    }
}
