//! Third-party servers for tests: installed once into a cache folder, started for real on free ports.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::contract::Trouble;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const PACKAGE: &str = include_str!("package.json");
const KINTO: &str = include_str!("kinto.ini");

/// The folder with the installed servers; they are installed first when they are not there. Set
/// `TIEBREAK_TEST_SERVERS` to keep it elsewhere than in `target/test-servers`.
///
/// # Errors
/// When Python, Node or a package is not to be had.
pub fn installed() -> Result<PathBuf, Trouble> {
    let folder = std::env::var_os("TIEBREAK_TEST_SERVERS").map_or_else(default_folder, PathBuf::from);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    install(&folder, "python", REQUIREMENTS, install_python)?;
    install(&folder, "node", PACKAGE, install_node)?;
    Ok(folder)
}

fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-servers")
}

/// Installs one part unless its list is the one that was installed last.
fn install(
    folder: &Path,
    part: &str,
    list: &str,
    how: fn(&Path) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let stamp = folder.join(format!("{part}.installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(());
    }
    let home = folder.join(part);
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).map_err(|error| error.to_string())?;
    println!("installing the test servers ({part}) into {}", home.display());
    how(&home)?;
    fs::write(stamp, list).map_err(|error| error.to_string())
}

fn install_python(home: &Path) -> Result<(), Trouble> {
    let list = home.join("requirements.txt");
    fs::write(&list, REQUIREMENTS).map_err(|error| error.to_string())?;
    finish(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let pip = home.join("bin/pip");
    finish(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list))
}

fn install_node(home: &Path) -> Result<(), Trouble> {
    fs::write(home.join("package.json"), PACKAGE).map_err(|error| error.to_string())?;
    finish(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(home))
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or fails, with what it said.
pub fn finish(command: &mut Command) -> Result<(), Trouble> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// A server process, ended when dropped, and its scratch folder.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The folder it runs in.
    pub scratch: TempDir,
    child: Child,
}

impl Server {
    /// Starts a server on a free port and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not start, with what it said.
    pub fn start(
        scratch: TempDir,
        command: impl Fn(&Path, SocketAddr) -> Result<Command, Trouble>,
    ) -> Result<Self, Trouble> {
        Self::start_at(None, scratch, command)
    }

    /// Starts a server at an address, or on a free port. Somebody else may take the port first, so it is tried three
    /// times.
    ///
    /// # Errors
    /// When it does not start, with what it said.
    pub fn start_at(
        address: Option<SocketAddr>,
        scratch: TempDir,
        command: impl Fn(&Path, SocketAddr) -> Result<Command, Trouble>,
    ) -> Result<Self, Trouble> {
        let mut scratch = Some(scratch);
        let mut trouble = String::new();
        for _ in 0..3 {
            let Some(folder) = scratch.take() else { break };
            let address = address.map_or_else(free_address, Ok).map_err(|error| error.to_string())?;
            let log = File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
            let errors = log.try_clone().map_err(|error| error.to_string())?;
            let mut command = command(folder.path(), address)?;
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(log).stderr(errors);
            let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
            if waits_for(address, &mut child) {
                return Ok(Self { address, scratch: folder, child });
            }
            let _ = child.kill();
            let _ = child.wait();
            trouble = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            scratch = Some(folder);
        }
        Err(format!("the server did not start: {trouble}"))
    }

    /// Kinto with everything in memory; any user may make a bucket.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn kinto() -> Result<Self, Trouble> {
        let home = installed()?;
        Self::start(scratch()?, |folder, address| {
            let ini = folder.join("kinto.ini");
            let settings = format!("{KINTO}port = {}\n", address.port());
            fs::write(&ini, settings).map_err(|error| error.to_string())?;
            let mut command = Command::new(home.join("python/bin/kinto"));
            command.args(["start", "--ini"]).arg(ini);
            Ok(command)
        })
    }

    /// json-server with this database (a JSON object of lists), at an address or on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn json_server(address: Option<SocketAddr>, scratch: TempDir, db: &str) -> Result<Self, Trouble> {
        let program = installed()?.join("node/node_modules/json-server/lib/cli/bin.js");
        Self::start_at(address, scratch, move |folder, address| {
            fs::write(folder.join("db.json"), db).map_err(|error| error.to_string())?;
            let mut command = Command::new("node");
            command.arg(&program);
            command.args([
                "--quiet",
                "--host",
                "127.0.0.1",
                "--port",
                &address.port().to_string(),
                "db.json",
            ]);
            Ok(command)
        })
    }

    /// Ends the process and gives its scratch folder back.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn stop(self) -> Result<TempDir, Trouble> {
        let mut this = std::mem::ManuallyDrop::new(self);
        let _ = this.child.kill();
        this.child.wait().map_err(|error| error.to_string())?;
        let empty = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(std::mem::replace(&mut this.scratch, empty))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

fn waits_for(address: SocketAddr, child: &mut Child) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return true;
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// An empty scratch folder.
///
/// # Errors
/// When there is no room for one.
pub fn scratch() -> Result<TempDir, Trouble> {
    tempfile::tempdir().map_err(|error| error.to_string())
}
