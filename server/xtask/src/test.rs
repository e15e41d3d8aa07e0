//! `cargo xtask test`: sets everything up that the tests need, runs every one of them, and ends with the counts.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{
    aside::Aside,
    browser, fuzz,
    postgres::Postgres,
    stop,
    workspace::{Workspace, run},
};

/// Features with which everything is compiled, here and for clippy and the documentation, so that nothing is built twice.
pub const FEATURES: &str = "store/faults,store/testing,connect/testing,pipeline/kill-points,app/ssr";

/// How many tests passed and failed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Which tests are run.
#[derive(Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of every crate, the fuzz targets, then those in a browser.
    All,
    /// Those of one crate.
    Crate(String),
    /// Those in a browser.
    Browser,
}

/// Runs the tests, those whose name holds `filter` or all.
pub fn test(workspace: &Workspace, which: &Which, filter: &[String]) -> Result<()> {
    stop::listen()?;
    if *which == Which::All {
        // What is missing is said now, and not after half an hour.
        fuzz::ready(workspace)?;
        browser::ready(workspace)?;
    }
    let mut counts = Counts::default();
    if *which != Which::Browser {
        counts = crates(workspace, which, filter)?;
    }
    if *which == Which::All {
        let (passed, failed) = fuzz::test(workspace, filter)?;
        counts.passed += passed;
        counts.failed += failed;
    }
    if !matches!(which, Which::Crate(_)) {
        let in_browser = browser::test(workspace, filter)?;
        counts.passed += in_browser.passed;
        counts.failed += in_browser.failed;
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    ensure!(counts.failed == 0, "some tests failed");
    ensure!(counts.passed > 0, "no test ran");
    Ok(())
}

/// Runs the tests of one crate or of all.
fn crates(workspace: &Workspace, which: &Which, filter: &[String]) -> Result<Counts> {
    let postgres = Postgres::start().context("the throw-away PostgreSQL")?;
    let cargo = |packages: &[&str]| {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--locked", "--no-fail-fast"]).args(packages);
        cargo.env("TIEBREAK_TEST_POSTGRES", postgres.url());
        cargo.env("TIEBREAK_TEST_SERVERS", workspace.target.join("test-servers"));
        cargo
    };
    let tested = |packages: &[&str]| run_and_count(cargo(packages).arg("--").args(filter));
    if let Which::Crate(name) = which {
        return tested(&["--package", name, "--all-features"]);
    }
    // This crate is on its own: together with the others its dependencies would be compiled once more, with more features.
    let own = tested(&["--package", "xtask"])?;
    let packages = ["--workspace", "--exclude", "xtask", "--features", FEATURES];
    run(cargo(&packages).arg("--no-run"))?;
    let aside = Aside::start(workspace)?;
    let others = tested(&packages)?;
    aside.finish()?;
    Ok(Counts { passed: own.passed + others.passed, failed: own.failed + others.failed })
}

/// Runs a command, lets its output through, and adds up the closing lines of its test binaries.
fn run_and_count(command: &mut Command) -> Result<Counts> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    stop::watch(&child);
    let output = child.stdout.take().context("cargo has no output")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        counts.add(&line);
        writeln!(std::io::stdout(), "{line}")?;
    }
    let status = child.wait()?;
    stop::forget(&child);
    if !status.success() && counts.failed == 0 {
        anyhow::bail!("the tests could not be compiled or run: cargo ended with {status}");
    }
    Ok(counts)
}

impl Counts {
    /// Takes up a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else { return };
        for part in rest.split(['.', ';']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse::<u64>().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse::<u64>().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up_and_other_lines_are_not() {
        let mut counts = Counts::default();
        counts.add(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.10s",
        );
        counts.add("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s");
        counts.add("test a_test_about_9 passed; ... ok");
        assert_eq!(counts, Counts { passed: 16, failed: 2 });
    }
}
