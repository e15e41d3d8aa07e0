//! The base join: the base moves to what both sides are known to have held, and to nothing else (RL R19, R20).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use merge::base::{Known, join};
use merge::{Object, Side};
use store::Tx;
use store::base::{self, NewBase};
use store::candidate::{self, Candidate};
use store::ids::LinkId;
use store::staged::StagedState;
use store::write::{self, WriteState};

use crate::apart::Planned;
use crate::confirm::Confirmed;
use crate::error::Result;
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::record::Record;
use crate::settings::{Pair, TypeSettings};
use crate::settle::AMBIGUOUS;

/// What follows from the join of some records.
#[derive(Debug, Default)]
struct Moves {
    bases: Vec<NewBase>,
    /// Neither side has the record any more.
    gone: Vec<LinkId>,
    /// There was a time at which neither side had the record; one of them has it again.
    forgotten: Vec<LinkId>,
}

/// The base of one record on its way through what is known of its sides, in the order of time.
struct Joining {
    base: Option<Object>,
    moved: BTreeSet<String>,
    /// Whether both sides lack the record, as far as was known last.
    both_absent: bool,
}

impl Joining {
    fn of(record: &Record<'_>) -> Self {
        Self { base: record.base.as_deref().cloned(), moved: BTreeSet::new(), both_absent: false }
    }

    fn join(&mut self, merge_type: &TypeSettings, known: &Pair<Known<'_>>) {
        let joined = join(&merge_type.policy, self.base.as_ref(), known.ours, known.theirs);
        self.moved.extend(joined.moved.iter().map(ToString::to_string));
        self.base = joined.base;
        self.both_absent = matches!((known.ours, known.theirs), (Known::Absent, Known::Absent));
    }
}

/// What a side is known to hold after a write; none: the write took the record away.
fn held(post: Option<&Object>) -> Known<'_> {
    post.map_or(Known::Absent, Known::Held)
}

impl Night {
    /// Joins the base of records whose writes have just been confirmed: the written side is known to have held what was
    /// written, even if somebody has edited it since; the other one what was read of it when the write was planned, and what
    /// it holds now.
    pub(crate) async fn join_confirmed(&self, tx: &mut Tx, confirmed: &[Confirmed]) -> Result<()> {
        let mut written: HashMap<LinkId, HashMap<Side, &Confirmed>> = HashMap::new();
        for one in confirmed {
            written.entry(one.write.link).or_default().insert(one.write.side, one);
        }
        let links: Vec<LinkId> = written.keys().copied().collect();
        let open = self.open_sides(tx, &links).await?;
        let candidates = candidate::get_many(tx, &links).await?;
        let mut moves = Moves::default();
        for candidate in &candidates {
            let Some(merge_type) = self.settings.merge_type(&candidate.type_name) else { continue };
            let record = Record::read(candidate)?;
            let writes = &written[&candidate.link];
            let known = |side: Side| match writes.get(&side) {
                Some(one) => held(one.post.as_ref()),
                None if open.contains(&(candidate.link, side)) => Known::Unknown,
                None => record.known(side),
            };
            let mut joining = Joining::of(&record);
            for one in Side::ALL.iter().filter_map(|side| writes.get(side)) {
                let Some(planned) = Planned::of(&one.write)? else { continue };
                let post = one.post.as_ref();
                let then = |side| if side == one.write.side { held(post) } else { planned.known(post) };
                joining.join(merge_type, &Pair::from_fn(then));
            }
            joining.join(merge_type, &Pair::from_fn(known));
            self.note(&record, joining, &mut moves);
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
        let mut differing = self.differing(merge_type, 1);
        while let Some(candidates) = differing.next_batch().await? {
            let mut moves = Moves::default();
            for candidate in &candidates {
                if crate::planner::waits(candidate, &kept_out)
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
                let mut joining = Joining::of(&record);
                joining.join(merge_type, &Pair::from_fn(|side| record.known(side)));
                self.note(&record, joining, &mut moves);
            }
            let mut tx = self.begin().await?;
            self.store_moves(&mut tx, &moves).await?;
            tx.commit().await?;
            kill::reach(KillPoint::K11);
        }
        Ok(())
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

    fn note(&self, record: &Record<'_>, joining: Joining, moves: &mut Moves) {
        let link = record.candidate.link;
        match joining.base {
            None if record.base.is_none() => {}
            None if joining.both_absent => moves.gone.push(link),
            None => moves.forgotten.push(link),
            Some(base) if !joining.moved.is_empty() => {
                let mut agreed: BTreeMap<String, i64> = record
                    .candidate
                    .base
                    .as_ref()
                    .and_then(|base| serde_json::from_str(&base.fields_agreed).ok())
                    .unwrap_or_default();
                agreed.extend(joining.moved.into_iter().map(|path| (path, self.number)));
                moves.bases.push(NewBase {
                    link,
                    hash: base.hash(),
                    body: base.to_canonical(),
                    fields_agreed: serde_json::to_string(&agreed).unwrap_or_else(|_| "{}".to_owned()),
                });
            }
            Some(_) => {}
        }
    }

    async fn store_moves(&self, tx: &mut Tx, moves: &Moves) -> Result<()> {
        let run = (self.number > 0).then_some(self.run);
        base::upsert_many(tx, &moves.bases, run, self.now()).await?;
        base::drop_many(tx, &moves.gone).await?;
        base::drop_many(tx, &moves.forgotten).await?;
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
