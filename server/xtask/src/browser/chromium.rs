//! The browser: Debian's Chromium, or the one that `CHROMIUM` names.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::apt;

/// Finds the browser, and installs Debian's package first when there is none and we may.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !apt::may_install() {
        bail!(
            "the browser tests need Chromium: install it (on Debian: apt-get install chromium), or name it in CHROMIUM"
        );
    }
    apt::install("chromium")?;
    find().context("Chromium was installed, but is not on the search path")
}

fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}
