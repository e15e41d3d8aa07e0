use leptos::prelude::*;

use super::desk::Content;
use super::outside::{Outside, elsewhere, judged, outside_page};
use crate::components::error_summary::ErrorSummary;
use crate::components::field::TextField;
use crate::components::response::is_local;
use crate::door::{DoorError, SetupStep, Typed};

/// `/sign-in` (UX 7.1).
#[component]
pub fn SignInPage() -> impl IntoView {
    outside_page(load)
}

async fn load(page: Outside) -> Result<Option<Content>, DoorError> {
    let return_to = page.query.get("return_to").filter(|address| is_local(address)).unwrap_or("/").to_owned();
    if page.visit.actor.is_some() {
        return Ok(Some(elsewhere(&return_to)));
    }
    let nobody_yet = matches!(page.visit.door.setup().await, Ok(SetupStep::Code | SetupStep::Account));
    let ended = page.query.get("ended").is_some();
    let kept = page.visit.door.kept_post().await.is_some();
    let said = match (ended, kept, page.query.get("signed_out")) {
        (true, true, _) => {
            Some("Your sign-in has ended. Your choices were kept for 15 minutes; sign in to save them.")
        }
        (true, false, _) => {
            Some("Your sign-in has ended, and nothing was saved. Sign in to go on where you were.")
        }
        (false, _, Some(_)) => Some("You are signed out."),
        _ => None,
    };
    let typed = page.visit.door.kept("sign-in").await.unwrap_or_default();
    let view = form(&typed, return_to, said, nobody_yet);
    Ok(Some(judged(Content::new("Sign in", view), &typed)))
}

fn form(
    typed: &Typed,
    return_to: String,
    said: Option<&'static str>,
    nobody_yet: bool,
) -> impl IntoView + use<> {
    let (email, problem) = (typed.value("email"), typed.problem("email"));
    view! {
        <h1>"Sign in to Tiebreak"</h1>
        <ErrorSummary typed=typed.clone() />
        {said.map(|said| view! { <p role="status">{said}</p> })}
        {nobody_yet
            .then(|| {
                view! {
                    <p>
                        "Nobody has an account yet. " <a href="/setup">"Set up Tiebreak"</a>
                        " with the code that the server printed."
                    </p>
                }
            })}
        <form class="stack" method="post" action="/act/sign_in">
            <input type="hidden" name="return_to" value=return_to />
            <TextField
                name="email"
                label="E-mail"
                kind="email"
                value=email
                autocomplete="username"
                problem
            />
            <TextField
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
            />
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Sign in"
                </button>
            </div>
        </form>
        <p class="meta">"Forgotten your password? An admin of your school can let you in again."</p>
    }
}
