//! The programs that libFuzzer drives.

use std::path::PathBuf;

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
    cargo.arg("--manifest-path").arg(workspace.root.join("server/merge/fuzz/Cargo.toml"));
    // With a target named, the flags are not for build scripts, which libFuzzer is not linked to.
    cargo.args(["--target", &host]).arg("--target-dir").arg(&folder);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    let status = stop::run(&mut cargo)?;
    ensure!(status.success(), "the fuzz targets could not be built: cargo ended with {status}");
    Ok(folder.join(host).join("release"))
}

/// The name of this platform.
fn host(workspace: &Workspace) -> Result<String> {
    let version = String::from_utf8(output(workspace.cargo().arg("-vV"))?)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("cargo does not name its host")?.to_owned())
}
