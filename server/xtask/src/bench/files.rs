//! Merging files: the command `tiebreak merge`, DuckDB, daff, and only reading the bytes.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{
    data::{Listings, Order, Shape},
    peers::Peers,
    race::{Contestant, Lane, Race},
    read,
    report::{Bound, Goal, Outcome},
};

/// What the races over files need.
pub struct Files<'a> {
    /// Where generated data lie.
    pub data: PathBuf,
    /// Where contestants write.
    pub output: PathBuf,
    /// Our Python programs.
    pub scripts: &'a Path,
    /// The binary `tiebreak`.
    pub tiebreak: &'a Path,
    /// The others.
    pub peers: &'a Peers,
    /// How often each contestant runs.
    pub turns: usize,
}

const TIEBREAK: &str = "Tiebreak";
const DUCKDB: &str = "DuckDB";
const DAFF: &str = "daff";
/// Not a merge, but what none can be quicker than.
pub const READING: &str = "only reading";

/// The most records with which daff is asked to do it: it takes its time.
const DAFF_RECORDS: u32 = 20_000;

impl Files<'_> {
    /// Merges sorted files of one shape.
    pub fn sorted(&self, shape: Shape, records: u32) -> Result<Outcome> {
        let listings = Listings::prepare(&self.data, shape, records, Order::Sorted)?;
        let megabytes = listings.bytes()? / 1_000_000;
        let title = format!("{records} records, sorted, {} ({megabytes} MB)", words(shape));
        let lanes = self.race(title.clone(), &listings)?;
        let mut outcome = Outcome { title, lanes, goals: Vec::new(), text: String::new() };
        if shape == Shape::OnePercent {
            let [tiebreak, duckdb, reading] = outcome.figures([TIEBREAK, DUCKDB, READING], Lane::seconds);
            outcome.goals = vec![
                Goal::new("DuckDB takes so many times our time", duckdb / tiebreak, Bound::AtLeast(5.0)),
                Goal::new("MB at most", outcome.figures([TIEBREAK], Lane::peak_mb)[0], Bound::AtMost(64.0)),
                Goal::new("times the time of only reading", tiebreak / reading, Bound::AtMost(4.0)),
            ];
        }
        Ok(outcome)
    }

    /// Merges files whose lines are in no order.
    pub fn unsorted(&self, records: u32) -> Result<Outcome> {
        let shape = Shape::OnePercent;
        let listings = Listings::prepare(&self.data, shape, records, Order::Shuffled)?;
        let title = format!("{records} records, unsorted, {}", words(shape));
        let lanes = self.race(title.clone(), &listings)?;
        let mut outcome = Outcome { title, lanes, goals: Vec::new(), text: String::new() };
        let [tiebreak, duckdb] = outcome.figures([TIEBREAK, DUCKDB], Lane::seconds);
        let [ours, theirs] = outcome.figures([TIEBREAK, DUCKDB], Lane::peak_mb);
        outcome.goals = vec![
            Goal::new("DuckDB takes so many times our time", duckdb / tiebreak, Bound::AtLeast(1.0)),
            Goal::new("of DuckDB's memory", ours / theirs, Bound::AtMost(0.5)),
        ];
        Ok(outcome)
    }

    fn race(&self, title: String, listings: &Listings) -> Result<Vec<Lane>> {
        // What is read first comes from the disk; after this everything comes from memory, for everybody.
        read::read(&listings.files)?;
        let contestants = vec![
            self.tiebreak(&listings.files, "ndjson"),
            self.duckdb(&listings.files),
            Contestant::new(READING, reading(&listings.files)?),
        ];
        Race { title, contestants, same_records: true }.run(self.turns)
    }

    /// Merges tables with daff, which compares tables in memory.
    pub fn daff(&self, records: u32) -> Result<Outcome> {
        let (shape, records) = (Shape::OnePercent, records.min(DAFF_RECORDS));
        let listings = Listings::prepare(&self.data, shape, records, Order::Sorted)?;
        let tables = listings.to_csv()?;
        let title = format!("{records} records as CSV, sorted, {}", words(shape));
        read::read(&tables)?;
        let merged = self.output.join("daff.csv");
        let mut daff: Vec<OsString> = vec!["node".into(), self.peers.daff.clone().into(), "merge".into()];
        daff.extend(["--id", "id", "--output"].map(OsString::from));
        daff.push(merged.clone().into());
        daff.extend(tables.iter().map(OsString::from));
        let contestants = vec![
            self.tiebreak(&tables, "csv"),
            Contestant { outputs: vec![merged.clone()], table: Some(merged), ..Contestant::new(DAFF, daff) },
        ];
        let lanes = Race { title: title.clone(), contestants, same_records: true }.run(self.turns)?;
        Ok(Outcome { title, lanes, goals: Vec::new(), text: String::new() })
    }

    fn tiebreak(&self, files: &[PathBuf; 3], ending: &str) -> Contestant {
        let merged = self.output.join(format!("tiebreak.{ending}"));
        let conflicts = self.output.join("tiebreak-conflicts.ndjson");
        let [base, ours, theirs] = files.clone().map(PathBuf::into_os_string);
        let mut call: Vec<OsString> = vec![self.tiebreak.into(), "merge".into()];
        call.extend(["--base".into(), base, "--ours".into(), ours, "--theirs".into(), theirs]);
        call.extend(["--key", "id", "--summary", "json"].map(OsString::from));
        call.extend(["--out".into(), merged.clone().into(), "--conflicts".into(), conflicts.clone().into()]);
        Contestant { outputs: vec![merged, conflicts], ..Contestant::new(TIEBREAK, call) }
    }

    fn duckdb(&self, files: &[PathBuf; 3]) -> Contestant {
        let outputs = ["duckdb.ndjson", "duckdb-conflicts.ndjson"].map(|name| self.output.join(name));
        let mut call: Vec<OsString> =
            vec![self.peers.python.clone().into(), self.scripts.join("duckdb_merge.py").into()];
        call.extend(files.iter().map(OsString::from));
        call.extend(outputs.iter().map(OsString::from));
        Contestant { outputs: outputs.into(), ..Contestant::new(DUCKDB, call) }
    }
}

fn reading(files: &[PathBuf]) -> Result<Vec<OsString>> {
    let mut call: Vec<OsString> = vec![env::current_exe()?.into(), "bench-alone".into(), "read".into()];
    call.extend(files.iter().map(OsString::from));
    Ok(call)
}

/// A shape in words.
pub fn words(shape: Shape) -> &'static str {
    match shape {
        Shape::OnePercent => "1 % changed on each side, 0.1 % in conflict",
        Shape::SixPercent => "6 % changed on each side, scattered",
        Shape::Clustered => "6 % changed on each side, clustered",
        Shape::SameRecord => "the same 6 % changed on both sides, in different fields",
    }
}
