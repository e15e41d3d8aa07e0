//! Debian's packages, where a test needs a program that is not there and we may install it.

use std::process::Command;

use anyhow::{Result, ensure};

/// Whether we may install packages: as root, on a machine that has apt-get.
pub fn may_install() -> bool {
    rustix::process::geteuid().is_root() && Command::new("apt-get").arg("--version").output().is_ok()
}

/// Installs a package without what it only recommends.
pub fn install(package: &str) -> Result<()> {
    eprintln!("installing {package} with apt-get …");
    for args in
        [&["update", "--quiet"][..], &["install", "--yes", "--quiet", "--no-install-recommends", package][..]]
    {
        let status = Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").status()?;
        ensure!(status.success(), "apt-get {} ended with {status}", args.join(" "));
    }
    Ok(())
}
