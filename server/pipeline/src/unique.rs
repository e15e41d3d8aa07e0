//! What must be unique, of every record of a type, as the store keeps it (MS K1): so that a plan, and a person who decides,
//! need not look at all records to know who else has a value.

use std::collections::BTreeMap;

use merge::{Verdict, merge_record};
use store::Tx;
use store::candidate::{self, Candidate};
use store::ids::LinkId;
use store::unique_value::{self, Declaration, PlanMark, UniqueValues};

use crate::collide::{mark_of, values_of};
use crate::error::Result;
use crate::night::Night;
use crate::plan::KeptOut;
use crate::planner::waits;
use crate::record::Record;
use crate::settings::TypeSettings;

impl Night {
    /// Stores what every record that differs comes to hold, and sets right what an earlier plan or a moved base has left, so
    /// that the store knows what must be unique in all records of the type. With another declaration all are read once.
    pub(crate) async fn index_unique(&self, merge_type: &TypeSettings, kept_out: &KeptOut) -> Result<()> {
        let (school, name) = (self.school, merge_type.name.as_str());
        let mut reader = self.pipeline.store.read().await?;
        let known = unique_value::find_declaration(&mut reader, school, name).await?;
        drop(reader);
        let policy = &merge_type.policy;
        if policy.unique.is_empty() && known.is_none() {
            return Ok(());
        }
        let declared = policy.unique_declaration().to_string();
        let is_known = known.is_some_and(|known| known.complete && known.declared == declared);
        let mut tx = self.begin_planning().await?;
        if is_known {
            unique_value::begin_plan(&mut tx, school, name).await?;
        } else {
            unique_value::clear(&mut tx, school, name).await?;
        }
        if policy.unique.is_empty() {
            return Ok(tx.commit().await?);
        }
        let declaration = Declaration { declared, complete: is_known };
        unique_value::set_declaration(&mut tx, school, name, &declaration).await?;
        tx.commit().await?;
        self.index_differing(merge_type, kept_out).await?;
        self.index_stale(merge_type).await?;
        if !is_known {
            self.index_unknown(merge_type).await?;
            let mut tx = self.begin_planning().await?;
            let declaration = Declaration { complete: true, ..declaration };
            unique_value::set_declaration(&mut tx, school, name, &declaration).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn index_differing(&self, merge_type: &TypeSettings, kept_out: &KeptOut) -> Result<()> {
        let mut differing = self.differing(merge_type, 1);
        while let Some(candidates) = differing.next_batch().await? {
            let (on_their_way, candidates): (Vec<Candidate>, Vec<Candidate>) =
                candidates.into_iter().partition(|candidate| candidate.open_ours || candidate.open_theirs);
            let mut tx = self.begin_planning().await?;
            let mut unknown = self.keep_decided(&mut tx, merge_type, on_their_way).await?;
            unknown.extend(candidates);
            let mark = |candidate: &Candidate, verdict: &Verdict| match waits(candidate, kept_out) {
                // Nothing is changed by this plan.
                true => Some(PlanMark::Unchanged),
                false => Some(mark_of(verdict)),
            };
            self.index(&mut tx, merge_type, &unknown, mark).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Of records with a write on its way, that is what they come to hold, which was noted when it was decided or planned: it
    /// stays. Answers those of which nothing is known.
    async fn keep_decided(
        &self,
        tx: &mut Tx,
        merge_type: &TypeSettings,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>> {
        let links: Vec<LinkId> = candidates.iter().map(|candidate| candidate.link).collect();
        let mut known: BTreeMap<LinkId, UniqueValues> = BTreeMap::new();
        for row in unique_value::get_many(tx, &links).await? {
            let plan = Some(PlanMark::Unchanged);
            let of_link = UniqueValues { link: row.link, values: Vec::new(), plan };
            known.entry(row.link).or_insert(of_link).values.push(row.value);
        }
        let unknown = candidates.into_iter().filter(|one| !known.contains_key(&one.link)).collect();
        let rows: Vec<UniqueValues> = known.into_values().collect();
        unique_value::replace_many(tx, self.school, &merge_type.name, &rows).await?;
        Ok(unknown)
    }

    /// Records that an earlier plan has looked at, or whose base has moved, and that do not differ now.
    async fn index_stale(&self, merge_type: &TypeSettings) -> Result<()> {
        loop {
            self.keep_lease().await?;
            let mut tx = self.begin_planning().await?;
            let batch = self.pipeline.bounds.batch;
            let links = unique_value::list_stale(&mut tx, self.school, &merge_type.name, batch).await?;
            if links.is_empty() {
                return Ok(());
            }
            // What has ended meanwhile holds nothing.
            unique_value::forget_many(&mut tx, &links).await?;
            let candidates = candidate::get_many(&mut tx, &links).await?;
            self.index(&mut tx, merge_type, &candidates, |_, _| None).await?;
            tx.commit().await?;
        }
    }

    async fn index_unknown(&self, merge_type: &TypeSettings) -> Result<()> {
        let mut after = None;
        loop {
            self.keep_lease().await?;
            let mut tx = self.begin_planning().await?;
            let (name, batch) = (merge_type.name.as_str(), self.pipeline.bounds.batch);
            let links = unique_value::list_unknown(&mut tx, self.school, name, after, batch).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = Some(*last);
            let candidates = candidate::get_many(&mut tx, &links).await?;
            self.index(&mut tx, merge_type, &candidates, |_, _| None).await?;
            tx.commit().await?;
        }
    }

    /// What a second round wants of these records, so that it is asked of others too; see [`Night::plan_read_back`].
    pub(crate) async fn index_again(
        &self,
        merge_type: &TypeSettings,
        candidates: &[Candidate],
    ) -> Result<()> {
        if merge_type.policy.unique.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin_planning().await?;
        self.index(&mut tx, merge_type, candidates, |_, verdict| Some(mark_of(verdict))).await?;
        Ok(tx.commit().await?)
    }

    /// Stores what these records come to hold, with the mark that the plan has for them.
    pub(crate) async fn index(
        &self,
        tx: &mut Tx,
        merge_type: &TypeSettings,
        candidates: &[Candidate],
        mark: impl Fn(&Candidate, &Verdict) -> Option<PlanMark>,
    ) -> Result<()> {
        let mut rows = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let record = Record::read(candidate)?;
            let verdict = merge_record(&merge_type.policy, &record.input(merge_type));
            let plan = mark(candidate, &verdict);
            rows.push(values_of(&merge_type.policy, candidate.link, &verdict, plan));
        }
        Ok(unique_value::replace_many(tx, self.school, &merge_type.name, &rows).await?)
    }
}
