//! Deciding conflicts.

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::submitted::{after_submit, undone_sentence};
use super::{ActError, Outcome};
use crate::api::{Submission, Undo as Undoing};
#[cfg(feature = "ssr")]
use crate::{door::Flash, pages::conflict::conflict_address, query::Query, visit::Visit};

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
    let (number, list) = (decision.conflict, decision.view.clone().unwrap_or_default());
    let outcome = match visit.api.read_again(&actor, &school, &decision).await {
        Ok(()) => {
            let page = format!("/{school}/conflicts/{number}/force");
            Outcome::saved(Query::default().with("view", list).at(&page))
        }
        Err(error) => Outcome::refused(&error, &school, conflict_address(&school, number, &list)),
    };
    visit.answer(outcome).await
}
