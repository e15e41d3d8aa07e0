//! `cargo xtask build`: first the site, then the server that carries it.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    site,
    workspace::{Profile, Workspace, run},
};

/// Builds both and returns the path of the binary.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    site::build(workspace, profile)?;
    run(server(workspace, profile).args(["--bin", "tiebreak"]))?;
    Ok(workspace.target.join(profile.as_str()).join("tiebreak"))
}

/// Builds everything but the binary, in whose place one with other features may be in use.
pub fn prepare(workspace: &Workspace, profile: Profile) -> Result<()> {
    site::build(workspace, profile)?;
    run(server(workspace, profile).arg("--lib"))
}

fn server(workspace: &Workspace, profile: Profile) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--package", "server"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    cargo
}
