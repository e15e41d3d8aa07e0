//! Drafts that nobody came back to go after thirty days (UX 6.5).

use anyhow::Result;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use tracing::info;

use super::loops::Round;
use crate::installation::Installation;

const KEPT: TimeDelta = TimeDelta::days(30);

/// So many in one round; the rest goes with the next ones.
const AT_ONCE: u32 = 500;

/// The loop's state.
pub(super) struct Drafts(pub(super) Installation);

impl Drafts {
    async fn sweep(&self) -> Result<()> {
        let pipeline = &self.0.pipeline;
        let mut tx = pipeline.store.begin().await?;
        let before = pipeline.clock.now() - KEPT;
        let removed = store::draft::remove_older_than(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        if removed > 0 {
            info!(removed, "old drafts removed");
        }
        Ok(())
    }
}

impl Round for Drafts {
    fn round(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.sweep())
    }
}
