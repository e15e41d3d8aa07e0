//! The site: everything a browser fetches besides pages. It is complete, with hashed names, compressed files and a manifest,
//! before the server is compiled, because the server embeds it. Debug and release have folders of their own.

mod budget;
mod compress;
#[cfg(test)]
mod contrast;
mod file;
mod style;
mod wasm;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::workspace::{Profile, Workspace};
use file::File;

/// What the server reads to learn the hashed names: role → address, for the files that pages name.
#[derive(Serialize)]
struct Manifest {
    #[serde(flatten)]
    addresses: BTreeMap<&'static str, String>,
}

/// Builds the site folder `target/site-debug` or `target/site-release`. Nothing in it is touched when nothing changed, so that
/// the server is not compiled again.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    let folder = workspace.target.join(format!("site-{}", profile.as_str()));
    let module = wasm::compile(workspace, profile)?;
    let inputs = inputs(workspace, &module)?;
    let stamp = workspace.target.join(format!("site-{}.stamp", profile.as_str()));
    if folder.exists() && fs::read_to_string(&stamp).is_ok_and(|seen| seen == inputs) {
        return Ok(());
    }
    let files = collect(workspace, profile, &module)?;
    let packed = files.into_iter().map(|file| compress::pack(file, profile)).collect::<Vec<_>>();
    budget::check(&packed, profile)?;
    write(&folder, &packed)?;
    fs::write(&stamp, inputs).context("cannot write the stamp of the site")
}

/// A hash over everything the site is made from: the sources, the compiled module, and this program.
fn inputs(workspace: &Workspace, module: &Path) -> Result<String> {
    let mut paths = vec![module.to_path_buf(), std::env::current_exe()?, workspace.root.join(BOOT)];
    for folder in ["style", "public"] {
        paths.extend(file::walk(&workspace.root.join(folder))?);
    }
    let mut hash = blake3::Hasher::new();
    for path in paths {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(blake3::hash(&bytes).as_bytes());
    }
    Ok(hash.finalize().to_hex().to_string())
}

const BOOT: &str = "app/src/boot.js";

fn collect(workspace: &Workspace, profile: Profile, module: &Path) -> Result<Vec<File>> {
    let bound = wasm::bind(module, profile)?;
    let boot = fs::read(workspace.root.join(BOOT)).context("cannot read boot.js")?;
    let mut files = vec![
        File::hashed("style", "css", style::bundle(&workspace.root.join("style/main.css"))?.into_bytes()),
        File::hashed("boot", "js", boot),
        File::hashed("glue", "js", bound.glue),
        File::hashed("wasm", "wasm", bound.wasm),
    ];
    let public = workspace.root.join("public");
    for path in file::walk(&public)? {
        let name = path.strip_prefix(&public)?.to_string_lossy().into_owned();
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.push(File::plain(name, bytes));
    }
    Ok(files)
}

/// Writes the folder beside its place and moves it there whole.
fn write(folder: &Path, files: &[compress::Packed]) -> Result<()> {
    let fresh = folder.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    for packed in files {
        packed.write(&fresh)?;
    }
    let addresses = files
        .iter()
        .filter_map(|packed| Some((packed.file.role?, format!("/{}", packed.file.path))))
        .collect();
    let manifest = serde_json::to_string_pretty(&Manifest { addresses })?;
    fs::write(fresh.join("manifest.json"), manifest)?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::rename(&fresh, folder).context("cannot put the site in its place")
}
