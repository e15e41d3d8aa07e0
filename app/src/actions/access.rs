//! Signing in and out, the set-up, invitations: what may be asked before anybody is known.

#![expect(missing_docs, reason = "the macro makes a public member of every argument")]

use leptos::prelude::server;

use super::{ActError, Outcome};
#[cfg(feature = "ssr")]
use crate::{
    actions::Verdict,
    components::response,
    door::{DoorError, NewAccount, Problem, Typed},
    query::Query,
    visit::Visit,
};

/// Signs in by e-mail and password, and goes back to where the visitor wanted to be (UX 7.1).
#[server(prefix = "/act", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, return_to: String) -> Result<Outcome, ActError> {
    let visit = Visit::asked()?;
    let next = if response::is_local(&return_to) { return_to } else { "/".to_owned() };
    let outcome = match visit.door.sign_in(&email, &password).await {
        Ok(()) if visit.door.kept_post().await.is_some() => Outcome::saved("/kept"),
        Ok(()) => Outcome::saved(next),
        Err(error) => {
            let typed = Typed::new("sign-in", &[("email", &email)]).because(error);
            let back = Query::default().with("return_to", next).at("/sign-in");
            came_back(&visit, typed, back).await
        }
    };
    visit.answer(outcome).await
}

/// Ends the session.
#[server(prefix = "/act", endpoint = "sign_out")]
pub async fn sign_out() -> Result<Outcome, ActError> {
    let visit = Visit::asked()?;
    visit.door.sign_out().await.map_err(|_| ActError::NoAnswer)?;
    response::clear_site_data();
    visit.answer(Outcome::saved("/sign-in?signed_out=1")).await
}

/// First step of the set-up: the code that the server printed.
#[server(prefix = "/act", endpoint = "setup_code")]
pub async fn setup_code(code: String) -> Result<Outcome, ActError> {
    let visit = Visit::asked()?;
    let outcome = match visit.door.give_setup_code(&code).await {
        Ok(()) => Outcome::saved("/setup"),
        Err(error) => came_back(&visit, Typed::new("setup", &[]).because(error), "/setup".to_owned()).await,
    };
    visit.answer(outcome).await
}

/// Second step: the account of the first admin.
#[server(prefix = "/act", endpoint = "setup_account")]
pub async fn setup_account(name: String, email: String, password: String) -> Result<Outcome, ActError> {
    let visit = Visit::asked()?;
    let account = NewAccount { name: name.clone(), email: email.clone(), password };
    let outcome = match visit.door.make_first_account(&account).await {
        Ok(()) => Outcome::saved("/setup"),
        Err(error) => {
            let typed = Typed::new("setup", &[("name", &name), ("email", &email)]).because(error);
            came_back(&visit, typed, "/setup".to_owned()).await
        }
    };
    visit.answer(outcome).await
}

/// Third step: the school, from a settings file.
#[server(prefix = "/act", endpoint = "setup_school")]
pub async fn setup_school(document: String) -> Result<Outcome, ActError> {
    let (visit, actor) = Visit::signed_in()?;
    let outcome = match visit.api.import_settings(&actor, &document, "set up in the browser").await {
        Ok(imported) => Outcome::saved(format!("/{}/overview", imported.school)),
        Err(error) => {
            let problem = Problem::new("document", error.to_string());
            let typed = Typed::new("setup", &[("document", &document)]);
            came_back(&visit, typed.because(DoorError::Invalid(vec![problem])), "/setup".to_owned()).await
        }
    };
    visit.answer(outcome).await
}

/// Makes the account that an invitation is for.
#[server(prefix = "/act", endpoint = "accept_invitation")]
pub async fn accept_invitation(token: String, name: String, password: String) -> Result<Outcome, ActError> {
    let visit = Visit::asked()?;
    let outcome = match visit.door.accept_invitation(&token, &name, &password).await {
        Ok(()) => Outcome::saved("/"),
        Err(error) => {
            let typed = Typed::new("invite", &[("name", &name)]).because(error);
            let safe: String = token.chars().filter(char::is_ascii_hexdigit).take(64).collect();
            came_back(&visit, typed, format!("/invite/{safe}")).await
        }
    };
    visit.answer(outcome).await
}

/// Keeps a form that could not be used, and leads back to its page, which says why.
#[cfg(feature = "ssr")]
pub(super) async fn came_back(visit: &Visit, typed: Typed, page: String) -> Outcome {
    visit.door.keep(typed).await;
    Outcome::not(Verdict::Invalid, page)
}
