//! `tiebreak merge`: a three-way merge of files (MS section 16).

mod checks;
mod job;
mod lines;
mod outputs;
mod part;
mod policy;
mod staff;
#[cfg(test)]
mod tests;
mod text;
mod work;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use merge::listing::Summary;
use merge::{Object, Policy, Value};

use super::files::{Argument, FileError, Format, Meter, check_arguments};
use super::{bad_input, output};

/// Merge two listings of the same records three ways
///
/// Each record is looked up by its key in three files: as ours and theirs have it now, and as both last agreed on it. What
/// one side changed is taken; what both changed differently is a conflict, and stays as ours has it until a person or the
/// policy decides. A record that is missing from a side's file was deleted there.
///
/// The files may be ndjson, json or csv, each by the ending of its name or all by --format; UTF-8, in any order. What gzip
/// packed is unpacked, whatever it is called. `-` is standard input, for one of the files that are read.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
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
    /// The fields that identify a record, such as `id` or `term,crn`
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', required = true)]
    key: Vec<String>,
    /// Who wins, what compares equal, what may be written: a TOML file; without it every conflict waits for a person
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The merge type: takes the policy from the table `[type.NAME]` of the file
    #[arg(long = "type", value_name = "NAME")]
    type_name: Option<String>,
    /// How the records are written; without it the ending of each name says it (.csv, .json, else ndjson)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where the merged records go, sorted by key; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the open conflicts go, one JSON object a line
    #[arg(long, value_name = "FILE")]
    conflicts: Option<PathBuf>,
    /// Where the decisions go that lead from base to the merged records, one JSON object a line
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// What people decided about conflicts of an earlier merge of the same files, one JSON object a line
    #[arg(long, value_name = "FILE")]
    resolve: Option<PathBuf>,
    /// Print figures on standard output, or on standard error with `--out -`
    #[arg(long, value_enum, value_name = "FORMAT")]
    summary: Option<SummaryFormat>,
}

const AFTER_HELP: &str = "\
Exit status:
  0  every record was merged
  1  at least one conflict is open
  2  bad input, policy or arguments: standard error has one line that says where, and no output file was
     created or changed

Example:
  tiebreak merge --base agreed.csv --ours ours.csv --theirs theirs.csv.gz --key term,crn \\
    --out merged.csv --conflicts conflicts.ndjson --summary json";

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
    check_files(args)?;
    let meter = Meter::on_terminal();
    let policy = policy::read(args, &meter)?;
    let staff =
        args.resolve.as_deref().map(|path| staff::Staff::read(path, &args.key, &meter)).transpose()?;
    let out_format = args.out.as_deref().map(|path| Format::of(path, args.format));
    let job = job::Job { args, policy: &policy, staff: staff.unwrap_or_default(), out_format };
    let summary = work::Work::open(job, meter)?.run()?;
    if args.summary == Some(SummaryFormat::Json) {
        let line = format!("{}\n", printed(&summary, &policy, args.type_name.as_deref(), &args.key));
        if args.out.as_deref().is_some_and(|out| out.as_os_str() == "-") {
            output::say(&line);
        } else {
            output::write(&line).map_err(|error| FileError::new(Path::new("standard output"), 0, error))?;
        }
    }
    Ok(summary.conflicts)
}

/// The figures, and the types that records refer to and that are not among these files (MS K4): whether what is named there
/// exists, nobody has looked up.
fn printed(summary: &Summary, policy: &Policy, type_name: Option<&str>, key: &[String]) -> Object {
    let mut printed = summary.to_object(policy, key);
    let unseen = policy.types_referred_to(type_name.unwrap_or_default());
    printed.insert("references_unseen", unseen.into_iter().map(Value::from).collect::<Vec<Value>>());
    printed
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

fn check_files(args: &MergeArgs) -> Result<(), FileError> {
    let inputs = [
        ("--base", Some(&args.base)),
        ("--ours", Some(&args.ours)),
        ("--theirs", Some(&args.theirs)),
        ("--policy", args.policy.as_ref()),
        ("--resolve", args.resolve.as_ref()),
    ];
    let outputs = [
        ("--out", args.out.as_ref()),
        ("--conflicts", args.conflicts.as_ref()),
        ("--decisions", args.decisions.as_ref()),
    ];
    check_arguments(&Argument::given(inputs), &Argument::given(outputs))
}
