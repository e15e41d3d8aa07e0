//! Fields that differ on purpose (MS C10).

use chrono::TimeDelta;
use merge::Choice;
use pipeline::ConflictRefused;
use pipeline::difference::{DifferenceRefused, DifferenceRequest};
use store::audit::AuditFilter;
use store::conflict::{Conflict, ConflictStatus};
use store::difference::{Difference, DifferenceEnd, DifferenceFilter};
use store::ids::DifferenceId;
use store::plan_change::{PlanFilter, PlanVerdict};
use store::run::{Run, RunKind};
use store::testing::TestEngine;

use crate::support::World;
use crate::{ROOMS, SETTINGS};

/// Seats of room A2 are 4, 5 and 6 in base, ours and theirs; names differ too if wanted.
async fn contested(engine: TestEngine, names: bool) -> World {
    let world = World::agreed(engine, SETTINGS, &ROOMS).await;
    let (ours, theirs) = match names {
        true => (r#"{"seats":5,"name":"Corner"}"#, r#"{"seats":6,"name":"Niche"}"#),
        false => (r#"{"seats":5}"#, r#"{"seats":6}"#),
    };
    world.ours.edit("room", "OUR-2", ours);
    world.theirs.edit("room", "SIS-2", theirs);
    world.run(RunKind::Nightly).await;
    world
}

impl World {
    async fn differ(
        &self,
        conflict: &Conflict,
        path: &str,
        until: Option<TimeDelta>,
    ) -> Result<DifferenceId, DifferenceRefused> {
        let path = path.parse().expect("a path");
        let request = DifferenceRequest {
            school: self.school,
            conflict: conflict.number,
            revision: &conflict.revision,
            path: &path,
            reason: "counted without the gallery",
            until: until.map(|time| self.pipeline.clock.now() + time),
            person: "ann",
            person_id: "a",
        };
        self.pipeline.declare_difference(&self.settings().await, &request).await.expect("no failure")
    }

    async fn difference(&self, id: DifferenceId) -> Difference {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        store::difference::find(&mut reader, self.school, id).await.expect("asked").expect("is there")
    }

    /// The records that a plan asks about.
    async fn questions_of(&self, run: &Run) -> Vec<String> {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let held = PlanFilter { verdicts: vec![PlanVerdict::Held], ..PlanFilter::default() };
        let rows = store::plan_change::list(&mut reader, run.id, &held, 10).await.expect("rows");
        rows.into_iter().map(|row| row.label).collect()
    }

    async fn ends_in_the_log(&self) -> Vec<String> {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let filter = AuditFilter {
            school: Some(self.school),
            action: Some("difference.end"),
            ..AuditFilter::default()
        };
        let rows = store::audit::list(&mut reader, &filter, 10).await.expect("rows");
        rows.into_iter().map(|row| format!("{} {}", row.actor, row.target)).collect()
    }
}

#[tokio::test]
async fn c10_nothing_is_written_and_nobody_is_asked_until_a_value_changes() {
    for engine in TestEngine::ALL {
        let world = contested(engine, false).await;
        let id = world.differ(&world.conflict(1).await, "seats", None).await.expect("declared");
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        world.ours.edit("room", "OUR-2", r#"{"name":"Corner"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), (vec![], vec![r#"update room {"name":"Corner"}"#.to_owned()]));
        world.run(RunKind::Nightly).await;
        assert!(world.conflicts().await.is_empty() && world.theirs.log().len() == 1);

        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.run(RunKind::Trial).await;
        assert_eq!(world.difference(id).await.ended_at, None, "a trial ends nothing");
        let run = world.run(RunKind::Nightly).await;
        let conflicts = world.conflicts().await;
        assert_eq!((conflicts[0].0.number, &conflicts[0].1), (2, &vec!["seats".to_owned()]));
        let ended = world.difference(id).await;
        assert_eq!(ended.ended_how, Some(DifferenceEnd::Changed));
        assert_eq!(world.ends_in_the_log().await, [format!("merge #{} conflict 1", run.number)]);
        world.decide(&conflicts[0].0, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"));
    }
}

#[tokio::test]
async fn c10_the_other_fields_of_the_conflict_stay_a_question() {
    for engine in TestEngine::ALL {
        let world = contested(engine, true).await;
        let seen = world.conflict(1).await;
        world.differ(&seen, "seats", None).await.expect("declared");
        let conflicts = world.conflicts().await;
        assert_eq!((conflicts[0].0.number, &conflicts[0].1), (1, &vec!["name".to_owned()]));
        assert_ne!(conflicts[0].0.revision, seen.revision, "it is another question (C1)");
        let late = world.decide(&seen, &[("seats", Choice::Ours), ("name", Choice::Ours)], false).await;
        assert!(late.is_err(), "what was seen is no longer there (C6)");
        world.decide(&conflicts[0].0, &[("name", Choice::Theirs)], false).await.expect("a decision");
        world.send_decided().await;
        assert_eq!(world.logs(), (vec![r#"update room {"name":"Niche"}"#.to_owned()], vec![]));
        world.run(RunKind::Nightly).await;
        assert!(world.conflicts().await.is_empty(), "base has moved for the name and not for the seats");
    }
}

#[tokio::test]
async fn c10_it_ends_with_its_date_and_by_hand_and_the_question_is_back() {
    for engine in TestEngine::ALL {
        let world = contested(engine, false).await;
        let day = Some(TimeDelta::days(1));
        let id = world.differ(&world.conflict(1).await, "seats", day).await.expect("declared");
        world.run(RunKind::Nightly).await;
        assert!(world.conflicts().await.is_empty(), "it still holds");
        world.run(RunKind::Nightly).await;
        assert_eq!(world.difference(id).await.ended_how, Some(DifferenceEnd::Expired));
        let (again, paths) = world.conflicts().await.remove(0);
        assert_eq!((again.number, paths), (2, vec!["seats".to_owned()]));

        let id = world.differ(&again, "seats", None).await.expect("declared anew");
        assert!(world.conflicts().await.is_empty());
        let (pipeline, settings) = (&world.pipeline, world.settings().await);
        assert!(pipeline.end_difference(&settings, world.school, id, "ben").await.expect("asked"));
        assert!(!pipeline.end_difference(&settings, world.school, id, "ben").await.expect("asked"), "once");
        assert_eq!(world.conflicts().await[0].0.number, 3, "at once, without a merge");
        assert_eq!(world.ends_in_the_log().await[0], "ben conflict 2");
        assert_eq!(world.logs(), (vec![], vec![]), "and nothing was ever written");
    }
}

#[tokio::test]
async fn c10_a_trial_after_the_date_shows_the_question_that_the_night_would_ask() {
    for engine in TestEngine::ALL {
        let world = contested(engine, false).await;
        let day = Some(TimeDelta::days(1));
        let id = world.differ(&world.conflict(1).await, "seats", day).await.expect("declared");
        let trial = world.run(RunKind::Trial).await;
        assert_eq!(world.questions_of(&trial).await, [] as [String; 0], "it still holds");
        let trial = world.run(RunKind::Trial).await;
        assert_eq!(world.questions_of(&trial).await, ["A2"]);
        assert_eq!(world.difference(id).await.ended_at, None, "a trial ends nothing");
        let night = world.run(RunKind::Nightly).await;
        assert_eq!(world.questions_of(&night).await, ["A2"]);
        assert_eq!(world.difference(id).await.ended_how, Some(DifferenceEnd::Expired));
    }
}

#[tokio::test]
async fn c10_what_cannot_differ_is_refused_and_changes_nothing() {
    for engine in TestEngine::ALL {
        let world = contested(engine, false).await;
        let seen = world.conflict(1).await;
        let name = world.differ(&seen, "name", None).await;
        assert_eq!(name.unwrap_err(), DifferenceRefused::NotContested { path: "name".to_owned() });
        let over = world.differ(&seen, "seats", Some(TimeDelta::seconds(-1))).await;
        assert_eq!(over.unwrap_err(), DifferenceRefused::Over);
        let other = Conflict { revision: "r-0".to_owned(), ..seen.clone() };
        let stale = world.differ(&other, "seats", None).await.unwrap_err();
        assert_eq!(stale, ConflictRefused::Stale.into());
        let group = "[[type.room.group]]\nname = \"size\"\npaths = [\"seats\", \"name\"]\n";
        world.set_settings(&format!("{SETTINGS}{group}")).await;
        let together = world.differ(&seen, "seats", None).await.unwrap_err();
        assert_eq!(together, DifferenceRefused::Together { path: "seats".to_owned() });
        world.set_settings(SETTINGS).await;
        world.decide(&seen, &[("seats", Choice::Ours)], false).await.expect("a decision");
        let decided = world.differ(&seen, "seats", None).await.unwrap_err();
        let status = ConflictStatus::Decided;
        assert_eq!(decided, ConflictRefused::NotOpen { number: 1, status }.into());
        let mut reader = world.pipeline.store.read().await.expect("a reader");
        let all = DifferenceFilter::default();
        let count = store::difference::count_standing(&mut reader, world.school, &all).await;
        assert_eq!(count.expect("counted"), 0);
    }
}
