//! The records of a type that differ from what was last agreed on, batch after batch.

use store::candidate::{self, Candidate};
use store::ids::LinkId;

use crate::error::Result;
use crate::night::Night;
use crate::plan::cut_off;
use crate::settings::TypeSettings;

/// A walk over them, in the order of their links.
pub(crate) struct Differing<'n> {
    night: &'n Night,
    merge_type: &'n TypeSettings,
    at_once: u32,
    after: Option<LinkId>,
}

impl Night {
    /// A walk from the first of them on, with at most `batches` batches at once.
    pub(crate) const fn differing<'n>(&'n self, merge_type: &'n TypeSettings, batches: u32) -> Differing<'n> {
        let at_once = self.pipeline.bounds.batch * batches;
        Differing { night: self, merge_type, at_once, after: None }
    }
}

impl Differing<'_> {
    /// The next of them, never none; `None` when all have been seen. The lease is kept on the way.
    pub(crate) async fn next_batch(&mut self) -> Result<Option<Vec<Candidate>>> {
        self.night.keep_lease().await?;
        let (store, school) = (self.night.pipeline.store.clone(), self.night.school);
        let (name, after, at_once) = (self.merge_type.name.clone(), self.after, self.at_once);
        // On a task of its own, so that others go on while rows are read into records.
        let read = tokio::spawn(async move {
            let mut reader = store.read().await?;
            candidate::list(&mut reader, school, &name, after, at_once).await
        });
        let mut found = read.await.map_err(cut_off)??;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = Some(last.link);
        self.night.leave_out_expired(&mut found);
        Ok(Some(found))
    }
}
