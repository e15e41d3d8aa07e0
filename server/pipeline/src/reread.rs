//! Reading one record again: because a decision on it did not go through, or because a person asked (UX 7.4.8).
//!
//! A page never asks an outside system itself. It leaves a request; the pipeline reads the record on both sides under the
//! same lease as every write, and the conflict shows the values of now, or has gone away.

use connect::{RemoteId, SystemError, TypeName};
use merge::{Side, merge_record};
use store::Tx;
use store::conflict::{self, ConflictStatus};
use store::ids::{ConflictId, LinkId, SchoolId};
use store::link::{Link, LinkState};
use store::read_request::{self, ReadRequest};
use store::staged::{Origin, Staged, StagedState};

use crate::collide::collide_now;
use crate::error::Result;
use crate::night::Night;
use crate::pipeline::Pipeline;
use crate::planned::{ConflictRecord, PlannedConflict};
use crate::record::Record;
use crate::settings::{Settings, TypeSettings};

/// Requests carried out in one go; the rest waits for the next one.
const REQUESTS_AT_ONCE: u32 = 100;

impl Pipeline {
    /// Asks for the record of a conflict to be read again on both sides; `None` when there is no such conflict. The answer
    /// is the request as it stands: who wants to know what came of it looks for it in the store
    /// ([`store::read_request::find`]). Nothing is asked of an outside system here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_read_again(&self, school: SchoolId, conflict: i64) -> Result<Option<ReadRequest>> {
        let mut tx = self.store.begin().await?;
        let Some(found) = conflict::find_by_number(&mut tx, school, conflict).await? else { return Ok(None) };
        read_request::ask(&mut tx, school, found.link, self.clock.now()).await?;
        let request = read_request::find(&mut tx, found.link).await?;
        tx.commit().await?;
        Ok(request)
    }

    /// Merges one record again from what is known of it, and refreshes its conflict (MS C2) or closes it as `gone` when the
    /// question has gone away (MS C3).
    pub(crate) async fn refresh_conflict(
        &self,
        tx: &mut Tx,
        school: SchoolId,
        settings: &Settings,
        link: LinkId,
        gone: ConflictStatus,
    ) -> Result<()> {
        let candidates = store::candidate::get_many(tx, &[link]).await?;
        let Some(candidate) = candidates.first() else { return Ok(()) };
        let Some(merge_type) = settings.merge_type(&candidate.type_name) else { return Ok(()) };
        let record = Record::read(candidate)?;
        let mut verdict = merge_record(&merge_type.policy, &record.input(merge_type));
        let duplicates = collide_now(tx, school, merge_type, &record, &mut verdict).await?;
        let now = self.clock.now();
        let Some(found) = &verdict.conflict else {
            let living = conflict::find_living_for_links(tx, &[link]).await?;
            let ids: Vec<ConflictId> = living.iter().map(|conflict| conflict.id).collect();
            conflict::close_many(tx, &ids, gone, now).await?;
            return Ok(());
        };
        let PlannedConflict::Open(found) = PlannedConflict::open(found, &duplicates, candidate.uncertain)
        else {
            return Ok(());
        };
        let record = ConflictRecord {
            link,
            type_name: &candidate.type_name,
            key: &candidate.key,
            label: &candidate.label,
        };
        let new = found.into_new(ConflictId::new(now, self.clock.random()), record)?;
        conflict::open_or_refresh_many(tx, school, None, &[new], now).await?;
        Ok(())
    }
}

impl Night {
    /// Carries out what people asked to be read again.
    pub(crate) async fn carry_out_requests(&self) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let requests = read_request::list_open(&mut reader, self.school, REQUESTS_AT_ONCE).await?;
        drop(reader);
        for request in requests {
            self.keep_lease().await?;
            self.carry_out_request(&request).await?;
        }
        Ok(())
    }

    async fn carry_out_request(&self, request: &ReadRequest) -> Result<()> {
        // The values are as old as the moment at which the reading began.
        let begun = self.now().max(request.asked_at);
        let failed = self.read_again(request.link).await?.err();
        let mut tx = self.begin().await?;
        // R5: while a change of the record is on its way its conflict stays what was decided, and the request waits.
        if !store::write::open_for_links(&mut tx, &[request.link]).await?.is_empty() {
            return Ok(());
        }
        if !conflict::find_living_for_links(&mut tx, &[request.link]).await?.is_empty() {
            self.refresh_conflict(&mut tx, request.link).await?;
        }
        read_request::finish(&mut tx, request.link, failed.as_deref(), begun).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn refresh_conflict(&self, tx: &mut Tx, link: LinkId) -> Result<()> {
        let gone = ConflictStatus::Healed;
        self.pipeline.refresh_conflict(tx, self.school, &self.settings, link, gone).await
    }

    /// Reads one record again on both sides, so that a person sees the values of now. Inside, in words for people, what
    /// could not be read; what could be is kept all the same.
    pub(crate) async fn read_again(&self, link: LinkId) -> Result<Result<(), String>> {
        let mut reader = self.pipeline.store.read().await?;
        let link: Link = store::link::get(&mut reader, link).await?;
        drop(reader);
        let Some(merge_type) = self.settings.merge_type(&link.type_name) else {
            return Ok(Err("its record type is no longer in the settings".to_owned()));
        };
        if link.state != LinkState::Live {
            return Ok(Err("neither system has this record any more".to_owned()));
        }
        let mut outcome = Ok(());
        for side in [Side::Ours, Side::Theirs] {
            let Some(remote_id) = link.remote_id(side) else { continue };
            let Err(error) = self.read_side_again(merge_type, link.id, side, remote_id).await? else {
                continue;
            };
            // A side that is known to have deleted the record says nothing new by not showing it.
            if !(matches!(error, SystemError::NotFound) && self.is_known_deleted(link.id, side).await?) {
                outcome = Err(self.in_words(side, &error));
            }
        }
        Ok(outcome)
    }

    async fn is_known_deleted(&self, link: LinkId, side: Side) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        let copy = store::staged::find(&mut reader, link, side).await?;
        Ok(copy.is_none_or(|copy| copy.state == StagedState::Deleted))
    }

    fn in_words(&self, side: Side, error: &SystemError) -> String {
        let system = self.settings.side_name(side);
        match error {
            // That it was deleted needs more proof than this (RL G10); the next merge looks for it.
            SystemError::NotFound => {
                format!(
                    "{system} does not show this record now; the next merge finds out whether it was deleted"
                )
            }
            error => format!("{system} could not be read: {error}"),
        }
    }

    async fn read_side_again(
        &self,
        merge_type: &TypeSettings,
        link: LinkId,
        side: Side,
        remote_id: &str,
    ) -> Result<Result<(), SystemError>> {
        let name = TypeName::from(merge_type.name.as_str());
        let cx = self.cx();
        let read = self.holding(self.system(side).get(&cx, &name, &RemoteId::from(remote_id))).await?;
        let record = match read {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let mut mapped = self.map_record(merge_type, side, &record.fields).await?;
        let forms = self.stored_forms(&merge_type.name, side, &[remote_id]).await?;
        if let Some(forms) = forms.get(remote_id) {
            forms.read_as_sent(&mut mapped.body);
        }
        let row = Staged {
            link,
            side,
            remote_id: remote_id.to_owned(),
            state: StagedState::Live,
            hash: Some(mapped.body.hash()),
            raw_hash: mapped.violations.is_empty().then(|| self.raw_hash(&record.fields)),
            version: record.version.map(|version| version.to_string()),
            modified: record.modified,
            origin: Origin::Read,
            run: None,
            missing_runs: 0,
            missing_since: None,
            body: Some(mapped.encode()),
        };
        let mut tx = self.begin().await?;
        store::staged::upsert_many(&mut tx, self.school, &merge_type.name, &[row]).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}
