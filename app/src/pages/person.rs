use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use super::people::scope;
use super::roles::{gained, lost};
use crate::api::{ApiResult, PersonView, Role};
use crate::components::frame::Section;
use crate::components::instant::Instant;

/// `/{school}/people/{id}`: one person; admins change their role here, seeing what it gives and takes (UX 7.9).
#[component]
pub fn PersonPage() -> impl IntoView {
    desk_page(Section::People, load)
}

async fn load(cx: Cx) -> ApiResult<Content> {
    let id: String = cx.param("id")?;
    let person = cx.api().get_person(&cx.actor, &cx.school, &id).await?;
    let wanted = Role::ALL.into_iter().find(|role| cx.query.get("role") == Some(role.as_str()));
    let name = person.line.name.clone();
    let view = view! {
        <p class="breadcrumbs">
            <a href=cx.at("people")>"People"</a>
        </p>
        <div class="page-head">
            <h1>{name.clone()}</h1>
            <p class="page-head__meta">{person.is_you.then_some("This is you.")}</p>
        </div>
        {facts(&person)}
        {person.may_change.then(|| change(&cx, &person, wanted))}
        {person.may_change.then(|| remove(&cx, &person))}
    };
    Ok(Content::new(name, view))
}

fn facts(person: &PersonView) -> impl IntoView + use<> {
    let line = person.line.clone();
    let seen = match line.last_seen_at {
        Some(at) => view! { <Instant at /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <dl class="facts">
            <dt>"E-mail"</dt>
            <dd>{line.email}</dd>
            <dt>"Role"</dt>
            <dd>{line.role.as_str()} " in " {scope(line.everywhere)}</dd>
            <dt>"Here since"</dt>
            <dd>
                <Instant at=person.since />
            </dd>
            <dt>"Last seen"</dt>
            <dd>{seen}</dd>
        </dl>
    }
}

/// Two steps: choose the role, then see what it gives and takes, and save.
fn change(cx: &Cx, person: &PersonView, wanted: Option<Role>) -> AnyView {
    let here = cx.at(&format!("people/{}", person.line.id));
    let Some(wanted) = wanted.filter(|wanted| *wanted != person.line.role || person.may_give_everywhere)
    else {
        return choose(here, person.line.role).into_any();
    };
    let everywhere = person.may_give_everywhere.then(|| {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    name="change[everywhere]"
                    value="true"
                    checked=person.line.everywhere
                />
                <span class="choice__text">"In every school, also those to come"</span>
            </label>
        }
    });
    view! {
        <section class="card">
            <h2 class="card__title">"From " {person.line.role.as_str()} " to " {wanted.as_str()}</h2>
            {effect("Can from then on", gained(person.line.role, wanted))}
            {effect("Cannot any more", lost(person.line.role, wanted))}
            <p>"They are signed out everywhere and sign in anew."</p>
            <form class="stack" method="post" action="/act/role_set">
                <input type="hidden" name="school" value=cx.school.clone() />
                <input type="hidden" name="change[person]" value=person.line.id.clone() />
                <input type="hidden" name="change[role]" value=wanted.as_str() />
                {everywhere}
                <div class="action-bar">
                    <button class="button button--primary" type="submit">
                        "Make " {person.line.name.clone()} " " {wanted.as_str()}
                    </button>
                    <a href=here>"Leave it as it is"</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn choose(here: String, now: Role) -> impl IntoView {
    let roles = Role::ALL.into_iter().map(move |role| {
        view! {
            <label class="choice">
                <input type="radio" name="role" value=role.as_str() checked=role == now />
                <span class="choice__text">{role.as_str()}</span>
            </label>
        }
    });
    view! {
        <section class="card">
            <h2 class="card__title">"Change the role"</h2>
            <form class="stack" method="get" action=here>
                <fieldset class="field">
                    <legend class="field__label">"Role"</legend>
                    {roles.collect_view()}
                </fieldset>
                <div class="action-bar">
                    <button class="button" type="submit">
                        "Show what this changes"
                    </button>
                </div>
            </form>
        </section>
    }
}

fn effect(title: &'static str, abilities: Vec<&'static str>) -> Option<impl IntoView> {
    (!abilities.is_empty()).then(|| {
        let lines = abilities.into_iter().map(|ability| view! { <li>{ability}</li> });
        view! {
            <h3>{title}</h3>
            <ul>{lines.collect_view()}</ul>
        }
    })
}

fn remove(cx: &Cx, person: &PersonView) -> impl IntoView + use<> {
    view! {
        <section class="card card--danger">
            <h2 class="card__title">"Remove from this school"</h2>
            <p>
                "Their sessions end at once. Their name stays in decisions and in the list of activity. They can be invited again."
            </p>
            <form class="stack" method="post" action="/act/person_remove">
                <input type="hidden" name="school" value=cx.school.clone() />
                <input type="hidden" name="person" value=person.line.id.clone() />
                <label class="choice">
                    <input type="checkbox" name="sure" value="yes" required />
                    <span class="choice__text">{person.line.name.clone()} " loses their part in this school"</span>
                </label>
                <div class="action-bar">
                    <button class="button button--danger" type="submit">
                        "Remove " {person.line.name.clone()}
                    </button>
                </div>
            </form>
        </section>
    }
}
