//! Asks for nights when their time has come: one run a slot, and at most one missed slot caught up (RL P8, P9).

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use futures::future::BoxFuture;
use pipeline::RunOptions;
use pipeline::schedule::{Nightly, Slot, slots_between};
use pipeline::settings::Settings;
use serde_json::json;
use store::Tx;
use store::ids::RunId;
use store::run::{NewRun, RunKind, RunState};
use store::schedule::SlotState;
use store::school::School;
use tracing::{info, warn};

use super::Health;
use super::loops::Round;
use crate::installation::Installation;

/// Slots further back than this are not even written down as missed.
const LOOK_BACK: TimeDelta = TimeDelta::days(60);
const BY: &str = "the schedule";

/// A night that is neither over nor waiting for a person so long after its time is overdue (RL P33).
const GRACE: TimeDelta = TimeDelta::hours(2);

/// When the nights of a school are.
struct Nights {
    nightly: Nightly,
    zone: Tz,
    /// Since when.
    since: DateTime<Utc>,
}

enum Plan {
    /// There are no nights.
    None,
    Nightly(Box<Nights>),
    /// Nobody can say, because the settings cannot be read.
    Unusable,
}

/// The loop's state.
pub(super) struct Schedule {
    pub(super) installation: Installation,
    pub(super) health: Health,
}

impl Schedule {
    async fn tick(&self) -> Result<()> {
        let mut reader = self.installation.pipeline.store.read().await?;
        let schools = self.installation.schools(&mut reader).await?;
        drop(reader);
        let (mut asked, mut overdue) = (false, false);
        for school in schools {
            match self.plan_of(&school).await? {
                Plan::None => {}
                Plan::Unusable => overdue = true,
                Plan::Nightly(plan) => {
                    asked |= self.ask_for_due(&school, &plan).await?;
                    overdue |= self.is_overdue(&school, &plan).await?;
                }
            }
        }
        self.health.set_overdue(overdue);
        if asked {
            self.installation.nudge.send_replace(());
        }
        Ok(())
    }

    /// The schedule of a school, and since when it holds.
    async fn plan_of(&self, school: &School) -> Result<Plan> {
        let mut reader = self.installation.pipeline.store.read().await?;
        let Some(revision) = store::settings_revision::current(&mut reader, school.id).await? else {
            return Ok(Plan::None);
        };
        Ok(match Settings::parse(&revision.document) {
            Ok(settings) => match settings.schedule.nightly {
                Some(nightly) => {
                    let zone = settings.schedule.zone;
                    Plan::Nightly(Box::new(Nights { nightly, zone, since: revision.created_at }))
                }
                None => Plan::None,
            },
            Err(problem) => {
                warn!(school = school.slug, %problem, "the settings cannot be used: no night can start");
                Plan::Unusable
            }
        })
    }

    /// Asks for the night that is due, if one is.
    async fn ask_for_due(&self, school: &School, plan: &Nights) -> Result<bool> {
        let now = self.installation.pipeline.clock.now();
        let mut reader = self.installation.pipeline.store.read().await?;
        let last = store::schedule::list(&mut reader, school.id, now + TimeDelta::days(2), 1).await?;
        drop(reader);
        // A school that has just been set up has missed nothing.
        let from = last.first().map_or(plan.since, |slot| slot.due_at).max(now - LOOK_BACK);
        let slots = slots_between(&plan.nightly, plan.zone, from, now);
        let Some((due, missed)) = slots.split_last() else { return Ok(false) };
        let mut tx = self.installation.pipeline.store.begin().await?;
        for slot in missed {
            self.note_missed(&mut tx, school, slot).await?;
        }
        let asked = self.ask(&mut tx, school, due, missed, now).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Whether the last night that should be over by now is not.
    async fn is_overdue(&self, school: &School, plan: &Nights) -> Result<bool> {
        let by = self.installation.pipeline.clock.now() - GRACE;
        let from = plan.since.max(by - TimeDelta::days(2));
        let Some(slot) = slots_between(&plan.nightly, plan.zone, from, by).pop() else { return Ok(false) };
        let mut reader = self.installation.pipeline.store.read().await?;
        let run = store::run::find_by_slot(&mut reader, school.id, RunKind::Nightly, &slot.date.to_string())
            .await?;
        let overdue = run.is_some_and(|run| run.ended.is_none() && run.state != RunState::Held);
        if overdue {
            warn!(school = school.slug, slot = %slot.date, "a night is overdue");
        }
        Ok(overdue)
    }

    async fn note_missed(&self, tx: &mut Tx, school: &School, slot: &Slot) -> Result<()> {
        let name = slot.date.to_string();
        if store::schedule::add_slot(tx, school.id, RunKind::Nightly, &name, slot.at).await? {
            store::schedule::mark(tx, school.id, RunKind::Nightly, &name, SlotState::Missed, None).await?;
            warn!(school = school.slug, slot = name, "a night was missed");
        }
        Ok(())
    }

    async fn ask(
        &self,
        tx: &mut Tx,
        school: &School,
        due: &Slot,
        missed: &[Slot],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let slot = due.date.to_string();
        if !store::schedule::add_slot(tx, school.id, RunKind::Nightly, &slot, due.at).await? {
            return Ok(false);
        }
        let clock = &self.installation.pipeline.clock;
        let options = RunOptions::default().to_json();
        let new = NewRun {
            id: RunId::new(now, clock.random()),
            school: school.id,
            kind: RunKind::Nightly,
            slot: &slot,
            options: &options,
            requested_by: BY,
        };
        let (run, made) = store::run::request(tx, &new, now).await?;
        store::schedule::mark(tx, school.id, RunKind::Nightly, &slot, SlotState::Started, Some(run.id))
            .await?;
        if made {
            let missed: Vec<String> = missed.iter().map(|slot| slot.date.to_string()).collect();
            let detail = json!({ "kind": "nightly", "slot": slot, "missed": missed });
            let target = format!("merge #{}", run.number);
            self.installation.pipeline.audit(tx, school.id, BY, "run.start", &target, &detail).await?;
            info!(school = school.slug, run = run.number, slot, "a night is due");
        }
        Ok(made)
    }
}

impl Round for Schedule {
    fn round(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.tick())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::serve::moved::Moved;

    async fn schedule(folder: &tempfile::TempDir, clock: &Arc<Moved>) -> Schedule {
        let installation = Moved::installation(folder, clock).await;
        let health = Health::new(Arc::clone(clock) as _);
        Schedule { installation, health }
    }

    /// The slots so far, newest first.
    async fn slots(schedule: &Schedule) -> Vec<(String, SlotState)> {
        let mut reader = schedule.installation.pipeline.store.read().await.expect("a reader");
        let school = store::school::find_by_slug(&mut reader, "one").await.expect("found").expect("a school");
        let slots = store::schedule::list(&mut reader, school.id, DateTime::<Utc>::MAX_UTC, 50).await;
        slots.expect("slots").into_iter().map(|slot| (slot.slot, slot.state)).collect()
    }

    async fn runs(schedule: &Schedule) -> usize {
        let mut reader = schedule.installation.pipeline.store.read().await.expect("a reader");
        store::run::requested(&mut reader, 50).await.expect("runs").len()
    }

    #[tokio::test]
    async fn p08_a_slot_asks_for_one_run_and_none_before_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Moved::at("2026-03-02T12:00:00Z");
        let schedule = schedule(&folder, &clock).await;
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 0, "a school that was just set up has missed nothing");
        clock.set("2026-03-03T01:29:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 0);
        clock.set("2026-03-03T01:31:00Z");
        for _ in 0..3 {
            schedule.tick().await.expect("a tick");
        }
        assert_eq!(runs(&schedule).await, 1);
        assert_eq!(slots(&schedule).await, [("2026-03-03".to_owned(), SlotState::Started)]);
        clock.set("2026-03-03T00:10:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 1, "a clock that steps back starts nothing");
    }

    #[tokio::test]
    async fn p09_of_several_missed_slots_the_last_is_caught_up_and_the_others_are_noted() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Moved::at("2026-03-02T12:00:00Z");
        let schedule = schedule(&folder, &clock).await;
        clock.set("2026-03-05T12:00:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 1);
        let wanted = [("05", SlotState::Started), ("04", SlotState::Missed), ("03", SlotState::Missed)];
        let wanted: Vec<_> = wanted.map(|(day, state)| (format!("2026-03-{day}"), state)).into();
        assert_eq!(slots(&schedule).await, wanted);
    }

    #[tokio::test]
    async fn p33_a_night_that_is_not_over_in_time_turns_the_health_red() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Moved::at("2026-03-02T12:00:00Z");
        let schedule = schedule(&folder, &clock).await;
        clock.set("2026-03-03T01:31:00Z");
        schedule.tick().await.expect("a tick");
        assert!(schedule.health.is_up(), "asked for, and not yet late");
        clock.set("2026-03-03T03:31:00Z");
        schedule.tick().await.expect("a tick");
        assert!(!schedule.health.is_up(), "nobody took the night up");
        let pipeline = &schedule.installation.pipeline;
        let mut tx = pipeline.store.begin().await.expect("a transaction");
        let run = store::run::requested(&mut tx, 1).await.expect("runs").remove(0);
        tx.commit().await.expect("read");
        pipeline.execute(run.id).await.expect("the night");
        schedule.tick().await.expect("a tick");
        assert!(schedule.health.is_up(), "the night is over");
    }
}
