//! Push: sends the writes of a plan (RL 3.2 T5, T6; R10, R11, G25).
//!
//! Creates go first, parents before children; then updates; deletes last, children before parents and in growing steps.
//! After each stage every write of it has a fate or is parked, so that a child never meets a parent that may not exist.

use std::collections::HashSet;
use std::sync::Mutex;

use connect::{Class, TypeName};
use futures::StreamExt as _;
use merge::Side;
use store::lease::Phase;
use store::plan_change::Operation;
use store::write::{self, Write, WriteState};
use tracing::warn;

use crate::draft::STAGE;
use crate::error::Result;
use crate::kill::{self, KillPoint};
use crate::night::Night;
use crate::send::Sent;
use crate::settings::TypeSettings;

/// How many deletes go before the next ones may: one, then ten, then the rest (G25).
const DELETE_STEPS: [u32; 2] = [1, 10];

/// What the stages of a push learn from each other.
#[derive(Debug, Default)]
pub(crate) struct Course {
    stopped: Mutex<HashSet<Side>>,
    in_a_row: Mutex<[u32; 2]>,
}

impl Course {
    fn is_stopped(&self, side: Side) -> bool {
        self.stopped.lock().is_ok_and(|stopped| stopped.contains(&side))
    }

    fn stop(&self, side: Side) {
        if let Ok(mut stopped) = self.stopped.lock() {
            stopped.insert(side);
        }
    }

    /// Notes how a write went; many failures in a row stop the side (P28).
    fn note(&self, side: Side, sent: Sent, most: u32) {
        if sent == Sent::SideStopped {
            self.stop(side);
        }
        let Ok(mut in_a_row) = self.in_a_row.lock() else { return };
        let count = &mut in_a_row[usize::from(side == Side::Theirs)];
        match sent {
            Sent::Settled => *count = 0,
            Sent::Unknown | Sent::Retry => *count += 1,
            Sent::SideStopped | Sent::Kept => {}
        }
        if *count >= most {
            warn!(%side, "too many writes in a row did not get through: the side is left alone for this run");
            self.stop(side);
        }
    }
}

impl Night {
    /// Sends every pending write of the run. Ends when each has a fate, is parked, or its side is stopped.
    pub(crate) async fn push(&self) -> Result<()> {
        kill::reach(KillPoint::K9);
        let course = Course::default();
        let types: Vec<&TypeSettings> = self.types();
        for merge_type in &types {
            self.push_stage(merge_type, Operation::Create, None, &course).await?;
        }
        for merge_type in &types {
            self.push_stage(merge_type, Operation::Update, None, &course).await?;
        }
        if self.deletes_may_go().await? {
            for merge_type in types.iter().rev() {
                self.push_deletes(merge_type, &course).await?;
            }
        }
        self.drop_what_is_left().await
    }

    async fn push_deletes(&self, merge_type: &TypeSettings, course: &Course) -> Result<()> {
        for step in DELETE_STEPS.map(Some).into_iter().chain([None]) {
            self.push_stage(merge_type, Operation::Delete, step, course).await?;
            if !self.deletes_may_go().await? {
                break;
            }
        }
        Ok(())
    }

    /// R11, G25: deletes stop when more than the allowed share of the run's writes did not end well.
    async fn deletes_may_go(&self) -> Result<bool> {
        let mut reader = self.pipeline.store.read().await?;
        let counts = write::counts(&mut reader, self.run).await?;
        let of = |states: &[WriteState]| -> u64 {
            let matching = counts.iter().filter(|count| states.contains(&count.state));
            matching.map(|count| u64::try_from(count.count).unwrap_or(0)).sum()
        };
        let good = of(&[WriteState::Acked, WriteState::Confirmed]);
        let bad = of(&[
            WriteState::Superseded,
            WriteState::Rejected,
            WriteState::Parked,
            WriteState::Unknown,
            WriteState::Retry,
        ]);
        let percent = self.settings.limits.guards.failed_percent;
        Ok(bad == 0 || !crate::settings::more_than_percent(bad, good + bad, percent))
    }

    /// One operation of one type, at most `most` writes; then what is unknown of it is settled.
    async fn push_stage(
        &self,
        merge_type: &TypeSettings,
        operation: Operation,
        most: Option<u32>,
        course: &Course,
    ) -> Result<()> {
        let stage = self.stage_of(&merge_type.name, operation);
        let mut left = most;
        let mut after = stage * STAGE - 1;
        while left != Some(0) {
            if self.stop_asked().await?.is_some() {
                return Ok(());
            }
            let limit = left.unwrap_or(u32::MAX).min(self.pipeline.bounds.batch);
            let states = [WriteState::Pending, WriteState::Retry];
            let writes = self.writes_of_stage(stage, &states, after, limit).await?;
            let Some(last) = writes.last() else { break };
            after = last.position;
            left = left.map(|left| left.saturating_sub(u32::try_from(writes.len()).unwrap_or(u32::MAX)));
            self.send_all(&writes, course).await?;
        }
        self.settle_stage(stage, course).await
    }

    /// Writes of one stage in the given states, after a place.
    async fn writes_of_stage(
        &self,
        stage: i64,
        states: &[WriteState],
        after: i64,
        limit: u32,
    ) -> Result<Vec<Write>> {
        let mut reader = self.pipeline.store.read().await?;
        let mut writes = write::list_for_run(&mut reader, self.run, states, Some(after), limit).await?;
        writes.retain(|write| write.position < (stage + 1) * STAGE);
        Ok(writes)
    }

    /// Sends writes of different records side by side, as many at once as the side bears (R10).
    async fn send_all(&self, writes: &[Write], course: &Course) -> Result<()> {
        for side in [Side::Ours, Side::Theirs] {
            let of_side = writes.iter().filter(|write| write.side == side).collect::<Vec<_>>();
            let Some(first) = of_side.first() else { continue };
            let class = self.system(side).capabilities(&TypeName::from(first.type_name.as_str())).class();
            let at_once = if class == Class::Weak { 1 } else { self.pipeline.bounds.writes_at_once };
            let mut sent = futures::stream::iter(of_side)
                .map(|write| self.send_unless_stopped(write, course))
                .buffer_unordered(at_once);
            while let Some(outcome) = sent.next().await {
                outcome?;
            }
        }
        Ok(())
    }

    async fn send_unless_stopped(&self, write: &Write, course: &Course) -> Result<()> {
        if course.is_stopped(write.side) {
            return Ok(());
        }
        let sent = self.send(write).await?;
        course.note(write.side, sent, self.pipeline.bounds.failures_in_a_row);
        Ok(())
    }

    async fn settle_stage(&self, stage: i64, course: &Course) -> Result<()> {
        let mut after = stage * STAGE - 1;
        loop {
            let states = [WriteState::Sending, WriteState::Unknown, WriteState::Retry];
            let writes = self.writes_of_stage(stage, &states, after, self.pipeline.bounds.batch).await?;
            let Some(last) = writes.last() else { return Ok(()) };
            after = last.position;
            for write in &writes {
                if course.is_stopped(write.side) {
                    self.park(write, "the side was left alone for the rest of this run").await?;
                } else {
                    self.settle(write).await?;
                }
            }
        }
    }

    /// What was never sent is dropped: the base has not moved, so the next merge plans it anew (R6).
    async fn drop_what_is_left(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        write::drop_pending(&mut tx, self.lease.guard(Phase::Push)?, self.run, self.now()).await?;
        Ok(tx.commit().await?)
    }
}
