use leptos::prelude::*;

use super::desk::Content;
use super::outside::{Outside, elsewhere, judged, outside_page};
use crate::api::{Actor, Role};
use crate::components::error_summary::ErrorSummary;
use crate::components::field::TextField;
use crate::components::text_area::TextArea;
use crate::door::{DoorError, SetupStep, Typed};

const STEPS: [&str; 3] = ["Set-up code", "Your account", "The school"];

/// `/setup`: the first run, while there is nobody; and for the admin who is in it, until there is a school (UX 7.1).
#[component]
pub fn SetupPage() -> impl IntoView {
    outside_page(load)
}

async fn load(page: Outside) -> Result<Option<Content>, DoorError> {
    let step = page.visit.door.setup().await?;
    let typed = page.visit.door.kept("setup").await.unwrap_or_default();
    let content = match (step, &page.visit.actor) {
        (SetupStep::Code, _) => Content::new("Set up Tiebreak", code(&typed)),
        (SetupStep::Account, _) => Content::new("Set up Tiebreak: your account", account(&typed)),
        (SetupStep::Done, Some(actor)) if is_admin_of_all(actor) => match first_school(&page, actor).await {
            Ok(None) => Content::new("Set up Tiebreak: the school", school(&typed)),
            Ok(Some(slug)) => return Ok(Some(elsewhere(&format!("/{slug}/overview")))),
            Err(error) => return Err(error),
        },
        (SetupStep::Done, _) => return Ok(None),
    };
    Ok(Some(judged(content, &typed)))
}

fn is_admin_of_all(actor: &Actor) -> bool {
    actor.roles.iter().any(|(slug, role)| slug == "*" && *role == Role::Admin)
}

/// With a school there is nothing left to set up here.
async fn first_school(page: &Outside, actor: &Actor) -> Result<Option<String>, DoorError> {
    let schools = page.visit.api.list_schools(actor).await;
    let schools = schools.map_err(|error| DoorError::NotNow(error.to_string()))?;
    Ok(schools.into_iter().next().map(|school| school.slug))
}

fn head(step: usize, typed: &Typed) -> impl IntoView + use<> {
    let items = STEPS.into_iter().enumerate().map(move |(place, name)| {
        let done = (place < step).then_some(" ✓ done");
        view! {
            <li class="steps__item" aria-current=(place == step).then_some("step")>
                {name}
                {done}
            </li>
        }
    });
    view! {
        <h1>"Set up Tiebreak"</h1>
        <p>"Step " {step + 1} " of " {STEPS.len()} ": " {STEPS[step]}</p>
        <ol class="steps">{items.collect_view()}</ol>
        <ErrorSummary typed=typed.clone() />
    }
}

fn code(typed: &Typed) -> impl IntoView + use<> {
    view! {
        {head(0, typed)}
        <form class="stack" method="post" action="/act/setup_code">
            <TextField
                name="code"
                label="Set-up code"
                help="The server printed it when it started. It works once, within 30 minutes."
                autocomplete="one-time-code"
                problem=typed.problem("code")
            />
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Go on"
                </button>
            </div>
        </form>
    }
}

fn account(typed: &Typed) -> impl IntoView + use<> {
    view! {
        {head(1, typed)}
        <form class="stack" method="post" action="/act/setup_account">
            <TextField
                name="name"
                label="Name"
                help="Decisions and the list of activity carry it."
                autocomplete="name"
                value=typed.value("name")
                problem=typed.problem("name")
            />
            <TextField
                name="email"
                label="E-mail"
                kind="email"
                autocomplete="username"
                value=typed.value("email")
                problem=typed.problem("email")
            />
            <TextField
                name="password"
                label="Password"
                help="At least 15 characters, any characters."
                kind="password"
                autocomplete="new-password"
                problem=typed.problem("password")
            />
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Create admin account"
                </button>
            </div>
        </form>
    }
}

fn school(typed: &Typed) -> impl IntoView + use<> {
    let problem = typed.problem("document");
    view! {
        {head(2, typed)}
        <p>
            "A school is set up from one file: its two systems, its record types, which side wins, when the night runs. The README of Tiebreak has an example. Secrets do not go into it, only their names."
        </p>
        <form class="stack" method="post" action="/act/setup_school">
            <div class="field">
                <label class="field__label" for="field-document">
                    "Settings file (TOML)"
                </label>
                {problem
                    .clone()
                    .map(|problem| view! { <p class="field__error" id="field-document-error">{problem}</p> })}
                <TextArea
                    id="field-document"
                    name="document"
                    text=typed.value("document")
                    rows=20
                    invalid=problem.is_some()
                    described_by=problem.map(|_| "field-document-error").unwrap_or_default()
                />
            </div>
            <div class="action-bar">
                <button class="button button--primary" type="submit">
                    "Set the school up"
                </button>
            </div>
        </form>
        <p class="meta">
            "Or at the command line: " <code>"tiebreak settings import FILE.toml"</code>
        </p>
    }
}
