//! A throw-away PostgreSQL. A shell looks after it: when the pipe to this process closes, in whichever way the
//! process ends, the shell stops the server and removes its folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::installed;

/// Why there is no PostgreSQL for tests.
#[derive(Debug, thiserror::Error)]
#[error("no PostgreSQL for tests: {0} (set TIEBREAK_TEST_POSTGRES, or install the server's binaries)")]
pub struct ServerError(String);

struct Server {
    url: String,
    /// Its standard input is the pipe that keeps the server alive.
    _shell: Child,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

/// The address of the maintenance database of the server of this process, started if need be.
pub(super) fn url() -> Result<String, ServerError> {
    if let Ok(url) = std::env::var("TIEBREAK_TEST_POSTGRES")
        && !url.is_empty()
    {
        return Ok(url);
    }
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if server.is_none() {
        *server = Some(start()?);
    }
    server.as_ref().map(|server| server.url.clone()).ok_or_else(|| ServerError("not started".to_owned()))
}

/// Durability is of no use to a server that goes with its process. Tests of power loss use SQLite.
const SCRIPT: &str = r#"
set -e
trap 'rm -rf "$DIR"' EXIT
"$BIN"initdb -D "$DIR/data" -U tiebreak -A trust -E UTF8 --no-locale --no-sync >"$DIR/initdb.log" 2>&1 \
  || { echo "initdb failed: $(tail -n 3 "$DIR/initdb.log" | tr '\n' ' ')"; exit 1; }
"$BIN"postgres -D "$DIR/data" -k "$DIR" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal </dev/null >"$DIR/log" 2>&1 &
pid=$!
trap 'kill -INT $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$DIR"' EXIT
trap : INT TERM HUP
for _ in $(seq 300); do
  if "$BIN"pg_isready -q -h "$DIR" -U tiebreak; then echo ready; cat >/dev/null; exit 0; fi
  kill -0 $pid 2>/dev/null || break
  sleep 0.1
done
echo "the server did not start: $(tail -n 3 "$DIR/log" | tr '\n' ' ')"
"#;

fn start() -> Result<Server, ServerError> {
    let failed = |error: std::io::Error| ServerError(error.to_string());
    let folder = tempfile::Builder::new().prefix("tiebreak-pg-").tempdir().map_err(failed)?.keep();
    let bin = installed().first().map(|bin| format!("{}/", bin.display())).unwrap_or_default();
    let mut shell = as_ordinary_user(&folder)?
        .env("DIR", &folder)
        .env("BIN", bin)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut word = String::new();
    if let Some(output) = shell.stdout.take() {
        BufReader::new(output).read_line(&mut word).map_err(failed)?;
    }
    if word.trim() != "ready" {
        return Err(ServerError(if word.is_empty() { "it could not be started".to_owned() } else { word }));
    }
    let host = folder.display().to_string().replace('/', "%2F");
    Ok(Server { url: format!("postgres://tiebreak@{host}/postgres"), _shell: shell })
}

/// PostgreSQL refuses to run as root, so root lends the server to `nobody`.
fn as_ordinary_user(folder: &Path) -> Result<Command, ServerError> {
    let mut command = Command::new("sh");
    if is_root() {
        std::os::unix::fs::chown(folder, Some(65534), Some(65534))
            .map_err(|error| ServerError(error.to_string()))?;
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
    }
    command.args(["-c", SCRIPT]).current_dir(folder);
    Ok(command)
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}
