use leptos::prelude::*;

use super::desk::Content;
use super::outside::{Outside, judged, outside_page};
use crate::api::Role;
use crate::components::error_summary::ErrorSummary;
use crate::components::field::TextField;
use crate::components::instant::Instant;
use crate::door::{DoorError, Invited, Typed};

/// `/invite/{token}`: somebody who was invited makes their account (UX 7.9).
#[component]
pub fn InvitePage() -> impl IntoView {
    outside_page(load)
}

async fn load(page: Outside) -> Result<Option<Content>, DoorError> {
    let Some(invited) = page.visit.door.invitation(&page.token).await? else {
        return Ok(Some(
            Content::new("Invitation", gone()).with_status(crate::components::response::Code::NotFound),
        ));
    };
    let typed = page.visit.door.kept("invite").await.unwrap_or_default();
    let content = Content::new("Invitation", form(&invited, page.token, &typed));
    Ok(Some(judged(content, &typed)))
}

fn gone() -> impl IntoView {
    view! {
        <h1>"This invitation cannot be used"</h1>
        <p>"It was used already, or it is older than seven days. Whoever invited you can send you a new link."</p>
        <p>
            <a href="/sign-in">"Go to the sign-in"</a>
        </p>
    }
}

fn form(invited: &Invited, token: String, typed: &Typed) -> impl IntoView + use<> {
    let place = invited.school.clone().unwrap_or_else(|| "every school".to_owned());
    let least = if invited.role == Role::Admin { 15 } else { 12 };
    let name = if typed.form.is_empty() { invited.name.clone() } else { typed.value("name") };
    let (by, email, role, until) =
        (invited.by.clone(), invited.email.clone(), invited.role.as_str(), invited.until);
    view! {
        <h1>"Join Tiebreak"</h1>
        <ErrorSummary typed=typed.clone() />
        <p>{by} " invites you to " {place} " as " {role} ". This link works once, until " <Instant at=until /> "."</p>
        <form class="stack" method="post" action="/act/accept_invitation">
            <input type="hidden" name="token" value=token />
            <p class="field">
                <span class="field__label">"E-mail"</span>
                <span>{email.clone()}</span>
                <input type="hidden" autocomplete="username" value=email />
            </p>
            <TextField
                name="name"
                label="Name"
                help="Decisions and the list of activity carry it."
                autocomplete="name"
                value=name
                problem=typed.problem("name")
            />
            <TextField
                name="password"
                label="Password"
                help=format!("At least {least} characters, any characters.")
                kind="password"
                autocomplete="new-password"
                problem=typed.problem("password")
            />
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Create my account"
                </button>
            </div>
        </form>
    }
}
