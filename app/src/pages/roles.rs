use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, Right, Role};
use crate::components::frame::Section;

/// `/{school}/roles`: what each of the four roles may do. The table is the one that the server goes by (UX 4, RL 8.1).
#[component]
pub fn RolesPage() -> impl IntoView {
    desk_page(Section::People, |cx| async move { load(&cx) })
}

fn load(cx: &Cx) -> ApiResult<Content> {
    let rows = Right::ALL.into_iter().map(|right| {
        let cells = Role::ALL.into_iter().map(|role| {
            let (mark, word) = if role.may(right) { ("✓", "yes") } else { ("–", "no") };
            view! {
                <td data-l=role.as_str()>
                    <span aria-hidden="true">{mark}</span>
                    <span class="vh">{role.as_str()} ": " {word}</span>
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row">{ability(right)}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    let columns = Role::ALL.into_iter().map(|role| view! { <th scope="col">{role.as_str()}</th> });
    let view = view! {
        <p class="breadcrumbs">
            <a href=cx.at("people")>"People"</a>
        </p>
        <div class="page-head">
            <h1>"What each role may do"</h1>
        </div>
        <div class="table-frame" role="region" aria-label="Roles" tabindex="0">
            <table class="table">
                <caption>"The four roles are fixed. Each is given in one school, or in every one."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Ability"</th>
                        {columns.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    };
    Ok(Content::new("Roles", view))
}

/// A right in words for people.
#[must_use]
pub fn ability(right: Right) -> &'static str {
    match right {
        Right::See => "See overview, merge history, records and conflicts; download them",
        Right::Decide => "Decide conflicts, and take one's own decisions back",
        Right::Force => "Save anyway and Force apply, one record at a time",
        Right::EditRecords => "Edit records kept in Tiebreak itself",
        Right::RunTrial => "Run a trial merge",
        Right::Run => "Run a real merge, or stop one",
        Right::LiftLimits => "Approve a merge on hold; safety limits off for one merge",
        Right::ReadSettings => "See the settings",
        Right::ChangeSettings => "Change the settings",
        Right::ReadAudit => "See the activity of everybody, and download it",
        Right::ReadPeople => "See who may do what",
        Right::ManagePeople => "Invite people, change roles, remove people",
    }
}

/// What a change of role gives.
#[must_use]
pub fn gained(from: Role, to: Role) -> Vec<&'static str> {
    Right::ALL.into_iter().filter(|right| to.may(*right) && !from.may(*right)).map(ability).collect()
}

/// What a change of role takes.
#[must_use]
pub fn lost(from: Role, to: Role) -> Vec<&'static str> {
    gained(to, from)
}
