//! The binary `tiebreak`.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Keeps two systems of record in step by three-way merges.
#[derive(Debug, Parser)]
#[command(name = "tiebreak", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Merge files three ways
    Merge(Box<cli::merge::MergeArgs>),
    /// Perform decisions on base
    Apply(cli::apply::ApplyArgs),
}

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(Arguments { command: Command::Merge(args) }) => cli::merge::run(&args),
        Ok(Arguments { command: Command::Apply(args) }) => cli::apply::run(&args),
        Err(error) => cli::usage_error(&error),
    }
}
