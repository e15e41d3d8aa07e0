//! What became of the mutants.

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, Result, ensure};

/// The mutants by what became of them.
#[derive(Debug, Default)]
pub struct Report {
    caught: usize,
    /// Noticed by a test that no longer ends.
    endless: usize,
    /// Not noticed.
    survivors: Vec<String>,
    /// Not compiled.
    unviable: usize,
}

impl Report {
    /// Reads the lists that cargo-mutants leaves, one line a mutant.
    pub fn read(folder: &Path) -> Result<Report> {
        let list = |name: &str| -> Result<Vec<String>> {
            let path = folder.join(name);
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let report = Report {
            caught: list("caught.txt")?.len(),
            endless: list("timeout.txt")?.len(),
            survivors: list("missed.txt")?,
            unviable: list("unviable.txt")?.len(),
        };
        ensure!(report.judged() + report.unviable > 0, "there was no mutant to judge");
        Ok(report)
    }

    /// Whether every mutant that compiles was noticed.
    pub fn all_caught(&self) -> bool {
        self.survivors.is_empty()
    }

    fn judged(&self) -> usize {
        self.caught + self.endless + self.survivors.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in
            [("caught", self.caught), ("timeouts", self.endless), ("missed", self.survivors.len())]
        {
            let percent = 100.0 * count as f64 / self.judged().max(1) as f64;
            writeln!(f, "{name:<10}{count:>6}{percent:>8.1} %")?;
        }
        writeln!(f, "{:<10}{:>6}", "unviable", self.unviable)?;
        self.survivors.iter().try_for_each(|survivor| writeln!(f, "survives: {survivor}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_mutants_that_could_be_judged() {
        let folder = tempfile::tempdir().expect("a folder");
        let lists = [
            ("caught.txt", "a\nb\nc\n"),
            ("timeout.txt", "d\n"),
            ("missed.txt", "e\n"),
            ("unviable.txt", "f\n"),
        ];
        for (name, text) in lists {
            fs::write(folder.path().join(name), text).expect("a list");
        }
        let report = Report::read(folder.path()).expect("a report");
        assert!(!report.all_caught());
        assert_eq!(
            report.to_string(),
            "caught         3    60.0 %\ntimeouts       1    20.0 %\nmissed         1    20.0 %\nunviable       1\nsurvives: e\n"
        );
    }

    #[test]
    fn a_run_without_mutants_has_not_passed() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Report::read(folder.path()).is_err());
    }
}
