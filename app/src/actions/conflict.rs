//! Deciding conflicts.

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::*;

use super::{ActError, Outcome, Verdict};
use crate::api::{DraftState, Submission, Submitted, Undo as Undoing, Undone};
use crate::door::Flash;
use crate::pages::conflict::conflict_address;
use crate::query::Query;
use crate::visit::Visit;

/// Decides a conflict, or keeps what cannot be decided as a draft.
///
/// # Errors
/// Only when the form cannot be read.
#[server(prefix = "/act", endpoint = "decide")]
pub async fn decide(school: String, decision: Submission) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let submitted = visit.api.submit(&actor, &school, &decision).await;
    visit.answer(after_submit(&school, &decision, submitted, "")).await
}

/// Force apply: the same, past the other system's collision check.
///
/// # Errors
/// Only when the form cannot be read.
#[server(prefix = "/act", endpoint = "force_apply")]
pub async fn force_apply(school: String, decision: Submission) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let forced = Submission { force: Some("yes".to_owned()), go: None, ..decision };
    let submitted = visit.api.submit(&actor, &school, &forced).await;
    visit.answer(after_submit(&school, &forced, submitted, "/force")).await
}

/// Chooses one side for every field that the form leaves undecided; nothing is decided.
///
/// # Errors
/// Only when the form cannot be read.
#[server(prefix = "/act", endpoint = "fill_undecided")]
pub async fn fill_undecided(school: String, decision: Submission, all: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let filled = visit.api.fill_undecided(&actor, &school, &decision, &all).await;
    let here = conflict_address(&school, decision.conflict, decision.view.as_deref().unwrap_or_default());
    visit
        .answer(match filled {
            Ok(()) => Outcome::saved(here),
            Err(error) => Outcome::refused(&error, &school, here),
        })
        .await
}

/// Takes a decision back.
///
/// # Errors
/// Only when the form cannot be read.
#[server(prefix = "/act", endpoint = "undo")]
pub async fn undo(school: String, undo: Undoing) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = conflict_address(&school, undo.conflict, "");
    let outcome = match visit.api.undo(&actor, &school, &undo).await {
        Ok(undone) => Outcome::saved(here).say(Flash::ok(undone_sentence(&undone))),
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

/// Has the record of a conflict read again on both sides, and shows what Force apply would write over. The choices of the
/// form are kept as a draft.
#[server(prefix = "/act", endpoint = "read_again")]
pub async fn read_again(school: String, decision: Submission) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let number = decision.conflict;
    let outcome = match visit.api.read_again(&actor, &school, &decision).await {
        Ok(()) => Outcome::saved(format!("/{school}/conflicts/{number}/force")),
        Err(error) => Outcome::refused(&error, &school, conflict_address(&school, number, "")),
    };
    visit.answer(outcome).await
}

/// Where a person is after a form was sent, and what that page says.
fn after_submit(
    school: &str,
    form: &Submission,
    submitted: crate::api::ApiResult<Submitted>,
    page: &str,
) -> Outcome {
    let list = form.view.clone().unwrap_or_default();
    let here = conflict_address(school, form.conflict, &list);
    let next = || {
        let query = Query::default().with("after", form.conflict).with("view", &list);
        if form.go.as_deref() == Some("next") {
            query.at(&format!("/{school}/conflicts/next"))
        } else {
            here.clone()
        }
    };
    match submitted {
        Ok(Submitted::Decided { again: true, .. }) => Outcome::saved(next()),
        Ok(Submitted::Decided { decision, systems, held_until, .. }) => {
            let flash =
                Flash::ok(decided_sentence(form, &systems, held_until)).with_undo(decision, form.conflict);
            Outcome::saved(next()).say(flash)
        }
        Ok(Submitted::Left) => Outcome::saved(next())
            .say(Flash::ok("Both records are left as they are. We ask again only if either changes.")),
        Ok(Submitted::Kept { state: DraftState::Kept, chosen, of, .. }) => Outcome::saved(here)
            .say(Flash::ok(format!("Kept for later: {chosen} of {of} decided. Nothing is written."))),
        Ok(Submitted::Kept { draft, state, .. }) => {
            let address = Query::default().with("view", &list).with("draft", draft);
            let verdict = if state == DraftState::Changed { Verdict::Changed } else { Verdict::Invalid };
            Outcome::not(verdict, address.at(&format!("/{school}/conflicts/{}{page}", form.conflict)))
        }
        Err(error) => Outcome::refused(&error, school, here),
    }
}

fn decided_sentence(
    form: &Submission,
    systems: &[String],
    held_until: Option<chrono::DateTime<chrono::Utc>>,
) -> String {
    let what = if form.force.is_some() { "Forced" } else { "Saved" };
    let names = systems.join(" and ");
    match (systems.is_empty(), held_until) {
        (true, _) => format!("{what}. Both systems hold this already; nothing has to be written."),
        (false, None) => format!("{what}. Written to {names} at the next merge."),
        (false, Some(at)) => {
            format!("{what}. Written to {names} at {} UTC; until then Undo is free.", at.format("%H:%M:%S"))
        }
    }
}

fn undone_sentence(undone: &Undone) -> String {
    match undone {
        Undone::NeverWritten => "Taken back. Nothing was written; the conflict is open again.".to_owned(),
        Undone::WritesBack { held_until: None } => {
            "Taken back: the values from before are written back at the next merge.".to_owned()
        }
        Undone::WritesBack { held_until: Some(at) } => {
            format!("Taken back: the values from before are written back at {} UTC.", at.format("%H:%M:%S"))
        }
    }
}
