//! A file that is there while the server runs, so that the next start knows of an unclean stop (RL R26).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The file.
pub(super) struct Marker {
    path: PathBuf,
    /// Whether it was there already: the last process did not end cleanly.
    pub(super) was_set: bool,
}

impl Marker {
    pub(super) fn set(data: &Path) -> Result<Self> {
        let path = data.join("running");
        let was_set = path.exists();
        File::create(&path).with_context(|| path.display().to_string())?;
        Ok(Self { path, was_set })
    }

    /// The stop was clean. A file that cannot be removed only costs the next start a look at the database.
    pub(super) fn clear(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "{} stays", self.path.display());
        }
    }
}
