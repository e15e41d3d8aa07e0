//! Reading a listing, in the order of its keys whatever the order of its lines (MS X5).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use merge::listing::Row;
use merge::{Object, RecordKey, csv};

use super::chunks::{Chunk, ChunkError, Chunks};
use super::{FileError, Format};

/// Reads ahead this much of a file.
const BUFFER_BYTES: usize = 1 << 18;

/// Turns an object into a row with its key, or says what is wrong with it.
pub(crate) type ReadRow<'a> = dyn Fn(Object, u64) -> Result<(RecordKey, Row), String> + 'a;

/// The rows of a listing with their keys.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Result<(RecordKey, Row), FileError>> + 'a>;

/// A file of records. If it turns out not to be sorted by key, [`Listing::sort`] remembers where its records are.
pub(crate) struct Listing {
    path: PathBuf,
    format: Format,
    header: Vec<String>,
    index: Option<Vec<Place>>,
}

/// Where the record of a key is.
struct Place {
    key: RecordKey,
    offset: u64,
    length: usize,
    line: u64,
}

impl Listing {
    /// Opens a file and reads its header, if it is csv.
    pub(crate) fn open(path: &Path, format: Format) -> Result<Listing, FileError> {
        let mut listing = Listing { path: path.to_owned(), format, header: Vec::new(), index: None };
        let mut chunks = listing.chunks()?;
        if format == Format::Csv
            && let Some(header) = listing.cut(&mut chunks)?
        {
            listing.header =
                csv::read_header(&header.bytes).map_err(|error| listing.error(header.line, error))?;
        }
        Ok(listing)
    }

    /// An error at a line of this file.
    pub(crate) fn error(&self, line: u64, message: impl std::fmt::Display) -> FileError {
        FileError::new(&self.path, line, message)
    }

    /// The columns of a csv file; other formats have none.
    pub(crate) fn columns(&self) -> Option<&[String]> {
        (self.format == Format::Csv).then_some(&self.header)
    }

    /// The names of all members in the order in which they appear.
    pub(crate) fn member_names(&self) -> Result<Vec<String>, FileError> {
        let mut names = self.header.clone();
        if self.format == Format::Csv {
            return Ok(names);
        }
        for object in self.objects()? {
            for name in object?.1.keys() {
                if !names.iter().any(|there| there == name) {
                    names.push(name.to_owned());
                }
            }
        }
        Ok(names)
    }

    /// The objects with their lines, in the order of the file.
    pub(crate) fn objects(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, Object), FileError>>, FileError> {
        let chunks = self.records()?;
        Ok(chunks.map(|chunk| {
            let chunk = chunk?;
            Ok((chunk.line, self.parse(&chunk)?))
        }))
    }

    /// The rows with their keys: in the order of the file, or of the keys once it was sorted.
    pub(crate) fn rows<'a>(&'a self, read: &'a ReadRow<'a>) -> Result<Rows<'a>, FileError> {
        let row = move |chunk: Result<Chunk, FileError>| {
            let chunk = chunk?;
            let object = self.parse(&chunk)?;
            read(object, chunk.line).map_err(|error| self.error(chunk.line, error))
        };
        let Some(index) = &self.index else { return Ok(Box::new(self.records()?.map(row))) };
        let mut file = self.open_file()?;
        Ok(Box::new(index.iter().map(move |place| row(self.chunk_at(&mut file, place)))))
    }

    /// Remembers where the records are, in the order of their keys; rows of one key keep their order.
    pub(crate) fn sort(&mut self, read: &ReadRow<'_>) -> Result<(), FileError> {
        let mut index = Vec::new();
        for chunk in self.records()? {
            let chunk = chunk?;
            let object = self.parse(&chunk)?;
            let (key, _) = read(object, chunk.line).map_err(|error| self.error(chunk.line, error))?;
            index.push(Place { key, offset: chunk.offset, length: chunk.bytes.len(), line: chunk.line });
        }
        index.sort_by(|a, b| a.key.cmp(&b.key));
        self.index = Some(index);
        Ok(())
    }

    fn open_file(&self) -> Result<File, FileError> {
        File::open(&self.path).map_err(|error| self.error(0, error))
    }

    fn chunks(&self) -> Result<Chunks<BufReader<File>>, FileError> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, self.open_file()?);
        Chunks::new(reader, self.format).map_err(|error| self.error(0, error))
    }

    fn cut(&self, chunks: &mut Chunks<BufReader<File>>) -> Result<Option<Chunk>, FileError> {
        chunks.next().map_err(|error| match error {
            ChunkError::Io(error) => self.error(0, error),
            ChunkError::Broken(line, message) => self.error(line, message),
        })
    }

    /// The texts of the records, without header and empty lines.
    fn records(&self) -> Result<impl Iterator<Item = Result<Chunk, FileError>>, FileError> {
        let mut chunks = self.chunks()?;
        if self.format == Format::Csv {
            self.cut(&mut chunks)?;
        }
        let is_record = |chunk: &Result<Chunk, FileError>| {
            let empty = |chunk: &Chunk| csv::is_empty_line(&chunk.bytes, &self.header);
            self.format != Format::Csv || !chunk.as_ref().is_ok_and(empty)
        };
        Ok(std::iter::from_fn(move || self.cut(&mut chunks).transpose()).filter(is_record))
    }

    fn chunk_at(&self, file: &mut File, place: &Place) -> Result<Chunk, FileError> {
        let mut bytes = vec![0; place.length];
        let read = file.seek(SeekFrom::Start(place.offset)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|error| self.error(place.line, error))?;
        Ok(Chunk { bytes, offset: place.offset, line: place.line })
    }

    fn parse(&self, chunk: &Chunk) -> Result<Object, FileError> {
        if self.format == Format::Csv {
            return csv::read_record(&chunk.bytes, &self.header)
                .map_err(|error| self.error(chunk.line, error));
        }
        merge::json::parse_object(&chunk.bytes).map_err(|error| {
            let before = &chunk.bytes[..error.offset.min(chunk.bytes.trim_ascii_end().len())];
            let lines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.error(chunk.line + lines, error)
        })
    }
}
