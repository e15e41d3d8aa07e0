//! `tiebreak merge`: a three-way merge of files (MS section 16).

mod lines;
mod policy;
mod staff;
#[cfg(test)]
mod tests;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use super::bad_input;
use super::files::{FileError, Format};

/// Merge two listings against the last agreed one.
///
/// Exit status: 0 no open conflict, 1 at least one, 2 bad input; then no output file is created or changed.
#[derive(Debug, clap::Args)]
pub struct MergeArgs {
    /// The records as both sides last agreed on them
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// Our records
    #[arg(long, value_name = "FILE")]
    ours: PathBuf,
    /// Their records
    #[arg(long, value_name = "FILE")]
    theirs: PathBuf,
    /// The key fields, separated by commas
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', required = true)]
    key: Vec<String>,
    /// Who wins, what compares equal, what may be written
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The merge type: takes the policy from `[type.NAME]`
    #[arg(long = "type", value_name = "NAME")]
    type_name: Option<String>,
    /// How the files are written; without it the endings of their names say it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where the merged records go; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the open conflicts go
    #[arg(long, value_name = "FILE")]
    conflicts: Option<PathBuf>,
    /// Where the decisions go
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Decisions of the staff
    #[arg(long, value_name = "FILE")]
    resolve: Option<PathBuf>,
    /// Print figures: on stdout, or on stderr with `--out -`
    #[arg(long, value_enum)]
    summary: Option<SummaryFormat>,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SummaryFormat {
    /// One line of JSON.
    Json,
}

/// Runs the command.
pub fn run(args: &MergeArgs) -> ExitCode {
    match merge_files(args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => bad_input(&error),
    }
}

/// Does the work; returns the number of open conflicts.
fn merge_files(args: &MergeArgs) -> Result<u64, FileError> {
    check_key(&args.key)?;
    check_outputs(&[&args.out, &args.conflicts, &args.decisions])?;
    let policy = policy::read(args)?;
    let staff = args.resolve.as_deref().map(|path| staff::Staff::read(path, &args.key)).transpose()?;
    let summary = work::Work::open(args, &policy, staff.unwrap_or_default())?.run()?;
    if args.summary == Some(SummaryFormat::Json) {
        let text = summary.to_object(&policy, &args.key);
        if args.out.as_deref().is_some_and(|out| out.as_os_str() == "-") {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
    }
    Ok(summary.conflicts)
}

/// A key names each of its fields once.
pub(super) fn check_key(key: &[String]) -> Result<(), FileError> {
    let repeated = key.iter().enumerate().any(|(at, name)| name.is_empty() || key[..at].contains(name));
    if repeated {
        Err(FileError::usage("--key names each key field once, none of them empty"))
    } else {
        Ok(())
    }
}

fn check_outputs(outputs: &[&Option<PathBuf>]) -> Result<(), FileError> {
    let paths: Vec<&PathBuf> = outputs.iter().filter_map(|path| path.as_ref()).collect();
    let repeated = paths.iter().enumerate().find(|(at, path)| paths[..*at].contains(path));
    match repeated {
        Some((_, path)) => {
            Err(FileError::usage(format!("two outputs would be written to {}", path.display())))
        }
        None => Ok(()),
    }
}
