//! `tiebreak settings`: a school's settings from a file and back.

use std::path::{Path, PathBuf};

use app::api::Api as _;

use super::failure::{Failure, Result};
use super::{Exit, at, output};
use crate::installation::Installation;

/// Import or export a school's settings.
#[derive(Debug, clap::Subcommand)]
pub(super) enum SettingsCommand {
    /// Set a school up, or change it, by one file; nothing is changed when anything in it is wrong
    Import {
        /// The settings (TOML)
        file: PathBuf,
        /// Why; kept in the audit log
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Write the settings as they were imported
    Export {
        /// Where to; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) async fn run(installation: &Installation, command: &SettingsCommand) -> Result<Exit> {
    match command {
        SettingsCommand::Import { file, reason } => import(installation, file, reason).await,
        SettingsCommand::Export { out } => export(installation, out.as_deref()).await,
    }
}

async fn import(installation: &Installation, file: &Path, reason: &str) -> Result<Exit> {
    let name = file.display().to_string();
    let document = std::fs::read(file).map_err(|error| Failure::bad_input(format!("{name}: {error}")))?;
    let document = String::from_utf8(document).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::bad_input(format!("{name}:{line}: is not UTF-8"))
    })?;
    let imported = installation.desk.import_settings(&installation.actor(), &document, reason).await;
    let imported = imported.map_err(|error| Failure::in_file(error, &name))?;
    let what = if imported.changed { "imported" } else { "unchanged" };
    output::print(&format!("{}: settings {what}, revision {}\n", imported.school, imported.revision))?;
    Ok(Exit::Clean)
}

async fn export(installation: &Installation, out: Option<&Path>) -> Result<Exit> {
    let (actor, school) = at(installation).await?;
    let document = installation.desk.export_settings(&actor, &school).await?;
    match out {
        None => {
            use std::io::Write as _;
            std::io::stdout().lock().write_all(document.as_bytes())?;
        }
        Some(path) => std::fs::write(path, document)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))?,
    }
    Ok(Exit::Clean)
}
