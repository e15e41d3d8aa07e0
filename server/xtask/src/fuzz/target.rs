//! One target: its program, the inputs it starts from, and where it leaves what it found.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result};

use super::report::Report;
use crate::{stop, workspace::Workspace};

/// An input that takes longer than this hangs.
const MOST_SECONDS: u64 = 10;

/// An input that takes more memory than this would take all there is.
const MOST_MEGABYTES: u64 = 1024;

/// Longer inputs show nothing that shorter ones do not, and are slow.
const MOST_BYTES: u64 = 4096;

/// The names of all targets.
pub fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join("server/merge/fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.extend(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// A target that can be run.
pub struct Target {
    name: String,
    program: PathBuf,
    /// Inputs written by hand.
    seeds: PathBuf,
    /// Words that libFuzzer puts together.
    words: PathBuf,
    /// Inputs of earlier runs that led somewhere new.
    learned: PathBuf,
    /// What the names of inputs begin with under which something broke.
    broken: PathBuf,
    log: PathBuf,
}

impl Target {
    /// The target of this name, with the folders that it needs.
    pub fn new(workspace: &Workspace, programs: &Path, name: String) -> Result<Target> {
        let (source, made) = (workspace.root.join("server/merge/fuzz"), workspace.target.join("fuzz"));
        let learned = made.join("learned").join(&name);
        let broken = made.join("broken");
        for folder in [&learned, &broken] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(Target {
            program: programs.join(&name),
            seeds: source.join("corpus").join(&name),
            words: source.join("words").join(&name),
            learned,
            broken: broken.join(format!("{name}-")),
            log: made.join(format!("{name}.log")),
            name,
        })
    }

    /// Runs it for so long, or until something breaks.
    pub fn run(&self, seconds: u64) -> Result<Report> {
        let log = File::create(&self.log).with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut prefix = std::ffi::OsString::from("-artifact_prefix=");
        prefix.push(&self.broken);
        let mut program = Command::new(&self.program);
        program
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={MOST_SECONDS}"))
            .arg(format!("-rss_limit_mb={MOST_MEGABYTES}"))
            .arg(format!("-max_len={MOST_BYTES}"))
            .arg("-print_final_stats=1")
            .arg(prefix);
        if self.words.exists() {
            program.arg(format!("-dict={}", self.words.display()));
        }
        program.arg(&self.learned).arg(&self.seeds);
        program.stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        let status = stop::run(&mut program)?;
        let said = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        Ok(Report::read(&self.name, &self.program, begun.elapsed(), status, &said))
    }
}
