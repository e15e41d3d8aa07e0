//! A copy of the database every day, opened and checked (RL R26).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use futures::future::BoxFuture;
use tracing::info;

use super::loops::Round;
use crate::installation::Installation;

/// Days whose copies are kept.
const KEPT: usize = 7;

/// The loop's state.
pub(super) struct Copies(pub(super) Installation);

impl Copies {
    /// Makes the copy of today if it is not there, and removes the oldest ones.
    async fn copy(&self) -> Result<()> {
        let folder = self.0.config.data.join("copies");
        let today = self.0.pipeline.clock.now().date_naive();
        let target = folder.join(format!("tiebreak-{today}.db"));
        if target.exists() {
            return Ok(());
        }
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let store = &self.0.pipeline.store;
        if store.copy_to(&target).await.with_context(|| format!("the copy {}", target.display()))? {
            info!(file = %target.display(), "the database was copied, and the copy checked");
            remove_old(&folder)?;
        }
        Ok(())
    }
}

fn remove_old(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let is_copy = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "db");
    let mut copies: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).filter(is_copy).collect();
    copies.sort();
    let old = copies.len().saturating_sub(KEPT);
    for copy in &copies[..old] {
        fs::remove_file(copy).with_context(|| copy.display().to_string())?;
    }
    Ok(())
}

impl Round for Copies {
    fn round(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.copy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::moved::Moved;
    use store::Store;

    #[tokio::test]
    async fn r26_every_day_has_a_copy_that_opens_and_a_week_of_them_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Moved::at("2026-03-01T12:00:00Z");
        let copies = Copies(Moved::installation(&folder, &clock).await);
        for day in 1..=9 {
            clock.set(&format!("2026-03-{day:02}T12:00:00Z"));
            copies.copy().await.expect("a copy");
            copies.copy().await.expect("nothing more to do that day");
        }
        let mut names: Vec<String> = fs::read_dir(folder.path().join("copies"))
            .expect("copies")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let wanted: Vec<String> = (3..=9).map(|day| format!("tiebreak-2026-03-{day:02}.db")).collect();
        assert_eq!(names, wanted);
        let copy = folder.path().join("copies/tiebreak-2026-03-09.db");
        let restored = Store::open(&format!("sqlite://{}", copy.display())).await.expect("it opens");
        let mut reader = restored.read().await.expect("a reader");
        assert!(store::school::find_by_slug(&mut reader, "one").await.expect("read").is_some());
    }
}
