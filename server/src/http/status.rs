//! What the status page shows, read from the database.

use std::sync::Arc;

use app::status::{Run as RunLine, School as SchoolLine, Status, StatusSource, Unavailable};
use async_trait::async_trait;
use chrono::TimeDelta;
use connect::Clock;
use merge::Side;
use pipeline::schedule::slots_between;
use pipeline::settings::Settings;
use store::conflict::{ConflictFilter, ConflictStatus};
use store::run::RunFilter;
use store::{Conn, Store};
use tracing::error;

/// Schools on the page.
const SCHOOLS: u32 = 200;

/// Reads the state from the store.
pub struct StoreStatus {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl StatusSource for StoreStatus {
    async fn status(&self) -> Result<Status, Unavailable> {
        self.read().await.map_err(|error| {
            error!(%error, "the status cannot be read");
            Unavailable
        })
    }
}

impl StoreStatus {
    async fn read(&self) -> store::Result<Status> {
        let mut reader = self.store.read().await?;
        let mut schools = Vec::new();
        for school in store::school::list(&mut reader, "", SCHOOLS).await? {
            schools.push(self.school(&mut reader, school).await?);
        }
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: if self.store.file().is_some() { "SQLite" } else { "PostgreSQL" }.to_owned(),
            read_at: self.clock.now(),
            schools,
        })
    }

    async fn school(&self, conn: &mut Conn, school: store::school::School) -> store::Result<SchoolLine> {
        let revision = store::settings_revision::current(conn, school.id).await?;
        let settings = revision.and_then(|revision| Settings::parse(&revision.document).ok());
        let open = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
        let open = store::conflict::counts(conn, school.id, &open).await?;
        let runs = store::run::list(conn, school.id, &RunFilter::default(), 1).await?;
        let name =
            |side| settings.as_ref().map_or("not set up", |settings| settings.side_name(side)).to_owned();
        Ok(SchoolLine {
            name: school.name,
            ours: name(Side::Ours),
            theirs: name(Side::Theirs),
            open_conflicts: open.iter().map(|count| u64::try_from(count.count).unwrap_or(0)).sum(),
            last_run: runs.first().map(|run| RunLine {
                number: u64::try_from(run.number).unwrap_or(0),
                state: run
                    .ended
                    .map_or_else(|| run.state.to_string(), |ended| ended.to_string())
                    .replace('_', " "),
                at: run.ended_at.or(run.started_at).unwrap_or(run.requested_at),
            }),
            next_run: settings.as_ref().and_then(|settings| self.next_run(settings)),
        })
    }

    fn next_run(&self, settings: &Settings) -> Option<chrono::DateTime<chrono::Utc>> {
        let now = self.clock.now();
        let nightly = settings.schedule.nightly.as_ref()?;
        let slots = slots_between(nightly, settings.schedule.zone, now, now + TimeDelta::days(8));
        slots.first().map(|slot| slot.at)
    }
}
