//! Output files that appear only when all went well (MS X1).

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::FileError;

/// A file that is written beside its place and moved there by [`Output::publish`]. Dropped before, it leaves no trace.
pub(crate) struct Output {
    path: PathBuf,
    writer: BufWriter<NamedTempFile>,
    /// Whether the content is copied to its place because nothing can be renamed to there: a pipe, a device, stdout.
    copied: bool,
}

impl Output {
    /// Starts an output. `-` is stdout.
    pub(crate) fn create(path: &Path) -> Result<Output, FileError> {
        let to_stdout = path.as_os_str() == "-";
        if path.is_dir() {
            return Err(FileError::new(path, 0, "is a folder"));
        }
        let special = path.metadata().is_ok_and(|metadata| !metadata.is_file());
        let copied = to_stdout || special;
        let file = if copied { NamedTempFile::new() } else { temporary_beside(path) };
        let file = file.map_err(|error| FileError::new(path, 0, error))?;
        Ok(Output { path: path.to_owned(), writer: BufWriter::new(file), copied })
    }

    /// Appends text.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), FileError> {
        self.writer.write_all(text.as_bytes()).map_err(|error| FileError::new(&self.path, 0, error))
    }

    /// Finishes the content; what may fail for lack of space fails here, before anything is published.
    pub(crate) fn finish(&mut self) -> Result<(), FileError> {
        self.writer.flush().map_err(|error| FileError::new(&self.path, 0, error))
    }

    /// Moves the finished content to its place.
    pub(crate) fn publish(self) -> Result<(), FileError> {
        let path = self.path;
        let publish = || -> io::Result<()> {
            let mut file = self.writer.into_inner()?;
            if !self.copied {
                file.persist(&path)?;
                return Ok(());
            }
            file.rewind()?;
            if path.as_os_str() == "-" {
                io::copy(&mut file, &mut io::stdout().lock())?;
            } else {
                io::copy(&mut file, &mut File::options().write(true).open(&path)?)?;
            }
            Ok(())
        };
        publish().map_err(|error| FileError::new(&path, 0, error))
    }
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tiebreak-");
    // Temporary files are private by default; an output is as readable as any other new file.
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder.tempfile_in(folder)
}
