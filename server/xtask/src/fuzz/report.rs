//! What libFuzzer says at the end.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

/// What came of one target.
#[derive(Debug)]
pub struct Report {
    /// Its name.
    pub name: String,
    program: PathBuf,
    took: Duration,
    executions: u64,
    /// Edges of the program that were reached.
    coverage: u64,
    problem: Option<Problem>,
}

/// Why a target did not pass.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    /// What was said about it.
    said: String,
    /// The input under which something broke; none if the program ended without one.
    input: Option<String>,
}

impl Report {
    /// Reads what a program said.
    pub fn read(name: &str, program: &Path, took: Duration, status: ExitStatus, said: &str) -> Report {
        let number = |text: &str| text.split_whitespace().next().and_then(|number| number.parse().ok());
        let after = |mark: &str| said.rsplit_once(mark).and_then(|(_, rest)| number(rest)).unwrap_or(0);
        let executions = after("stat::number_of_executed_units:");
        let problem = match status.success() {
            true if executions > 0 => None,
            true => Some(Problem { said: "no input was tried".to_owned(), input: None }),
            false => Some(Problem::read(status, said)),
        };
        let (name, program) = (name.to_owned(), program.to_owned());
        Report { name, program, took, executions, coverage: after(" cov: "), problem }
    }

    /// Whether everything held.
    pub fn is_good(&self) -> bool {
        self.problem.is_none()
    }

    fn row(&self) -> [String; 5] {
        let a_second = self.executions as f64 / self.took.as_secs_f64().max(0.001);
        let result = if self.is_good() { "held" } else { "BROKE" };
        [
            self.name.clone(),
            self.executions.to_string(),
            format!("{a_second:.0}"),
            self.coverage.to_string(),
            result.to_owned(),
        ]
    }
}

impl Problem {
    fn read(status: ExitStatus, said: &str) -> Problem {
        let input =
            said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path);
        let panic = said.split_once(" panicked at ").map(|(_, rest)| {
            rest.lines()
                .take_while(|line| !line.starts_with("stack backtrace:") && !line.starts_with("note:"))
        });
        let said = match panic {
            Some(lines) => lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"),
            None => {
                said.lines().find(|line| line.contains("ERROR: libFuzzer")).unwrap_or_default().to_owned()
            }
        };
        let said = if said.is_empty() { format!("ended with {status}") } else { said };
        Problem { said, input: input.map(str::to_owned) }
    }
}

/// The reports as a table, and how each input that broke something is tried again.
pub fn table(reports: &[Report]) -> String {
    let head = ["target", "executions", "executions/s", "coverage", "result"].map(str::to_owned);
    let mut text = String::new();
    for [name, executions, a_second, coverage, result] in
        std::iter::once(head).chain(reports.iter().map(Report::row))
    {
        let _ = writeln!(text, "{name:<10}{executions:>12}{a_second:>14}{coverage:>10}  {result}");
    }
    for report in reports {
        let Some(problem) = &report.problem else { continue };
        let _ = writeln!(text, "\n{}: {}", report.name, problem.said);
        if let Some(input) = &problem.input {
            let _ = writeln!(text, "  the input: {input}");
            let _ = writeln!(text, "  once more: {} {input}", report.program.display());
            let _ = writeln!(text, "  for good:  cp {input} server/merge/fuzz/corpus/{}/", report.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn report(code: i32, said: &str) -> Report {
        let program = Path::new("json");
        Report::read("json", program, Duration::from_secs(2), ExitStatus::from_raw(code << 8), said)
    }

    #[test]
    fn the_figures_are_those_of_the_end() {
        let said = "#2 INITED cov: 10 ft: 1\n#9 DONE   cov: 515 ft: 2750 corp: 3/4b\nstat::number_of_executed_units: 9000\n";
        let good = report(0, said);
        assert!(good.is_good());
        assert_eq!(good.row(), ["json", "9000", "4500", "515", "held"]);
    }

    #[test]
    fn an_input_that_breaks_something_is_named_with_what_was_said() {
        let said = "#2 INITED cov: 10 ft: 1\n\nthread 'main' (7) panicked at src/json.rs:5:9:\nit is lost\n\
            stack backtrace:\n  0: x\nartifact_prefix='./'; Test unit written to ./json-crash-1\n\
            stat::number_of_executed_units: 4\n";
        let broken = report(77, said);
        assert!(!broken.is_good());
        let wanted = Problem {
            said: "src/json.rs:5:9:\nit is lost".to_owned(),
            input: Some("./json-crash-1".to_owned()),
        };
        assert_eq!(broken.problem, Some(wanted));
        assert!(table(&[broken]).contains("once more: json ./json-crash-1"));
    }

    #[test]
    fn a_program_that_tries_nothing_or_ends_otherwise_has_not_passed() {
        assert!(!report(0, "").is_good());
        assert!(!report(1, "").is_good());
        let slow = report(70, "==5== ERROR: libFuzzer: timeout after 10 seconds\n");
        assert!(slow.problem.is_some_and(|problem| problem.said.ends_with("timeout after 10 seconds")));
    }
}
