use leptos::prelude::*;

use super::conflict::conflict_address;
use super::conflicts::field_label;
use super::desk::{Content, Cx, desk_page};
use crate::api::{FieldForm, FieldView, ForceView};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::notice::Notice;
use crate::components::number::counted;
use crate::components::response::Code;
use crate::components::text_area::TextArea;
use crate::components::value::ValueText;
use crate::values::{self, same, seen};

/// `/{school}/conflicts/{number}/force`: what would be written over, before it is (UX 7.4.8).
#[component]
pub fn ForcePage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let number = cx.param("number")?;
        let force = cx.api().open_force(&cx.actor, &cx.school, number).await?;
        Ok(content(&cx, &force))
    })
}

/// A field with the person's choice for it.
struct Chosen<'f> {
    field: &'f FieldView,
    choice: FieldForm,
    /// What will be written, JSON text; none clears it.
    wanted: Option<String>,
}

fn content(cx: &Cx, force: &ForceView) -> Content {
    let label = force.open.view.line.label.clone();
    let title = format!("Force apply: {label}");
    let returned = force.open.draft.as_ref().filter(|draft| cx.query.get("draft") == Some(draft.id.as_str()));
    let moved = returned.is_some_and(|draft| draft.revision != force.open.view.revision);
    let problems: Vec<String> = returned
        .map(|draft| draft.problems.iter().map(|(_, text)| text.clone()).collect())
        .unwrap_or_default();
    let is_open = matches!(force.open.view.line.status.as_str(), "open" | "snoozed");
    let body = if is_open { form(cx, force, moved, &problems) } else { nothing(cx, force) };
    let content = Content::new(
        title.clone(),
        view! {
            <header class="page-head">
                <h1>{title}</h1>
                <p class="page-head__meta">{format!("Conflict {}", force.open.view.line.number)}</p>
            </header>
            {body}
        },
    );
    match (moved, problems.is_empty()) {
        (true, _) => content.with_status(Code::Conflict),
        (false, false) => content.with_status(Code::Invalid),
        (false, true) => content,
    }
}

fn nothing(cx: &Cx, force: &ForceView) -> AnyView {
    view! {
        <Notice>"There is nothing to force: the conflict is decided, or both sides agree by now."</Notice>
        <p>
            <a href=conflict_address(&cx.school, force.open.view.line.number, "")>"Back to the conflict"</a>
        </p>
    }
    .into_any()
}

fn chosen<'f>(force: &'f ForceView, asked: &'f [FieldView]) -> Vec<Chosen<'f>> {
    let drafted = force.open.draft.as_ref().map(|draft| draft.choices.as_slice()).unwrap_or_default();
    let of = |field: &'f FieldView| {
        let choice = drafted.iter().find(|choice| choice.path == field.path).cloned().unwrap_or_default();
        let wanted = match choice.choose.as_deref() {
            Some("theirs") => field.theirs.clone(),
            Some("ours") => field.ours.clone(),
            Some("base") => field.base.clone(),
            Some("other") => {
                values::read(&field.kind, &choice.value).ok().flatten().map(|value| value.to_json())
            }
            _ => None,
        };
        Chosen { field, choice, wanted }
    };
    asked.iter().map(of).collect()
}

fn form(cx: &Cx, force: &ForceView, moved: bool, problems: &[String]) -> AnyView {
    let systems = &cx.frame.systems;
    let view = &force.open.view;
    let asked = view.asked();
    let chosen = chosen(force, &asked);
    let back = conflict_address(&cx.school, view.line.number, "");
    let undecided = chosen.iter().any(|one| one.choice.choose.is_none());
    let is_whole = view.is_about_existence();
    let (over_theirs, over_ours) =
        (count(&chosen, |field| &field.theirs), count(&chosen, |field| &field.ours));
    let rows = chosen.iter().map(|one| row(cx, one));
    let note = if moved {
        Some(
            "The record moved again. Nothing was written. These are the newest values; look at them and tick again.",
        )
    } else {
        None
    };
    let errors =
        problems.iter().map(|problem| view! { <li>{format!("This decision {problem}")}</li> }).collect_view();
    let summary = (!problems.is_empty()).then(|| {
        view! {
            <div class="error-summary" tabindex="-1" autofocus role="alert">
                <h2 class="error-summary__title">"Nothing was written"</h2>
                <ul>{errors}</ul>
            </div>
        }
    });
    let act = if undecided {
        view! {
            <Notice>"Choose a value for each field first, and save; then come back here."</Notice>
            <p>
                <a class="button button--primary" href=back.clone()>
                    "Choose values"
                </a>
            </p>
        }
        .into_any()
    } else if !force.is_fresh {
        view! { <Notice>"These values are older than a minute. Read both systems again before you force anything."</Notice> }
            .into_any()
    } else {
        let count = if is_whole { 1 } else { over_theirs + over_ours };
        confirm(cx, force, &chosen, count, &back)
    };
    view! {
        {summary}
        {note.map(|note| view! { <Notice>{note}</Notice> })}
        <p>
            "This writes your choice even if the other system says that somebody changed the record meanwhile. Their change is              lost there. Checks of the other system, safety limits and roles still hold."
        </p>
        {reading(cx, force)}
        <div class="table-frame" role="region" aria-label="What will be written" tabindex="0">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">{format!("■ In {} now", systems.theirs)}</th>
                        <th scope="col">{format!("● In {} now", systems.ours)}</th>
                        <th scope="col">"Will be written"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p>
            {format!(
                "Overwritten: {} in ■ {}, {} in ● {}. They are kept in Activity and can be written back for 30 days.",
                counted(over_theirs, "value", "values"),
                systems.theirs,
                counted(over_ours, "value", "values"),
                systems.ours,
            )}
        </p>
        {act}
    }
    .into_any()
}

/// Values that a side holds and that will be something else.
fn count(chosen: &[Chosen<'_>], held: impl Fn(&FieldView) -> &Option<String>) -> usize {
    let is_written_over = |one: &&Chosen<'_>| {
        one.choice.choose.is_some() && !same(held(one.field).as_deref(), one.wanted.as_deref())
    };
    chosen.iter().filter(is_written_over).count()
}

fn row(cx: &Cx, one: &Chosen<'_>) -> AnyView {
    let systems = &cx.frame.systems;
    let has_moved = one.choice.choose.is_some()
        && (one.choice.saw_ours != seen(one.field.ours.as_deref())
            || one.choice.saw_theirs != seen(one.field.theirs.as_deref()));
    let moved =
        has_moved.then(|| view! { " " <span class="chip chip--on">"changed since you looked"</span> });
    let wanted = match (&one.choice.choose, one.field.path.is_empty()) {
        (None, _) => "(no choice)".into_any(),
        (Some(choice), true) => view! { <span>{whole(cx, choice)}</span> }.into_any(),
        (Some(_), false) => view! { <ValueText json=one.wanted.clone() /> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{field_label(&one.field.path)} {moved}</th>
            <td data-l=systems.theirs.clone()>
                <ValueText json=one.field.theirs.clone() />
            </td>
            <td data-l=systems.ours.clone()>
                <ValueText json=one.field.ours.clone() />
            </td>
            <td data-l="Will be written">{wanted}</td>
        </tr>
    }
    .into_any()
}

fn whole(cx: &Cx, choice: &str) -> String {
    match choice {
        "theirs" => format!("as in ■ {}", cx.frame.systems.theirs),
        "ours" => format!("as in ● {}", cx.frame.systems.ours),
        _ => "as last agreed".to_owned(),
    }
}

/// How new the values are, and the way to newer ones.
fn reading(cx: &Cx, force: &ForceView) -> AnyView {
    let text = match (force.read_at, &force.error) {
        (_, Some(error)) => {
            view! { <Notice>{format!("The record could not be read again: {error}. Nothing was written.")}</Notice> }
                .into_any()
        }
        (Some(at), None) => view! { <p>"Both systems were read again " <Instant at /> "."</p> }.into_any(),
        (None, None) => view! { <p>"The record has not been read again yet."</p> }.into_any(),
    };
    let here = cx.at(&format!("conflicts/{}/force", force.open.view.line.number));
    view! {
        {text}
        <form class="row" method="post" action="/act/read_again">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="decision[conflict]" value=force.open.view.line.number />
            <input type="hidden" name="decision[revision]" value=force.open.view.revision.clone() />
            <button class="button" type="submit">
                "Read again"
            </button>
            <a href=here>"Refresh"</a>
        </form>
    }
    .into_any()
}

fn confirm(cx: &Cx, force: &ForceView, chosen: &[Chosen<'_>], count: usize, back: &str) -> AnyView {
    let view = &force.open.view;
    let hidden = |index: usize, name: &'static str, value: String| {
        view! { <input type="hidden" name=format!("decision[choices][{index}][{name}]") value=value /> }
    };
    let choices = chosen.iter().enumerate().map(|(index, one)| {
        view! {
            {hidden(index, "path", one.field.path.clone())}
            {hidden(index, "choose", one.choice.choose.clone().unwrap_or_default())}
            {hidden(index, "value", one.choice.value.clone())}
            {hidden(index, "saw_ours", seen(one.field.ours.as_deref()))}
            {hidden(index, "saw_theirs", seen(one.field.theirs.as_deref()))}
        }
    });
    let what = counted(count, "value", "values");
    view! {
        <form class="confirm confirm--danger" method="post" action="/act/force_apply">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="decision[conflict]" value=view.line.number />
            <input type="hidden" name="decision[revision]" value=view.revision.clone() />
            <input type="hidden" name="decision[force]" value="yes" />
            {choices.collect_view()}
            <p class="confirm__way-out">
                <a href=back.to_owned()>"Go back, change nothing"</a>
            </p>
            <div class="field">
                <label class="field__label" for="reason">
                    "Why is this right?"
                </label>
                <p class="field__help" id="reason-help">
                    "3 to 500 characters; shown in Activity and in the history of the conflict."
                </p>
                <TextArea
                    id="reason"
                    name="decision[reason]"
                    text=force.open.draft.as_ref().and_then(|draft| draft.reason.clone()).unwrap_or_default()
                    rows=3
                    described_by="reason-help"
                />
            </div>
            <label class="choice">
                <input type="checkbox" name="decision[confirm]" value="yes" />
                <span class="choice__text">{format!("I have seen that {what} will be overwritten")}</span>
            </label>
            <p class="confirm__act">
                <button class="button button--danger" type="submit">
                    {format!("Force apply to {what}")}
                </button>
            </p>
        </form>
    }
    .into_any()
}
