//! The closing transaction of the plan, with the gate's verdict (RL 3.2 T4, section 4).

use std::collections::HashSet;

use merge::Side;
use store::conflict::{self, ConflictStatus};
use store::ids::{ConflictId, DifferenceId, PlanChangeId};
use store::lease::Phase;
use store::plan_change::{self, PlanFilter, PlanVerdict};
use store::run::{RunKind, RunState};
use store::{Store, Tx};
use tracing::info;

use crate::draft::{Draft, Need};
use crate::error::{PipelineError, Result};
use crate::gate::{self, HoldReason};
use crate::night::Night;
use crate::planned::{ConflictRecord, PlannedConflict};
use crate::references::Target;

/// Conflicts made real in one statement.
const CONFLICTS_AT_ONCE: u32 = 200;

/// What the gate decided.
#[derive(Debug, Default)]
struct Gate {
    /// Types that wait on a side (first layer).
    limited: Vec<(String, Side)>,
    /// Rows that wait because they need a create that waits (G7).
    limited_rows: Vec<PlanChangeId>,
    /// Why the whole run waits (second layer).
    reasons: Vec<HoldReason>,
}

const RESTORED: &str = "changes by the first merge since the database was restored from an older copy";

impl Night {
    /// Makes the plan real: conflicts, writes, plan hash, and the state `planned` or `held`. One transaction.
    pub(crate) async fn close_plan(&self, draft: &Draft) -> Result<()> {
        let first_run = self.is_first_run().await?;
        let mut gate = self.gate(draft, first_run);
        if self.is_staging().await? {
            gate.reasons.insert(0, reason("R34", "", None, wanted(draft, &gate), 0, RESTORED));
        }
        let plan_hash = draft.plan_hash();
        let (closing, hash) = (&gate, plan_hash.as_str());
        let ended = draft.ended_differences.as_slice();
        let store: Store = self.pipeline.store.clone();
        store
            .repeat(|mut tx| async move {
                self.close_plan_in(&mut tx, closing, hash, ended).await?;
                Ok::<_, PipelineError>(tx.commit().await?)
            })
            .await?;
        info!(run = self.number, held = !gate.reasons.is_empty(), plan_hash, "plan closed");
        Ok(())
    }

    async fn close_plan_in(
        &self,
        tx: &mut Tx,
        gate: &Gate,
        plan_hash: &str,
        ended: &[DifferenceId],
    ) -> Result<()> {
        for (merge_type, side) in &gate.limited {
            let group = Some((merge_type.as_str(), *side));
            let (from, to) = (PlanVerdict::Planned, PlanVerdict::HeldByLimit);
            plan_change::set_verdict(tx, self.run, group, from, to).await?;
        }
        plan_change::set_verdict_many(tx, &gate.limited_rows, PlanVerdict::HeldByLimit).await?;
        if self.kind == RunKind::Trial {
            return self.settle_plan(tx, plan_hash).await;
        }
        self.end_changed_differences(tx, ended).await?;
        self.open_conflicts(tx).await?;
        plan_change::close_plan(tx, self.school, self.run, self.now()).await?;
        if gate.reasons.is_empty() {
            return self.settle_plan(tx, plan_hash).await;
        }
        let reasons = serde_json::to_string(&gate.reasons).unwrap_or_default();
        let guard = self.lease.guard(Phase::Push)?;
        if !store::run::hold(tx, guard, self.run, plan_hash, &reasons).await? {
            return Err(PipelineError::LostLease);
        }
        Ok(store::run::note_state(tx, self.run, RunState::Held, self.now()).await?)
    }

    async fn settle_plan(&self, tx: &mut Tx, plan_hash: &str) -> Result<()> {
        let guard = self.lease.guard(Phase::Push)?;
        if !store::run::settle_plan(tx, guard, self.run, plan_hash).await? {
            return Err(PipelineError::LostLease);
        }
        Ok(store::run::note_state(tx, self.run, RunState::Planned, self.now()).await?)
    }

    /// G23: nothing was ever agreed on in this school.
    async fn is_first_run(&self) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(!store::base::is_any(&mut reader, self.school).await?)
    }

    /// R34: the database was restored from a copy, and nobody has approved a plan since.
    async fn is_staging(&self) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        Ok(store::school::get(&mut reader, self.school).await?.staging)
    }

    fn gate(&self, draft: &Draft, first_run: bool) -> Gate {
        let mut gate = Gate::default();
        let limits_hold = self.kind == RunKind::Nightly && !self.options.no_limits;
        for ((name, side), tally) in &draft.tallies {
            let Some(merge_type) = self.settings.merge_type(name) else { continue };
            let limits = &merge_type.limits;
            if limits_hold && gate::over_limit(&limits.changes[*side], tally) {
                if limits.whole_run {
                    gate.reasons.push(reason(
                        "G8",
                        name,
                        Some(*side),
                        tally.changed(),
                        tally.held,
                        "changes",
                    ));
                } else {
                    gate.limited.push((name.clone(), *side));
                    continue;
                }
            }
            if first_run && tally.held == 0 {
                // Of an empty side there is no share to speak of; G23 holds the run as it is.
                continue;
            }
            gate.reasons.extend(gate::tripped(&limits.guards, name, *side, tally));
        }
        gate.limited_rows = rows_that_wait(&draft.needs, &gate.limited);
        let wanted = wanted(draft, &gate);
        if first_run && wanted > 0 {
            let what = "changes by the first merge of this school";
            gate.reasons.insert(0, reason("G23", "", None, wanted, wanted, what));
        }
        gate
    }

    /// Turns the conflicts of the plan into rows that people see, and closes those that healed (MS C1 to C3).
    async fn open_conflicts(&self, tx: &mut Tx) -> Result<()> {
        let mut after = None;
        loop {
            let filter = PlanFilter { verdicts: vec![PlanVerdict::Held], after, ..PlanFilter::default() };
            let rows = plan_change::list(tx, self.run, &filter, CONFLICTS_AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.position);
            let (mut open, mut healed) = (Vec::new(), Vec::new());
            for row in &rows {
                let Some(conflict) = &row.conflict else { continue };
                match PlannedConflict::parse(conflict)? {
                    PlannedConflict::Healed => healed.push(row.link),
                    PlannedConflict::Open(found) => {
                        let id = ConflictId::new(self.now(), self.pipeline.clock.random());
                        let record = ConflictRecord {
                            link: row.link,
                            type_name: &row.type_name,
                            key: &row.key,
                            label: &row.label,
                        };
                        open.push(found.into_new(id, record)?);
                    }
                }
            }
            conflict::open_or_refresh_many(tx, self.school, Some(self.run), &open, self.now()).await?;
            let healed = conflict::find_living_for_links(tx, &healed).await?;
            let healed: Vec<ConflictId> = healed.iter().map(|conflict| conflict.id).collect();
            conflict::close_many(tx, &healed, ConflictStatus::Healed, self.now()).await?;
        }
    }
}

/// How many changes would go out.
fn wanted(draft: &Draft, gate: &Gate) -> u64 {
    let free = draft.tallies.iter().filter(|(key, _)| !gate.limited.contains(key));
    free.map(|(_, tally)| tally.changed()).sum()
}

fn reason(guard: &str, merge_type: &str, side: Option<Side>, number: u64, of: u64, what: &str) -> HoldReason {
    HoldReason {
        guard: guard.to_owned(),
        merge_type: merge_type.to_owned(),
        side,
        number,
        of,
        what: what.to_owned(),
    }
}

/// G7: rows of other types that need a create which waits, and what needs those in turn. Needs are in dependency order.
fn rows_that_wait(needs: &[Need], limited: &[(String, Side)]) -> Vec<PlanChangeId> {
    let is_limited = |target: &Target, side: Side| {
        limited.iter().any(|(name, of)| *name == target.merge_type && *of == side)
    };
    let mut waiting: HashSet<(Side, &Target)> = HashSet::new();
    let mut rows = Vec::new();
    for need in needs {
        let held = need.parents.iter().any(|parent| waiting.contains(&(need.side, parent)));
        if is_limited(&need.own, need.side) || held {
            if need.creates {
                waiting.insert((need.side, &need.own));
            }
            if held {
                rows.push(need.row);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::ids;

    fn need(number: u64, merge_type: &str, key: &str, parents: &[(&str, &str)]) -> Need {
        let at = chrono::DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
        Need {
            row: PlanChangeId(ids::new(at, number)),
            side: Side::Theirs,
            own: Target::new(merge_type, key),
            creates: true,
            parents: parents.iter().map(|(name, key)| Target::new(name, key)).collect(),
        }
    }

    #[test]
    fn g7_what_needs_a_held_create_is_held_with_it() {
        let needs = [
            need(1, "room", "A", &[]),
            need(2, "section", "1", &[("room", "A")]),
            need(3, "seat", "x", &[("section", "1")]),
            need(4, "section", "2", &[("course", "C")]),
        ];
        let held = rows_that_wait(&needs, &[("room".to_owned(), Side::Theirs)]);
        assert_eq!(held, [needs[1].row, needs[2].row]);
        assert!(rows_that_wait(&needs, &[("room".to_owned(), Side::Ours)]).is_empty());
    }
}
