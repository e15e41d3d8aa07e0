//! `cargo xtask mutants`: breaks the engine in one place at a time and sees whether a test notices.
//!
//! cargo-mutants names the places and what could stand there. It would compile the engine anew for each of them, which
//! takes a night. Here all mutants are compiled at once, each behind a question of its own, and the tests are run with
//! one after the other at work.

mod build;
mod mutant;
mod report;
mod switch;
mod trial;

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Result, bail, ensure};

use crate::{stop, workspace::Workspace};
use mutant::Mutant;
use report::Report;
use trial::{Fate, Trial};

/// The version of cargo-mutants.
const VERSION: &str = "27.0.0";

/// Breaks the engine by all mutants, or those whose name, such as
/// `server/merge/src/field/list.rs:57:5: replace set …`, matches one of the expressions.
pub fn mutants(workspace: &Workspace, filter: &[String]) -> Result<()> {
    stop::listen()?;
    let mutants = mutant::list(workspace, filter)?;
    let built = build::build(workspace, &mutants)?;
    let fates = try_all(&Trial::new(workspace, &built)?, &mutants, &built.placed)?;
    let mut report = Report::default();
    for (number, Mutant { name, .. }) in mutants.iter().enumerate() {
        match fates.iter().find(|(there, _)| *there == number) {
            Some((_, fate)) => report.add(name, *fate),
            None if built.refused.contains(&number) => report.add_unviable(),
            None => report.add_untried(name),
        }
    }
    print!("{report}");
    ensure!(report.all_caught(), "no test notices some of the mutants");
    Ok(())
}

/// Tries these mutants, as many at a time as there are cores.
fn try_all(trial: &Trial, mutants: &[Mutant], placed: &[usize]) -> Result<Vec<(usize, Fate)>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("trying {} mutants, {cores} at a time …", placed.len());
    let (next, fates) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(number) = placed.get(next.fetch_add(1, Ordering::SeqCst))
                && !stop::asked()
            {
                let fate = trial.of(*number)?;
                if fate == Fate::Missed {
                    println!("survives: {}", mutants[*number].name);
                }
                let mut fates = fates.lock().unwrap_or_else(PoisonError::into_inner);
                fates.push((*number, fate));
                if fates.len().is_multiple_of(100) {
                    println!("{} of {} …", fates.len(), placed.len());
                }
            }
            Ok(())
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a trial broke off")))
    })?;
    ensure!(!stop::asked(), "stopped");
    Ok(fates.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Where programs are looked for, cargo-mutants' folder first; it is installed if it is not there in this version.
fn path_with_tools(workspace: &Workspace) -> Result<OsString> {
    let root = workspace.target.join("tools");
    let folder = root.join("bin");
    let version = Command::new(folder.join("cargo-mutants")).args(["mutants", "--version"]).output();
    if !version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim().ends_with(VERSION)) {
        let mut cargo = workspace.cargo();
        cargo.args(["install", "cargo-mutants", "--locked", "--force", "--version", VERSION]);
        cargo.arg("--root").arg(&root).arg("--target-dir").arg(root.join("build"));
        if !stop::run(&mut cargo)?.success() {
            bail!("cargo-mutants {VERSION} could not be installed: cargo takes it from the registry");
        }
    }
    let others = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once::<PathBuf>(folder).chain(env::split_paths(&others));
    Ok(env::join_paths(all)?)
}
