//! Asks for nights when their time has come: one run a slot, and at most one missed slot caught up (RL P8, P9).

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use pipeline::RunOptions;
use pipeline::schedule::{Slot, slots_between};
use pipeline::settings::Settings;
use serde_json::json;
use store::Tx;
use store::ids::RunId;
use store::run::{NewRun, RunKind};
use store::schedule::SlotState;
use store::school::School;
use tracing::{info, warn};

use super::loops::Round;
use crate::installation::Installation;

/// Slots further back than this are not even written down as missed.
const LOOK_BACK: TimeDelta = TimeDelta::days(60);
const BY: &str = "the schedule";

/// The loop's state.
pub(super) struct Schedule(pub(super) Installation);

impl Schedule {
    async fn tick(&self) -> Result<()> {
        let mut reader = self.0.pipeline.store.read().await?;
        let schools = self.0.schools(&mut reader).await?;
        drop(reader);
        let mut asked = false;
        for school in schools {
            asked |= self.of_school(&school).await?;
        }
        if asked {
            self.0.nudge.send_replace(());
        }
        Ok(())
    }

    /// Asks for the night that is due, if one is.
    async fn of_school(&self, school: &School) -> Result<bool> {
        let now = self.0.pipeline.clock.now();
        let mut reader = self.0.pipeline.store.read().await?;
        let Some(revision) = store::settings_revision::current(&mut reader, school.id).await? else {
            return Ok(false);
        };
        let last = store::schedule::list(&mut reader, school.id, now + TimeDelta::days(2), 1).await?;
        drop(reader);
        let settings = match Settings::parse(&revision.document) {
            Ok(settings) => settings,
            Err(problem) => {
                warn!(school = school.slug, %problem, "the settings cannot be used: no night can start");
                return Ok(false);
            }
        };
        let Some(nightly) = &settings.schedule.nightly else { return Ok(false) };
        // A school that has just been set up has missed nothing.
        let from = last.first().map_or(revision.created_at, |slot| slot.due_at).max(now - LOOK_BACK);
        let slots = slots_between(nightly, settings.schedule.zone, from, now);
        let Some((due, missed)) = slots.split_last() else { return Ok(false) };
        let mut tx = self.0.pipeline.store.begin().await?;
        for slot in missed {
            self.note_missed(&mut tx, school, slot).await?;
        }
        let asked = self.ask(&mut tx, school, due, missed, now).await?;
        tx.commit().await?;
        Ok(asked)
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
        let clock = &self.0.pipeline.clock;
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
            self.0.pipeline.audit(tx, school.id, BY, "run.start", &target, &detail).await?;
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
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use app::api::{Actor, Api as _};
    use async_trait::async_trait;
    use connect::Clock;

    use super::*;
    use crate::config::{Config, Options};

    /// A clock that the test moves.
    struct Moved(AtomicI64);

    #[async_trait]
    impl Clock for Moved {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).expect("in range")
        }

        async fn sleep(&self, _: Duration) {}

        fn random(&self) -> u64 {
            self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs()
        }
    }

    async fn schedule(folder: &tempfile::TempDir, clock: &Arc<Moved>) -> Schedule {
        let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
        let config = Config::read(&options).expect("a configuration");
        let installation =
            Installation::open_with(config, Arc::clone(clock) as _).await.expect("an installation");
        let document = include_str!("../desk/tests/local.toml");
        let nightly = format!("{document}\n[schedule]\nnightly = true\nat = \"02:30\"\n");
        installation
            .desk
            .import_settings(&Actor::command_line("test"), &nightly, "")
            .await
            .expect("settings");
        Schedule(installation)
    }

    fn set(clock: &Moved, at: &str) {
        clock.0.store(at.parse::<DateTime<Utc>>().expect("an instant").timestamp(), Ordering::Relaxed);
    }

    /// The slots so far, newest first.
    async fn slots(schedule: &Schedule) -> Vec<(String, SlotState)> {
        let mut reader = schedule.0.pipeline.store.read().await.expect("a reader");
        let school = store::school::find_by_slug(&mut reader, "one").await.expect("found").expect("a school");
        let slots = store::schedule::list(&mut reader, school.id, DateTime::<Utc>::MAX_UTC, 50).await;
        slots.expect("slots").into_iter().map(|slot| (slot.slot, slot.state)).collect()
    }

    async fn runs(schedule: &Schedule) -> usize {
        let mut reader = schedule.0.pipeline.store.read().await.expect("a reader");
        store::run::requested(&mut reader, 50).await.expect("runs").len()
    }

    #[tokio::test]
    async fn p08_a_slot_asks_for_one_run_and_none_before_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(Moved(AtomicI64::new(0)));
        set(&clock, "2026-03-02T12:00:00Z");
        let schedule = schedule(&folder, &clock).await;
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 0, "a school that was just set up has missed nothing");
        set(&clock, "2026-03-03T01:29:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 0);
        set(&clock, "2026-03-03T01:31:00Z");
        for _ in 0..3 {
            schedule.tick().await.expect("a tick");
        }
        assert_eq!(runs(&schedule).await, 1);
        assert_eq!(slots(&schedule).await, [("2026-03-03".to_owned(), SlotState::Started)]);
        set(&clock, "2026-03-03T00:10:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 1, "a clock that steps back starts nothing");
    }

    #[tokio::test]
    async fn p09_of_several_missed_slots_the_last_is_caught_up_and_the_others_are_noted() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(Moved(AtomicI64::new(0)));
        set(&clock, "2026-03-02T12:00:00Z");
        let schedule = schedule(&folder, &clock).await;
        set(&clock, "2026-03-05T12:00:00Z");
        schedule.tick().await.expect("a tick");
        assert_eq!(runs(&schedule).await, 1);
        let wanted = [("05", SlotState::Started), ("04", SlotState::Missed), ("03", SlotState::Missed)];
        let wanted: Vec<_> = wanted.map(|(day, state)| (format!("2026-03-{day}"), state)).into();
        assert_eq!(slots(&schedule).await, wanted);
    }
}
