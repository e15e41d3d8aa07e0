//! One's own account: password, sessions, how pages look and behave (UX 7.9.4).

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::server;

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use crate::{
    actions::{Verdict, access::came_back},
    api::Actor,
    components::response,
    door::{Flash, Typed},
    visit::Visit,
};

/// Changes the password, and ends the other sessions.
#[server(prefix = "/act", endpoint = "password_change")]
pub async fn password_change(
    school: String,
    current_password: String,
    new_password: String,
) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let Some(here) = at_home(&actor, &school) else { return visit.answer(lost()).await };
    let outcome = match visit.door.change_password(&current_password, &new_password).await {
        Ok(()) => {
            Outcome::saved(here).say(Flash::ok("The password was changed. Your other sessions have ended."))
        }
        Err(error) => came_back(&visit, Typed::new("password", &[]).because(error), here).await,
    };
    visit.answer(outcome).await
}

/// Ends one's sessions elsewhere.
#[server(prefix = "/act", endpoint = "sessions_end")]
pub async fn sessions_end(school: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let Some(here) = at_home(&actor, &school) else { return visit.answer(lost()).await };
    let text = match visit.door.end_other_sessions().await {
        Ok(0) => "There was no other session.".to_owned(),
        Ok(1) => "One other session has ended.".to_owned(),
        Ok(count) => format!("{count} other sessions have ended."),
        Err(_) => return Err(ActError::NoAnswer),
    };
    visit.answer(Outcome::saved(here).say(Flash::ok(text))).await
}

/// Keeps how pages look and behave. Words that are none of ours are the default.
#[server(prefix = "/act", endpoint = "account_save")]
pub async fn account_save(
    school: String,
    theme: String,
    density: String,
    keys: String,
) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let Some(here) = at_home(&actor, &school) else { return visit.answer(lost()).await };
    for (name, value, known) in [
        ("theme", theme, &["light", "dark"][..]),
        ("density", density, &["compact"]),
        ("keys", keys, &["off"]),
    ] {
        response::set_choice(name, known.iter().find(|known| **known == value).unwrap_or(&""));
    }
    visit.answer(Outcome::saved(here).say(Flash::ok("Saved for this browser."))).await
}

/// The page of the account, in a school in which the actor has a part (UX 12.35).
#[cfg(feature = "ssr")]
fn at_home(actor: &Actor, school: &str) -> Option<String> {
    actor.role_in(school).map(|_| format!("/{school}/account"))
}

#[cfg(feature = "ssr")]
fn lost() -> Outcome {
    Outcome::not(Verdict::Refused, "/not-found")
}
