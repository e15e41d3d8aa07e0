//! Merging what is staged in a database: the planning of a run, and DoltLite's merge of branches.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    slice::from_ref,
};

use anyhow::Result;

use super::{
    data::{Listings, Order, Shape, generator, mark},
    files::words,
    peers::Peers,
    race::{Contestant, Lane, Race},
    report::{Bound, Goal, Outcome},
};
use crate::workspace::run;

/// What the races over databases need.
pub struct Stores<'a> {
    /// The top of the checkout.
    pub root: &'a Path,
    /// Where generated data lie.
    pub data: PathBuf,
    /// Our Python programs.
    pub scripts: &'a Path,
    /// The measurement `plan` of the pipeline.
    pub plan: &'a Path,
    /// The others.
    pub peers: &'a Peers,
    /// How often each contestant runs.
    pub turns: usize,
}

const TIEBREAK: &str = "Tiebreak plans";
const DOLTLITE: &str = "DoltLite merges";
const FEW: &str = "Tiebreak plans, few records";

/// With how few records the growth begins.
const FEW_RECORDS: u32 = 10_000;

impl Stores<'_> {
    /// Plans a merge of one shape, against DoltLite.
    pub fn against_doltlite(&self, shape: Shape, records: u32) -> Result<Outcome> {
        let edits = shape.edits(records).each;
        let title = format!("{records} staged records, {}", words(shape));
        let (ours, theirs) = (self.fill(shape, records, edits)?, self.branches(shape, records)?);
        let contestants = vec![self.planning(TIEBREAK, ours), self.merging(theirs)];
        let lanes = Race { title: title.clone(), contestants, same_records: true }.run(self.turns)?;
        let mut outcome = Outcome { title, lanes, goals: Vec::new(), text: String::new() };
        let [plan, merge] = outcome.figures([TIEBREAK, DOLTLITE], Lane::seconds);
        outcome.goals = vec![Goal::new("of DoltLite's time", plan / merge, Bound::AtMost(1.0))];
        Ok(outcome)
    }

    /// Plans the same number of changes among few records and among all.
    pub fn growth(&self, records: u32) -> Result<Outcome> {
        let edits = Shape::SixPercent.edits(FEW_RECORDS).each;
        let title = format!("{edits} changes on each side among {records} and among {FEW_RECORDS} records");
        let (many, few) = (
            self.fill(Shape::SixPercent, records, edits)?,
            self.fill(Shape::SixPercent, FEW_RECORDS, edits)?,
        );
        let contestants = vec![self.planning(TIEBREAK, many), self.planning(FEW, few)];
        // They take a tenth of a second, so that one of them more or less says little.
        let turns = self.turns * 3;
        let lanes = Race { title: title.clone(), contestants, same_records: false }.run(turns)?;
        let mut outcome = Outcome { title, lanes, goals: Vec::new(), text: String::new() };
        let [many, few] = outcome.figures([TIEBREAK, FEW], Lane::seconds);
        outcome.goals = vec![Goal::new("times the time among few", many / few, Bound::AtMost(1.5))];
        Ok(outcome)
    }

    /// A folder with a filled database of ours.
    fn fill(&self, shape: Shape, records: u32, edits: u32) -> Result<PathBuf> {
        let spread = if shape == Shape::SameRecord { "same_record" } else { "scattered" };
        let own =
            ["server/pipeline/benches/plan.rs", "server/pipeline/benches/plan.toml", "migrations/sqlite"];
        let sources = own.map(|source| self.root.join(source));
        self.made(&format!("store-{spread}-{records}-{edits}"), &sources, |folder| {
            let counts = [records.to_string(), edits.to_string()];
            run(Command::new(self.plan).arg("fill").arg(folder).args(counts).arg(spread))
        })
    }

    /// A folder with a database of DoltLite that has the edits of both sides in two branches.
    fn branches(&self, shape: Shape, records: u32) -> Result<PathBuf> {
        let listings = Listings::prepare(&self.data, shape, records, Order::Sorted)?;
        let script = self.scripts.join("doltlite_merge.py");
        self.made(&format!("doltlite-{}-{records}", shape.as_str()), from_ref(&script), |folder| {
            fs::create_dir_all(folder)?;
            let mut prepare = Command::new(&self.peers.python);
            prepare.arg(&script).arg("prepare").arg(folder.join("sections.db")).args(&listings.files);
            run(&mut prepare)
        })
    }

    /// A folder that is made once for each text of the programs that make it.
    fn made(
        &self,
        name: &str,
        sources: &[PathBuf],
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let sources = [generator(), sources.to_vec()].concat();
        let place = self.data.join(format!("{name}-{}", mark(&sources)?));
        if !place.exists() {
            eprintln!("making {name} …");
            let half = place.with_extension("half");
            if half.exists() {
                fs::remove_dir_all(&half)?;
            }
            make(&half)?;
            fs::rename(half, &place)?;
        }
        Ok(place)
    }

    fn planning(&self, name: &'static str, filled: PathBuf) -> Contestant {
        let copy = self.data.join(format!("planned-{}", filled.file_name().unwrap_or_default().display()));
        let call: Vec<OsString> = vec![self.plan.into(), "measure".into(), copy.clone().into()];
        Contestant { copied: Some([filled, copy]), ..Contestant::new(name, call) }
    }

    fn merging(&self, branches: PathBuf) -> Contestant {
        let copy = self.data.join("merged");
        let script = self.scripts.join("doltlite_merge.py");
        let call: Vec<OsString> = vec![
            self.peers.python.clone().into(),
            script.into(),
            "merge".into(),
            copy.join("sections.db").into(),
        ];
        Contestant { copied: Some([branches, copy]), ..Contestant::new(DOLTLITE, call) }
    }
}
