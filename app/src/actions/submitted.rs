//! What follows a decision or an undo: the page a person comes to, and what it says.

use chrono::{DateTime, Utc};

use super::{Outcome, Verdict};
use crate::api::{ApiResult, DraftState, Submission, Submitted, Undone};
use crate::door::Flash;
use crate::pages::conflict::conflict_address;
use crate::query::Query;

/// Where a person is after a form was sent, and what that page says.
pub(super) fn after_submit(
    school: &str,
    form: &Submission,
    submitted: ApiResult<Submitted>,
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

fn decided_sentence(form: &Submission, systems: &[String], held_until: Option<DateTime<Utc>>) -> String {
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

/// What an undo will do, as the next page says it.
pub(super) fn undone_sentence(undone: &Undone) -> String {
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
