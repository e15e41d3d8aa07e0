//! The base join: the base moves to what both sides are known to have held, and to nothing else (RL R19, R20).

use std::collections::{HashMap, HashSet};

use merge::base::{Known, join};
use merge::{Object, Side};
use store::Tx;
use store::base::{self, NewBase};
use store::candidate::{self, Candidate};
use store::ids::LinkId;
use store::staged::StagedState;
use store::write::{self, WriteState};

use crate::confirm::Confirmed;
use crate::error::Result;
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::settings::TypeSettings;
use crate::settle::AMBIGUOUS;
use crate::wish::Record;

/// What follows from the join of some records.
#[derive(Debug, Default)]
struct Moves {
    bases: Vec<NewBase>,
    gone: Vec<LinkId>,
}

impl Night {
    /// Joins the base of records whose writes have just been confirmed: the written side is known to have held what was
    /// written, even if somebody has edited it since.
    pub(crate) async fn join_confirmed(&self, tx: &mut Tx, confirmed: &[Confirmed]) -> Result<()> {
        let mut written: HashMap<LinkId, HashMap<Side, Option<&Object>>> = HashMap::new();
        for one in confirmed {
            written.entry(one.write.link).or_default().insert(one.write.side, one.post.as_ref());
        }
        let links: Vec<LinkId> = written.keys().copied().collect();
        let open = self.open_sides(tx, &links).await?;
        let candidates = candidate::get_many(tx, &links).await?;
        let mut moves = Moves::default();
        for candidate in &candidates {
            let Some(merge_type) = self.settings.merge_type(&candidate.type_name) else { continue };
            let record = Record::read(candidate)?;
            let posts = &written[&candidate.link];
            let known = |side: Side| match posts.get(&side) {
                Some(Some(post)) => Known::Held(post),
                Some(None) => Known::Absent,
                None if open.contains(&(candidate.link, side)) => Known::Unknown,
                None => record.known(side),
            };
            self.join_one(merge_type, &record, known(Side::Ours), known(Side::Theirs), &mut moves);
        }
        self.store_moves(tx, &moves).await
    }

    /// Joins the base of every record of the run that differs from it and that nothing keeps: no open or ambiguous write, no
    /// conflict that holds the record as a whole (MS P7), no copy that could not be used.
    pub(crate) async fn join_rest(&self) -> Result<()> {
        let ambiguous = self.ambiguous_links().await?;
        let stopped = self.stopped_types().await?;
        for merge_type in self.types().into_iter().filter(|merge_type| !stopped.contains(&merge_type.name)) {
            self.join_type(merge_type, &ambiguous).await?;
        }
        Ok(())
    }

    async fn join_type(&self, merge_type: &TypeSettings, ambiguous: &HashSet<LinkId>) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let kept_out = self.kept_out(&mut reader, merge_type).await?;
        drop(reader);
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let candidates = self.candidates(merge_type, after).await?;
            let Some(last) = candidates.last() else { return Ok(()) };
            after = Some(last.link);
            let mut moves = Moves::default();
            for candidate in &candidates {
                if crate::plan::waits(candidate, &kept_out)
                    || candidate.held_by_conflict
                    || ambiguous.contains(&candidate.link)
                {
                    continue;
                }
                if let Some(base) = self.adopted_whole(candidate) {
                    moves.bases.push(base);
                    continue;
                }
                let record = Record::read(candidate)?;
                let (ours, theirs) = (record.known(Side::Ours), record.known(Side::Theirs));
                self.join_one(merge_type, &record, ours, theirs, &mut moves);
            }
            let mut tx = self.begin().await?;
            self.store_moves(&mut tx, &moves).await?;
            tx.commit().await?;
            kill::reach(KillPoint::K11);
        }
    }

    /// Both sides hold the very same text and there was no base: it becomes the base without being parsed (MS F11).
    fn adopted_whole(&self, candidate: &Candidate) -> Option<NewBase> {
        let (ours, theirs) = (candidate.ours.as_ref()?, candidate.theirs.as_ref()?);
        let live = ours.state == StagedState::Live && theirs.state == StagedState::Live;
        let body = ours.body.as_ref()?;
        if candidate.base.is_some()
            || !live
            || theirs.body.as_ref() != Some(body)
            || body.contains("$unfetched")
        {
            return None;
        }
        Some(NewBase {
            link: candidate.link,
            body: body.clone(),
            hash: ours.hash?,
            fields_agreed: format!("{{\"*\":{}}}", self.number),
        })
    }

    fn join_one(
        &self,
        merge_type: &TypeSettings,
        record: &Record<'_>,
        ours: Known<'_>,
        theirs: Known<'_>,
        moves: &mut Moves,
    ) {
        let link = record.candidate.link;
        let joined = join(&merge_type.policy, record.base.as_ref(), ours, theirs);
        if joined.dropped {
            moves.gone.push(link);
        } else if let (Some(base), false) = (joined.base, joined.moved.is_empty()) {
            let mut agreed: std::collections::BTreeMap<String, i64> = record
                .candidate
                .base
                .as_ref()
                .and_then(|base| serde_json::from_str(&base.fields_agreed).ok())
                .unwrap_or_default();
            agreed.extend(joined.moved.iter().map(|path| (path.to_string(), self.number)));
            moves.bases.push(NewBase {
                link,
                hash: base.hash(),
                body: base.to_canonical(),
                fields_agreed: serde_json::to_string(&agreed).unwrap_or_else(|_| "{}".to_owned()),
            });
        }
    }

    async fn store_moves(&self, tx: &mut Tx, moves: &Moves) -> Result<()> {
        let run = (self.number > 0).then_some(self.run);
        base::upsert_many(tx, &moves.bases, run, self.now()).await?;
        base::drop_many(tx, &moves.gone).await?;
        store::staged::remove_many(tx, &moves.gone).await?;
        store::link::end_many(tx, &moves.gone, self.now()).await?;
        Ok(())
    }

    /// Sides of these records with a write whose end is open.
    async fn open_sides(&self, tx: &mut Tx, links: &[LinkId]) -> Result<HashSet<(LinkId, Side)>> {
        let open = write::open_for_links(tx, links).await?;
        let open = open.into_iter().filter(|write| write.state != WriteState::Acked);
        Ok(open.map(|write| (write.link, write.side)).collect())
    }

    /// Records of which a write of this run may or may not have been applied: their base keeps its unproved fields.
    async fn ambiguous_links(&self) -> Result<HashSet<LinkId>> {
        let mut links = HashSet::new();
        let mut after = None;
        loop {
            let mut reader = self.pipeline.store.read().await?;
            let (states, batch) = ([WriteState::Superseded], self.pipeline.bounds.batch);
            let writes = write::list_for_run(&mut reader, self.run, &states, after, batch).await?;
            let Some(last) = writes.last() else { return Ok(links) };
            after = Some(last.position);
            links.extend(
                writes
                    .iter()
                    .filter(|write| write.error_code.as_deref() == Some(AMBIGUOUS))
                    .map(|write| write.link),
            );
        }
    }
}
