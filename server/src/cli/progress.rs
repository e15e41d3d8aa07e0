//! How far a run has come, on stderr: one line rewritten on a terminal, a line a change elsewhere.

use std::io::{IsTerminal as _, Write as _};

use pipeline::settings::Pair;
use store::ids::RunId;
use store::lease::Phase;
use store::run::RunState;
use store::run_step::{RunStep, StepState};
use store::write::WriteState;

use super::failure::Result;
use super::output::clean;
use super::system_names;
use crate::installation::Installation;

/// Says how far a run has come.
pub(super) struct Progress {
    names: Pair<String>,
    terminal: bool,
    said: String,
}

impl Progress {
    /// Under the names that the school's systems have.
    pub(super) async fn of(installation: &Installation, slug: &str) -> Result<Self> {
        let names = system_names(installation, slug).await?;
        Ok(Self { names, terminal: std::io::stderr().is_terminal(), said: String::new() })
    }

    /// Says where the run is.
    pub(super) async fn show(&mut self, installation: &Installation, run: RunId) -> Result<()> {
        let mut reader = installation.pipeline.store.read().await?;
        let row = store::run::get(&mut reader, run).await?;
        let line = match row.state {
            RunState::Downloading | RunState::Applying | RunState::Merging => {
                let steps = store::run_step::list(&mut reader, run).await?;
                self.step(&steps, row.state)
            }
            RunState::Pushing | RunState::Confirming => {
                let counts = store::write::counts(&mut reader, run).await?;
                let all: i64 = counts.iter().map(|count| count.count).sum();
                let to_go = [WriteState::Pending, WriteState::Sending, WriteState::Retry];
                let open: i64 =
                    counts.iter().filter(|count| to_go.contains(&count.state)).map(|count| count.count).sum();
                match (all, self.terminal) {
                    (0, _) => word(row.state).to_owned(),
                    (_, true) => format!("writing: {} of {all}", all - open),
                    (_, false) => format!("writing: {all}"),
                }
            }
            state => word(state).to_owned(),
        };
        drop(reader);
        self.say(&format!("merge #{}: {line}", row.number));
        Ok(())
    }

    /// The step at work, else the last one.
    fn step(&self, steps: &[RunStep], state: RunState) -> String {
        let phase = if state == RunState::Downloading { Phase::Download } else { Phase::Apply };
        let mut of_phase = steps.iter().filter(|step| step.phase == phase);
        let running = of_phase.clone().rfind(|step| step.state == StepState::Running);
        let Some(step) = running.or_else(|| of_phase.next_back()).filter(|_| state != RunState::Merging)
        else {
            return word(state).to_owned();
        };
        let name = &self.names[step.side];
        if !self.terminal {
            return format!("{} {} of {name}", word(state), step.type_name);
        }
        let total = step.declared_total.map(|total| format!(" of {total}")).unwrap_or_default();
        format!("{} {} of {name}: {}{total}", word(state), step.type_name, step.items_seen)
    }

    /// Says what is waited for.
    pub(super) fn wait(&mut self, text: &str) {
        self.say(text);
    }

    fn say(&mut self, text: &str) {
        if self.said == text {
            return;
        }
        let mut stderr = std::io::stderr().lock();
        // Progress that cannot be shown is no reason to stop.
        let _ = if self.terminal {
            write!(stderr, "\r\x1b[K{}", clean(text)).and_then(|()| stderr.flush())
        } else {
            writeln!(stderr, "{}", clean(text))
        };
        text.clone_into(&mut self.said);
    }

    /// Clears the line.
    pub(super) fn end(&mut self) {
        if self.terminal && !self.said.is_empty() {
            eprint!("\r\x1b[K");
        }
        self.said.clear();
    }
}

fn word(state: RunState) -> &'static str {
    match state {
        RunState::Requested => "waiting to be taken up",
        RunState::Claimed | RunState::Recovering => "settling earlier writes",
        RunState::Downloading => "reading",
        RunState::Applying => "checking",
        RunState::Merging => "merging",
        RunState::Planned => "planned",
        RunState::Held => "waiting for an approval",
        RunState::Pushing => "writing",
        RunState::Confirming => "confirming",
        RunState::Committed | RunState::Aborted => "reporting",
        RunState::Reported => "over",
    }
}
