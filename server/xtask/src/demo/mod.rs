//! `cargo xtask demo`: a university in a box. Builds, starts the simulated SIS and the server, fills both with a term of data,
//! plays a few days of edits on both sides with a merge after each, and leaves the desk open with conflicts waiting.

mod children;
mod edits;
mod people;
mod sis;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::build;
use crate::workspace::{Profile, Workspace, run};
use children::Children;
use sis::Sis;

/// What a term has here: enough to look real, little enough to be quick.
const SIZE: &str = "sections=400,courses=120,instructors=80,rooms=60,departments=12";

/// Where the demo runs.
pub struct Options {
    /// Port of the server; the simulated SIS takes the next one.
    pub port: u16,
    /// Folder of the data; emptied first. `None` is one under the build folder.
    pub data: Option<PathBuf>,
    /// End when the report is printed.
    pub once: bool,
}

/// Runs the demo until it is interrupted.
pub fn demo(workspace: &Workspace, options: &Options) -> Result<()> {
    let sis_port = options.port.checked_add(1).context("the port is too high")?;
    for port in [options.port, sis_port] {
        TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("port {port} is in use: choose another one with --port"))?;
    }
    let data = options.data.clone().unwrap_or_else(|| workspace.target.join("demo"));
    let binary = build::build(workspace, Profile::Debug)?;
    start_clean(&data)?;

    let mut children = Children::listen()?;
    let log = |name: &str| data.join(name);
    let port = sis_port.to_string();
    children.start(
        Command::new(&binary).args(["sis-sim", "--port", &port, "--seed", "7", "--size", SIZE]),
        &log("sis.log"),
    )?;
    let sis = Sis::wait_for(sis_port)?;
    let tiebreak = Tiebreak { binary, data: data.clone(), port: options.port };
    let settings = data.join("northfield.toml");
    fs::write(&settings, settings_for(workspace, sis_port)?)?;
    tiebreak.say(&["settings", "import", &settings.display().to_string()])?;
    people::add(&tiebreak)?;
    children.start(&mut tiebreak.command(&["serve"]), &log("server.log"))?;
    sis::wait_for_server(options.port)?;

    heading(
        "The first merge fills our side from the SIS. It waits for a person before it writes anything (G23).",
    );
    tiebreak.show(&["run", "--kind", "manual"])?;
    heading("Approved: it goes on.");
    tiebreak.show(&["runs", "approve", "1", "--yes"])?;
    history(&tiebreak, &sis)?;
    println!("{}", where_to_look(&tiebreak, sis_port));
    if options.once { Ok(()) } else { children.wait() }
}

/// Days with edits on both sides and a merge after each. What the first ones leave open is decided at the command line;
/// what the last one leaves waits in the browser.
fn history(tiebreak: &Tiebreak, sis: &Sis) -> Result<()> {
    for day in 0..3 {
        heading(&format!("Day {}: people edit on both sides; then a merge.", day + 1));
        edits::quiet_day(tiebreak, sis, day)?;
        tiebreak.show(&["run", "--kind", "manual"])?;
        let (one, other) = (2 * day + 1, 2 * day + 2);
        tiebreak.show(&["conflicts", "decide", &one.to_string(), "--choose", "capacity=Banner"])?;
        tiebreak.show(&["conflicts", "decide", &other.to_string(), "--choose", "capacity=Scheduler"])?;
    }
    heading("A busy day, and the night after it.");
    edits::busy_day(tiebreak, sis)?;
    tiebreak.show(&["run"])
}

/// The demo's own folder, and nothing that was not made by it, is emptied.
fn start_clean(data: &Path) -> Result<()> {
    let mark = data.join(".tiebreak-demo");
    if data.exists() && fs::read_dir(data)?.next().is_some() {
        ensure!(
            mark.exists(),
            "{} is not a folder of the demo: choose another one with --data",
            data.display()
        );
        fs::remove_dir_all(data)?;
    }
    fs::create_dir_all(data)?;
    fs::write(mark, "")?;
    Ok(())
}

/// The school's settings with the connector of the simulated SIS, at the port it has here.
fn settings_for(workspace: &Workspace, sis_port: u16) -> Result<String> {
    let read = |path: &str| {
        fs::read_to_string(workspace.root.join(path)).with_context(|| format!("cannot read {path}"))
    };
    let school = read("server/xtask/demo/settings.toml")?;
    let connector = read("server/connect/tests/systems/sim.toml")?;
    let connector = connector.replace("127.0.0.1:7900", &format!("127.0.0.1:{sis_port}"));
    let nested: String = connector
        .lines()
        .map(|line| match line.strip_prefix("[types.") {
            Some(rest) => format!("[systems.theirs.types.{rest}\n"),
            None => format!("{line}\n"),
        })
        .collect();
    Ok(format!("{school}\n[systems.theirs]\nname = \"Banner\"\n{nested}"))
}

/// The binary under test, on the demo's data.
struct Tiebreak {
    binary: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Tiebreak {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data").arg(&self.data).args(args);
        command.env("TIEBREAK_LISTEN", format!("127.0.0.1:{}", self.port));
        command.env("TIEBREAK_SECRET_SIM", "sim-token");
        command
    }

    /// Runs a command that must go well.
    fn say(&self, args: &[&str]) -> Result<()> {
        run(&mut self.command(args))
    }

    /// Runs a command that may end with 1: there is something to look at.
    fn show(&self, args: &[&str]) -> Result<()> {
        let status = self.command(args).status()?;
        match status.code() {
            Some(0 | 1) => Ok(()),
            _ => bail!("`tiebreak {}` ended with {status}", args.join(" ")),
        }
    }
}

fn heading(text: &str) {
    println!("\n== {text}\n");
}

fn where_to_look(tiebreak: &Tiebreak, sis_port: u16) -> String {
    let (program, data) = (tiebreak.binary.display(), tiebreak.data.display());
    format!(
        "\n== Where to look\n\n\
         the desk       http://127.0.0.1:{port}/\n\
         sign in as\n{sign_ins}\
         the SIS's log  http://127.0.0.1:{sis_port}/__sim/log\n\
         conflicts      {program} --data {data} conflicts list\n\
         history        {program} --data {data} runs list\n",
        sign_ins = people::sign_ins(),
        port = tiebreak.port
    )
}
