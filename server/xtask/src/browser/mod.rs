//! The tests in a browser: Playwright in a copy of `end2end/` below the build folder, against the binary of this checkout.

mod chromium;
mod counts;
mod figures;
mod harness;
mod shots;

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::{
    build, stop,
    workspace::{Profile, Workspace},
};
pub use counts::Counts;
pub use figures::figures;
use harness::Harness;
pub use shots::shots;

/// Sees to it that the browser tests can run: a browser, and the packages.
pub fn ready(workspace: &Workspace) -> Result<()> {
    Harness::prepare(workspace).map(|_| ())
}

/// Runs the browser tests whose title holds one of the filters, or all, and counts them.
pub fn test(workspace: &Workspace, filter: &[String]) -> Result<Counts> {
    let harness = Harness::prepare(workspace)?;
    let binary = build::build(workspace, Profile::Debug)?;
    let report = harness.folder.join("results.json");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut playwright = harness.playwright(&binary, "test");
    playwright
        .args(["--reporter=list,json", "--pass-with-no-tests"])
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    if !filter.is_empty() {
        playwright.arg("--grep").arg(filter.join("|"));
    }
    let status = stop::run(&mut playwright).context("cannot run Playwright")?;
    let Ok(text) = fs::read_to_string(&report) else {
        bail!("the browser tests could not be run: Playwright ended with {status}");
    };
    let counts = Counts::read(&text).context("Playwright's report")?;
    ensure!(
        status.success() || counts.failed > 0,
        "Playwright ended with {status}; what it said is above, its pictures are in {}, and with \
         TIEBREAK_BROWSER_TRACE=1 a trace of each test that fails",
        harness.folder.join("test-results").display()
    );
    Ok(counts)
}
