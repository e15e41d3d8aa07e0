//! The command line, one sub-command a file.

pub mod apply;
mod files;
pub mod merge;

use std::process::ExitCode;

/// Says what is wrong with the arguments in one line, or prints the help that was asked for (MS X1).
pub fn usage_error(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        print!("{error}");
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let missing: Vec<&str> =
        text.lines().skip(1).map(str::trim).take_while(|line| line.starts_with('-')).collect();
    let first = first.trim_start_matches("error: ");
    eprintln!("{}", format!("tiebreak: {first} {}", missing.join(", ")).trim_end());
    ExitCode::from(2)
}

/// Bad input: one line, and nothing changed (MS X1).
fn bad_input(error: &files::FileError) -> ExitCode {
    eprintln!("tiebreak: {error}");
    ExitCode::from(2)
}
