//! `cargo xtask build`: first the site, then the server that carries it.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    site,
    workspace::{Profile, Workspace, run},
};

/// Builds both and returns the path of the binary.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    site::build(workspace, profile)?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--package", "server", "--bin", "tiebreak"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    run(&mut cargo)?;
    Ok(workspace.target.join(profile.as_str()).join("tiebreak"))
}
