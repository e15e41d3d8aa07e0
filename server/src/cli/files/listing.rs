//! Reading a listing, in the order of its keys whatever the order of its lines (MS X5).

use std::io::{BufReader, Read};
use std::path::Path;

use merge::listing::Row;
use merge::{Object, RecordKey, csv};

use super::chunks::{Chunk, ChunkError, Chunks};
use super::input::InputReader;
use super::{FileError, Format, Input, Meter, encoding};

/// Reads ahead this much of a file.
const BUFFER_BYTES: usize = 1 << 18;

/// Turns an object into a row with its key, or says what is wrong with it.
pub(crate) type ReadRow<'a> = dyn Fn(Object, u64) -> Result<(RecordKey, Row), String> + 'a;

/// The rows of a listing with their keys.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Result<(RecordKey, Row), FileError>> + 'a>;

/// A file of records. If it turns out not to be sorted by key, [`Listing::sort`] remembers where its records are.
pub(crate) struct Listing {
    input: Input,
    format: Format,
    header: Vec<String>,
    /// How many levels down the records are; those of a listing are at the top.
    levels: usize,
    index: Option<Vec<Place>>,
}

type InputChunks = Chunks<BufReader<InputReader>>;

/// Where the record of a key is.
struct Place {
    key: RecordKey,
    offset: u64,
    length: usize,
    line: u64,
}

impl Listing {
    /// Opens a file and reads its header, if it is csv. The meter counts what is read of it.
    pub(crate) fn open(path: &Path, format: Format, meter: &Meter) -> Result<Listing, FileError> {
        let input = Input::open(path, meter)?;
        let mut listing = Listing { input, format, header: Vec::new(), levels: 0, index: None };
        let mut chunks = listing.chunks()?;
        if format == Format::Csv
            && let Some(header) = listing.header(&mut chunks)?
        {
            listing.header =
                csv::read_header(&header.bytes).map_err(|error| listing.error(header.line, error))?;
        }
        Ok(listing)
    }

    /// Opens a file of lines about records: decisions, which hold values and whole records as members (MS X12, X13).
    pub(crate) fn open_lines(path: &Path, meter: &Meter) -> Result<Listing, FileError> {
        Ok(Listing { levels: 1, ..Listing::open(path, Format::Ndjson, meter)? })
    }

    /// The file itself.
    pub(crate) fn input(&self) -> &Input {
        &self.input
    }

    /// How it is written.
    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    /// An error at a line of this file.
    pub(crate) fn error(&self, line: u64, message: impl std::fmt::Display) -> FileError {
        self.input.error(line, message)
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
        Ok(Box::new(index.iter().map(move |place| row(self.chunk_at(place)))))
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

    fn chunks(&self) -> Result<InputChunks, FileError> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, self.input.reader_at(0));
        Chunks::new(reader, self.format).map_err(|error| self.chunk_error(error))
    }

    fn cut(&self, chunks: &mut InputChunks) -> Result<Option<Chunk>, FileError> {
        chunks.next().map_err(|error| self.chunk_error(error))
    }

    fn chunk_error(&self, error: ChunkError) -> FileError {
        match error {
            ChunkError::Io(error) => self.error(0, error),
            ChunkError::Broken(line, message) => self.error(line, message),
        }
    }

    /// The first line of csv that is not empty.
    fn header(&self, chunks: &mut InputChunks) -> Result<Option<Chunk>, FileError> {
        loop {
            match self.cut(chunks)? {
                Some(chunk) if csv::is_blank(&chunk.bytes) => {}
                header => return Ok(header),
            }
        }
    }

    /// The texts of the records, without header and empty lines.
    fn records(&self) -> Result<impl Iterator<Item = Result<Chunk, FileError>>, FileError> {
        let mut chunks = self.chunks()?;
        if self.format == Format::Csv {
            self.header(&mut chunks)?;
        }
        let is_record = |chunk: &Result<Chunk, FileError>| {
            let empty = |chunk: &Chunk| csv::is_empty_line(&chunk.bytes, &self.header);
            self.format != Format::Csv || !chunk.as_ref().is_ok_and(empty)
        };
        Ok(std::iter::from_fn(move || self.cut(&mut chunks).transpose()).filter(is_record))
    }

    fn chunk_at(&self, place: &Place) -> Result<Chunk, FileError> {
        let mut bytes = vec![0; place.length];
        let read = self.input.reader_at(place.offset).read_exact(&mut bytes);
        read.map_err(|error| self.error(place.line, error))?;
        Ok(Chunk { bytes, offset: place.offset, line: place.line })
    }

    fn parse(&self, chunk: &Chunk) -> Result<Object, FileError> {
        if self.format == Format::Csv {
            return csv::read_record(&chunk.bytes, &self.header)
                .map_err(|error| self.error(chunk.line, error));
        }
        merge::json::parse_object_around(&chunk.bytes, self.levels).map_err(|error| {
            let before = &chunk.bytes[..error.offset.min(chunk.bytes.trim_ascii_end().len())];
            let lines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
            match encoding::explain(&chunk.bytes[before.len()..]) {
                Some(cause) => self.error(chunk.line + lines, format!("{error}: {cause}")),
                None => self.error(chunk.line + lines, error),
            }
        })
    }
}
