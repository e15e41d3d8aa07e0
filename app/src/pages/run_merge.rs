use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::actions::LIMITS_OFF;
use crate::api::{ApiResult, Right, StartView};
use crate::components::error_summary;
use crate::components::frame::Section;
use crate::components::response::Code;

/// `/{school}/merges/new`: ask for a merge (UX 7.6).
#[component]
pub fn RunMergePage() -> impl IntoView {
    desk_page(Section::RunMerge, |cx| async move {
        let start = cx.api().get_start(&cx.actor, &cx.school).await?;
        let typed = cx.visit.door.kept("words").await.unwrap_or_default();
        content(&cx, &start, &typed.value("typed"))
    })
}

fn content(cx: &Cx, start: &StartView, typed: &str) -> ApiResult<Content> {
    let error = cx.query.get("error");
    // Without a type there is nothing to ask about yet: the form comes back first.
    let complete = error != Some("types");
    let off = complete && cx.query.get("limits") == Some("off") && cx.frame.role.may(Right::LiftLimits);
    let view = if off { confirm(cx, start, error.is_some(), typed) } else { form(cx, start, error) };
    let content = Content::new("Run a merge", view);
    Ok(if error.is_some() { content.with_status(Code::Invalid) } else { content })
}

fn summary(text: &'static str, place: &'static str) -> AnyView {
    error_summary::summary("No merge was started", [(Some(place.to_owned()), text.to_owned())], ())
}

/// A merge that is at work or waits: the new one begins after it.
fn running(cx: &Cx, start: &StartView) -> Option<AnyView> {
    let now = start.now.as_ref().filter(|now| now.merge > 0)?;
    let text = match now.state.as_str() {
        "held" => {
            "A real merge that you start now ends it unwritten and plans anew. A trial does not touch it."
        }
        _ => "What you start now begins when it has ended.",
    };
    Some(
        view! {
            <div class="notice notice--info">
                <span class="notice__mark" aria-hidden="true">
                    "⟳"
                </span>
                <p class="notice__text">
                    {now.text.clone()} " " {text} " "
                    <a href=cx.at(&format!("merges/{}", now.merge))>"See merge #" {now.merge}</a>
                </p>
            </div>
        }
        .into_any(),
    )
}

fn radio(
    name: &'static str,
    value: &'static str,
    checked: bool,
    words: &'static str,
    help: String,
) -> AnyView {
    view! {
        <label class="choice">
            <input type="radio" name=name value=value checked=checked />
            <span class="choice__text">{words} <span class="choice__help">{help}</span></span>
        </label>
    }
    .into_any()
}

fn usually(minutes: Option<i64>) -> String {
    match minutes {
        Some(0) => " Usually under a minute.".to_owned(),
        Some(minutes) => format!(" Usually {minutes} min."),
        None => String::new(),
    }
}

fn form(cx: &Cx, start: &StartView, error: Option<&str>) -> AnyView {
    let role = cx.frame.role;
    let real = role.may(Right::Run);
    let chosen_real = real && cx.query.get("kind") == Some("manual");
    let systems = &cx.frame.systems;
    let how = real.then(|| {
        let help = format!("Writes to {} and {}.{}", systems.theirs, systems.ours, usually(start.usual));
        radio("form[kind]", "manual", chosen_real, "Real merge", help)
    });
    let limits_off = cx.query.get("limits") == Some("off");
    let limits = role.may(Right::LiftLimits).then(|| {
        view! {
            <fieldset class="field">
                <legend class="field__label">"Safety limits"</legend>
                {radio("form[limits]", "on", !limits_off, "On", "A type with too many changes waits, the rest goes on.".to_owned())}
                {radio(
                    "form[limits]",
                    "off",
                    limits_off,
                    "Off for this merge",
                    "A page asks for the reason first. They come back on by themselves.".to_owned(),
                )}
            </fieldset>
        }
    });
    let wrong = (error == Some("types"))
        .then(|| summary("Choose at least one record type, or all of them.", "types"));
    let only = (!real).then(|| view! { <p class="meta">"Only leads and admins can start a real merge."</p> });
    view! {
        <div class="page-head">
            <h1>"Run a merge"</h1>
            <p class="page-head__meta">"Everything is read and compared anew, with the settings as saved (revision " {start.settings_revision} ")."</p>
        </div>
        {wrong}
        {running(cx, start)}
        <form class="stack" method="post" action="/act/merge_start">
            <input type="hidden" name="school" value=cx.school.clone() />
            <fieldset class="field">
                <legend class="field__label">"How"</legend>
                {radio(
                    "form[kind]",
                    "trial",
                    !chosen_real,
                    "Trial merge",
                    format!("Reads and compares. Nothing is saved in either system.{}", usually(start.usual_trial)),
                )}
                {how}
            </fieldset>
            {only}
            {types(cx, start, error == Some("types"))}
            {limits}
            <div class="row">
                <button class="button button--primary" type="submit">
                    "Start the merge"
                </button>
                <a href=cx.at("merges")>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn types(cx: &Cx, start: &StartView, wrong: bool) -> AnyView {
    let ticked = cx.query.list("type");
    let chosen = cx.query.get("what") == Some("chosen");
    let boxes = start.types.iter().map(|one| {
        let needs = (!one.needs.is_empty()).then(|| format!("Takes along what it needs: {}.", one.needs.join(", ")));
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    name="form[types][]"
                    value=one.name.clone()
                    checked=ticked.contains(&one.name)
                />
                <span class="choice__text">
                    {one.label.clone()} {needs.map(|needs| view! { <span class="choice__help">{needs}</span> })}
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="field" id="types">
            <legend class="field__label">"What"</legend>
            {wrong.then(|| view! { <p class="field__error">"Choose at least one record type, or all of them."</p> })}
            {radio("form[what]", "all", !chosen, "All record types", String::new())}
            {radio("form[what]", "chosen", chosen, "Only these", String::new())}
            <div class="grid grid--narrow">{boxes.collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

/// The page that asks before the limits come off (UX 6.6, level 3).
fn confirm(cx: &Cx, start: &StartView, wrong: bool, typed: &str) -> AnyView {
    let kind = if cx.query.get("kind") == Some("manual") { "manual" } else { "trial" };
    let chosen = cx.query.list("type");
    let hidden =
        chosen.iter().map(|name| view! { <input type="hidden" name="form[types][]" value=name.clone() /> });
    let what = if chosen.is_empty() { "all" } else { "chosen" };
    let names = match chosen.is_empty() {
        true => "all record types".to_owned(),
        false => chosen.iter().map(|name| cx.frame.type_label(name)).collect::<Vec<_>>().join(", "),
    };
    let back = cx.query.without(&["limits", "error", "reason"]).at(&cx.at("merges/new"));
    let words = if kind == "manual" {
        "Start the real merge without limits"
    } else {
        "Start the trial without limits"
    };
    let summary = wrong.then(|| summary("The words, the tick or the reason is missing.", "typed"));
    view! {
        <h1>"Safety limits off for one merge"</h1>
        {summary}
        <form class="confirm confirm--danger" method="post" action="/act/merge_start">
            <input type="hidden" name="school" value=cx.school.clone() />
            <input type="hidden" name="form[kind]" value=kind />
            <input type="hidden" name="form[what]" value=what />
            <input type="hidden" name="form[limits]" value="off" />
            {hidden.collect_view()}
            <p class="confirm__way-out">
                <a href=back>"Go back, and keep the limits on"</a>
            </p>
            <p>
                "This merge takes " {names}
                ". The limits on changes per record type do not hold for it. The guards against a broken source still do: a mass of deletes or empty values waits for an approval. Afterwards the limits are back by themselves."
            </p>
            {last_trial(cx, start)}
            <label class="choice">
                <input type="checkbox" name="form[seen]" value="yes" />
                <span class="choice__text">"I have seen what the limits would hold back, and want it written."</span>
            </label>
            {words_and_reason(cx, wrong, typed)}
            <div class="confirm__act">
                <span></span>
                <button class="button button--danger" type="submit">
                    {words}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn words_and_reason(cx: &Cx, wrong: bool, typed: &str) -> AnyView {
    view! {
        <div class="field">
            <label class="field__label" for="reason">
                "Reason, kept in the activity log"
            </label>
            <input
                class="field__input"
                id="reason"
                name="form[reason]"
                value=cx.query.get("reason").unwrap_or_default().to_owned()
                maxlength="500"
            />
        </div>
        <div class="field">
            <label class="field__label" for="typed">
                "Type these words: "
                <span class="confirm__words">{LIMITS_OFF}</span>
            </label>
            <input
                class="field__input"
                id="typed"
                name="form[typed]"
                value=typed.to_owned()
                autocomplete="off"
                aria-invalid=wrong.then_some("true")
            />
        </div>
    }
    .into_any()
}

/// What the limits would have stopped, as far as a trial has shown it.
fn last_trial(cx: &Cx, start: &StartView) -> AnyView {
    let Some((number, lines)) = &start.last_trial else {
        return view! { <p>"No trial has shown yet what the limits would hold back."</p> }.into_any();
    };
    let here = cx.at(&format!("merges/{number}/held"));
    if lines.is_empty() {
        return view! { <p>"In the last trial, " <a href=here>"#" {*number}</a> ", no limit was hit."</p> }
            .into_any();
    }
    let lines = lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    view! {
        <p>"In the last trial, " <a href=here>"#" {*number}</a> ", the limits held back:"</p>
        <ul class="confirm__effects">{lines}</ul>
    }
    .into_any()
}
