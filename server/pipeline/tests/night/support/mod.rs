//! A school with two systems in memory, a real database, and a clock that can be moved.

mod memory;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connect::{Clock, System};
use merge::{Choice, FieldPath, Side};
use pipeline::decide::{DecisionRefused, DecisionRequest, DecisionStored};
use pipeline::settings::Settings;
use pipeline::undo::{UndoDone, UndoEffect, UndoField, UndoHow, UndoRefused, UndoRequest};
use pipeline::{Bounds, OpenSystems, Pipeline, RunOptions};
use store::audit::AuditFilter;
use store::conflict::{self, Conflict, ConflictFilter, ConflictStatus};
use store::decision::Decision;
use store::ids::{DecisionId, LinkId, RunId, SchoolId};
use store::lease::{Guard, Phase};
use store::link::NewLink;
use store::run::{NewRun, Run, RunEnding, RunKind};
use store::settings_revision::NewSettings;
use store::testing::{TestEngine, TestStore};

pub use memory::MemorySystem;

/// A clock that stands still unless it is moved; sleeping moves it.
#[derive(Debug)]
pub struct TestClock {
    now: Mutex<DateTime<Utc>>,
    random: Mutex<u64>,
}

impl TestClock {
    pub fn new() -> Self {
        let now = DateTime::from_timestamp(1_760_000_000, 0).expect("in range");
        Self { now: Mutex::new(now), random: Mutex::new(7) }
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.now.lock().expect("not poisoned") += by;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("not poisoned")
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(TimeDelta::from_std(duration).expect("in range"));
    }

    fn random(&self) -> u64 {
        let mut random = self.random.lock().expect("not poisoned");
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *random
    }
}

struct Both {
    ours: MemorySystem,
    theirs: MemorySystem,
}

impl OpenSystems for Both {
    fn open(&self, _: SchoolId, _: &Settings, side: Side) -> Result<Arc<dyn System>, String> {
        Ok(match side {
            Side::Ours => Arc::new(self.ours.clone()),
            Side::Theirs => Arc::new(self.theirs.clone()),
        })
    }
}

pub struct World {
    pub ours: MemorySystem,
    pub theirs: MemorySystem,
    pub clock: Arc<TestClock>,
    pub pipeline: Pipeline,
    pub school: SchoolId,
    /// Kept alive: the database goes with it.
    _database: TestStore,
}

impl World {
    pub async fn new(engine: TestEngine, settings: &str) -> Self {
        let test = store::testing::fresh(engine).await.expect("a test database");
        let clock = Arc::new(TestClock::new());
        let (ours, theirs) = (MemorySystem::new("OUR"), MemorySystem::new("SIS"));
        let pipeline = Pipeline {
            store: test.store.clone().with_bound_clock(),
            clock: clock.clone(),
            systems: Arc::new(Both { ours: ours.clone(), theirs: theirs.clone() }),
            mailer: None,
            mail_host: "tiebreak.test".to_owned(),
            holder: "test".to_owned(),
            stopping: Arc::default(),
            bounds: Bounds::default(),
        };
        let school = SchoolId::new(clock.now(), clock.random());
        let mut tx = pipeline.store.begin().await.expect("a transaction");
        store::school::add(&mut tx, school, "north", "North", clock.now()).await.expect("a school");
        let hash = Settings::parse(settings).expect("settings").hash;
        let new = NewSettings { document: settings, hash: &hash, author: "test", reason: "" };
        store::settings_revision::save(&mut tx, school, &new, clock.now()).await.expect("a revision");
        tx.commit().await.expect("a commit");
        Self { ours, theirs, clock, pipeline, school, _database: test }
    }

    /// Runs once, an hour after whatever came before, and answers the run as it ended.
    pub async fn run(&self, kind: RunKind) -> Run {
        self.run_with(kind, &RunOptions::default()).await
    }

    pub async fn run_with(&self, kind: RunKind, options: &RunOptions) -> Run {
        self.clock.advance(TimeDelta::hours(13));
        let id = RunId::new(self.clock.now(), self.clock.random());
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        let (slot, options) = (id.to_string(), options.to_json());
        let new =
            NewRun { id, school: self.school, kind, slot: &slot, options: &options, requested_by: "test" };
        store::run::request(&mut tx, &new, self.clock.now()).await.expect("a run");
        tx.commit().await.expect("a commit");
        self.pipeline.execute(id).await.expect("a run that goes through");
        self.get(id).await
    }

    pub async fn get(&self, id: RunId) -> Run {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        store::run::get(&mut reader, id).await.expect("the run")
    }

    /// A school in which both sides hold the same records and have agreed on them.
    pub async fn agreed(engine: TestEngine, settings: &str, records: &[(&str, &str)]) -> Self {
        let world = Self::new(engine, settings).await;
        for (type_name, fields) in records {
            world.ours.add(type_name, fields);
            world.theirs.add(type_name, fields);
        }
        let run = world.run(RunKind::Nightly).await;
        assert_eq!(run.ended, Some(RunEnding::Finished), "{run:?}");
        assert!(world.ours.log().is_empty() && world.theirs.log().is_empty(), "equal records need no write");
        world
    }

    /// A school that has agreed on `count` rooms: `R0` with no seats, `R1` with one, and so on.
    pub async fn agreed_on_rooms(engine: TestEngine, settings: &str, count: usize) -> Self {
        let rooms: Vec<String> =
            (0..count).map(|n| format!(r#"{{"code":"R{n}","name":"x","seats":{n}}}"#)).collect();
        let rooms: Vec<(&str, &str)> = rooms.iter().map(|fields| ("room", fields.as_str())).collect();
        Self::agreed(engine, settings, &rooms).await
    }

    /// The open conflicts, by number, with their contested paths.
    pub async fn conflicts(&self) -> Vec<(Conflict, Vec<String>)> {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
        let mut found = Vec::new();
        for conflict in conflict::list(&mut reader, self.school, &filter, 100).await.expect("conflicts") {
            let fields = conflict::fields(&mut reader, conflict.id).await.expect("fields");
            found.push((conflict, fields.into_iter().map(|field| field.path).collect()));
        }
        found
    }

    pub async fn conflict(&self, number: i64) -> Conflict {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        conflict::find_by_number(&mut reader, self.school, number)
            .await
            .expect("a look")
            .expect("the conflict")
    }

    /// Decides a conflict by what is seen now.
    pub async fn decide(
        &self,
        conflict: &Conflict,
        choices: &[(&str, Choice)],
        force: bool,
    ) -> Result<DecisionStored, DecisionRefused> {
        let settings = self.settings().await;
        let choices = choices
            .iter()
            .map(|(path, choice)| (path.parse::<FieldPath>().expect("a path"), choice.clone()))
            .collect();
        let request = DecisionRequest {
            school: self.school,
            conflict: conflict.number,
            revision: &conflict.revision,
            choices,
            person: "ann",
            person_id: "a",
            force,
            check_revision: !force,
            reason: if force { "the registrar called" } else { "" },
        };
        self.pipeline.decide(&settings, &request).await.expect("no failure")
    }

    /// Decides a conflict past the collision check, but only over the values that were seen.
    pub async fn force_seen(
        &self,
        conflict: &Conflict,
        choices: &[(&str, Choice)],
    ) -> Result<DecisionStored, DecisionRefused> {
        let choices = choices
            .iter()
            .map(|(path, choice)| (path.parse::<FieldPath>().expect("a path"), choice.clone()))
            .collect();
        let request = DecisionRequest {
            school: self.school,
            conflict: conflict.number,
            revision: &conflict.revision,
            choices,
            person: "ann",
            person_id: "a",
            force: true,
            check_revision: true,
            reason: "the registrar called",
        };
        self.pipeline.decide(&self.settings().await, &request).await.expect("no failure")
    }

    /// Takes a decision back.
    pub async fn undo(&self, decision: DecisionId) -> Result<UndoDone, UndoRefused> {
        let request = UndoRequest { school: self.school, decision, person: "ben", person_id: "b" };
        self.pipeline.undo(&self.settings().await, &request).await.expect("no failure")
    }

    /// What an undo would write: a line for each side.
    pub async fn preview_undo(&self, decision: DecisionId) -> Result<Vec<String>, UndoRefused> {
        let request = UndoRequest { school: self.school, decision, person: "ben", person_id: "b" };
        let effects = self.pipeline.preview_undo(&self.settings().await, &request).await.expect("no failure");
        let shown = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let line = |effect: UndoEffect| {
            let field =
                |field: UndoField| format!("{}: {} → {}", field.name, shown(field.now), shown(field.then));
            let fields: Vec<String> = effect.fields.into_iter().map(field).collect();
            format!("{} {} {}", effect.side, effect.operation, fields.join(", "))
        };
        effects.map(|effects| effects.into_iter().map(line).collect())
    }

    /// Takes a decision back that was written, and lets the values from before be written; answers the undo.
    pub async fn undo_written(&self, decision: DecisionId) -> Decision {
        let done = self.undo(decision).await.expect("it can be undone");
        let UndoHow::WritesBack { undo, .. } = done.how else { panic!("{done:?}") };
        self.send_decided().await;
        self.decision(undo).await
    }

    pub async fn decision(&self, id: DecisionId) -> Decision {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        store::decision::get(&mut reader, id).await.expect("the decision")
    }

    /// What the rows of the audit log of one action say was written over, oldest first.
    pub async fn audited(&self, action: &str) -> Vec<serde_json::Value> {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let filter = AuditFilter {
            school: Some(self.school),
            action: Some(action),
            oldest_first: true,
            ..AuditFilter::default()
        };
        let rows = store::audit::list(&mut reader, &filter, 100).await.expect("rows");
        let detail = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("a detail");
        rows.iter().map(|row| detail(&row.detail)["overwrote"].clone()).collect()
    }

    /// Another process begins a run: nobody else may write until it ends.
    pub async fn begin_run_elsewhere(&self) -> Guard {
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        let (now, ttl) = (self.clock.now(), TimeDelta::days(1));
        let claimed = store::lease::claim(&mut tx, self.school, Phase::Push, "elsewhere", now, ttl).await;
        tx.commit().await.expect("a commit");
        claimed.expect("asked").expect("free").guard
    }

    pub async fn end_run_elsewhere(&self, guard: &Guard) {
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        store::lease::release(&mut tx, guard).await.expect("released");
        tx.commit().await.expect("a commit");
    }

    /// What was written to both sides so far, ours first.
    pub fn logs(&self) -> (Vec<String>, Vec<String>) {
        (self.ours.log(), self.theirs.log())
    }

    /// Lets the undo time pass and sends what was decided.
    pub async fn send_decided(&self) -> u64 {
        self.clock.advance(TimeDelta::seconds(11));
        self.pipeline.push_decided(self.school).await.expect("a push").expect("nobody else is at work")
    }

    /// Both sides get a record under a new link, as a run leaves it that has created it.
    pub async fn made_anew(&self, type_name: &str, key: &str, fields: &str) -> (String, String) {
        let (ours, theirs) = (self.ours.add(type_name, fields), self.theirs.add(type_name, fields));
        let new = NewLink {
            id: LinkId::new(self.clock.now(), self.clock.random()),
            key: key.to_owned(),
            label: key.to_owned(),
            ours_id: Some(ours.clone()),
            theirs_id: Some(theirs.clone()),
        };
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        store::link::add_many(&mut tx, self.school, type_name, &[new], self.clock.now())
            .await
            .expect("added");
        tx.commit().await.expect("a commit");
        (ours, theirs)
    }

    /// Saves other settings, as an admin does.
    pub async fn set_settings(&self, document: &str) {
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        let hash = Settings::parse(document).expect("settings").hash;
        let new = NewSettings { document, hash: &hash, author: "test", reason: "" };
        store::settings_revision::save(&mut tx, self.school, &new, self.clock.now()).await.expect("saved");
        tx.commit().await.expect("a commit");
    }

    pub async fn settings(&self) -> Settings {
        let mut reader = self.pipeline.store.read().await.expect("a reader");
        let revision = store::settings_revision::current(&mut reader, self.school).await.expect("settings");
        Settings::parse(&revision.expect("settings").document).expect("settings")
    }

    /// Approves a held run and carries it on.
    pub async fn approve(&self, run: &Run) -> Run {
        let mut tx = self.pipeline.store.begin().await.expect("a transaction");
        let hash = run.plan_hash.as_deref().expect("a plan");
        assert!(
            store::run::approve(&mut tx, run.id, hash, "test", self.clock.now()).await.expect("approval")
        );
        tx.commit().await.expect("a commit");
        self.pipeline.execute(run.id).await.expect("a run that goes through");
        self.get(run.id).await
    }
}
