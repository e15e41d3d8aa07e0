//! A copy of the engine with all mutants in it, and the programs that test it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::{
    mutant::Mutant,
    switch::{QUESTION, Switched, switch},
};
use crate::{stop, workspace::Workspace};

/// The engine, below the top of the checkout.
const ENGINE: &str = "server/merge";

/// Tests that read the sources, of which the copy has others.
const OF_SOURCES: [&str; 2] = ["marks", "examples"];

/// The engine with its mutants, built.
pub struct Built {
    /// The mutants that can be put to work, by number.
    pub placed: Vec<usize>,
    /// Those that do not compile.
    pub refused: BTreeSet<usize>,
    /// The programs of its tests with their names.
    pub programs: Vec<(String, PathBuf)>,
    /// Where they are started.
    pub folder: PathBuf,
}

/// Builds the copy. Mutants that rustc refuses are taken out until it refuses none.
pub fn build(workspace: &Workspace, mutants: &[Mutant]) -> Result<Built> {
    let copy = Copy { original: &workspace.root, folder: workspace.target.join("mutants/engine") };
    copy.make()?;
    let mut refused = BTreeSet::new();
    loop {
        let placed = copy.switch(mutants, &refused)?;
        let more = copy.check()?;
        if more.is_empty() {
            let programs = copy.programs()?;
            return Ok(Built { placed, refused, programs, folder: copy.folder.join(ENGINE) });
        }
        println!("{} mutants do not compile …", refused.len() + more.len());
        ensure!(!more.is_subset(&refused), "rustc goes on refusing what was taken out");
        refused.extend(more);
    }
}

struct Copy<'w> {
    original: &'w Path,
    folder: PathBuf,
}

impl Copy<'_> {
    /// Copies the engine, and of the workspace what it inherits from it.
    fn make(&self) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        copy_folder(&self.original.join(ENGINE), &self.folder.join(ENGINE))?;
        fs::copy(self.original.join("Cargo.lock"), self.folder.join("Cargo.lock"))?;
        let manifest = fs::read_to_string(self.original.join("Cargo.toml"))?;
        let lines = manifest.lines().filter(|line| !line.starts_with("default-members"));
        let lines = lines.map(|line| match line.starts_with("members") {
            true => format!("members = [\"{ENGINE}\"]\n"),
            false => format!("{line}\n"),
        });
        fs::write(self.folder.join("Cargo.toml"), lines.collect::<String>())?;
        Ok(())
    }

    /// Writes the sources with their mutants; returns which are in.
    fn switch(&self, mutants: &[Mutant], refused: &BTreeSet<usize>) -> Result<Vec<usize>> {
        // Those without a mutant, too: what they call at compile time is not there at compile time any more.
        let sources = sources(self.original, &Path::new(ENGINE).join("src"))?;
        let mut files: BTreeMap<&Path, Vec<(usize, &Mutant)>> =
            sources.iter().map(|source| (source.as_path(), Vec::new())).collect();
        for (number, mutant) in mutants.iter().enumerate() {
            let wanted = (!refused.contains(&number)).then_some((number, mutant));
            files.entry(&mutant.file).or_default().extend(wanted);
        }
        let mut all = Vec::new();
        for (file, mutants) in files {
            let original = fs::read_to_string(self.original.join(file))?;
            let Switched { mut source, placed } = switch(&original, mutants.into_iter())
                .with_context(|| format!("cannot read {}", file.display()))?;
            if file.ends_with("src/lib.rs") {
                source.push_str(QUESTION);
            }
            fs::write(self.folder.join(file), source)?;
            all.extend(placed);
        }
        all.sort_unstable();
        Ok(all)
    }

    /// The mutants at which rustc stumbles.
    fn check(&self) -> Result<BTreeSet<usize>> {
        let (messages, compiles) = self.messages(&["check", "--lib"])?;
        let mut refused = BTreeSet::new();
        for message in messages.iter().filter(|message| message["message"]["level"] == "error") {
            let spans = message["message"]["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
            for span in spans.iter().filter(|span| span["is_primary"] == true) {
                refused.extend(self.mutants_at(span)?);
            }
        }
        ensure!(compiles || !refused.is_empty(), "the copy does not compile, and no mutant is to blame");
        Ok(refused)
    }

    /// The mutants of the line nearest to an error, at or above it.
    fn mutants_at(&self, span: &Value) -> Result<Vec<usize>> {
        let (Some(file), Some(line)) = (span["file_name"].as_str(), span["line_start"].as_u64()) else {
            bail!("rustc names no place: {span}");
        };
        let source = fs::read_to_string(self.folder.join(file))?;
        let above = source.lines().take(usize::try_from(line)?).collect::<Vec<_>>();
        let found = above.into_iter().rev().map(mutants_in).find(|found| !found.is_empty());
        Ok(found.unwrap_or_default())
    }

    fn programs(&self) -> Result<Vec<(String, PathBuf)>> {
        let (messages, compiles) = self.messages(&["test", "--no-run", "--lib", "--tests"])?;
        ensure!(compiles, "the tests of the copy do not compile");
        let program = |message: &Value| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, PathBuf::from(message["executable"].as_str()?)))
        };
        let programs = messages.iter().filter_map(program);
        Ok(programs.filter(|(name, _)| !OF_SOURCES.contains(&name.as_str())).collect())
    }

    /// What cargo says about the copy in JSON, and whether it was content.
    fn messages(&self, args: &[&str]) -> Result<(Vec<Value>, bool)> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.folder).args(args).args(["--package", "merge", "--message-format=json"]);
        cargo.arg("--target-dir").arg(self.folder.with_file_name("build"));
        cargo.env("RUSTFLAGS", "--cap-lints=allow");
        let said = stop::output(&mut cargo)?;
        let lines = std::str::from_utf8(&said.stdout)?.lines().filter(|line| line.starts_with('{'));
        Ok((lines.map(serde_json::from_str).collect::<Result<_, _>>()?, said.status.success()))
    }
}

/// The numbers of the mutants that a line asks for.
fn mutants_in(line: &str) -> Vec<usize> {
    let asked = line.split("crate::mutant(").skip(1);
    asked.filter_map(|rest| rest.split_once("usize")?.0.parse().ok()).collect()
}

/// The sources in a folder below the top of the checkout.
fn sources(top: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(top.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            found.extend(sources(top, &path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        if !path.is_dir() {
            fs::copy(path, there)?;
        } else if entry.file_name() != "target" {
            copy_folder(&path, &there)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_mutants_that_it_asks_for() {
        assert_eq!(mutants_in("(if crate::mutant(7usize) { a } else { crate::mutant(12usize) })"), [7, 12]);
        assert!(mutants_in("let mutant = 7usize;").is_empty());
    }
}
