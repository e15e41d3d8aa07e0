//! Measurements that are targets of our own crates.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};
use serde_json::Value;

use super::report::Outcome;
use crate::workspace::{Workspace, output};

/// Compiles a measurement of a crate and returns its program.
pub fn compile(workspace: &Workspace, package: &str, bench: &str) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--locked", "--package", package, "--bench", bench]);
    let messages = output(cargo.args(["--no-run", "--message-format=json"]))?;
    program_of(&String::from_utf8_lossy(&messages), bench)
        .with_context(|| format!("cargo names no program of the measurement {bench}"))
}

/// The program of a target among the messages of cargo.
fn program_of(messages: &str, target: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == target)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// What the measurement of the engine prints.
pub fn engine(workspace: &Workspace) -> Result<Outcome> {
    let program = compile(workspace, "merge", "engine")?;
    let text = String::from_utf8(output(Command::new(program).arg("measure"))?)?;
    let title = "The engine alone, one record of 20 fields at a time".to_owned();
    Ok(Outcome { title, lanes: Vec::new(), goals: Vec::new(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_measurement_was_put() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"merge"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"plan"},"executable":"deps/plan-1"}"#,
            "\nno json\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(program_of(messages, "plan"), Some(PathBuf::from("deps/plan-1")));
        assert_eq!(program_of(messages, "merge"), None);
    }
}
