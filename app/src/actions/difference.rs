//! Differences on purpose (MS C10).

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::server;

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use super::{access::came_back, outcome::sentence};
use crate::api::NewDifference;
#[cfg(feature = "ssr")]
use crate::{
    api::ApiError,
    door::{DoorError, Flash, Problem, Typed},
    pages::conflict::{conflict_address, kept_as},
    visit::Visit,
};

/// Declares that a contested field differs on purpose.
#[server(prefix = "/act", endpoint = "difference_declare")]
pub async fn difference_declare(school: String, difference: NewDifference) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = conflict_address(&school, difference.conflict, "");
    let outcome = match visit.api.declare_difference(&actor, &school, &difference).await {
        Ok(()) => {
            let text = "Both systems keep their values. We ask again only if either of them changes.";
            let list = (format!("/{school}/differences"), "All differences on purpose");
            Outcome::saved(here).say(Flash::ok(text).with_link(list.0, list.1))
        }
        Err(ApiError::Invalid { place, message }) => {
            let problem = Problem::new(format!("difference[{place}]"), sentence(&message));
            let values = [
                ("field", &*difference.field),
                ("reason", &*difference.reason),
                ("until", &*difference.until),
            ];
            let typed =
                Typed::new(kept_as(difference.conflict), &values).because(DoorError::Invalid(vec![problem]));
            came_back(&visit, typed, here).await
        }
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

/// Ends a difference: the field is a question again.
#[server(prefix = "/act", endpoint = "difference_end")]
pub async fn difference_end(school: String, difference: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = format!("/{school}/differences");
    let outcome = match visit.api.end_difference(&actor, &school, &difference).await {
        Ok(()) => {
            let text =
                "The difference is ended. Where both systems still differ, the conflict is open again.";
            Outcome::saved(here).say(Flash::ok(text).with_link(format!("/{school}/conflicts"), "Conflicts"))
        }
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}
