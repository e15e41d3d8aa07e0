//! Confirming writes: what a side holds after a write, and what follows for the base (RL 3.5, T7).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use connect::{RemoteId, TypeName};
use merge::{Object, Side, json};
use store::Tx;
use store::ids::{LinkId, WriteId};
use store::lease::Phase;
use store::staged::{self, Origin, Staged, StagedState};
use store::write::{self, Why, Write, WriteState};

use crate::aliases::Aliases;
use crate::apply::References;
use crate::error::{PipelineError, Result};
use crate::kill::{self, KillPoint};
use crate::mapping::{Mapped, to_neutral};
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
    /// The stored forms to keep, where there are or were any.
    aliases: Option<Option<String>>,
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
        let groups: BTreeSet<(&str, Side)> =
            writes.iter().map(|write| (write.type_name.as_str(), write.side)).collect();
        let mut confirmed = Vec::with_capacity(writes.len());
        for (name, side) in groups {
            let group = writes.iter().filter(|write| write.type_name == name && write.side == side);
            confirmed.extend(self.read_back(name, side, &group.collect::<Vec<_>>()).await?);
        }
        let mut tx = self.begin().await?;
        self.store_confirmed(&mut tx, &confirmed).await?;
        let (undone, confirmed): (Vec<_>, Vec<_>) =
            confirmed.into_iter().partition(|one| one.write.why == Why::Undo);
        self.restore_bases(&mut tx, &undone).await?;
        self.join_confirmed(&mut tx, &confirmed).await?;
        let ids: Vec<WriteId> = writes.iter().map(|write| write.id).collect();
        let guard = self.lease.guard(Phase::Push)?;
        if write::confirm_many(&mut tx, guard, &ids, self.now()).await? != ids.len() as u64 {
            return Err(PipelineError::LostLease);
        }
        Ok(tx.commit().await?)
    }

    /// Writes of one type to one side with what the side holds now; stored forms and references are looked up once.
    async fn read_back(&self, name: &str, side: Side, writes: &[&Write]) -> Result<Vec<Confirmed>> {
        let mut confirmed = Vec::with_capacity(writes.len());
        let Some(merge_type) = self.settings.merge_type(name) else {
            for write in writes {
                confirmed.push(Confirmed::without_copy(write, post_fields(write)?));
            }
            return Ok(confirmed);
        };
        let ids: Vec<&str> = writes.iter().filter_map(|write| write.remote_id.as_deref()).collect();
        let mut known = self.stored_forms(name, side, &ids).await?;
        let mut afters = Vec::with_capacity(writes.len());
        for write in writes {
            let post = post_fields(write)?;
            let after = if post.is_some() { Some(self.record_after(merge_type, write).await?) } else { None };
            afters.push((*write, post, after));
        }
        let records = afters.iter().filter_map(|(_, _, after)| after.as_ref()?.fields.as_ref());
        let references = self.resolve_references(merge_type, side, records).await?;
        for (write, post, after) in afters {
            let (Some(post), Some(after)) = (&post, after) else {
                confirmed.push(Confirmed::without_copy(write, post));
                continue;
            };
            let mapped = after.fields.as_ref().map(|fields| mapped(merge_type, side, fields, &references));
            let forms = write.remote_id.as_ref().and_then(|id| known.remove(id));
            confirmed.push(self.with_copy(write, post, after, mapped, forms)?);
        }
        Ok(confirmed)
    }

    /// A write with the staged copy that follows from what its side holds now, in the form in which we sent it.
    fn with_copy(
        &self,
        write: &Write,
        post: &Object,
        after: After,
        mapped: Option<Mapped>,
        forms: Option<Aliases>,
    ) -> Result<Confirmed> {
        let were_known = forms.is_some();
        let mut aliases = forms.unwrap_or_default();
        let mapped = match mapped {
            Some(mut mapped) => {
                if after.is_answer {
                    learn(&mut aliases, &changed_fields(write)?, post, &mapped);
                }
                aliases.read_as_sent(&mut mapped.body);
                mapped
            }
            None => Mapped { body: post.clone(), ..Mapped::default() },
        };
        let staged = Staged {
            link: write.link,
            side: write.side,
            remote_id: write.remote_id.clone().unwrap_or_default(),
            state: StagedState::Live,
            hash: Some(mapped.body.hash()),
            raw_hash: after
                .fields
                .as_ref()
                .filter(|_| mapped.violations.is_empty())
                .map(|fields| self.raw_hash(fields)),
            version: after.version,
            modified: None,
            origin: Origin::Written,
            run: write.run,
            missing_runs: 0,
            missing_since: None,
            body: Some(mapped.encode()),
        };
        let aliases = aliases.to_json();
        let aliases = (were_known || aliases.is_some()).then_some(aliases);
        Ok(Confirmed { write: write.clone(), post: Some(post.clone()), staged: Some(staged), aliases })
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

    /// The stored forms that are known of these records, by remote id.
    pub(crate) async fn stored_forms(
        &self,
        name: &str,
        side: Side,
        remote_ids: &[&str],
    ) -> Result<HashMap<String, Aliases>> {
        let mut reader = self.pipeline.store.read().await?;
        let rows = staged::aliases(&mut reader, self.school, name, side, remote_ids).await?;
        Ok(rows.into_iter().map(|row| (row.remote_id, Aliases::parse(&row.aliases))).collect())
    }

    async fn store_confirmed(&self, tx: &mut Tx, confirmed: &[Confirmed]) -> Result<()> {
        let mut copies: BTreeMap<&str, Vec<Staged>> = BTreeMap::new();
        for one in confirmed {
            if let Some(row) = &one.staged {
                copies.entry(&one.write.type_name).or_default().push(row.clone());
            }
        }
        for (name, rows) in copies {
            staged::upsert_many(tx, self.school, name, &rows).await?;
        }
        for side in Side::ALL.iter().copied() {
            let of_side = || confirmed.iter().filter(|one| one.write.side == side);
            let gone: Vec<LinkId> =
                of_side().filter(|one| one.staged.is_none()).map(|one| one.write.link).collect();
            staged::remove_side_many(tx, side, &gone).await?;
            let aliases: Vec<_> =
                of_side().filter_map(|one| Some((one.write.link, one.aliases.clone()?))).collect();
            staged::set_aliases_many(tx, side, &aliases).await?;
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
        Ok(mapped(merge_type, side, fields, &references))
    }
}

impl Confirmed {
    fn without_copy(write: &Write, post: Option<Object>) -> Self {
        Self { write: write.clone(), post, staged: None, aliases: None }
    }
}

fn mapped(merge_type: &TypeSettings, side: Side, fields: &Object, references: &References) -> Mapped {
    to_neutral(merge_type, side, fields, &|target: &str, id: &RemoteId| {
        references.get(&(target.to_owned(), id.to_string())).cloned()
    })
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
