//! A house: one database, one pipeline over it, and a clock that runs by itself and can be set ahead. Schools are opened
//! by their settings alone, as the server opens them: our own records on one side, a system over HTTP on the other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use connect::rest::RestSystem;
use connect::{Clock, System, SystemClock};
use merge::Side;
use pipeline::local::LocalSystem;
use pipeline::settings::{Settings, SystemKind};
use pipeline::{Bounds, OpenSystems, Pipeline, RunOptions};
use store::Store;
use store::ids::{RunId, SchoolId};
use store::run::{NewRun, Run, RunKind};
use store::settings_revision::NewSettings;

/// The machine's clock, so far ahead.
#[derive(Default)]
pub struct ClockAhead(Mutex<TimeDelta>);

impl ClockAhead {
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("not poisoned") += by;
    }
}

#[async_trait]
impl Clock for ClockAhead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + *self.0.lock().expect("not poisoned")
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }
}

/// Opens systems by their settings. All of them take the same secret.
struct BySettings {
    store: Store,
    secret: &'static str,
}

impl OpenSystems for BySettings {
    fn open(&self, school: SchoolId, settings: &Settings, side: Side) -> Result<Arc<dyn System>, String> {
        let system = &settings.systems[side];
        Ok(match system.kind {
            SystemKind::Local => Arc::new(LocalSystem::open(self.store.clone(), school, settings, side)),
            SystemKind::Rest => {
                let secret = |_: &str| Some(self.secret.into());
                let system = RestSystem::open(&system.connector, &secret);
                Arc::new(system.map_err(|error| error.to_string())?)
            }
        })
    }
}

/// The database with its pipeline.
pub struct House {
    pub store: Store,
    pub pipeline: Pipeline,
    pub clock: Arc<ClockAhead>,
}

impl House {
    /// A house whose systems take this secret.
    pub fn over(store: Store, secret: &'static str) -> Self {
        let store = store.with_bound_clock();
        let clock = Arc::new(ClockAhead::default());
        let pipeline = Pipeline {
            store: store.clone(),
            clock: clock.clone(),
            systems: Arc::new(BySettings { store: store.clone(), secret }),
            mailer: None,
            mail_host: "tiebreak.test".to_owned(),
            holder: "test".to_owned(),
            stopping: Arc::default(),
            bounds: Bounds::default(),
        };
        Self { store, pipeline, clock }
    }

    /// A new school with these settings.
    pub async fn add_school(&self, settings: &Settings) -> SchoolId {
        let now = self.clock.now();
        let school = SchoolId::new(now, self.clock.random());
        let mut tx = self.store.begin().await.expect("a transaction");
        let (slug, name) = (&settings.school.slug, &settings.school.name);
        store::school::add(&mut tx, school, slug, name, now).await.expect("a school");
        let new =
            NewSettings { document: &settings.document, hash: &settings.hash, author: "test", reason: "" };
        store::settings_revision::save(&mut tx, school, &new, now).await.expect("a revision");
        tx.commit().await.expect("a commit");
        school
    }

    /// One run of a school, as far as it goes without a person.
    pub async fn run(&self, school: SchoolId, kind: RunKind, options: &RunOptions) -> Run {
        let id = RunId::new(self.clock.now(), self.clock.random());
        let mut tx = self.store.begin().await.expect("a transaction");
        let (slot, options) = (id.to_string(), options.to_json());
        let new = NewRun { id, school, kind, slot: &slot, options: &options, requested_by: "test" };
        store::run::request(&mut tx, &new, self.clock.now()).await.expect("a run");
        tx.commit().await.expect("a commit");
        self.pipeline.execute(id).await.expect("a run that goes through");
        self.get_run(id).await
    }

    /// A night of a school.
    pub async fn night(&self, school: SchoolId) -> Run {
        self.run(school, RunKind::Nightly, &RunOptions::default()).await
    }

    /// Approves a held run and carries it on.
    pub async fn approve(&self, run: &Run) -> Run {
        let mut tx = self.store.begin().await.expect("a transaction");
        let hash = run.plan_hash.as_deref().expect("a plan");
        assert!(
            store::run::approve(&mut tx, run.id, hash, "test", self.clock.now()).await.expect("an approval")
        );
        tx.commit().await.expect("a commit");
        self.pipeline.execute(run.id).await.expect("a run that goes through");
        self.get_run(run.id).await
    }

    async fn get_run(&self, id: RunId) -> Run {
        let mut reader = self.store.read().await.expect("a reader");
        store::run::get(&mut reader, id).await.expect("the run")
    }
}
