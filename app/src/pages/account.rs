use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use super::outside::judged;
use crate::api::ApiResult;
use crate::components::error_summary::ErrorSummary;
use crate::components::field::TextField;
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::shortcuts::Shortcuts;
use crate::door::{SessionLine, Typed};

/// `/{school}/account`: one's own sign-in, sessions and display (UX 7.9.4).
#[component]
pub fn AccountPage() -> impl IntoView {
    desk_page(Section::Account, load)
}

async fn load(cx: Cx) -> ApiResult<Content> {
    let typed = cx.visit.door.kept("password").await.unwrap_or_default();
    let open = cx.visit.door.sessions().await.unwrap_or_default();
    let view = view! {
        <div class="page-head">
            <h1>"My account"</h1>
            <p class="page-head__meta">{cx.actor.name.clone()} ", " {cx.frame.role.as_str()}</p>
        </div>
        <ErrorSummary typed=typed.clone() />
        {display(&cx)}
        {password(&cx, &typed)}
        {sessions(&cx, open)}
    };
    Ok(judged(Content::new("My account", view), &typed))
}

fn display(cx: &Cx) -> impl IntoView + use<> {
    let chosen = cx.visit.display.clone();
    let choices = |name: &'static str,
                   title: &'static str,
                   now: &'static str,
                   all: Vec<(&'static str, &'static str)>| {
        let radios = all.into_iter().map(move |(value, words)| {
            view! {
                <label class="choice">
                    <input type="radio" name=name value=value checked=value == now />
                    <span class="choice__text">{words}</span>
                </label>
            }
        });
        view! {
            <fieldset class="field">
                <legend class="field__label">{title}</legend>
                {radios.collect_view()}
            </fieldset>
        }
    };
    let themes = vec![("", "As the system has it"), ("light", "Light"), ("dark", "Dark")];
    let densities = vec![("", "Comfortable"), ("compact", "Compact")];
    let keys = vec![("", "On: keys such as 1, 2, Z and ? work outside text fields"), ("off", "Off")];
    view! {
        <section class="card">
            <h2 class="card__title">"Display and keyboard"</h2>
            <form class="stack" method="post" action="/act/account_save">
                <input type="hidden" name="school" value=cx.school.clone() />
                {choices("theme", "Theme", chosen.theme.unwrap_or_default(), themes)}
                {choices("density", "Density", chosen.density.unwrap_or_default(), densities)}
                {choices("keys", "Single keys", if chosen.no_single_keys { "off" } else { "" }, keys)}
                <div class="action-bar">
                    <button class="button button--primary" type="submit">
                        "Save for this browser"
                    </button>
                </div>
            </form>
            <Shortcuts role=cx.frame.role />
        </section>
    }
}

fn password(cx: &Cx, typed: &Typed) -> impl IntoView + use<> {
    view! {
        <section class="card">
            <h2 class="card__title">"Password"</h2>
            <form class="stack" method="post" action="/act/password_change">
                <input type="hidden" name="school" value=cx.school.clone() />
                <TextField
                    name="current_password"
                    label="Present password"
                    kind="password"
                    autocomplete="current-password"
                    problem=typed.problem("current_password")
                />
                <TextField
                    name="new_password"
                    label="New password"
                    help="At least 12 characters, 15 for admins; any characters."
                    kind="password"
                    autocomplete="new-password"
                    problem=typed.problem("new_password")
                />
                <div class="action-bar">
                    <button class="button" type="submit">
                        "Change the password"
                    </button>
                </div>
            </form>
        </section>
    }
}

fn sessions(cx: &Cx, open: Vec<SessionLine>) -> impl IntoView + use<> {
    let others = open.iter().any(|session| !session.is_this);
    let lines = open.into_iter().map(|session| {
        view! {
            <li>
                "Since " <Instant at=session.since /> ", last used " <Instant at=session.seen />
                {session.is_this.then_some(" (this one)")}
            </li>
        }
    });
    view! {
        <section class="card">
            <h2 class="card__title">"Where you are signed in"</h2>
            <ul>{lines.collect_view()}</ul>
            {others
                .then(|| {
                    view! {
                        <form method="post" action="/act/sessions_end">
                            <input type="hidden" name="school" value=cx.school.clone() />
                            <button class="button" type="submit">
                                "End my other sessions"
                            </button>
                        </form>
                    }
                })}
            <form method="post" action="/act/sign_out">
                <button class="button" type="submit">
                    "Sign out"
                </button>
            </form>
        </section>
    }
}
