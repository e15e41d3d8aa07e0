//! `cargo xtask mutants`: breaks the engine in one place at a time and sees whether a test notices.

mod report;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{stop, workspace::Workspace};
use report::Report;

/// The version of cargo-mutants.
const VERSION: &str = "27.0.0";

/// Cases per law: what the laws do not notice with these, they notice with luck.
const CASES: &str = "400";

/// Exit codes of a run that came to its end: all caught, some missed, some never ended.
const ENDED: [i32; 3] = [0, 2, 3];

/// Runs the mutants of one shard such as `2/8`, or all; those whose name, such as
/// `server/merge/src/field/list.rs:57:5: replace set …`, matches one of the expressions, or all.
pub fn mutants(workspace: &Workspace, shard: Option<&str>, filter: &[String]) -> Result<()> {
    stop::listen()?;
    let tools = tools(workspace)?;
    let out = workspace.target.join("mutants").join(shard.unwrap_or("all").replace('/', "-of-"));
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut command = workspace.cargo();
    command.env("PATH", path_with(&tools)?).args(["mutants", "--package", "merge", "--no-shuffle"]);
    command.arg("--jobs").arg(jobs().to_string()).arg("--output").arg(&out);
    for expression in filter {
        command.arg("--re").arg(expression);
    }
    if let Some(shard) = shard {
        command.args(["--shard", shard]);
    }
    command.args(["--", "--lib", "--tests"]);
    command.env("PROPTEST_CASES", CASES).env("TIEBREAK_CASES", CASES);
    // The copies that are broken lie elsewhere, and each needs a build folder of its own.
    command.env_remove("CARGO_TARGET_DIR");
    if env::var_os("TIEBREAK_FIXTURES").is_none() {
        command.env("TIEBREAK_FIXTURES", workspace.root.join("../shared/fixtures"));
    }
    let status = stop::run(&mut command)?;
    ensure!(
        status.code().is_some_and(|code| ENDED.contains(&code)),
        "cargo-mutants ended with {status}; its logs are in {}",
        out.display()
    );
    let report = Report::read(&out.join("mutants.out"))?;
    print!("{report}");
    ensure!(report.all_caught(), "no test notices some of the mutants");
    Ok(())
}

/// Two at a time where there are two cores: one is compiled while another is tested.
fn jobs() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(2)
}

fn path_with(tools: &Path) -> Result<OsString> {
    let others = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(tools.to_path_buf()).chain(env::split_paths(&others));
    Ok(env::join_paths(all)?)
}

/// The folder of cargo-mutants, which is installed if it is not there in this version.
fn tools(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.target.join("tools");
    let folder = root.join("bin");
    let version = Command::new(folder.join("cargo-mutants")).args(["mutants", "--version"]).output();
    if version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim().ends_with(VERSION)) {
        return Ok(folder);
    }
    let mut cargo = workspace.cargo();
    cargo.args(["install", "cargo-mutants", "--locked", "--force", "--version", VERSION]);
    cargo.arg("--root").arg(&root).arg("--target-dir").arg(root.join("build"));
    if !stop::run(&mut cargo)?.success() {
        bail!("cargo-mutants {VERSION} could not be installed: cargo takes it from the registry");
    }
    Ok(folder)
}
