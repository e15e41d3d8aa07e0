//! Force apply: what it would write over, read again on both sides (UX 7.4.8).

use std::time::Duration;

use app::api::{Actor, ConflictFilter, ForceView, Submission};
use chrono::TimeDelta;

use super::error::{Result, not_found};
use super::{Desk, conflict, school};

/// What is older than this is not written over.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// How often, and how long apart, a request looks whether the reading is done: a second in all.
const LOOKS: u32 = 10;
const APART: Duration = Duration::from_millis(100);

impl Desk {
    /// Keeps the choices, asks for a new reading, and waits a second for it; a page shows how far it has come.
    pub(super) async fn reread(&self, actor: &Actor, slug: &str, form: &Submission) -> Result<()> {
        let number = form.conflict;
        if form.choices.iter().any(|choice| choice.choose.is_some()) {
            self.keep_choices(actor, slug, form).await?;
        }
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, slug).await?;
        drop(reader);
        let asked = self.pipeline.ask_read_again(school.id, number).await?;
        let asked = asked.ok_or_else(|| not_found(format!("conflict {number}")))?;
        self.nudge.send_replace(());
        for _ in 0..LOOKS {
            let mut reader = self.pipeline.store.read().await?;
            let request = store::read_request::find(&mut reader, asked.link).await?;
            if request.is_some_and(|request| request.done_at.is_some_and(|done| done >= asked.asked_at)) {
                break;
            }
            drop(reader);
            self.pipeline.clock.sleep(APART).await;
        }
        Ok(())
    }

    /// The conflict with the values of now, and how new they are.
    pub(super) async fn force(&self, actor: &Actor, slug: &str, number: i64) -> Result<ForceView> {
        let open = self.opened(actor, slug, number, &ConflictFilter::default()).await?;
        let mut reader = self.pipeline.store.read().await?;
        let school = school::find(&mut reader, slug).await?;
        let found = conflict::find(&mut reader, school.id, number).await?;
        let request = store::read_request::find(&mut reader, found.link).await?;
        let done = request.as_ref().and_then(|request| request.done_at);
        let error = request.as_ref().and_then(|request| request.error.clone());
        let is_new = done.is_some_and(|done| self.pipeline.clock.now() - done <= FRESH);
        Ok(ForceView {
            open,
            asked_at: request.map(|request| request.asked_at),
            read_at: done,
            is_fresh: is_new && error.is_none(),
            error,
        })
    }
}
