//! The programs we are measured against, each in the version that was looked at.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{apt, workspace::run};

/// From PyPI.
pub const DUCKDB: &str = "2.0.0";
/// From PyPI.
pub const DOLTLITE: &str = "0.51.3";
/// From npm.
pub const DAFF: &str = "1.4.2";

/// Installed peers.
pub struct Peers {
    /// A Python that knows DuckDB and DoltLite.
    pub python: PathBuf,
    /// The program of daff, for Node.
    pub daff: PathBuf,
}

impl Peers {
    /// Installs the peers below `folder`, unless they are there in these versions.
    pub fn install(folder: &Path) -> Result<Self> {
        let home = folder.join(format!("duckdb-{DUCKDB}-doltlite-{DOLTLITE}-daff-{DAFF}"));
        let peers =
            Self { python: home.join("python/bin/python"), daff: home.join("node_modules/daff/bin/daff.js") };
        let complete = home.join("complete");
        if !complete.exists() {
            eprintln!("installing DuckDB {DUCKDB}, DoltLite {DOLTLITE} and daff {DAFF} …");
            fs::create_dir_all(&home)?;
            make_python(&home.join("python"))?;
            let packages = [format!("duckdb=={DUCKDB}"), format!("doltlite=={DOLTLITE}")];
            let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            run(Command::new(&peers.python).args(quiet).args(packages)).context("the peers from PyPI")?;
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&home);
            run(npm.arg(format!("daff@{DAFF}"))).context("the peer from npm")?;
            fs::write(complete, "")?;
        }
        Ok(peers)
    }
}

/// A Python of its own. Debian has what that needs in a package apart.
fn make_python(home: &Path) -> Result<()> {
    let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(home));
    match make() {
        Err(_) if apt::may_install() => {
            apt::install("python3-venv")?;
            make()
        }
        made => made,
    }
    .context("the peers need Python 3 with venv")
}
