use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use super::outside::judged;
use crate::api::{ApiResult, InvitationLine, Page, PersonFilter, PersonLine, Right, Role};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::error_summary::ErrorSummary;
use crate::components::field::TextField;
use crate::components::filter::{select, words};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::pager::{self, Pager, Position};
use crate::door::Typed;

/// The parts of the query this page knows.
const KNOWN: [&str; 6] = ["q", "role", "per", "after", "before", "last"];

/// `/{school}/people`: who may do what here, and who is invited (UX 7.9.1).
#[component]
pub fn PeoplePage() -> impl IntoView {
    desk_page(Section::People, load)
}

async fn load(cx: Cx) -> ApiResult<Content> {
    let filter = PersonFilter {
        q: cx.query.get("q").map(|text| text.trim().to_owned()),
        role: Role::ALL.into_iter().find(|role| cx.query.get("role") == Some(role.as_str())),
    };
    let request = pager::request(&cx.query);
    let people = cx.api().list_people(&cx.actor, &cx.school, &filter, &request).await?;
    let invitations = cx.api().list_invitations(&cx.actor, &cx.school).await?;
    let may_manage = cx.frame.role.may(Right::ManagePeople);
    let made = cx.visit.door.kept("invited").await;
    let typed = cx.visit.door.kept("invite").await.unwrap_or_default();
    let position = Position::of(&people, request.limit);
    let view = view! {
        <div class="page-head">
            <h1>"People"</h1>
            <p class="page-head__meta">{counted(people.total, "person", "people")}</p>
            <p class="page-head__actions">
                <a href=cx.at("roles")>"What each role may do"</a>
            </p>
        </div>
        <ErrorSummary typed=typed.clone() />
        {made.map(|made| link(&cx, &made))}
        {search(&cx, &filter)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {list(&cx, people)}
        <Pager path=cx.at("people") query=cx.query.clone() position />
        {(!invitations.is_empty()).then(|| invited(invitations))}
        {may_manage.then(|| invite(&cx, &typed))}
    };
    Ok(judged(Content::new("People", view), &typed))
}

/// The link of an invitation. It is shown once: what the database keeps of it is a hash.
fn link(cx: &Cx, made: &Typed) -> impl IntoView + use<> {
    let address = format!("{}/invite/{}", cx.visit.origin, made.value("token"));
    view! {
        <section class="notice notice--ok" role="status">
            <span class="notice__mark" aria-hidden="true">
                "✓"
            </span>
            <div class="notice__text">
                <p>
                    "The invitation is made. Send this link to " <strong>{made.value("email")}</strong>
                    ". It works once, for seven days, and is not shown again."
                </p>
                <label class="field__label" for="invite-link">
                    "Link"
                </label>
                <input class="field__input mono" id="invite-link" type="text" readonly value=address />
            </div>
        </section>
    }
}

fn search(cx: &Cx, filter: &PersonFilter) -> AnyView {
    let roles = Role::ALL.into_iter().map(|role| (role.as_str().to_owned(), role.as_str().to_owned()));
    let role = filter.role.map(Role::as_str).unwrap_or_default();
    view! {
        <form class="filters" method="get" action=cx.at("people") role="search">
            <div class="filters__row">
                {words("q", "Name or e-mail", "search", filter.q.as_deref())}
                {select("role", "Role", "Any role", roles.collect(), role)}
                <button class="button" type="submit">
                    "Search"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn list(cx: &Cx, people: Page<PersonLine>) -> AnyView {
    if people.items.is_empty() {
        let all = cx.at("people");
        return view! {
            <EmptyState why=Nothing::Matches title="Nobody matches">
                <p>
                    <a href=all>"Clear filters"</a>
                </p>
            </EmptyState>
        }
        .into_any();
    }
    let only_you = people.total == 1 && people.items.iter().all(|person| person.id == cx.actor.id);
    let school = cx.school.clone();
    let rows = people.items.into_iter().map(move |person| row(&school, person)).collect_view();
    view! {
        {only_you.then(|| view! { <p>"Only you so far. Invite the people who decide conflicts."</p> })}
        <div class="table-frame" role="region" aria-label="People" tabindex="0">
            <table class="table">
                <caption>"People of this school, by e-mail"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"E-mail"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Scope"</th>
                        <th scope="col">"Last seen"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(school: &str, person: PersonLine) -> impl IntoView + use<> {
    let seen = match person.last_seen_at {
        Some(at) => view! { <Instant at /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/{school}/people/{}", person.id)>{person.name}</a>
            </th>
            <td data-l="E-mail">{person.email}</td>
            <td data-l="Role">{person.role.as_str()}</td>
            <td data-l="Scope">{scope(person.everywhere)}</td>
            <td data-l="Last seen">{seen}</td>
        </tr>
    }
}

/// Where a role holds, in words.
#[must_use]
pub fn scope(everywhere: bool) -> &'static str {
    if everywhere { "every school" } else { "this school" }
}

fn invited(invitations: Vec<InvitationLine>) -> impl IntoView {
    let rows = invitations.into_iter().map(|line| {
        view! {
            <tr>
                <th scope="row">{line.name}</th>
                <td data-l="E-mail">{line.email}</td>
                <td data-l="Role">{line.role.as_str()}</td>
                <td data-l="Scope">{scope(line.everywhere)}</td>
                <td data-l="Invited by">{line.invited_by}</td>
                <td data-l="Works until">
                    <Instant at=line.expires_at />
                </td>
            </tr>
        }
    });
    view! {
        <h2>"Invited, not here yet"</h2>
        <div class="table-frame" role="region" aria-label="Invited" tabindex="0">
            <table class="table">
                <caption class="vh">"Invitations that can still be used"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"E-mail"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Scope"</th>
                        <th scope="col">"Invited by"</th>
                        <th scope="col">"Works until"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn invite(cx: &Cx, typed: &Typed) -> impl IntoView + use<> {
    let chosen = typed.value("role");
    let roles = Role::ALL.into_iter().map(move |role| {
        let checked = if chosen.is_empty() { role == Role::Resolver } else { role.as_str() == chosen };
        view! {
            <label class="choice">
                <input type="radio" name="invite[role]" value=role.as_str() checked=checked />
                <span class="choice__text">{role.as_str()}</span>
            </label>
        }
    });
    let ticked = typed.value("everywhere") == "true";
    let everywhere = cx.actor.role_everywhere() == Some(Role::Admin);
    view! {
        <section class="card">
            <h2 class="card__title">"Invite somebody"</h2>
            <form class="stack" method="post" action="/act/invite">
                <input type="hidden" name="school" value=cx.school.clone() />
                <TextField
                    name="invite[email]"
                    label="E-mail"
                    kind="email"
                    value=typed.value("email")
                    problem=typed.problem("invite[email]")
                />
                <TextField
                    name="invite[name]"
                    label="Name"
                    value=typed.value("name")
                    problem=typed.problem("invite[name]")
                />
                <fieldset class="field">
                    <legend class="field__label">"Role"</legend>
                    {roles.collect_view()}
                </fieldset>
                {everywhere
                    .then(|| {
                        view! {
                            <label class="choice">
                                <input
                                    type="checkbox"
                                    name="invite[everywhere]"
                                    value="true"
                                    checked=ticked
                                />
                                <span class="choice__text">"In every school, also those to come"</span>
                            </label>
                        }
                    })}
                <div class="action-bar">
                    <button class="button button--primary" type="submit">
                        "Make the invitation"
                    </button>
                </div>
            </form>
        </section>
    }
}
