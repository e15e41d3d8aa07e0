//! Force apply: what it would write over, read again on both sides (UX 7.4.8).

use std::ops::RangeInclusive;
use std::time::Duration;

use app::api::{Actor, ConflictFilter, ConflictView, ForceView, REASON, Submission};
use app::overwrite::Overwritten;
use chrono::TimeDelta;
use merge::Side;

use super::error::{Result, not_found};
use super::{Desk, conflict, school};

/// What is older than this is not written over.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// How often, and how long apart, a request looks whether the reading is done: a second in all.
const LOOKS: u32 = 10;
const APART: Duration = Duration::from_millis(100);
/// How long a reason is (UX 7.4.8).
const REASONS: RangeInclusive<usize> = 3..=500;

/// A save anyway without its tick; the form shows the newest values (UX 6.8).
const NOT_SEEN: &str =
    "the tick was missing that you have seen the new values: they are below, with your choices";

/// What a form that goes past something still needs. Save anyway: its tick. Force apply: something to write, a tick for
/// each system that changes, and a reason (UX 6.8, 7.4.8).
pub(super) fn lacks(form: &Submission, view: &ConflictView) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    if form.force.is_none() {
        if form.anyway.is_some() && form.confirm.is_none() {
            problems.push((String::new(), NOT_SEEN.to_owned()));
        }
        return problems;
    }
    if form.choices.iter().any(|choice| choice.choose.as_deref() == Some("leave")) {
        let nothing = "keeping the difference writes nothing, so there is nothing to force";
        problems.push((String::new(), nothing.to_owned()));
    }
    for (side, _) in Overwritten::by(view, &form.choices).sides() {
        if !form.seen.iter().any(|seen| seen == side.as_str()) {
            let (ours, theirs) = &view.systems;
            let system = if side == Side::Ours { ours } else { theirs };
            problems.push((String::new(), format!("tick that you have seen what changes in {system}")));
        }
    }
    let length = form.reason.as_deref().unwrap_or_default().trim().chars().count();
    if !REASONS.contains(&length) {
        problems.push((REASON.to_owned(), "say why this is right, in 3 to 500 characters".to_owned()));
    }
    problems
}

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
