//! Copying what cannot be read twice, or not as it is, to a temporary file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::bufread::GzDecoder;

use super::Meter;

/// The first bytes of everything that gzip packed.
pub(super) const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];

/// How much is held in memory on the way.
const BUFFER_BYTES: usize = 1 << 16;

/// Copies a stream to a temporary file without a name, unpacked if gzip packed it. `head` is what was already read of it.
///
/// # Errors
/// One that says whether the stream, the packing or the temporary file is at fault.
pub(super) fn copy(head: &[u8], rest: impl Read, meter: &Meter) -> io::Result<File> {
    let mut copy = tempfile::tempfile().map_err(|error| lack(&error))?;
    let mut stream = BufReader::with_capacity(BUFFER_BYTES, Metered { stream: head.chain(rest), meter });
    let mut mark = Vec::new();
    (&mut stream).take(GZIP_MARK.len() as u64).read_to_end(&mut mark)?;
    let mut stream = mark.chain(stream);
    if mark == GZIP_MARK {
        unpack(&mut stream, &mut copy)?;
    } else {
        pass_on(&mut stream, &mut copy)?;
    }
    Ok(copy)
}

/// Unpacks one member after another; nothing else may follow them.
fn unpack(packed: &mut impl BufRead, copy: &mut File) -> io::Result<()> {
    let mut first = true;
    while !packed.fill_buf()?.is_empty() {
        let mut member = GzDecoder::new(&mut *packed);
        if member.header().is_none() && !first {
            return Err(io::Error::other("something that gzip did not write follows the gzip data"));
        }
        first = false;
        pass_on(&mut Unpacked(&mut member), copy)?;
    }
    Ok(())
}

/// Says of packed data what is wrong with it.
struct Unpacked<'a, R>(&'a mut GzDecoder<R>);

impl<R: BufRead> Read for Unpacked<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("the gzip data is cut off"),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                io::Error::other(format!("the gzip data is damaged: {error}"))
            }
            _ => error,
        })
    }
}

fn pass_on(from: &mut impl Read, copy: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => copy.write_all(&buffer[..count]).map_err(|error| lack(&error))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn lack(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    io::Error::other(format!("cannot be copied to a temporary file in {}: {error}", folder.display()))
}

/// Tells the meter what was taken from a stream.
struct Metered<'a, R> {
    stream: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.meter.advance(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text.as_bytes()).expect("packed");
        packer.finish().expect("packed")
    }

    fn copied(bytes: &[u8]) -> Result<String, String> {
        let read = |mut file: File| {
            file.rewind()?;
            io::read_to_string(file)
        };
        copy(&[], bytes, &Meter::hidden()).and_then(read).map_err(|error| error.to_string())
    }

    /// A stream that gives one byte at a time, as a slow pipe may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let one = into.len().min(1);
            self.0.read(&mut into[..one])
        }
    }

    #[test]
    fn plain_bytes_are_copied_as_they_are() {
        for text in ["", "x", "{\"id\":1}\n", "\u{1f}"] {
            assert_eq!(copied(text.as_bytes()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn all_members_of_packed_data_are_unpacked_one_after_another() {
        let long = "a line that repeats itself\n".repeat(10_000);
        assert_eq!(copied(&packed(&long)).as_deref(), Ok(long.as_str()));
        let members = [packed("one\n"), packed(""), packed("two\n")].concat();
        assert_eq!(copied(&members).as_deref(), Ok("one\ntwo\n"));
        let slow = copy(&[], Slow(&members), &Meter::hidden()).expect("unpacked");
        assert_eq!(slow.metadata().expect("metadata").len(), 8);
        let headed = copy(&members[..2], &members[2..], &Meter::hidden()).expect("unpacked");
        assert_eq!(headed.metadata().expect("metadata").len(), 8, "what was already read counts");
    }

    #[test]
    fn packed_data_that_is_cut_off_anywhere_is_refused() {
        let whole = packed("{\"id\":1}\n{\"id\":2}\n");
        for end in 2..whole.len() {
            assert_eq!(copied(&whole[..end]), Err("the gzip data is cut off".to_owned()), "{end} bytes");
        }
    }

    #[test]
    fn packed_data_that_was_damaged_is_refused() {
        let whole = packed("{\"id\":1}\n{\"id\":2}\n");
        // Behind the header, whose time and name nobody needs.
        for at in 10..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(copied(&damaged).is_err(), "byte {at}");
        }
        let mut checksum = whole.clone();
        checksum[whole.len() - 8] ^= 1;
        let error = copied(&checksum).expect_err("another checksum");
        assert!(error.starts_with("the gzip data is damaged: "), "{error}");
    }

    #[test]
    fn what_follows_packed_data_must_be_packed_too() {
        let error = Err("something that gzip did not write follows the gzip data".to_owned());
        for rest in [&b"{\"id\":3}\n"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0", b"\x1f\x8c234567890123"] {
            assert_eq!(copied(&[&packed("{}\n"), rest].concat()), error, "{rest:?}");
        }
    }
}
