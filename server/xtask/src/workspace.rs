//! Where things are, and how cargo is called.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::stop;

/// The two ways of building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; the server reads the site from its folder.
    Debug,
    /// Optimised; the server carries the site.
    Release,
}

impl Profile {
    /// The profile that a `--release` flag asks for.
    pub fn from_release(release: bool) -> Profile {
        if release { Profile::Release } else { Profile::Debug }
    }

    /// The word for it in folder names.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

/// The checkout and its build folder.
pub struct Workspace {
    /// The top of the checkout.
    pub root: PathBuf,
    /// Cargo's build folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the checkout this program was compiled from.
    pub fn find() -> Result<Workspace> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.ancestors().nth(2).context("xtask does not lie in server/xtask")?.to_path_buf();
        let metadata = output(cargo_in(&root).args(["metadata", "--no-deps", "--format-version=1"]))?;
        let metadata: serde_json::Value = serde_json::from_slice(&metadata)?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Workspace { root, target: PathBuf::from(target) })
    }

    /// A call of cargo at the top of the checkout.
    pub fn cargo(&self) -> Command {
        cargo_in(&self.root)
    }
}

/// `cargo run` tells its program about the package `xtask` by environment variables. Passed on, they would look to build
/// scripts like a change of their own surroundings, and crates would be rebuilt on every switch between `cargo` and
/// `cargo xtask`.
fn cargo_in(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end, its output going where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let status = stop::run(command)?;
    ensure!(status.success(), "{} ended with {status}", describe(command));
    Ok(())
}

/// Runs a command to its end and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().with_context(|| format!("cannot start {}", describe(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}\n{}", describe(command), output.status, said.trim_end());
    }
    Ok(output.stdout)
}

/// The command as a person would type it, without folders.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let args = command.get_args().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>();
    format!("`{name} {}`", args.join(" "))
}
