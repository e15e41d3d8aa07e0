//! `cargo xtask shots`: every page as it looks.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::harness::Harness;
use crate::{
    build,
    workspace::{Profile, Workspace},
};

/// Draws the pages whose name holds one of the filters, or all, into `target/shots/NAME-WIDTH-THEME.png`.
pub fn shots(workspace: &Workspace, filter: &[String]) -> Result<()> {
    let harness = Harness::prepare(workspace)?;
    let binary = build::build(workspace, Profile::Debug)?;
    let folder = workspace.target.join("shots");
    if filter.is_empty() && folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut playwright = harness.playwright(&binary, "test");
    playwright.args(["--config=shots.config.ts", "--reporter=list"]).env("TIEBREAK_SHOTS", &folder);
    if !filter.is_empty() {
        playwright.arg("--grep").arg(filter.join("|"));
    }
    let status = playwright.status().context("cannot start Playwright")?;
    let taken = fs::read_dir(&folder).map_or(0, Iterator::count);
    println!("{taken} screenshots in {}", folder.display());
    ensure!(status.success(), "some pages could not be drawn");
    Ok(())
}
