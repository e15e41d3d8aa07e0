//! "Try a value": what the rules make of three values, worked out by the engine of the merge (UX 7.5.2).

use leptos::prelude::*;
use merge::{Level, Mode, Side};

use crate::api::{TriedValue, TryValue, TypeView};
use crate::components::value::ValueText;
use crate::components::winner;
use crate::pages::desk::Cx;
use crate::query::Query;

/// The values an address asks to try.
pub(super) fn asked(query: &Query, merge_type: &str) -> Option<TryValue> {
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let field = query.get("try")?.to_owned();
    let merge_type = merge_type.to_owned();
    Some(TryValue { merge_type, field, base: text("agreed"), ours: text("ours"), theirs: text("theirs") })
}

/// The form, with what came out.
pub(super) fn form(cx: &Cx, one: &TypeView, values: TryValue, answer: Option<TriedValue>) -> AnyView {
    let systems = &cx.frame.systems;
    let options = one.fields.iter().map(|field| {
        let chosen = field.name == values.field;
        view! {
            <option value=field.name.clone() selected=chosen>
                {field.name.clone()}
            </option>
        }
    });
    let input = |name: &'static str, label: String, value: String| {
        view! {
            <div class="field">
                <label class="field__label" for=format!("try-{name}")>
                    {label}
                </label>
                <input class="field__input" id=format!("try-{name}") name=name value=value dir="auto" />
            </div>
        }
    };
    let show = cx.query.get("show").map(str::to_owned);
    let open = answer.is_some();
    view! {
        <details class="panel" id="try" open=open>
            <summary class="panel__summary">"Try a value"</summary>
            <div class="panel__body">
                <p class="meta">
                    "By your draft, with the same engine as the merge. Nothing is saved. Leave a value out for empty."
                </p>
                <form class="filters__row" method="get" action=cx.at(&format!("settings/fields/{}#try", one.name))>
                    {show.map(|show| view! { <input type="hidden" name="show" value=show /> })}
                    <div class="field">
                        <label class="field__label" for="try-field">
                            "Field"
                        </label>
                        <select class="field__input" id="try-field" name="try">
                            {options.collect_view()}
                        </select>
                    </div>
                    {input("agreed", "◇ Last agreed".to_owned(), values.base)}
                    {input("theirs", winner::marked(Side::Theirs, systems), values.theirs)}
                    {input("ours", winner::marked(Side::Ours, systems), values.ours)}
                    <button class="button" type="submit">
                        "Try"
                    </button>
                </form>
                {answer.map(|answer| outcome(cx, one, answer))}
            </div>
        </details>
    }
    .into_any()
}

fn outcome(cx: &Cx, one: &TypeView, answer: TriedValue) -> AnyView {
    let systems = &cx.frame.systems;
    let mode = answer.mode.parse::<Mode>().unwrap_or(Mode::Manual);
    let level = answer.level.parse::<Level>().unwrap_or(Level::Default);
    let why = format!("{} ({})", winner::words(mode, systems), winner::origin(level, &one.label));
    if answer.conflict {
        return view! { <p role="status">{format!("A person is asked: {why}.")}</p> }.into_any();
    }
    let written = match (answer.writes_ours, answer.writes_theirs) {
        (true, true) => format!("It is written to {} and {}.", systems.ours, systems.theirs),
        (true, false) => format!("It is written to {}.", systems.ours),
        (false, true) => format!("It is written to {}.", systems.theirs),
        (false, false) => "Nothing is written.".to_owned(),
    };
    view! {
        <p role="status">
            "Will be saved: " <strong><ValueText json=Some(answer.result.unwrap_or_else(|| "null".to_owned())) /></strong> ". "
            {written} " Why: " {why} "."
        </p>
    }
    .into_any()
}
