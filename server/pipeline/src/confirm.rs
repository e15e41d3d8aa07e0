//! Confirming writes: what a side holds after a write, and what follows for the base (RL 3.5, T7).

use connect::{RemoteId, TypeName};
use merge::{Object, Side, json};
use store::Tx;
use store::ids::WriteId;
use store::lease::Phase;
use store::staged::{self, Origin, Staged, StagedState};
use store::write::{self, Write, WriteState};

use crate::aliases::Aliases;
use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::mapping::{Mapped, encode_staged, to_neutral};
use crate::night::Night;
use crate::send::{changed_fields, post_fields};
use crate::settings::TypeSettings;

/// Writes confirmed in one transaction.
const AT_ONCE: usize = 100;

/// A write that took effect, with the record as its side holds it now.
pub(crate) struct Confirmed {
    pub(crate) write: Write,
    /// What the write made the side hold; none for a delete.
    pub(crate) post: Option<Object>,
    staged: Option<Staged>,
    aliases: Option<String>,
}

/// The record after a write, as far as it could be learnt.
struct After {
    fields: Option<Object>,
    version: Option<String>,
    /// Whether it is the answer to the write itself, so that a difference is the system's own doing (R21).
    is_answer: bool,
}

impl Night {
    /// Confirms the acknowledged writes that `is_ours` picks: the staged copy becomes what the side holds, the base moves to
    /// what both sides are known to have held, and the write ends.
    pub(crate) async fn confirm_open(&self, is_ours: impl Fn(&Write) -> bool) -> Result<()> {
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let writes = self.open_writes(&[WriteState::Acked], after).await?;
            let Some(last) = writes.last() else { return Ok(()) };
            after = Some(last.id);
            let ours: Vec<Write> = writes.into_iter().filter(|write| is_ours(write)).collect();
            for batch in ours.chunks(AT_ONCE) {
                self.confirm_batch(batch).await?;
                kill::reach(KillPoint::K11);
            }
        }
    }

    async fn confirm_batch(&self, writes: &[Write]) -> Result<()> {
        let mut confirmed = Vec::with_capacity(writes.len());
        for write in writes {
            confirmed.push(self.read_back(write).await?);
        }
        let mut tx = self.begin().await?;
        for one in &confirmed {
            self.store_confirmed(&mut tx, one).await?;
        }
        self.join_confirmed(&mut tx, &confirmed).await?;
        let ids: Vec<WriteId> = writes.iter().map(|write| write.id).collect();
        let guard = self.lease.guard(Phase::Push)?;
        if write::confirm_many(&mut tx, guard, &ids, self.now()).await? != ids.len() as u64 {
            return Err(PipelineError::LostLease);
        }
        Ok(tx.commit().await?)
    }

    async fn read_back(&self, write: &Write) -> Result<Confirmed> {
        let post = post_fields(write)?;
        let mut confirmed = Confirmed { write: write.clone(), post, staged: None, aliases: None };
        let (Some(merge_type), Some(post)) = (self.settings.merge_type(&write.type_name), &confirmed.post)
        else {
            return Ok(confirmed);
        };
        let after = self.record_after(merge_type, write).await?;
        let mut aliases = self.aliases_of(write).await?;
        let (mapped, raw) = match &after.fields {
            Some(fields) => {
                let mut mapped = self.map_record(merge_type, write.side, fields).await?;
                if after.is_answer {
                    learn(&mut aliases, &changed_fields(write)?, post, &mapped);
                }
                aliases.read_as_sent(&mut mapped.body);
                (mapped, Some(self.raw_hash(fields)))
            }
            None => (Mapped { body: post.clone(), ..Mapped::default() }, None),
        };
        confirmed.aliases = aliases.to_json();
        confirmed.staged = Some(Staged {
            link: write.link,
            side: write.side,
            remote_id: write.remote_id.clone().unwrap_or_default(),
            state: StagedState::Live,
            hash: Some(mapped.body.hash()),
            raw_hash: raw,
            version: after.version,
            modified: None,
            origin: Origin::Written,
            run: write.run,
            missing_runs: 0,
            missing_since: None,
            body: Some(encode_staged(&mapped.body, &mapped.unfetched)),
        });
        Ok(confirmed)
    }

    /// The record after the write: from its answer, or from a read where the answer did not give it.
    async fn record_after(&self, merge_type: &TypeSettings, write: &Write) -> Result<After> {
        if let Some(text) = &write.answer_body {
            let fields = json::parse_object(text.as_bytes())
                .map_err(|error| PipelineError::Inconsistent(format!("answer to a write: {error}")))?;
            let is_answer = write.attempts <= 1;
            return Ok(After { fields: Some(fields), version: write.answer_version.clone(), is_answer });
        }
        let name = TypeName::from(merge_type.name.as_str());
        let id = RemoteId::from(write.remote_id.as_deref().unwrap_or_default());
        let cx = self.cx();
        let read = self.holding(self.system(write.side).get(&cx, &name, &id)).await?;
        // A failed read takes nothing back: what was written is known, and the next listing shows the rest.
        Ok(read.map_or(After { fields: None, version: None, is_answer: false }, |record| After {
            fields: Some(record.fields),
            version: record.version.map(|version| version.to_string()),
            is_answer: false,
        }))
    }

    async fn aliases_of(&self, write: &Write) -> Result<Aliases> {
        let Some(remote_id) = &write.remote_id else { return Ok(Aliases::default()) };
        let mut reader = self.pipeline.store.read().await?;
        let ids = [remote_id.as_str()];
        let rows = staged::aliases(&mut reader, self.school, &write.type_name, write.side, &ids).await?;
        Ok(rows.first().map(|row| Aliases::parse(&row.aliases)).unwrap_or_default())
    }

    async fn store_confirmed(&self, tx: &mut Tx, one: &Confirmed) -> Result<()> {
        let write = &one.write;
        match &one.staged {
            Some(row) => {
                let rows = std::slice::from_ref(row);
                staged::upsert_many(tx, self.school, &write.type_name, rows).await?;
                staged::set_aliases(tx, write.link, write.side, one.aliases.as_deref()).await?;
            }
            None => staged::remove(tx, write.link, write.side).await?,
        }
        Ok(())
    }

    /// A remote record as a neutral one, its references looked up.
    pub(crate) async fn map_record(
        &self,
        merge_type: &TypeSettings,
        side: Side,
        fields: &Object,
    ) -> Result<Mapped> {
        let references = self.resolve_references(merge_type, side, std::iter::once(fields)).await?;
        Ok(to_neutral(merge_type, side, fields, &|target: &str, id: &RemoteId| {
            references.get(&(target.to_owned(), id.to_string())).cloned()
        }))
    }
}

/// Notes fields that the system stored in another form than they were sent.
fn learn(aliases: &mut Aliases, changed: &[String], post: &Object, mapped: &Mapped) {
    for name in changed {
        let is_unfetched = mapped.unfetched.iter().any(|path| path.top() == Some(name));
        let one = std::slice::from_ref(name);
        if !is_unfetched && !crate::settle::same_fields(post, &mapped.body, one) {
            aliases.learn(name, post.get(name), mapped.body.get(name));
        }
    }
}
