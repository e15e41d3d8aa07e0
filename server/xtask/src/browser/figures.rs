//! `cargo xtask figures`: how quick the desk is with ten thousand open conflicts, and how large its site.

use anyhow::{Context, Result, ensure};

use super::harness::Harness;
use crate::{
    build,
    workspace::{Profile, Workspace},
};

/// Builds everything optimised, which prints the sizes of the site (UX 11), and measures it in a browser.
pub fn figures(workspace: &Workspace) -> Result<()> {
    let harness = Harness::prepare(workspace)?;
    let binary = build::build(workspace, Profile::Release)?;
    let mut playwright = harness.playwright(&binary, "test");
    playwright.args(["--config=figures.config.ts", "--reporter=list"]);
    let status = playwright.status().context("cannot start Playwright")?;
    ensure!(status.success(), "a figure is over its budget, or could not be taken");
    Ok(())
}
