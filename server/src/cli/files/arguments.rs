//! Which files a command may be given together.

use std::path::{Path, PathBuf};

use super::{FileError, has_ending, is_standard_stream};

/// A file and the option that named it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument<'a> {
    option: &'static str,
    path: &'a Path,
}

impl<'a> Argument<'a> {
    /// The files that were named, of all that may be.
    pub(crate) fn given<const COUNT: usize>(
        options: [(&'static str, Option<&'a PathBuf>); COUNT],
    ) -> Vec<Argument<'a>> {
        options.into_iter().filter_map(|(option, path)| Some(Argument { option, path: path? })).collect()
    }
}

/// Refuses files that cannot be used together: a pipe or standard input read twice, an output in the place of another one or
/// of an input, and an output whose ending promises what is not written.
///
/// An output replaces what is there, and an input that is gone cannot be merged again; so none is written over. Of a pipe
/// the second reader gets nothing, and an empty listing would delete every record.
///
/// # Errors
/// A usage error that names the options.
pub(crate) fn check_arguments(inputs: &[Argument<'_>], outputs: &[Argument<'_>]) -> Result<(), FileError> {
    for (at, input) in inputs.iter().enumerate() {
        input.check_read_once(&inputs[..at])?;
    }
    for (at, output) in outputs.iter().enumerate() {
        output.check_ending()?;
        output.check_place(inputs, &outputs[..at])?;
    }
    Ok(())
}

impl Argument<'_> {
    fn check_read_once(&self, earlier: &[Argument<'_>]) -> Result<(), FileError> {
        let both_standard =
            |other: &&Argument<'_>| is_standard_stream(self.path) && is_standard_stream(other.path);
        let one_pipe = |other: &&Argument<'_>| self.pipe().is_some() && self.pipe() == other.pipe();
        let (option, path) = (self.option, self.path.display());
        if let Some(other) = earlier.iter().find(both_standard) {
            let other = other.option;
            let message = format!("{other} and {option} cannot both be `-`: standard input can be read once");
            return Err(FileError::usage(message));
        }
        if let Some(other) = earlier.iter().find(one_pipe) {
            let other = other.option;
            let message = format!("{other} and {option} cannot both be the pipe {path}: it can be read once");
            return Err(FileError::usage(message));
        }
        Ok(())
    }

    fn check_place(&self, inputs: &[Argument<'_>], earlier: &[Argument<'_>]) -> Result<(), FileError> {
        let Some(place) = self.place() else { return Ok(()) };
        let is_there = |other: &&Argument<'_>| other.place().as_ref() == Some(&place);
        let (option, path) = (self.option, self.path.display());
        if let Some(other) = earlier.iter().find(is_there) {
            let other = other.option;
            return Err(FileError::usage(format!("{other} and {option} would both be written to {path}")));
        }
        // `-` is read from one place and written to another.
        let mut files = inputs.iter().filter(|input| !is_standard_stream(input.path));
        match files.find(is_there) {
            Some(input) => Err(FileError::usage(format!(
                "{option} would be written over {path}, the input of {}; write it elsewhere and move it there afterwards",
                input.option
            ))),
            None => Ok(()),
        }
    }

    fn check_ending(&self) -> Result<(), FileError> {
        if !has_ending(self.path, "gz") {
            return Ok(());
        }
        let (option, path) = (self.option, self.path.display());
        Err(FileError::usage(format!(
            "{option}: {path} ends in .gz, but outputs are not packed; leave the ending out, or write to `-` and pipe it \
             through gzip"
        )))
    }

    /// Where the file is, whichever way leads there. Devices and pipes may be named as often as one likes.
    fn place(&self) -> Option<PathBuf> {
        if is_standard_stream(self.path) {
            return Some(self.path.to_owned());
        }
        if let Ok(place) = self.path.canonicalize() {
            return place.is_file().then_some(place);
        }
        let folder =
            self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = self.path.file_name().unwrap_or_default();
        Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name))
    }

    /// Which pipe it is, if it is one.
    #[cfg(unix)]
    fn pipe(&self) -> Option<(u64, u64)> {
        use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

        let path = if is_standard_stream(self.path) { Path::new("/dev/stdin") } else { self.path };
        let metadata = path.metadata().ok()?;
        metadata.file_type().is_fifo().then(|| (metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn pipe(&self) -> Option<(u64, u64)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Named = (&'static str, PathBuf);

    fn check(inputs: &[Named], outputs: &[Named]) -> Result<(), String> {
        fn of(named: &[Named]) -> Vec<Argument<'_>> {
            named.iter().map(|(option, path)| Argument { option, path }).collect()
        }
        check_arguments(&of(inputs), &of(outputs)).map_err(|error| error.to_string())
    }

    fn named(option: &'static str, path: impl Into<PathBuf>) -> Named {
        (option, path.into())
    }

    #[test]
    fn standard_input_is_read_once() {
        let inputs = [named("--base", "a"), named("--ours", "-")];
        assert_eq!(check(&inputs, &[named("--out", "-")]), Ok(()));
        let inputs = [named("--base", "-"), named("--ours", "a"), named("--resolve", "-")];
        assert_eq!(
            check(&inputs, &[]),
            Err("--base and --resolve cannot both be `-`: standard input can be read once".to_owned())
        );
    }

    #[test]
    fn no_output_is_written_over_an_input_or_another_output_whichever_way_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("inner")).expect("a folder");
        std::fs::write(at("ours"), "").expect("written");
        let ours = [named("--base", at("base")), named("--ours", at("ours"))];
        let over = check(&ours, &[named("--out", at("inner/../ours"))]).expect_err("an input");
        assert!(over.starts_with("--out would be written over "), "{over}");
        assert!(over.contains("inner/../ours, the input of --ours; "), "{over}");
        let twice = [named("--out", at("new")), named("--conflicts", at("inner/../new"))];
        let error = check(&ours, &twice).expect_err("one place");
        assert!(error.starts_with("--out and --conflicts would both be written to "), "{error}");
        assert_eq!(check(&ours, &[named("--out", at("new")), named("--conflicts", at("other"))]), Ok(()));
        assert!(check(&ours, &[named("--out", "-"), named("--decisions", "-")]).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("ours"), at("link")).expect("a link");
            assert!(check(&ours, &[named("--out", at("link"))]).is_err(), "what it points to is replaced");
            let nowhere = [named("--out", "/dev/null"), named("--decisions", "/dev/null")];
            assert_eq!(check(&[named("--ours", "/dev/null")], &nowhere), Ok(()), "devices keep nothing");
        }
    }

    #[test]
    fn an_output_that_promises_to_be_packed_is_refused() {
        let error = check(&[], &[named("--out", "m.csv.gz")]).expect_err("not packed");
        assert!(error.starts_with("--out: m.csv.gz ends in .gz, but outputs are not packed"), "{error}");
        assert_eq!(check(&[named("--base", "b.csv.gz")], &[]), Ok(()));
    }
}
