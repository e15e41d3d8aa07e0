//! An installation in a folder of its own, and the systems it merges.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use connect::sim::client::SimClient;
use connect::sim::options::{Counts, Size};
use connect::sim::{By, Event, Sim, SimHandle, SimOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

const CONNECTOR: &str = include_str!("systems.toml");
const DEPARTMENT: &str = include_str!("department.toml");

/// A folder with a database and settings; the binary is run on it.
pub struct Installation {
    folder: TempDir,
    database: Option<String>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Panics with everything that was said unless the exit status is this one.
    #[track_caller]
    pub fn with(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Installation {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), database: None }
    }

    /// The same on a database of its own.
    pub fn on(database: &str) -> Self {
        Self { database: Some(database.to_owned()), ..Self::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiebreak"));
        command.env_clear().env("TIEBREAK_SECRET_SIM", "sim-token").env("USER", "ann");
        if let Some(database) = &self.database {
            command.env("TIEBREAK_DATABASE", database);
        }
        command.arg("--data").arg(self.path("data")).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs `tiebreak` to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().await.expect("started");
        Ended {
            exit: output.status.code().expect("an exit status"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// The same with something on standard input.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let file = self.path("input");
        std::fs::write(&file, input).expect("written");
        let stdin = std::fs::File::open(&file).expect("opened");
        let output = self.command(arguments).stdin(stdin).output().await.expect("started");
        Ended {
            exit: output.status.code().expect("an exit status"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Starts `tiebreak` and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
    }

    /// Imports settings that must be good.
    pub async fn import(&self, settings: &str) {
        let file = self.write("settings.toml", settings);
        self.run(&["settings", "import", &file]).await.with(0);
    }

    /// The open database, for tests that look into it or tamper with it.
    pub async fn store(&self) -> store::Store {
        let url = store::testing::sqlite_url(&self.path("data").join("tiebreak.db"));
        store::Store::open(&url).await.expect("the database")
    }

    /// The audit rows of an action, newest first, with their particulars parsed.
    pub async fn audit(&self, action: &str) -> Vec<(String, Value)> {
        let rows = self.run(&["audit", "list", "--json", "--limit", "200"]).await.with(0).json();
        let rows = rows["items"].as_array().expect("rows").clone();
        let of_action = rows.into_iter().filter(|row| row["action"] == action);
        of_action
            .map(|row| {
                let detail = row["detail"].as_str().expect("text");
                (row["actor"].as_str().expect("text").to_owned(), serde_json::from_str(detail).expect("JSON"))
            })
            .collect()
    }
}

/// A simulated SIS with this many departments and nothing else.
pub async fn sis(departments: usize) -> SimHandle {
    let counts = Counts { departments, ..Counts::default() };
    Sim::start(SimOptions::default().size(Size::Custom(counts))).await.expect("a simulated SIS")
}

/// Settings of a school whose two systems are simulated SISes that hold departments.
pub fn two_sises(slug: &str, ours: &SimHandle, theirs: &SimHandle) -> String {
    let systems = format!("{}{}", remote("ours", "Scheduler", ours), remote("theirs", "Banner", theirs));
    settings(slug, &systems)
}

/// Settings of a school that keeps its own departments and merges them with a simulated SIS.
pub fn own_and_sis(slug: &str, theirs: &SimHandle) -> String {
    let ours = "[systems.ours]\nname = \"Scheduler\"\nkind = \"local\"\n";
    settings(slug, &format!("{ours}{}", remote("theirs", "Banner", theirs)))
}

fn remote(side: &str, name: &str, sim: &SimHandle) -> String {
    let url = sim.url();
    format!(
        "[systems.{side}]\nname = \"{name}\"\nbase_url = \"{url}\"\n{CONNECTOR}[systems.{side}.types.department]\n{DEPARTMENT}[systems.{side}.types.department.fields]\ncode = \"text\"\nname = \"text\"\nphone = \"text\"\n"
    )
}

fn settings(slug: &str, systems: &str) -> String {
    format!(
        "version = 1\n[school]\nslug = \"{slug}\"\nname = \"School {slug}\"\nzone = \"America/New_York\"\n{systems}\
         [desk]\nhold_seconds = 0\n[type.department]\nkey = [\"code\"]\n[type.department.fields]\n\
         code = {{ kind = \"text\" }}\nname = {{ kind = \"text\" }}\nphone = {{ kind = \"text\" }}\n"
    )
}

/// Two simulated SISes with the same four departments, merged once, so that both sides agree.
pub struct Merged {
    pub at: Installation,
    pub ours: SimHandle,
    pub theirs: SimHandle,
}

impl Merged {
    pub async fn new() -> Self {
        let (at, ours, theirs) = (Installation::new(), sis(4).await, sis(4).await);
        at.import(&two_sises("north", &ours, &theirs)).await;
        at.run(&["run", "--kind", "manual"]).await.with(0);
        Self { at, ours, theirs }
    }

    /// The same department gets another phone on each side, and a merge finds it. Answers the conflict's number.
    pub async fn conflict(&self, ours: &str, theirs: &str) -> i64 {
        edit(&self.ours.client(), "DEP-1", json!({ "phone": ours })).await;
        edit(&self.theirs.client(), "DEP-1", json!({ "phone": theirs })).await;
        self.at.run(&["run", "--kind", "manual"]).await.with(1);
        let listed = self.at.run(&["conflicts", "list", "--json"]).await.with(0).json();
        listed["items"][0]["number"].as_i64().expect("a conflict")
    }
}

/// An edit as a user of the SIS makes it.
pub async fn edit(sim: &SimClient, id: &str, fields: Value) {
    sim.update("department", id, fields).await.expect("edited");
}

/// What a department holds in the SIS now.
pub async fn field(sim: &SimHandle, id: &str, name: &str) -> Value {
    let state = sim.client().state().await.expect("state");
    state.record("department", id).map_or(Value::Null, |record| record[name].clone())
}

/// How many changes came in through the API of the SIS, as its own log has them.
pub async fn changes_by_us(sim: &SimHandle) -> usize {
    let log = sim.client().log().await.expect("log");
    log.iter().filter(|entry| matches!(&entry.event, Event::Change(change) if change.by == By::Api)).count()
}

/// Whether a path is there.
pub fn is_there(path: &Path) -> bool {
    path.exists()
}
