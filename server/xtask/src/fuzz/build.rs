//! The programs that libFuzzer drives.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    stop,
    workspace::{Workspace, output},
};

/// What lets libFuzzer see where a run has been and what was compared there. These are the flags of cargo-fuzz without a
/// sanitizer, which a stable compiler does not have.
const FLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Builds all programs; returns their folder.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = host(workspace)?;
    let folder = workspace.target.join("fuzz/build");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--release", "--bins"]);
    cargo.arg("--manifest-path").arg(manifest(workspace));
    // With a target named, the flags are not for build scripts, which libFuzzer is not linked to.
    cargo.args(["--target", &host]).arg("--target-dir").arg(&folder);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    let status = stop::run(&mut cargo)?;
    ensure!(status.success(), "the fuzz targets could not be built: cargo ended with {status}");
    Ok(folder.join(host).join("release"))
}

/// What the targets are built from. They are no member of the workspace, so their lock file is their own.
pub fn manifest(workspace: &Workspace) -> PathBuf {
    workspace.root.join("server/merge/fuzz/Cargo.toml")
}

/// Refuses a lock file that no longer fits: the workspace is built without it, so nobody else notices.
pub fn check_lock(mut cargo: Command, manifest: &Path) -> Result<()> {
    cargo.args(["metadata", "--locked", "--format-version=1", "--manifest-path"]).arg(manifest);
    let told = output(&mut cargo).map(|_| ());
    told.with_context(|| {
        format!(
            "what the fuzz targets depend on is not known. If their lock file is stale, run `cargo update --workspace \
             --manifest-path {}` and commit it",
            manifest.display()
        )
    })
}

/// The name of this platform.
fn host(workspace: &Workspace) -> Result<String> {
    let version = String::from_utf8(output(workspace.cargo().arg("-vV"))?)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("cargo does not name its host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_stale_lock_file_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let crate_named = |name: &str, rest: &str| {
            let home = folder.path().join(name);
            fs::create_dir_all(home.join("src")).expect("a folder");
            fs::write(home.join("src/lib.rs"), "").expect("a file");
            let text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n[workspace]\n{rest}");
            fs::write(home.join("Cargo.toml"), text).expect("a file");
            home.join("Cargo.toml")
        };
        let cargo = || {
            let mut cargo = Command::new("cargo");
            cargo.arg("--offline").current_dir(folder.path());
            cargo
        };
        let manifest = crate_named("targets", "");
        assert!(cargo().args(["generate-lockfile", "--manifest-path"]).arg(&manifest).status().is_ok());
        check_lock(cargo(), &manifest).expect("a lock file that fits");
        crate_named("engine", "");
        crate_named("targets", "[dependencies]\nengine = { path = \"../engine\" }\n");
        let refused = format!("{:#}", check_lock(cargo(), &manifest).expect_err("a stale one"));
        assert!(
            refused.contains("run `cargo update --workspace") && refused.contains("--locked"),
            "{refused}"
        );
    }
}
