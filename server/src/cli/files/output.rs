//! Output files that appear only when all went well (MS X1).

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::leftover::{goes_with_the_process, undisturbed};
use super::{FileError, is_standard_stream};

/// A file that is written beside its place and moved there by [`Output::publish_all`]. Dropped before, it leaves no trace,
/// and none when the process is told to stop.
pub(crate) struct Output {
    name: PathBuf,
    writer: BufWriter<File>,
    place: Place,
}

/// How the content gets to where it belongs.
enum Place {
    /// A file with another name beside it becomes the file of this name.
    File { beside: TempPath, path: PathBuf },
    /// Nothing can be moved to a pipe or a device: the content is copied.
    Device(PathBuf),
    /// The same for standard output.
    StandardOutput,
}

impl Output {
    /// Starts an output. `-` is standard output.
    ///
    /// # Errors
    /// A folder, a file that nobody may write to, a folder in which nothing can be written.
    pub(crate) fn create(path: &Path) -> Result<Output, FileError> {
        let standard = is_standard_stream(path);
        let name = if standard { Path::new("standard output") } else { path };
        let opened = if standard { on_the_way(Place::StandardOutput) } else { open(path) };
        let (file, place) = opened.map_err(|error| FileError::new(name, 0, error))?;
        Ok(Output { name: name.to_owned(), writer: BufWriter::new(file), place })
    }

    /// Appends text.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), FileError> {
        self.writer.write_all(text.as_bytes()).map_err(|error| FileError::new(&self.name, 0, error))
    }

    /// What is wrong with the whole of it.
    pub(super) fn error(&self, message: &str) -> FileError {
        FileError::new(&self.name, 0, message)
    }

    /// Finishes the content; what may fail for lack of space fails here, before anything is published.
    pub(crate) fn finish(&mut self) -> Result<(), FileError> {
        self.writer.flush().map_err(|error| FileError::new(&self.name, 0, error))
    }

    /// Moves finished contents to their places. What is copied goes first: it may still fail, and then nothing was moved.
    pub(crate) fn publish_all(outputs: impl IntoIterator<Item = Output>) -> Result<(), FileError> {
        let is_moved = |output: &Output| matches!(output.place, Place::File { .. });
        let (moved, copied): (Vec<Output>, Vec<Output>) = outputs.into_iter().partition(is_moved);
        let publish = |output: Output| {
            let name = output.name.clone();
            output.publish().map_err(|error| FileError::new(&name, 0, error))
        };
        copied.into_iter().try_for_each(publish)?;
        let _undisturbed = undisturbed();
        moved.into_iter().try_for_each(publish)
    }

    fn publish(self) -> io::Result<()> {
        let mut file = self.writer.into_inner()?;
        file.rewind()?;
        match self.place {
            Place::File { beside, path } => {
                drop(file);
                beside.persist(path)?;
            }
            Place::Device(path) => drop(io::copy(&mut file, &mut File::options().write(true).open(path)?)?),
            Place::StandardOutput => {
                let mut stdout = io::stdout().lock();
                let copied = io::copy(&mut file, &mut stdout).and_then(|_| stdout.flush());
                // A reader that has seen enough is no error.
                return copied.or_else(|error| match error.kind() {
                    ErrorKind::BrokenPipe => Ok(()),
                    _ => Err(error),
                });
            }
        }
        Ok(())
    }
}

/// Opens what is written first. A link leads to the place it points to.
fn open(path: &Path) -> io::Result<(File, Place)> {
    let Ok(metadata) = path.metadata() else { return open_beside(path.to_owned()) };
    if metadata.is_dir() {
        return Err(io::Error::other("is a folder"));
    }
    if !metadata.is_file() {
        return on_the_way(Place::Device(path.to_owned()));
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::other("is read-only"));
    }
    let (file, place) = open_beside(path.canonicalize()?)?;
    file.set_permissions(metadata.permissions())?;
    Ok((file, place))
}

/// A file without a name, to be copied to where it belongs.
fn on_the_way(place: Place) -> io::Result<(File, Place)> {
    Ok((tempfile::tempfile()?, place))
}

/// A new file in the folder of `path`.
fn open_beside(path: PathBuf) -> io::Result<(File, Place)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tiebreak-");
    // Temporary files are private by default; an output is as readable as any other new file.
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let created = builder.tempfile_in(folder).map_err(|error| {
        // The error names a file that nobody asked for.
        let cause = folder.metadata().err().unwrap_or_else(|| error.kind().into());
        io::Error::other(format!("nothing can be written in {}: {cause}", folder.display()))
    });
    let (file, beside) = created?.into_parts();
    goes_with_the_process(&beside);
    Ok((file, Place::File { beside, path }))
}
