//! `cargo xtask fuzz`: libFuzzer tries bytes on the engine that nobody thought of. What must hold for them is in
//! `server/merge/fuzz`.

mod build;
mod report;
mod target;

use std::{
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{apt, stop, workspace::Workspace};
pub use build::build;
use report::Report;
use target::Target;

/// How long each target runs as part of all tests.
const SECONDS_IN_TESTS: u64 = 30;

/// Fuzzes the targets of these names, or all.
pub fn fuzz(workspace: &Workspace, names: &[String], seconds: u64) -> Result<()> {
    stop::listen()?;
    ready(workspace)?;
    let known = target::names(workspace)?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("there is no target `{unknown}`; there are {}", known.join(", "));
    }
    let chosen = known.into_iter().filter(|name| names.is_empty() || names.contains(name)).collect();
    let broken = run(workspace, chosen, seconds)?.iter().filter(|report| !report.is_good()).count();
    ensure!(broken == 0, "targets that broke: {broken}");
    Ok(())
}

/// Fuzzes the targets whose name, such as `fuzz json`, holds one of the filters, or all. Says how many passed and failed.
pub fn test(workspace: &Workspace, filter: &[String]) -> Result<(u64, u64)> {
    let wanted = |name: &String| {
        let title = format!("fuzz {name}");
        filter.is_empty() || filter.iter().any(|part| title.contains(part.as_str()))
    };
    let chosen: Vec<String> = target::names(workspace)?.into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Ok((0, 0));
    }
    let reports = run(workspace, chosen, SECONDS_IN_TESTS)?;
    let passed = reports.iter().filter(|report| report.is_good()).count() as u64;
    Ok((passed, reports.len() as u64 - passed))
}

/// Sees to it that the targets can be compiled: what they depend on is locked, and there is a compiler for libFuzzer.
pub fn ready(workspace: &Workspace) -> Result<()> {
    build::check_lock(workspace.cargo(), &build::manifest(workspace))?;
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    if Command::new(&compiler).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    ensure!(apt::may_install(), "fuzzing needs a C++ compiler: install one (on Debian: apt-get install g++)");
    apt::install("g++")
}

/// Builds the targets and runs them side by side, as many as there are cores.
fn run(workspace: &Workspace, names: Vec<String>, seconds: u64) -> Result<Vec<Report>> {
    let programs = build(workspace)?;
    let targets: Vec<Target> =
        names.into_iter().map(|name| Target::new(workspace, &programs, name)).collect::<Result<_>>()?;
    let cores = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    println!("fuzzing {} targets, {cores} at a time, {seconds} s each …", targets.len());
    let next = AtomicUsize::new(0);
    let ended = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::SeqCst))
                    && !stop::asked()
                {
                    let report = target.run(seconds);
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
            });
        }
    });
    ensure!(!stop::asked(), "stopped");
    let reports: Result<Vec<Report>> =
        ended.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
    let mut reports = reports.context("a target could not be run")?;
    reports.sort_by(|a, b| a.name.cmp(&b.name));
    print!("{}", report::table(&reports));
    Ok(reports)
}
