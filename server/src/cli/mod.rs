//! The command line, one sub-command a file.
//!
//! Exit status: 0 all well, 1 something a person should look at, 2 bad input or failed. An error is one line on stderr.

pub mod apply;
mod audit;
mod carry;
mod check;
mod conflicts;
mod decide;
mod differences;
mod failure;
mod files;
pub mod merge;
mod output;
mod person;
mod progress;
mod records;
mod run;
mod runs;
mod serve;
mod settings;
mod sis_sim;

use std::process::ExitCode;

use app::api::{Actor, Api as _};
use clap::Parser;
use pipeline::settings::{Pair, Settings};

use self::failure::{Failure, Result};
use crate::config::{Config, Options};
use crate::installation::Installation;
use crate::telemetry;

/// Keeps two systems of record in step by nightly three-way merges.
#[derive(Debug, Parser)]
#[command(name = "tiebreak", version, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run the server: nights by schedule, requested merges, decisions, mail, pages
    Serve,
    // Their arguments describe themselves at length; a line here would stand in the place of that.
    Merge(Box<merge::MergeArgs>),
    Apply(apply::ApplyArgs),
    #[command(flatten)]
    Installation(OnInstallation),
    /// Play an SIS over HTTP, with university data
    SisSim(sis_sim::SisSimArgs),
}

/// What is done with an installation.
#[derive(Debug, clap::Subcommand)]
enum OnInstallation {
    /// Merge a school now and print the report
    Run(run::RunArgs),
    /// Look at conflicts and decide them
    #[command(subcommand)]
    Conflicts(conflicts::ConflictsCommand),
    /// Look at records, and edit those kept in Tiebreak itself
    #[command(subcommand)]
    Records(records::RecordsCommand),
    /// Look at merges, approve or stop them
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    /// Import or export a school's settings
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// Say who may sign in: make accounts, let people in again, keep them out
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// Verify or list the audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Check a school's settings, systems, database and schedule
    Check,
}

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// All well.
    Clean = 0,
    /// There is something to look at.
    Issues = 1,
    /// What was asked for failed.
    Failed = 2,
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage_error(&error),
    };
    let outcome = match arguments.command {
        Command::Merge(args) => return merge::run(&args),
        Command::Apply(args) => return apply::run(&args),
        Command::SisSim(args) => in_runtime(&arguments.options, "warn", async |_| sis_sim::run(&args).await),
        Command::Serve => {
            in_runtime(&arguments.options, "info", async |config| serve::run(open(config).await?).await)
        }
        Command::Installation(command) => in_runtime(&arguments.options, "warn", async |config| {
            dispatch(&open(config).await?, &command).await
        }),
    };
    match outcome {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            eprintln!("tiebreak: {}", output::clean(&failure.message));
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Reads the configuration, starts the log, and does the work; `level` is what is logged where nothing was asked for.
fn in_runtime(
    options: &Options,
    level: &str,
    work: impl AsyncFnOnce(Config) -> Result<Exit>,
) -> Result<Exit> {
    let config = Config::read(options).map_err(Failure::bad_input)?;
    telemetry::start(config.log.as_deref(), level, config.log_format).map_err(Failure::bad_input)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(work(config));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    exit
}

async fn open(config: Config) -> Result<Installation> {
    Installation::open(config).await.map_err(Failure::chain)
}

async fn dispatch(installation: &Installation, command: &OnInstallation) -> Result<Exit> {
    let exit = match command {
        OnInstallation::Run(args) => run::run(installation, args).await,
        OnInstallation::Conflicts(command) => conflicts::run(installation, command).await,
        OnInstallation::Records(command) => records::run(installation, command).await,
        OnInstallation::Runs(command) => runs::run(installation, command).await,
        OnInstallation::Settings(command) => settings::run(installation, command).await,
        OnInstallation::Person(command) => person::run(installation, command).await,
        OnInstallation::Audit(command) => audit::run(installation, command).await,
        OnInstallation::Check => check::run(installation).await,
    };
    installation.pipeline.store.close().await;
    exit
}

/// Says what is wrong with the arguments in one line, or prints the help that was asked for (MS X1).
fn usage_error(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return if output::print(&error.to_string()).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mistake = lines.next().unwrap_or_default().trim_start_matches("error: ");
    let is_about_it = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
    let in_brackets = |line: &str| match line.strip_prefix("tip: ") {
        Some(tip) => format!("({tip})"),
        None => line.to_owned(),
    };
    let about_it: Vec<String> = lines.take_while(is_about_it).map(in_brackets).collect();
    eprintln!("{}", format!("tiebreak: {mistake} {}", about_it.join(", ")).trim_end());
    ExitCode::from(2)
}

/// Who asks, and about which school: the one that was named, or the only one there is.
async fn at(installation: &Installation) -> Result<(Actor, String)> {
    let actor = installation.actor();
    let schools = installation.desk.list_schools(&actor).await?;
    let known = || schools.iter().map(|school| school.slug.as_str()).collect::<Vec<_>>().join(", ");
    match (&installation.config.school, schools.as_slice()) {
        (_, []) => Err(Failure::bad_input(
            "there is no school yet: import its settings with `tiebreak settings import FILE`",
        )),
        (Some(slug), _) if schools.iter().any(|school| school.slug == *slug) => Ok((actor, slug.clone())),
        (Some(slug), _) => {
            Err(Failure::bad_input(format!("--school: there is no school {slug} (there are: {})", known())))
        }
        (None, [only]) => Ok((actor, only.slug.clone())),
        (None, _) => Err(Failure::bad_input(format!("--school is needed: there are {}", known()))),
    }
}

/// Bad input: one line, and nothing changed (MS X1).
fn bad_input(error: &files::FileError) -> ExitCode {
    output::say(&format!("tiebreak: {}\n", output::clean(&error.to_string())));
    ExitCode::from(2)
}

/// The names by which people know a school's systems (UX 3).
async fn system_names(installation: &Installation, slug: &str) -> Result<Pair<String>> {
    let mut reader = installation.pipeline.store.read().await?;
    let school = store::school::find_by_slug(&mut reader, slug).await?;
    let revision = match school {
        Some(school) => store::settings_revision::current(&mut reader, school.id).await?,
        None => None,
    };
    let settings = revision.and_then(|revision| Settings::parse(&revision.document).ok());
    Ok(Pair::from_fn(|side| {
        settings.as_ref().map_or(side.as_str(), |settings| settings.side_name(side)).to_owned()
    }))
}
