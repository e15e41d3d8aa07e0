//! What became of the mutants.

use std::fmt;

use super::trial::Fate;

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
    /// In a place where nobody can ask for it.
    untried: Vec<String>,
}

impl Report {
    /// Counts a mutant whose tests were run.
    pub fn add(&mut self, name: &str, fate: Fate) {
        match fate {
            Fate::Caught => self.caught += 1,
            Fate::Endless => self.endless += 1,
            Fate::Missed => self.survivors.push(name.to_owned()),
        }
    }

    /// Counts a mutant that rustc refuses.
    pub fn add_unviable(&mut self) {
        self.unviable += 1;
    }

    /// Names a mutant that was not tried.
    pub fn add_untried(&mut self, name: &str) {
        self.untried.push(name.to_owned());
    }

    /// Whether every mutant that was tried was noticed.
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
        writeln!(f, "{:<10}{:>6}", "untried", self.untried.len())?;
        self.untried.iter().try_for_each(|mutant| writeln!(f, "untried: {mutant}"))?;
        self.survivors.iter().try_for_each(|survivor| writeln!(f, "survives: {survivor}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_mutants_that_could_be_judged() {
        let mut report = Report::default();
        for (name, fate) in
            [("a", Fate::Caught), ("b", Fate::Caught), ("c", Fate::Caught), ("d", Fate::Endless)]
        {
            report.add(name, fate);
        }
        assert!(report.all_caught());
        report.add("e", Fate::Missed);
        report.add_unviable();
        report.add_untried("f");
        assert!(!report.all_caught());
        assert_eq!(
            report.to_string(),
            "caught         3    60.0 %\ntimeouts       1    20.0 %\nmissed         1    20.0 %\n\
             unviable       1\nuntried        1\nuntried: f\nsurvives: e\n"
        );
    }
}
