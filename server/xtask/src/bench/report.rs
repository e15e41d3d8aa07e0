//! The tables: what each contestant needed, what we set ourselves, and the few lines that the README shows.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::{files::READING, race::Lane};

/// What came out of one race.
pub struct Outcome {
    /// What was done.
    pub title: String,
    /// What it took, we first.
    pub lanes: Vec<Lane>,
    /// What we set ourselves for it.
    pub goals: Vec<Goal>,
    /// A table that a measurement without others made itself.
    pub text: String,
}

/// A figure with its bound.
pub struct Goal {
    what: &'static str,
    value: f64,
    bound: Bound,
}

/// What a figure must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    /// A figure, what it is of, and its bound.
    pub fn new(what: &'static str, value: f64, bound: Bound) -> Self {
        Self { what, value, bound }
    }

    fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.value >= bound,
            Bound::AtMost(bound) => self.value <= bound,
        }
    }

    fn line(&self) -> String {
        let (bound, words) = match self.bound {
            Bound::AtLeast(bound) => (bound, "at least"),
            Bound::AtMost(bound) => (bound, "at most"),
        };
        let met = if self.is_met() { "met" } else { "**missed**" };
        format!("- {}: {} ({words} {bound}): {met}\n", self.what, rounded(self.value))
    }
}

impl Outcome {
    /// One figure of each of these contestants; not a number for one that did not take part.
    pub fn figures<const N: usize>(&self, names: [&str; N], of: impl Fn(&Lane) -> f64) -> [f64; N] {
        names.map(|name| self.lanes.iter().find(|lane| lane.name == name).map_or(f64::NAN, &of))
    }

    fn section(&self) -> String {
        let mut text = format!("### {}\n\n{}", self.title, self.text);
        if !self.lanes.is_empty() {
            text.push_str(&self.table());
        }
        text.push('\n');
        for goal in &self.goals {
            text.push_str(&goal.line());
        }
        if !self.goals.is_empty() {
            text.push('\n');
        }
        text
    }

    fn table(&self) -> String {
        let mut text = String::new();
        text.push_str(
            "| contestant | seconds | from – to | CPU seconds | peak MB | time to ours | memory to ours |\n",
        );
        text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
        for lane in &self.lanes {
            let [shortest, longest] = lane.spread();
            let cells = [
                lane.name.to_owned(),
                rounded(lane.seconds()),
                format!("{} – {}", rounded(shortest), rounded(longest)),
                rounded(lane.median(|turn| turn.cpu_seconds)),
                format!("{:.0}", lane.peak_mb()),
                times(lane.seconds() / self.lanes[0].seconds()),
                times(lane.peak_mb() / self.lanes[0].peak_mb()),
            ];
            text.push_str(&row(&cells));
        }
        text
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Three digits, as far as they say something.
fn rounded(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.4}"),
    }
}

fn times(ratio: f64) -> String {
    format!("{} ×", rounded(ratio))
}

/// The whole report.
pub fn markdown(facts: &[String], turns: usize, outcomes: &[Outcome]) -> String {
    let mut text = String::from("# Measurements\n\n");
    let _ = writeln!(
        text,
        "Taken by `cargo xtask bench`, all in one run. Contestants of one table ran in turn, {turns} times each, and three \
         times as often where they take a tenth of a second; the times are those of the middle turn. Memory is the peak of \
         the whole process, in MB of 2²⁰ bytes. Of databases only the planning or the merge is timed, not the loading: each \
         turn gets a copy of its own, and right before it is timed the copy is read and 512 MB of memory are written to and \
         given back. Before every turn the same is done with 2 GB.\n"
    );
    for fact in facts {
        let _ = writeln!(text, "- {fact}");
    }
    text.push('\n');
    for outcome in outcomes {
        text.push_str(&outcome.section());
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The lines for the README: each of the others against us, beside what only reading the same files takes.
pub fn short(outcomes: &[Outcome]) -> String {
    let mut text = String::from("| what | Tiebreak | another | its time, ours being 1 | only reading |\n");
    text.push_str("|---|---|---|---|---|\n");
    let needed = |lane: &Lane| format!("{} s, {:.0} MB", rounded(lane.seconds()), lane.peak_mb());
    for outcome in outcomes {
        let (reading, merging): (Vec<&Lane>, Vec<&Lane>) =
            outcome.lanes.iter().partition(|lane| lane.name == READING);
        let [ours, others @ ..] = merging.as_slice() else { continue };
        for other in others {
            text.push_str(&row(&[
                outcome.title.clone(),
                needed(ours),
                format!("{}: {}", other.name, needed(other)),
                times(other.seconds() / ours.seconds()),
                reading.first().map_or("–".to_owned(), |lane| format!("{} s", rounded(lane.seconds()))),
            ]));
        }
    }
    text
}

const BEGIN: &str = "<!-- measurements -->\n";
const END: &str = "<!-- end of measurements -->\n";

/// The README with another table between its marks.
pub fn put_between_marks(readme: &str, table: &str) -> Result<String> {
    let (before, rest) =
        readme.split_once(BEGIN).context("the README has no mark where measurements begin")?;
    let (_, after) = rest.split_once(END).context("the README has no mark where measurements end")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::Figures;

    fn outcome() -> Outcome {
        let lane = |name, seconds, peak_mb| Lane {
            name,
            turns: vec![Figures { seconds, cpu_seconds: seconds * 2.0, peak_mb }],
        };
        Outcome {
            title: "10 records".to_owned(),
            lanes: vec![lane("Tiebreak", 2.0, 20.0), lane("DuckDB", 15.0, 1000.0)],
            goals: vec![
                Goal::new("times our time", 7.5, Bound::AtLeast(5.0)),
                Goal::new("MB", 20.0, Bound::AtMost(16.0)),
            ],
            text: String::new(),
        }
    }

    #[test]
    fn a_table_has_a_line_for_each_contestant_and_says_which_goals_were_met() {
        let text = markdown(&["2 cores".to_owned()], 3, &[outcome()]);
        assert!(text.contains("- 2 cores\n"), "{text}");
        assert!(text.contains("| Tiebreak | 2.00 | 2.00 – 2.00 | 4.00 | 20 | 1.00 × | 1.00 × |\n"), "{text}");
        assert!(text.contains("| DuckDB | 15.0 | 15.0 – 15.0 | 30.0 | 1000 | 7.50 × | 50.0 × |\n"), "{text}");
        assert!(text.contains("- times our time: 7.50 (at least 5): met\n"), "{text}");
        assert!(text.ends_with("- MB: 20.0 (at most 16): **missed**\n"), "{text}");
    }

    #[test]
    fn the_readme_keeps_everything_outside_its_marks() {
        let readme = format!("# Title\n\n{BEGIN}old\n{END}\nThe rest\n");
        let renewed = put_between_marks(&readme, &short(&[outcome()])).expect("marks");
        assert!(renewed.starts_with(&format!("# Title\n\n{BEGIN}| what |")), "{renewed}");
        assert!(renewed.contains("| 10 records | 2.00 s, 20 MB | DuckDB: 15.0 s, 1000 MB | 7.50 × | – |\n"));
        assert!(renewed.ends_with(&format!("{END}\nThe rest\n")) && !renewed.contains("old"), "{renewed}");
        assert!(put_between_marks("# Title", "table").is_err());
    }

    #[test]
    fn what_reading_takes_stands_beside_the_others_and_is_none_of_them() {
        let mut outcome = outcome();
        let turns = vec![Figures { seconds: 0.25, cpu_seconds: 0.2, peak_mb: 10.0 }];
        outcome.lanes.push(Lane { name: READING, turns });
        let table = short(&[outcome]);
        assert!(table.ends_with("| DuckDB: 15.0 s, 1000 MB | 7.50 × | 0.25 s |\n"), "{table}");
        assert_eq!(table.lines().count(), 3, "{table}");
    }

    #[test]
    fn a_figure_that_nobody_took_meets_no_goal() {
        let [missing] = outcome().figures(["daff"], Lane::seconds);
        assert!(!Goal::new("x", missing, Bound::AtMost(1.0)).is_met());
    }
}
