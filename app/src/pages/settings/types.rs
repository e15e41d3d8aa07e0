use leptos::prelude::*;
use merge::Mode;

use crate::api::{SettingsEdit, SettingsView, TypeView, TypesEdit};
use crate::components::frame::Section;
use crate::components::response::Code;
use crate::components::settings_head::{Tab, anchor, draft_bar, head, may_change, problem, refused};
use crate::components::winner;
use crate::pages::desk::{Content, Cx, desk_page};

/// `/{school}/settings/types`: which record types are merged, in what order, and which side wins in each (UX 7.5.1).
#[component]
pub fn SettingsTypesPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let typed = refused(&settings, |edit| match edit {
            SettingsEdit::Types(edit) => Some(edit),
            _ => None,
        });
        let content = content(&cx, &settings, typed.as_ref());
        Ok(if typed.is_some() { content.with_status(Code::Invalid) } else { content })
    })
}

fn content(cx: &Cx, settings: &SettingsView, typed: Option<&TypesEdit>) -> Content {
    let problem = problem(settings.draft.as_ref(), typed.is_some());
    let help = view! { <p class="meta">"The order is worked out from what points at what: a merge takes each type after those it needs."</p> };
    let table = table(cx, settings, typed);
    let body = if may_change(cx) {
        let others = typed.is_some().then(|| {
            view! {
                <label class="choice">
                    <input type="checkbox" name="form[types][with_others]" value="true" />
                    <span class="choice__text">"Turn off what needs them, too"</span>
                </label>
            }
        });
        view! {
            <form class="stack" method="post" action="/act/settings_edit">
                <input type="hidden" name="school" value=cx.school.clone() />
                <input type="hidden" name="form[revision]" value=settings.shown() />
                // Without a ticked box nothing else would say which page this is.
                <input type="hidden" name="form[types][page]" value="types" />
                {table}
                {others}
                <div class="row">
                    <button class="button button--primary" type="submit">
                        "Keep in draft"
                    </button>
                </div>
            </form>
        }
        .into_any()
    } else {
        table
    };
    let view = view! {
        {head(cx, Tab::Types, "Record types", problem)}
        <div class="stack">{help} {body}</div>
        {draft_bar(cx, settings)}
    };
    Content::new("Record types", view)
}

fn table(cx: &Cx, settings: &SettingsView, typed: Option<&TypesEdit>) -> AnyView {
    let rows = settings.types.iter().zip(1..).map(|(one, place)| {
        let on = typed.map_or(one.enabled, |typed| typed.on.contains(&one.name));
        row(cx, one, place, on)
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption>"Record types in the order in which they are merged"</caption>
                <thead>
                    <tr>
                        <th scope="col">"#"</th>
                        <th scope="col">"On"</th>
                        <th scope="col">"Record type"</th>
                        <th scope="col">"Needs first"</th>
                        <th scope="col">"Which side wins"</th>
                        <th scope="col">"Exceptions"</th>
                        <th scope="col">"Which way"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &Cx, one: &TypeView, place: i32, on: bool) -> AnyView {
    let systems = &cx.frame.systems;
    let mode = one.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    let labels =
        |names: &[String]| names.iter().map(|name| cx.frame.type_label(name)).collect::<Vec<_>>().join(", ");
    let needs = if one.needs.is_empty() { "–".to_owned() } else { labels(&one.needs) };
    let needed = (!one.needed_by.is_empty())
        .then(|| view! { <span class="meta">" needed by " {labels(&one.needed_by)}</span> });
    let switch = if may_change(cx) {
        view! {
            <input
                type="checkbox"
                id=anchor(&format!("type.{}.enabled", one.name))
                name="form[types][on][]"
                value=one.name.clone()
                checked=on
                aria-label=format!("Merge {}", one.label)
            />
        }
        .into_any()
    } else {
        if on { "on" } else { "off" }.into_any()
    };
    let (mark, way) = winner::way(mode, systems);
    let both = one.exceptions > 0 || mode.always().is_none();
    let (mark, way) = if both { ("⇄", "both ways".to_owned()) } else { (mark, way) };
    view! {
        <tr>
            <td data-l="#">{place}</td>
            <td data-l="On">{switch}</td>
            <th scope="row">
                <a href=cx.at(&format!("settings/fields/{}", one.name))>{one.label.clone()}</a>
            </th>
            <td data-l="Needs first">{needs} {needed}</td>
            <td data-l="Which side wins">{winner::short(mode, systems)}</td>
            <td data-l="Exceptions">{one.exceptions}</td>
            <td data-l="Which way">
                <span aria-hidden="true">{mark} " "</span>
                {way}
            </td>
        </tr>
    }
    .into_any()
}
