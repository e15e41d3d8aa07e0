//! A throw-away PostgreSQL for the tests, from the binaries found on the machine.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{apt, workspace::run};

/// A running server in a folder of its own; both go when this is dropped.
pub struct Postgres {
    binaries: PathBuf,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server that listens on a socket in its own folder and nowhere else. Installs Debian's package first when
    /// there are no binaries and we may.
    pub fn start() -> Result<Self> {
        let binaries = match find() {
            Some(found) => found,
            None => {
                ensure!(
                    apt::may_install(),
                    "the tests need PostgreSQL: install it (on Debian: apt-get install postgresql)"
                );
                apt::install("postgresql")?;
                find().context("PostgreSQL was installed, but its binaries are not where Debian puts them")?
            }
        };
        let folder = tempfile::Builder::new().prefix("tiebreak-postgres-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))?;
        let server = Self { binaries, folder };
        server.call(
            "initdb",
            &["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"],
        )?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off -c full_page_writes=off -c max_connections=200",
            server.folder.path().display()
        );
        server.call(
            "pg_ctl",
            &["start", "--wait", "--silent", "--log", &server.path("log"), "--options", &options],
        )?;
        Ok(server)
    }

    /// Its address, for the tests.
    pub fn url(&self) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn call(&self, program: &str, args: &[&str]) -> Result<()> {
        let mut command = as_nobody(&self.binaries.join(program));
        command.args(["--pgdata", &self.path("data")]).args(args).current_dir(self.folder.path());
        command.stdout(Stdio::null());
        run(&mut command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.call("pg_ctl", &["stop", "--mode=immediate", "--silent"]) {
            eprintln!("the throw-away PostgreSQL could not be stopped: {error:#}");
        }
    }
}

/// PostgreSQL refuses to run as root.
fn as_nobody(program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    command
}

/// The newest binaries: Debian's folders first, then the search path.
fn find() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    found
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(on_path)
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}
