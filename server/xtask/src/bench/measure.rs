//! What a program needs: time by the clock, time of the processor, and the most memory it had at once.
//!
//! The kernel tells the last two only of children that have ended, all of them together. So every program is started by a
//! process of its own, which has no other child.

use std::{
    env,
    ffi::OsString,
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one execution needed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// From its start to its end.
    pub seconds: f64,
    /// Of all processors together, in the program and in the kernel for it.
    pub cpu_seconds: f64,
    /// The most memory at once, in MB of 2²⁰ bytes.
    pub peak_mb: f64,
}

impl Figures {
    /// What a program says of the part of its work that counts, where it says so.
    pub fn or_told(self, answer: &Value) -> Self {
        let told = |name: &str, measured: f64| answer[name].as_f64().unwrap_or(measured);
        Self {
            seconds: told("seconds", self.seconds),
            cpu_seconds: told("cpu_seconds", self.cpu_seconds),
            peak_mb: told("peak_mb", self.peak_mb),
        }
    }
}

/// Starts a program and waits for it, in the process that does nothing else. Writes its figures to a file.
pub fn alone(figures: &Path, call: &[OsString]) -> Result<ExitCode> {
    let [program, arguments @ ..] = call else { bail!("no program to measure") };
    let mut command = Command::new(program);
    command.args(arguments);
    let begun = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {}", program.display()))?;
    let seconds = begun.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // The kernel counts in kilobytes.
    let peak_mb = used.max_rss() as f64 / 1024.0;
    let cpu_seconds = in_seconds(used.user_time()) + in_seconds(used.system_time());
    fs::write(figures, serde_json::to_vec(&Figures { seconds, cpu_seconds, peak_mb })?)?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)))
}

fn in_seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// Runs a program in a process of its own. Returns what it needed and what it printed; it may end with 0 or 1, which is
/// how several merging programs say that there are conflicts.
pub fn run(call: &[OsString]) -> Result<(Figures, String)> {
    let folder = tempfile::tempdir()?;
    let figures = folder.path().join("figures.json");
    let mut command = Command::new(env::current_exe()?);
    command.args(["bench-alone", "measure"]).arg(&figures).arg("--").args(call);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !matches!(output.status.code(), Some(0 | 1)) || !figures.exists() {
        bail!("{} ended with {}", call.join(" ".as_ref()).display(), output.status);
    }
    let figures = serde_json::from_slice(&fs::read(&figures)?)?;
    Ok((figures, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// The last line of a program's output that is a JSON object; null if there is none.
pub fn answer(printed: &str) -> Value {
    let mut values = printed.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.find(Value::is_object).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_object_that_was_printed_is_the_answer() {
        let printed = "warming up\n{\"records\":1}\n{\"seconds\":0.5,\"records\":2}\n17\n";
        let answer = answer(printed);
        assert_eq!(answer["records"], 2);
        assert_eq!(super::answer("nothing"), Value::Null);
        let measured = Figures { seconds: 9.0, cpu_seconds: 8.0, peak_mb: 7.0 };
        assert_eq!(measured.or_told(&answer), Figures { seconds: 0.5, ..measured });
    }

    #[test]
    fn a_child_is_measured_apart_from_the_process_that_asks() {
        let folder = tempfile::tempdir().expect("a folder");
        let figures = folder.path().join("figures.json");
        let call = ["sh", "-c", "exit 1"].map(OsString::from);
        alone(&figures, &call).expect("a child that ends");
        let figures: Figures =
            serde_json::from_slice(&fs::read(figures).expect("its figures")).expect("JSON");
        assert!(figures.seconds > 0.0 && figures.cpu_seconds >= 0.0, "{figures:?}");
        assert!((0.1..200.0).contains(&figures.peak_mb), "{figures:?}");
        assert!(alone(Path::new("figures"), &[]).is_err());
    }
}
