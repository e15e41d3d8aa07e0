//! On what the figures were taken.

use std::{fs, path::Path, process::Command, thread};

use anyhow::Result;

use super::peers::{DAFF, DOLTLITE, DUCKDB};
use crate::workspace::output;

/// Facts about this machine, a line each.
pub fn facts() -> Result<Vec<String>> {
    let processor = member(Path::new("/proc/cpuinfo"), "model name", ':');
    let memory = member(Path::new("/proc/meminfo"), "MemTotal", ':');
    let system = member(Path::new("/etc/os-release"), "PRETTY_NAME", '=');
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = thread::available_parallelism()?;
    Ok(vec![
        format!("{cores} cores of {}, {} of memory", processor.trim(), gigabytes(&memory)),
        format!("{}, Linux {}", system.trim_matches('"'), kernel.trim()),
        format!(
            "{}, {}, Node {}",
            version("rustc")?,
            version("python3")?,
            version("node")?.trim_start_matches('v')
        ),
        format!("DuckDB {DUCKDB}, DoltLite {DOLTLITE}, daff {DAFF}"),
        format!("load when it began: {}", load.split_whitespace().next().unwrap_or("unknown")),
    ])
}

/// The value of a line `name : value`.
fn member(file: &Path, name: &str, separator: char) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let values = text.lines().filter_map(|line| line.split_once(separator));
    let mut values =
        values.filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned());
    values.next().unwrap_or_else(|| "unknown".to_owned())
}

/// `24689812 kB` as people say it.
fn gigabytes(kilobytes: &str) -> String {
    let number = kilobytes.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    number.map_or_else(|| kilobytes.to_owned(), |number| format!("{:.0} GB", number / 1024.0 / 1024.0))
}

fn version(program: &str) -> Result<String> {
    let said = output(Command::new(program).arg("--version"))?;
    let said = String::from_utf8_lossy(&said);
    // `rustc 1.95.0 (59807616e 2026-04-14)`: what is in brackets is of no use here.
    Ok(said.split(" (").next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_round_gigabytes() {
        assert_eq!(gigabytes("24689812 kB"), "24 GB");
        assert_eq!(gigabytes("unknown"), "unknown");
    }

    #[test]
    fn a_member_of_a_list_of_names_and_values_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("facts");
        fs::write(&file, "MemFree:  1 kB\nMemTotal:   2 kB\n").expect("a file");
        assert_eq!(member(&file, "MemTotal", ':'), "2 kB");
        assert_eq!(member(&file, "SwapTotal", ':'), "unknown");
    }
}
