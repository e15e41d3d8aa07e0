//! The islands as wasm, and the script that stands between them and the browser.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{Profile, Workspace, output, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// The two files wasm-bindgen makes of one module.
pub struct Bound {
    /// JavaScript that loads the module and translates between it and the browser.
    pub glue: Vec<u8>,
    /// The module itself.
    pub wasm: Vec<u8>,
}

/// Compiles the crate `app` for the browser and returns the path of the module.
pub fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    ensure_target(workspace)?;
    let cargo_profile = match profile {
        Profile::Debug => "wasm-dev",
        Profile::Release => "wasm-release",
    };
    run(workspace.cargo().args([
        "build",
        "--locked",
        "--package=app",
        "--lib",
        "--no-default-features",
        "--features=hydrate",
        &format!("--target={TARGET}"),
        &format!("--profile={cargo_profile}"),
    ]))?;
    Ok(workspace.target.join(TARGET).join(cargo_profile).join("app.wasm"))
}

/// Writes the glue for a compiled module and strips from it what only the glue's writer needed.
pub fn bind(module: &Path, profile: Profile) -> Result<Bound> {
    let folder = tempfile::tempdir()?;
    Bindgen::new()
        .input_path(module)
        .out_name("app")
        .web(true)?
        .typescript(false)
        .demangle(profile == Profile::Debug)
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(true)
        .generate(folder.path())
        .context("wasm-bindgen cannot process the islands")?;
    if folder.path().join("snippets").exists() {
        bail!("a dependency of `app` brings JavaScript files of its own; the site has no place for them");
    }
    let read = |name: &str| {
        fs::read(folder.path().join(name)).with_context(|| format!("wasm-bindgen left no {name}"))
    };
    Ok(Bound { glue: read("app.js")?, wasm: read("app_bg.wasm")? })
}

/// Adds the wasm target to the toolchain unless it is there.
fn ensure_target(workspace: &Workspace) -> Result<()> {
    let mut rustc = Command::new("rustc");
    let sysroot = output(rustc.current_dir(&workspace.root).args(["--print", "sysroot"]))?;
    let library = Path::new(String::from_utf8(sysroot)?.trim()).join("lib/rustlib").join(TARGET);
    if library.exists() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    run(rustup.current_dir(&workspace.root).args(["target", "add", TARGET]))
        .with_context(|| format!("the toolchain lacks {TARGET}"))
}
