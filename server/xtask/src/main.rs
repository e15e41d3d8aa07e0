//! What `cargo xtask …` runs. One file or folder a command; each sets up what it needs.

mod apt;
mod aside;
mod bench;
mod browser;
mod build;
mod demo;
mod deny;
mod fuzz;
mod mutants;
mod postgres;
mod site;
mod stop;
mod test;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use workspace::{Profile, Workspace};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and shows Tiebreak")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the site and the binary `tiebreak` that carries it
    Build {
        /// Optimised and self-contained, in target/release
        #[arg(long)]
        release: bool,
    },
    /// Set up what the tests need, run all of them, end with the counts
    Test {
        /// Only the tests of this crate
        #[arg(long)]
        only: Option<String>,
        /// Only the tests in a browser
        #[arg(long, conflicts_with = "only")]
        browser: bool,
        /// Only tests whose name holds one of these
        filter: Vec<String>,
    },
    /// A university in a box: two systems, days of edits on both sides, and the desk with conflicts waiting
    Demo {
        /// Port of the server on loopback; the simulated SIS takes the next one
        #[arg(long, default_value_t = 7800, env = "TIEBREAK_PORT")]
        port: u16,
        /// Folder of the data, emptied first [default: target/demo]
        #[arg(long, env = "TIEBREAK_DATA")]
        data: Option<PathBuf>,
        /// End when the last report is printed
        #[arg(long)]
        once: bool,
    },
    /// Draw every page in both themes at 320 and 1280 px, into target/shots
    Shots {
        /// Only pages whose name holds one of these
        filter: Vec<String>,
    },
    /// Try bytes that nobody thought of on the engine, with libFuzzer; all targets at once
    Fuzz {
        /// How long each target runs
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// Only these targets
        target: Vec<String>,
    },
    /// Break the engine in one place at a time and list what no test notices
    Mutants {
        /// Only mutants whose name, which begins with the file, matches one of these expressions
        filter: Vec<String>,
    },
    /// Build optimised and measure: sizes, answers with 10,000 open conflicts, first paint on a slow line
    Figures,
    /// Measure Tiebreak beside others that could do its work, on data made here, and print the tables
    Bench(bench::Options),
    /// What the measurement starts as a process of its own
    #[command(hide = true, subcommand)]
    BenchAlone(bench::Alone),
    /// What is built beside the tests, by a process of its own
    #[command(hide = true)]
    BuildAside,
    /// Check licences, sources and bans of everything that is compiled in
    Deny,
    /// Print the features with which everything is tested, linted and documented
    Features,
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    // Asked for where it is needed: a process that measures another one must not have started any before.
    let workspace = Workspace::find;
    match command {
        Command::Build { release } => {
            let binary = build::build(&workspace()?, Profile::from_release(release))?;
            println!("{}", binary.display());
        }
        Command::Test { only, browser, filter } => {
            let which = match only {
                Some(name) => test::Which::Crate(name),
                None if browser => test::Which::Browser,
                None => test::Which::All,
            };
            test::test(&workspace()?, &which, &filter)?;
        }
        Command::Demo { port, data, once } => {
            demo::demo(&workspace()?, &demo::Options { port, data, once })?;
        }
        Command::Fuzz { seconds, target } => fuzz::fuzz(&workspace()?, &target, seconds)?,
        Command::Mutants { filter } => mutants::mutants(&workspace()?, &filter)?,
        Command::Shots { filter } => browser::shots(&workspace()?, &filter)?,
        Command::Figures => browser::figures(&workspace()?)?,
        Command::Bench(options) => bench::bench(&workspace()?, &options)?,
        Command::BenchAlone(what) => return bench::alone(&what),
        Command::BuildAside => aside::build(&workspace()?)?,
        Command::Deny => deny::deny(&workspace()?)?,
        Command::Features => println!("{}", test::FEATURES),
    }
    Ok(ExitCode::SUCCESS)
}
