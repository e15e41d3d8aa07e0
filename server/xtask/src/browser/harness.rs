//! Playwright, ready to run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::chromium;
use crate::workspace::{Workspace, run};

/// A copy of `end2end/` with its packages, and a browser.
pub struct Harness {
    /// The copy; packages never lie in the tree.
    pub folder: PathBuf,
    root: PathBuf,
    chromium: PathBuf,
}

impl Harness {
    /// Copies the tests, installs their packages when the lock file changed, and finds a browser.
    pub fn prepare(workspace: &Workspace) -> Result<Harness> {
        let chromium = chromium::find_or_install()?;
        let folder = workspace.target.join("end2end");
        copy_tree(&workspace.root.join("end2end"), &folder)?;
        install(&folder)?;
        Ok(Harness { folder, root: workspace.root.clone(), chromium })
    }

    /// A call of Playwright that knows the binary, the browser and the checkout.
    pub fn playwright(&self, binary: &Path, command: &str) -> Command {
        let mut node = Command::new("node");
        node.arg(self.folder.join("node_modules/@playwright/test/cli.js")).arg(command);
        node.current_dir(&self.folder);
        node.env("TIEBREAK_BIN", binary).env("TIEBREAK_ROOT", &self.root).env("CHROMIUM", &self.chromium);
        node
    }
}

/// What Playwright and npm make, and what therefore stays when the sources are copied again.
const MADE: [&str; 4] = ["node_modules", "test-results", "results.json", ".installed"];

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    copy_into(from, to)
}

fn copy_into(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_into(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Installs exactly what the lock file says, once for each lock file.
fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json")).context("end2end/ has no lock file")?;
    let wanted = blake3::hash(&lock).to_hex().to_string();
    let stamp = folder.join(".installed");
    if folder.join("node_modules").exists() && fs::read_to_string(&stamp).is_ok_and(|seen| seen == wanted) {
        return Ok(());
    }
    if Command::new("npm").arg("--version").output().is_err() {
        bail!("the browser tests need Node.js with npm: install it (on Debian: apt-get install nodejs npm)");
    }
    // Packages that are only half there must not pass for those of an earlier lock file.
    if stamp.exists() {
        fs::remove_file(&stamp)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(&mut npm).context(
        "the packages of the browser tests could not be installed: npm takes them from its registry, which must be reachable",
    )?;
    ensure!(folder.join("node_modules/@playwright/test/cli.js").exists(), "npm installed no Playwright");
    fs::write(&stamp, wanted).context("cannot write the stamp of the packages")
}
