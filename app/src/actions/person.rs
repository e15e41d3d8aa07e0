//! People of a school: inviting them, changing what they may do, keeping them out (UX 7.9).

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::server;

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use super::{access::came_back, outcome::sentence};
use crate::api::{self, SetRole};
#[cfg(feature = "ssr")]
use crate::{
    api::{ApiError, InviteOutcome},
    door::{DoorError, Flash, Problem, Typed},
    visit::Visit,
};

/// Makes an invitation; the next page shows its link once.
#[server(prefix = "/act", endpoint = "invite")]
pub async fn invite(school: String, invite: api::Invite) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = format!("/{school}/people");
    let outcome = match visit.api.invite(&actor, &school, &invite).await {
        Ok(InviteOutcome::Link(token)) => {
            let typed = Typed::new("invited", &[("token", &token), ("email", &invite.email)]);
            visit.door.keep(typed).await;
            Outcome::saved(here)
        }
        Ok(InviteOutcome::Added) => {
            let text =
                format!("{} has an account already, and has the role from now on.", invite.email.trim());
            Outcome::saved(here).say(Flash::ok(text))
        }
        Err(ApiError::Invalid { place, message }) => {
            let problem = Problem::new(format!("invite[{place}]"), sentence(&message));
            let values = [
                ("email", &*invite.email),
                ("name", &*invite.name),
                ("role", invite.role.as_str()),
                ("everywhere", if invite.everywhere { "true" } else { "" }),
            ];
            let typed = Typed::new("invite", &values).because(DoorError::Invalid(vec![problem]));
            came_back(&visit, typed, here).await
        }
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

/// Changes what a person is in a school.
#[server(prefix = "/act", endpoint = "role_set")]
pub async fn role_set(school: String, change: SetRole) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = format!("/{school}/people/{}", slug(&change.person));
    let outcome = match visit.api.set_role(&actor, &school, &change).await {
        Ok(()) => {
            let text =
                format!("The role is {} from now on. This person signs in anew.", change.role.as_str());
            Outcome::saved(here).say(Flash::ok(text))
        }
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

/// Keeps a person out of a school.
#[server(prefix = "/act", endpoint = "person_remove")]
pub async fn person_remove(
    school: String,
    person: String,
    #[server(default)] sure: String,
) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let here = format!("/{school}/people/{}", slug(&person));
    if sure.is_empty() {
        let text =
            "Nothing was changed. Tick the box first: the person loses their part in this school at once.";
        return visit.answer(Outcome::saved(here).say(Flash::warn(text))).await;
    }
    let outcome = match visit.api.remove_person(&actor, &school, &person).await {
        Ok(()) => {
            let text = "Removed. Their sessions have ended; their name stays in what they did.";
            Outcome::saved(format!("/{school}/people")).say(Flash::ok(text))
        }
        Err(error) => Outcome::refused(&error, &school, here),
    };
    visit.answer(outcome).await
}

/// A part of a path that cannot lead anywhere else.
#[cfg(feature = "ssr")]
fn slug(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(64).collect()
}
