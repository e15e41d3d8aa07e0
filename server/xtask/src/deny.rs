//! `cargo xtask deny`: licences, sources and banned crates of everything that is compiled in (RL S48).

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::workspace::{Workspace, output};

/// Licences that go together with ours.
const LICENCES: [&str; 15] = [
    "0BSD",
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

/// Crates that must not come in, and why.
const BANNED: [(&str, &str); 6] = [
    ("tokio-cron-scheduler", "croner 3; no memory of missed slots (RL X13)"),
    ("tower-sessions-sqlx-store", "brings ended sessions back (RL X8)"),
    ("axum-login", "pins older sessions, does not always change the id"),
    ("openssl-sys", "TLS is rustls everywhere"),
    ("native-tls", "TLS is rustls everywhere"),
    ("madsim", "replaces tokio globally"),
];

/// Checks every crate of the lock file that is compiled in.
pub fn deny(workspace: &Workspace) -> Result<()> {
    let metadata = output(workspace.cargo().args(["metadata", "--locked", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_slice(&metadata)?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut problems = BTreeSet::new();
    for package in packages {
        problems.extend(problems_of(package));
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "{} crates are not allowed", problems.len());
    println!("{} crates: licences, sources and bans are in order", packages.len());
    Ok(())
}

fn problems_of(package: &Value) -> Vec<String> {
    let text = |member: &str| package[member].as_str().unwrap_or_default();
    let name = format!("{} {}", text("name"), text("version"));
    let mut problems = Vec::new();
    if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == text("name")) {
        problems.push(format!("{name}: banned: {why}"));
    }
    // Our own crates have no source; everything else comes from the registry, never from a repository.
    let source = text("source");
    if !source.is_empty() && !source.starts_with("registry+") {
        problems.push(format!("{name}: comes from {source}"));
    }
    if !allowed(text("license")) {
        problems.push(format!("{name}: licence `{}` is not on the list", text("license")));
    }
    problems
}

/// Whether one side of every `OR` of a licence expression is on the list, with all parts of its `AND`s.
fn allowed(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    flat.split(" AND ").all(|part| part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_expression_needs_one_way_that_is_allowed() {
        assert!(allowed("MIT OR Apache-2.0"));
        assert!(allowed("MIT/GPL-3.0"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("GPL-3.0"));
        assert!(!allowed("MIT AND GPL-3.0"));
        assert!(!allowed(""));
    }
}
