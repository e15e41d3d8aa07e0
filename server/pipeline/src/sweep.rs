//! The end of planning a type: what need not be looked at again is marked so.

use store::candidate;

use crate::error::Result;
use crate::night::Night;
use crate::settings::TypeSettings;

impl Night {
    /// Spares later merges the records that were looked at and do not differ: edits that were taken back.
    pub(crate) async fn sweep(&self, merge_type: &TypeSettings, differing: usize) -> Result<()> {
        let (school, name) = (self.school, merge_type.name.as_str());
        let mut reader = self.pipeline.store.read().await?;
        let looked_at = candidate::count_unsynced(&mut reader, school, name).await?;
        drop(reader);
        if usize::try_from(looked_at).is_ok_and(|looked_at| looked_at <= differing) {
            return Ok(());
        }
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let mut tx = self.begin().await?;
            after = candidate::sweep(&mut tx, school, name, after).await?;
            tx.commit().await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
