//! Contestants that do the same work in turn: A, B, A, B, so that what else the machine does falls on all of them.

use std::{
    ffi::OsString,
    fs::{self, File},
    hint::black_box,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::measure::{self, Figures};

/// More than any contestant needs, in bytes.
const TOUCHED: usize = 2 << 30;

/// One program that takes part.
pub struct Contestant {
    /// Its name in the table.
    pub name: &'static str,
    /// The program with its arguments.
    pub call: Vec<OsString>,
    /// The files that it writes: those of the turn before are gone when the next one begins.
    pub outputs: Vec<PathBuf>,
    /// A folder that the program changes: copied from the first place to the second, which is its own, for each of its turns.
    pub copied: Option<[PathBuf; 2]>,
    /// The table that it writes, where it tells nothing about it.
    pub table: Option<PathBuf>,
}

impl Contestant {
    /// A program that neither changes nor writes anything.
    pub fn new(name: &'static str, call: Vec<OsString>) -> Self {
        Self { name, call, outputs: Vec::new(), copied: None, table: None }
    }

    fn prepare(&self) -> Result<()> {
        for output in self.outputs.iter().filter(|output| output.exists()) {
            fs::remove_file(output).with_context(|| format!("cannot remove {}", output.display()))?;
        }
        self.copied.as_ref().map_or(Ok(()), |[from, to]| copy(from, to))
    }

    fn take_turn(&self) -> Result<(Figures, Value)> {
        touch_memory();
        let (figures, printed) = measure::run(&self.call)?;
        let answer = match &self.table {
            Some(table) => told_by_table(table)?,
            None => measure::answer(&printed),
        };
        Ok((figures.or_told(&answer), answer))
    }
}

/// Contestants that are measured in turn.
pub struct Race {
    /// What is done, in a heading.
    pub title: String,
    /// Who does it, we first.
    pub contestants: Vec<Contestant>,
    /// Whether all get the same records, so that whoever tells how many there were must tell the same.
    pub same_records: bool,
}

/// What came out for one contestant.
pub struct Lane {
    /// Its name in the table.
    pub name: &'static str,
    /// What each of its turns needed.
    pub turns: Vec<Figures>,
}

impl Race {
    /// Lets each contestant have `turns` turns.
    pub fn run(&self, turns: usize) -> Result<Vec<Lane>> {
        eprintln!("{} …", self.title);
        let mut lanes: Vec<Lane> =
            self.contestants.iter().map(|one| Lane { name: one.name, turns: Vec::new() }).collect();
        for _ in 0..turns {
            // All of them before the first turn: what copying does to memory then falls on all.
            self.contestants.iter().try_for_each(Contestant::prepare)?;
            let mut answers: Vec<(&str, Value)> = Vec::new();
            for (contestant, lane) in self.contestants.iter().zip(&mut lanes) {
                let (figures, answer) = contestant.take_turn().context(contestant.name)?;
                eprintln!("  {}: {:.2} s, {:.0} MB", contestant.name, figures.seconds, figures.peak_mb);
                lane.turns.push(figures);
                answers.push((contestant.name, answer));
            }
            if self.same_records {
                agree(&answers)?;
            }
        }
        for [_, to] in self.contestants.iter().filter_map(|contestant| contestant.copied.as_ref()) {
            fs::remove_dir_all(to)?;
        }
        Ok(lanes)
    }
}

impl Lane {
    /// The turn in the middle, by one of its figures.
    pub fn median(&self, of: impl Fn(&Figures) -> f64) -> f64 {
        let mut sorted: Vec<f64> = self.turns.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The middle one of the times by the clock.
    pub fn seconds(&self) -> f64 {
        self.median(|turn| turn.seconds)
    }

    /// The middle one of the peaks of memory.
    pub fn peak_mb(&self) -> f64 {
        self.median(|turn| turn.peak_mb)
    }

    /// The shortest and the longest time by the clock.
    pub fn spread(&self) -> [f64; 2] {
        let times = || self.turns.iter().map(|turn| turn.seconds);
        [times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max)]
    }
}

/// Whoever tells how many records there are and how many conflicts must tell the same: else they did not do the same work.
fn agree(answers: &[(&str, Value)]) -> Result<()> {
    for member in ["records", "conflicts"] {
        let mut told = answers.iter().filter(|(_, answer)| !answer[member].is_null());
        let Some((first, expected)) = told.next() else { continue };
        for (other, answer) in told {
            if answer[member] != expected[member] {
                bail!("{first} tells {} {member}, {other} {}", expected[member], answer[member]);
            }
        }
    }
    Ok(())
}

/// daff writes a contested cell as `((( base ))) ours /// theirs`.
fn told_by_table(table: &Path) -> Result<Value> {
    let mut rows = csv::Reader::from_path(table)?;
    let (mut records, mut conflicts) = (0, 0);
    for row in rows.records() {
        records += 1;
        conflicts += u64::from(row?.iter().any(|cell| cell.contains(" /// ")));
    }
    ensure!(records > 0, "{} is empty", table.display());
    Ok(serde_json::json!({ "records": records, "conflicts": conflicts }))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        fs::copy(entry.path(), &place)?;
        // Else the disk would still be busy with the copy while the contestant is timed.
        File::open(&place)?.sync_all()?;
    }
    Ok(())
}

/// Takes memory and gives it back. A virtual machine gets memory from its host when it is first written to, which can take
/// longer than all that is measured.
fn touch_memory() {
    drop(black_box(vec![1_u8; TOUCHED]));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contestants_that_came_to_different_answers_have_no_times() {
        let ours = ("ours", json!({ "records": 10, "conflicts": 1, "writes": 3 }));
        let reading = ("reading", json!({ "bytes": 99 }));
        assert!(agree(&[ours.clone(), reading.clone(), ("peer", json!({ "records": 10 }))]).is_ok());
        let apart = agree(&[ours, reading, ("peer", json!({ "records": 10, "conflicts": 2 }))]);
        assert_eq!(apart.expect_err("1 and 2").to_string(), "ours tells 1 conflicts, peer 2");
    }

    #[test]
    fn a_lane_stands_for_its_middle_turn() {
        let turn = |seconds, peak_mb| Figures { seconds, cpu_seconds: 0.0, peak_mb };
        let lane = Lane { name: "one", turns: vec![turn(3.0, 10.0), turn(1.0, 30.0), turn(2.0, 20.0)] };
        assert_eq!((lane.seconds(), lane.peak_mb(), lane.spread()), (2.0, 20.0, [1.0, 3.0]));
    }

    #[test]
    fn what_the_turn_before_wrote_is_gone_when_the_next_one_begins() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("merged.csv");
        fs::write(&output, "of the turn before").expect("a file");
        let call = ["no-such-program"].map(OsString::from).to_vec();
        let one = Contestant { outputs: vec![output.clone()], ..Contestant::new("one", call) };
        one.prepare().expect("nothing in the way");
        assert!(!output.exists());
    }

    #[test]
    fn contested_cells_of_a_table_are_counted_by_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("merged.csv");
        fs::write(&table, "id,room,notes\n1,((( A 1 ))) A 2 /// A 3,\"two\nlines\"\n2,B,\n").expect("a file");
        let told = told_by_table(&table).expect("a table");
        assert_eq!(told, json!({ "records": 2, "conflicts": 1 }));
    }
}
