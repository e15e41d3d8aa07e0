//! `cargo xtask bench`: Tiebreak beside others that could do its work, side by side in one run, on data made here.
//!
//! Files are merged by `tiebreak merge`, by DuckDB, and by daff at a size that it survives; only reading them is measured
//! as well, as what cannot be beaten. The plan of a run over staged records is measured beside DoltLite's merge. What comes
//! out is a table here, in `server/xtask/bench/RESULTS.md` and, shortened, in the README.

mod data;
mod files;
mod machine;
mod measure;
mod ours;
mod peers;
mod race;
mod read;
mod report;
mod sections;
mod store;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, fs, io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Result, ensure};
use clap::ValueEnum as _;

use crate::{
    build,
    workspace::{Profile, Workspace},
};
use data::Shape;
use files::Files;
use peers::Peers;
use report::Outcome;
use store::Stores;

/// What is measured, and how.
#[derive(clap::Args)]
pub struct Options {
    /// Records on each side
    #[arg(long, default_value_t = FULL)]
    records: u32,
    /// Turns of each contestant
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// Only these measurements
    #[arg(long, value_enum, num_args = 1..)]
    only: Vec<Part>,
    /// Measure this binary `tiebreak` instead of building one
    #[arg(long, value_name = "FILE")]
    bin: Option<PathBuf>,
}

/// The size that the goals are about.
const FULL: u32 = 1_000_000;

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Part {
    OnePercent,
    Unsorted,
    SixPercent,
    Clustered,
    SameRecord,
    Daff,
    Engine,
    StoreScattered,
    StoreSameRecord,
    Growth,
}

impl Part {
    fn is_over_files(self) -> bool {
        !self.is_over_store() && self != Part::Engine
    }

    fn is_over_store(self) -> bool {
        matches!(self, Part::StoreScattered | Part::StoreSameRecord | Part::Growth)
    }
}

/// What a process of the measurement does by itself.
#[derive(clap::Subcommand)]
pub enum Alone {
    /// Run one program and write down what it needed
    Measure {
        /// Where to
        figures: PathBuf,
        /// The program and its arguments
        #[arg(last = true)]
        call: Vec<OsString>,
    },
    /// Read files and do nothing with them
    Read {
        /// The files
        files: Vec<PathBuf>,
    },
}

/// Does what another process of the measurement asked for. A program that was run passes its own status on.
pub fn alone(what: &Alone) -> Result<ExitCode> {
    match what {
        Alone::Measure { figures, call } => measure::alone(figures, call),
        Alone::Read { files } => read::read_and_tell(files).map(|()| ExitCode::SUCCESS),
    }
}

/// Measures and shows the tables. A full measurement of everything renews them in the tree.
pub fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(options.records >= 1_000, "fewer than 1000 records have no record in conflict");
    let facts = machine::facts()?;
    let parts: Vec<Part> =
        Part::value_variants().iter().filter(|part| options.wants(**part)).copied().collect();
    let bench = Bench::prepare(workspace, options, &parts)?;
    let outcomes = parts.iter().map(|part| bench.measure(*part)).collect::<Result<Vec<_>>>()?;
    let text = report::markdown(&facts, usize::from(options.runs), &outcomes);
    std::io::stdout().write_all(text.as_bytes())?;
    fs::write(bench.folder.join("RESULTS.md"), &text)?;
    if options.only.is_empty() && options.records == FULL {
        let readme = workspace.root.join("README.md");
        let renewed = report::put_between_marks(&fs::read_to_string(&readme)?, &report::short(&outcomes))?;
        fs::write(readme, renewed)?;
        fs::write(bench.scripts.join("RESULTS.md"), text)?;
    }
    Ok(())
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// What the measurements need.
struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    folder: PathBuf,
    scripts: PathBuf,
    peers: Peers,
    tiebreak: PathBuf,
    plan: PathBuf,
}

impl<'a> Bench<'a> {
    /// Installs the others, and builds of ours what these parts measure.
    fn prepare(workspace: &'a Workspace, options: &'a Options, parts: &[Part]) -> Result<Self> {
        let folder = workspace.target.join("bench");
        fs::create_dir_all(folder.join("output"))?;
        let peers = Peers::install(&folder.join("peers"))?;
        let tiebreak = match &options.bin {
            Some(binary) => fs::canonicalize(binary)?,
            None if parts.iter().any(|part| part.is_over_files()) => {
                build::build(workspace, Profile::Release)?
            }
            None => PathBuf::new(),
        };
        let over_store = parts.iter().any(|part| part.is_over_store());
        let plan = if over_store { ours::compile(workspace, "pipeline", "plan")? } else { PathBuf::new() };
        let scripts = workspace.root.join("server/xtask/bench");
        Ok(Self { workspace, options, folder, scripts, peers, tiebreak, plan })
    }

    fn measure(&self, part: Part) -> Result<Outcome> {
        let records = self.options.records;
        match part {
            Part::OnePercent => self.files().sorted(Shape::OnePercent, records),
            Part::SixPercent => self.files().sorted(Shape::SixPercent, records),
            Part::Clustered => self.files().sorted(Shape::Clustered, records),
            Part::SameRecord => self.files().sorted(Shape::SameRecord, records),
            Part::Unsorted => self.files().unsorted(records),
            Part::Daff => self.files().daff(records),
            Part::Engine => ours::engine(self.workspace),
            Part::StoreScattered => self.stores().against_doltlite(Shape::SixPercent, records),
            Part::StoreSameRecord => self.stores().against_doltlite(Shape::SameRecord, records),
            Part::Growth => self.stores().growth(records),
        }
    }

    fn files(&self) -> Files<'_> {
        Files {
            data: self.folder.join("data"),
            output: self.folder.join("output"),
            scripts: &self.scripts,
            tiebreak: &self.tiebreak,
            peers: &self.peers,
            turns: usize::from(self.options.runs),
        }
    }

    fn stores(&self) -> Stores<'_> {
        Stores {
            root: &self.workspace.root,
            data: self.folder.join("data"),
            scripts: &self.scripts,
            plan: &self.plan,
            peers: &self.peers,
            turns: usize::from(self.options.runs),
        }
    }
}
