//! Sends the writes of people's decisions when their undo time is over (RL R13), and reads again what people asked for.

use anyhow::Result;
use futures::future::BoxFuture;
use store::ids::SchoolId;
use tracing::{error, info};

use super::crew::Crew;
use super::loops::Round;
use crate::installation::Installation;

/// Schools whose decisions are written at once; these pushes are small.
const SCHOOLS_AT_ONCE: usize = 8;

/// The loop's state.
pub(super) struct Decisions {
    installation: Installation,
    crew: Crew,
}

impl Decisions {
    pub(super) fn new(installation: Installation) -> Self {
        Self { installation, crew: Crew::new(SCHOOLS_AT_ONCE) }
    }

    async fn take_up(&mut self) -> Result<()> {
        self.crew.gather();
        let pipeline = &self.installation.pipeline;
        let mut reader = pipeline.store.read().await?;
        let mut due = Vec::new();
        for school in self.installation.schools(&mut reader).await? {
            if pipeline.has_work_of_people(&mut reader, school.id).await? {
                due.push(school);
            }
        }
        drop(reader);
        for school in due {
            if self.crew.has_room() && !self.crew.has(school.id) {
                let installation = self.installation.clone();
                self.crew.take(school.id, move || push(installation, school.id, school.slug));
            }
        }
        Ok(())
    }
}

/// A school whose run is at work answers `None`: its decisions go out afterwards.
async fn push(installation: Installation, school: SchoolId, slug: String) {
    match installation.pipeline.push_decided(school).await {
        Ok(Some(sent)) if sent > 0 => info!(school = slug, sent, "decisions written"),
        Ok(_) => {}
        Err(problem) => error!(school = slug, %problem, "decisions could not be written"),
    }
}

impl Round for Decisions {
    fn round(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.take_up())
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.crew.ended())
    }
}
