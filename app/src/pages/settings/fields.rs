use leptos::prelude::*;
use merge::Mode;

use super::legend::legend;
use super::try_value;
use crate::api::{ApiError, FieldEdit, FieldRuleView, FieldsEdit, SettingsEdit, SettingsView, TypeView};
use crate::components::field_options::{blank_select, compare_select, mode_options};
use crate::components::frame::Section;
use crate::components::number::grouped;
use crate::components::response::Code;
use crate::components::setting_words as words;
use crate::components::settings_head::{Tab, anchor, draft_bar, head, may_change, problem, refused};
use crate::components::winner;
use crate::pages::conflicts::field_label;
use crate::pages::desk::{Content, Cx, desk_page};
use crate::query::Query;

/// `/{school}/settings/fields/{type}`: which side wins in each field of a type (UX 7.5.2).
#[component]
pub fn SettingsFieldsPage() -> impl IntoView {
    desk_page(Section::Settings, |cx| async move {
        let name: String = cx.param("type")?;
        let settings = cx.api().get_settings(&cx.actor, &cx.school).await?;
        let found = settings.types.iter().find(|one| one.name == name).cloned();
        let one = found.ok_or_else(|| ApiError::NotFound { what: format!("type {name}") })?;
        let typed = refused(&settings, |edit| match edit {
            SettingsEdit::Fields(edit) if edit.merge_type == name => Some(edit),
            _ => None,
        });
        let tried = match try_value::asked(&cx.query, &name) {
            Some(values) => Some((cx.api().try_value(&cx.actor, &cx.school, &values).await?, values)),
            None => None,
        };
        let values = tried.as_ref().map(|(_, values)| values.clone());
        let trial = try_value::form(&cx, &one, values.unwrap_or_default(), tried.map(|(answer, _)| answer));
        let content = content(&cx, &settings, &one, typed.as_ref(), trial);
        Ok(if typed.is_some() { content.with_status(Code::Invalid) } else { content })
    })
}

/// The part of the address that says which fields are shown; it stays from page to page.
fn showing(cx: &Cx) -> Query {
    cx.query.get("show").map(|show| Query::default().with("show", show)).unwrap_or_default()
}

/// Which fields are shown.
fn shows(cx: &Cx, field: &FieldRuleView) -> bool {
    match cx.query.get("show") {
        Some("exceptions") => field.is_exception(),
        Some("conflicts") => field.open_conflicts > 0,
        _ => true,
    }
}

fn content(
    cx: &Cx,
    settings: &SettingsView,
    one: &TypeView,
    typed: Option<&FieldsEdit>,
    trial: AnyView,
) -> Content {
    let title = format!("Which side wins: {}", one.label);
    let matrix = matrix(cx, one, typed);
    let body = if may_change(cx) {
        form(cx, settings.shown(), one, typed, matrix)
    } else {
        read_only(cx, one, matrix)
    };
    let view = view! {
        {head(cx, Tab::Fields, &title, problem(settings.draft.as_ref(), typed.is_some()))}
        <div class="stack">
            <p class="meta">"Also called the source of truth."</p>
            {types(cx, settings, one)}
            {shown(cx, one)}
            {unique(one)}
            {body}
            {legend(cx)}
            {trial}
        </div>
        {draft_bar(cx, settings)}
    };
    Content::new(title, view)
}

/// Links to the other types, and to all of them as one grid.
fn types(cx: &Cx, settings: &SettingsView, current: &TypeView) -> AnyView {
    let links = settings.types.iter().map(|one| {
        let chosen = one.name == current.name;
        view! {
            <li>
                <a
                    class=if chosen { "chip chip--on" } else { "chip" }
                    href=showing(cx).at(&cx.at(&format!("settings/fields/{}", one.name)))
                    aria-current=chosen.then_some("page")
                >
                    {one.label.clone()}
                </a>
            </li>
        }
    });
    view! {
        <ul class="chips" aria-label="Record type">
            {links.collect_view()}
            <li>
                <a class="chip" href=cx.at("settings/fields")>
                    "All as one grid"
                </a>
            </li>
        </ul>
    }
    .into_any()
}

/// What no two records may share; it is set in the file of the settings.
fn unique(one: &TypeView) -> Option<AnyView> {
    let set =
        |paths: &Vec<String>| paths.iter().map(|path| field_label(path)).collect::<Vec<_>>().join(" with ");
    let sets: Vec<String> = one.unique.iter().map(set).collect();
    let words = format!("No two records may have the same: {}.", sets.join("; "));
    (!sets.is_empty()).then(|| view! { <p class="meta">{words}</p> }.into_any())
}

fn shown(cx: &Cx, one: &TypeView) -> AnyView {
    let path = cx.at(&format!("settings/fields/{}", one.name));
    let now = cx.query.get("show").unwrap_or_default().to_owned();
    let contested = one.fields.iter().filter(|field| field.open_conflicts > 0).count();
    let choice = |show: &str, words: String| {
        let chosen = now == show;
        let address = if show.is_empty() { path.clone() } else { format!("{path}?show={show}") };
        view! {
            <li>
                <a class=if chosen { "chip chip--on" } else { "chip" } href=address aria-current=chosen.then_some("true")>
                    {words}
                </a>
            </li>
        }
    };
    view! {
        <ul class="chips" aria-label="Show">
            {choice("", format!("All {}", one.fields.len()))}
            {choice("exceptions", format!("Exceptions only {}", one.exceptions))}
            {choice("conflicts", format!("With open conflicts {contested}"))}
        </ul>
    }
    .into_any()
}

fn form(cx: &Cx, revision: i64, one: &TypeView, typed: Option<&FieldsEdit>, matrix: AnyView) -> AnyView {
    let own = if one.own_mode { one.mode.clone() } else { String::new() };
    let mode = typed.map_or(own, |typed| typed.mode.clone());
    let systems = &cx.frame.systems;
    let ticked = typed.map_or("", |typed| typed.ticked_mode.as_str());
    let inherited = format!("nothing set: {}", winner::words(Mode::Manual, systems));
    view! {
        <form class="stack" method="post" action="/act/settings_edit">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="form[revision]" value=revision />
            <input type="hidden" name="form[fields][merge_type]" value=one.name.clone() />
            <input type="hidden" name="form[show]" value=cx.query.get("show").unwrap_or_default().to_owned() />
            <div class="field">
                <label class="field__label" for=anchor(&format!("type.{}.mode", one.name))>
                    {format!("Default for {}", one.label)}
                </label>
                <select
                    class="field__input"
                    id=anchor(&format!("type.{}.mode", one.name))
                    name="form[fields][mode]"
                >
                    {mode_options(&mode, &inherited, false, systems)}
                </select>
            </div>
            {matrix}
            <div class="field">
                <label class="field__label" for="ticked-mode">
                    "Set ticked rows to"
                </label>
                <select class="field__input" id="ticked-mode" name="form[fields][ticked_mode]">
                    <option value="">"leave them as chosen above"</option>
                    <option value="same" selected=ticked == "same">
                        {format!("same as {}", one.label)}
                    </option>
                    {mode_options(ticked, "", false, systems)}
                </select>
            </div>
            <div class="row">
                <button class="button button--primary" type="submit">
                    "Keep in draft"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn read_only(cx: &Cx, one: &TypeView, matrix: AnyView) -> AnyView {
    let mode = one.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    view! {
        <p>
            {format!("Default for {}: ", one.label)} <strong>{winner::words(mode, &cx.frame.systems)}</strong>
        </p>
        {matrix}
    }
    .into_any()
}

fn matrix(cx: &Cx, one: &TypeView, typed: Option<&FieldsEdit>) -> AnyView {
    let shown: Vec<&FieldRuleView> = one.fields.iter().filter(|field| shows(cx, field)).collect();
    if shown.is_empty() {
        let default = one.mode.parse::<Mode>().unwrap_or(Mode::Manual);
        let words = match cx.query.get("show") {
            Some("conflicts") => "No field has open conflicts.".to_owned(),
            _ => format!(
                "No exceptions yet. Every field follows the default: {}.",
                winner::words(default, &cx.frame.systems)
            ),
        };
        return view! { <p>{words}</p> }.into_any();
    }
    let tick = may_change(cx).then(|| view! { <th scope="col">"Tick"</th> });
    let rows = shown.into_iter().enumerate().map(|(at, field)| {
        let typed = typed.and_then(|typed| typed.rows.iter().find(|row| row.name == field.name));
        let own = typed.unwrap_or(&field.own);
        if may_change(cx) { row(cx, one, field, own, at) } else { text_row(cx, one, field) }
    });
    view! {
        <div class="table-frame">
            <table class="table matrix">
                <caption>{format!("Fields of {}", one.label)}</caption>
                <thead>
                    <tr>
                        {tick}
                        <th scope="col">"Field"</th>
                        <th scope="col">"Which side wins"</th>
                        <th scope="col">"Way"</th>
                        <th scope="col">"Empty values"</th>
                        <th scope="col">"Compare as"</th>
                        <th scope="col">"Open conflicts"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What the select of a field says where nothing is chosen for it.
fn inherited(cx: &Cx, one: &TypeView) -> String {
    let mode = one.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    format!("same as {}: {}", one.label, winner::short(mode, &cx.frame.systems))
}

fn row(cx: &Cx, one: &TypeView, field: &FieldRuleView, own: &FieldEdit, at: usize) -> AnyView {
    let systems = &cx.frame.systems;
    let name = |member: &str| format!("form[fields][rows][{at}][{member}]");
    let label = |what: &str| format!("{}: {what}", field.name);
    let place = anchor(&format!("type.{}.field.{}.mode", one.name, field.name));
    let winner = if field.one_way.is_some() {
        fixed(cx, field)
    } else {
        view! {
            <select class="field__input" id=place name=name("mode") aria-label=label("which side wins")>
                {mode_options(&own.mode, &inherited(cx, one), !field.key, systems)}
            </select>
            {exception(field)}
        }
        .into_any()
    };
    view! {
        <tr data-exception=field.is_exception().then_some("true")>
            <td data-l="Tick">
                <input type="hidden" name=name("name") value=field.name.clone() />
                {field
                    .one_way
                    .is_none()
                    .then(|| {
                        view! {
                            <input
                                type="checkbox"
                                name=name("ticked")
                                value="true"
                                checked=own.ticked
                                aria-label=label("tick")
                            />
                        }
                    })}
            </td>
            <th scope="row">{title(field)}</th>
            <td data-l="Which side wins" class="table__wide">
                {winner}
            </td>
            <td data-l="Way" class="matrix__way">
                {way(cx, field)}
            </td>
            <td data-l="Empty values" class="table__wide">
                {blank_select(&name("blank"), &label("empty values"), &own.blank, one, systems)}
            </td>
            <td data-l="Compare as" class="table__wide">
                {compare_select(&name("compare"), &label("compare as"), &own.compare, one)}
            </td>
            <td data-l="Open conflicts">{conflicts(cx, one, field)}</td>
        </tr>
    }
    .into_any()
}

fn text_row(cx: &Cx, one: &TypeView, field: &FieldRuleView) -> AnyView {
    let systems = &cx.frame.systems;
    let (ours, theirs) = &one.blank;
    let blank = if field.own.blank.is_empty() { format!("{ours},{theirs}") } else { field.own.blank.clone() };
    let compare = if field.own.compare.is_empty() { &one.compare } else { &field.own.compare };
    view! {
        <tr data-exception=field.is_exception().then_some("true")>
            <th scope="row">{title(field)}</th>
            <td data-l="Which side wins">{fixed(cx, field)} " " {exception(field)}</td>
            <td data-l="Way" class="matrix__way">
                {way(cx, field)}
            </td>
            <td data-l="Empty values">{words::blanks(&blank, systems)}</td>
            <td data-l="Compare as">{words::compare(compare)}</td>
            <td data-l="Open conflicts">{conflicts(cx, one, field)}</td>
        </tr>
    }
    .into_any()
}

fn title(field: &FieldRuleView) -> AnyView {
    let notes = [
        field.key.then(|| "key".to_owned()),
        field.group.as_ref().map(|group| format!("settled together as {group}")),
        (!field.inside.is_empty()).then(|| format!("with rules inside: {}", field.inside.join(", "))),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    view! {
        {field.name.clone()}
        " "
        <span class="meta">
            {field.kind.clone()} {notes.into_iter().map(|note| format!(", {note}")).collect::<String>()}
        </span>
    }
    .into_any()
}

/// Who wins, as text.
fn fixed(cx: &Cx, field: &FieldRuleView) -> AnyView {
    let systems = &cx.frame.systems;
    let mode = field.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    let why = match field.one_way.as_deref() {
        Some("in") => format!(" (only read from {})", systems.theirs),
        Some(_) => format!(" (only written to {})", systems.theirs),
        None => String::new(),
    };
    let words = if field.apart { "kept apart".to_owned() } else { winner::words(mode, systems) };
    view! { <span>{words} {why}</span> }.into_any()
}

fn exception(field: &FieldRuleView) -> Option<AnyView> {
    field.is_exception().then(|| {
        view! {
            <span class="matrix__exception">
                <span aria-hidden="true">"≠ "</span>
                "exception"
            </span>
        }
        .into_any()
    })
}

fn way(cx: &Cx, field: &FieldRuleView) -> AnyView {
    let mode = field.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    let (mark, words) =
        if field.apart { ("–", "kept apart".to_owned()) } else { winner::way(mode, &cx.frame.systems) };
    view! {
        <span aria-hidden="true">{mark}</span>
        <span class="vh">{words}</span>
    }
    .into_any()
}

fn conflicts(cx: &Cx, one: &TypeView, field: &FieldRuleView) -> AnyView {
    if field.open_conflicts == 0 {
        return "0".into_any();
    }
    let query = Query::default().with("type", &one.name).with("field", &field.name);
    view! { <a href=query.at(&cx.at("conflicts"))>{grouped(field.open_conflicts)}</a> }.into_any()
}
