//! Absence needs proof (RL G10 to G12, CN C58).
//!
//! A record is a candidate when a complete listing does not name it, or when a tombstone does; it is absent only if asking
//! for it gives "missing". Without a tombstone that must happen in two runs half a day apart before it counts as deleted.

use chrono::TimeDelta;
use connect::{RemoteId, SystemError, TypeName};
use futures::StreamExt as _;
use merge::Side;
use store::ids::LinkId;
use store::staged::{self, RemoteId as StagedId, StagedState};
use tracing::warn;

use crate::error::Result;
use crate::listed::Listed;
use crate::night::Night;
use crate::settings::TypeSettings;

/// Requests that ask for candidates at once.
const GETS_AT_ONCE: usize = 4;

/// What follows for the records that a listing did not name.
#[derive(Debug, Default)]
struct Judged {
    present: Vec<LinkId>,
    missing: Vec<LinkId>,
    deleted: Vec<LinkId>,
}

impl Night {
    /// Looks at every staged record of the type that the listing did not name. What it did name has been staged already.
    pub(crate) async fn apply_absences(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        listed: &Listed,
        tombstones: &Listed,
    ) -> Result<()> {
        let mut after = String::new();
        loop {
            self.keep_lease().await?;
            let mut reader = self.pipeline.store.read().await?;
            let (name, batch) = (&merge_type.name, self.pipeline.bounds.batch);
            let rows = staged::list_remote_ids(&mut reader, self.school, name, side, &after, batch).await?;
            drop(reader);
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.remote_id);
            let candidates: Vec<&StagedId> =
                rows.iter().filter(|row| !listed.contains(&row.remote_id)).collect();
            if candidates.is_empty() {
                continue;
            }
            let judged = self.judge_absences(merge_type, side, candidates, tombstones).await?;
            let mut tx = self.begin().await?;
            staged::set_present_many(&mut tx, side, &judged.present, self.run).await?;
            staged::set_missing_many(&mut tx, side, &judged.missing, self.run, self.now()).await?;
            staged::set_deleted_many(&mut tx, side, &judged.deleted, self.run).await?;
            tx.commit().await?;
        }
    }

    async fn judge_absences(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        candidates: Vec<&StagedId>,
        tombstones: &Listed,
    ) -> Result<Judged> {
        let mut judged = Judged::default();
        let asked = futures::stream::iter(candidates)
            .map(|row| async move { (row, self.ask(merge_type, side, &row.remote_id).await) })
            .buffered(GETS_AT_ONCE)
            .collect::<Vec<_>>();
        for (row, answer) in self.holding(asked).await? {
            match answer {
                Err(SystemError::NotFound) => {
                    self.absent(merge_type, row, tombstones.contains(&row.remote_id), &mut judged);
                }
                Ok(()) if row.state != StagedState::Live => judged.present.push(row.link),
                Ok(()) => {}
                Err(error) => {
                    warn!(merge_type = merge_type.name, %side, id = row.remote_id, %error, "absence not proved");
                }
            }
        }
        Ok(judged)
    }

    async fn ask(&self, merge_type: &TypeSettings, side: Side, remote_id: &str) -> Result<(), SystemError> {
        let name = TypeName::from(merge_type.name.as_str());
        self.system(side).get(&self.cx(), &name, &RemoteId::from(remote_id)).await.map(|_| ())
    }

    /// One more proof of absence. A tombstone counts at once; otherwise so many proofs, so many hours apart (G11).
    fn absent(&self, merge_type: &TypeSettings, row: &StagedId, has_tombstone: bool, judged: &mut Judged) {
        let guards = &merge_type.limits.guards;
        let hours = TimeDelta::hours(i64::from(guards.absence_hours));
        let far_apart = row.missing_since.is_none_or(|since| self.now() - since >= hours);
        let runs = row.missing_runs + i64::from(far_apart);
        if has_tombstone || runs >= i64::from(guards.absence_runs) && (far_apart || row.missing_runs == 0) {
            judged.deleted.push(row.link);
        } else if far_apart {
            judged.missing.push(row.link);
        }
    }
}
