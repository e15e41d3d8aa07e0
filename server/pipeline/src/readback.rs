//! What a system adds to a record that it is sent, an id or a number of its own, goes to the other side in the same run.
//!
//! Once the writes are confirmed, the records they wrote are merged once more. What is clear of that is written in a second
//! round of the same run; there is never a third, so that two systems that answer each other cannot keep a night busy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store::Tx;
use store::candidate;
use store::ids::LinkId;
use store::plan_change;
use store::run::RunState;
use store::write::{self, WriteState};
use tracing::info;

use crate::draft::{Draft, STAGE};
use crate::error::Result;
use crate::night::Night;
use crate::plan::KeptOut;
use crate::settings::TypeSettings;

/// Rows of the second round are counted from here on, so that they sort behind the first round's in every stage.
const SECOND_ROUND: i64 = STAGE / 2;

impl Night {
    /// Plans the second round and goes back to pushing; the number of its writes. None when there is nothing to add, or when
    /// the round was made already.
    pub(crate) async fn plan_read_back(&self) -> Result<u64> {
        let Some(links) = self.links_written().await? else { return Ok(0) };
        let mut tx = self.begin().await?;
        plan_change::delete_unsent(&mut tx, self.run, STAGE, SECOND_ROUND).await?;
        tx.commit().await?;
        let mut draft = Draft::counting_from(SECOND_ROUND);
        let nothing_kept_out = Arc::default();
        for merge_type in self.types() {
            let links = links.get(merge_type.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            for batch in links.chunks(self.pipeline.bounds.batch as usize) {
                self.keep_lease().await?;
                self.plan_again(merge_type, batch, &nothing_kept_out, &mut draft).await?;
            }
        }
        let store = self.pipeline.store.clone();
        let made = store.repeat(|tx| self.close_read_back(tx)).await?;
        if made > 0 {
            info!(run = self.number, writes = made, "fields that a system added go to the other side");
        }
        Ok(made)
    }

    async fn plan_again(
        &self,
        merge_type: &TypeSettings,
        links: &[LinkId],
        kept_out: &Arc<KeptOut>,
        draft: &mut Draft,
    ) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let mut candidates = candidate::get_many(&mut reader, links).await?;
        drop(reader);
        candidates.retain(|one| one.conflict.is_none());
        candidates.retain(candidate::Candidate::differs);
        self.index_again(merge_type, &candidates).await?;
        self.plan_batch(merge_type, candidates, kept_out, draft).await
    }

    async fn close_read_back(&self, mut tx: Tx) -> Result<u64> {
        let made = plan_change::close_plan(&mut tx, self.school, self.run, self.now()).await?;
        if made > 0 {
            self.move_to(&mut tx, &[RunState::Confirming], RunState::Pushing).await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The records that this run wrote, by type; none when there are none or the second round was made.
    async fn links_written(&self) -> Result<Option<BTreeMap<String, Vec<LinkId>>>> {
        let mut links: BTreeMap<String, BTreeSet<LinkId>> = BTreeMap::new();
        let mut after = None;
        loop {
            let mut reader = self.pipeline.store.read().await?;
            let batch = self.pipeline.bounds.batch;
            let writes = write::list_for_run(&mut reader, self.run, &[], after, batch).await?;
            let Some(last) = writes.last() else { break };
            after = Some(last.position);
            if writes.iter().any(|write| write.position % STAGE >= SECOND_ROUND) {
                return Ok(None);
            }
            for write in writes.into_iter().filter(|write| write.state == WriteState::Confirmed) {
                links.entry(write.type_name).or_default().insert(write.link);
            }
        }
        let sorted = links.into_iter().map(|(name, links)| (name, links.into_iter().collect()));
        Ok((sorted.len() > 0).then(|| sorted.collect()))
    }
}
