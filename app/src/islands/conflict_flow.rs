use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement, KeyboardEvent};

use super::keys::{all, first, is_typing};
use crate::api::Systems;
use crate::effect::effect;
use crate::values;

/// Fields that wait for a choice.
const UNDECIDED: &str = ".conflict-field:not(:has(input[type=radio]:checked))";

/// Keys, counting and the live effect on the form of a conflict (UX 6.11, 7.4.1). What it does, the form does without it.
#[island]
pub fn ConflictFlow(
    /// Whether keys of one letter do something (UX 6.11).
    single_keys: bool,
    /// The names of the systems, for the live effect.
    systems: Systems,
    /// The form.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| {
        let listening = window_event_listener(ev::keydown, move |event| {
            if single_keys && !is_typing(&event) && pressed(&event) {
                event.prevent_default();
            }
        });
        let names = systems.clone();
        let changed = window_event_listener(ev::input, move |event| followed(&event, &names));
        on_cleanup(move || {
            listening.remove();
            changed.remove();
        });
    });
    children()
}

/// What a key does on this page; false when it is none of ours.
fn pressed(event: &KeyboardEvent) -> bool {
    match event.key().as_str() {
        "1" => choose("theirs"),
        "2" => choose("ours"),
        "3" => choose("base"),
        "4" | "e" => choose("other"),
        "n" => step(1),
        "p" => step(-1),
        "Enter" => submit(),
        _ => return false,
    };
    event.key() != "Enter" || is_outside_controls()
}

/// The field the keys speak of: the one with the focus, else the first that is undecided, else the first.
fn current() -> Option<Element> {
    let focused =
        document().active_element().and_then(|element| element.closest(".conflict-field").ok().flatten());
    focused.or_else(|| first(UNDECIDED)).or_else(|| first(".conflict-field"))
}

/// Checks a radio of the current field and goes on to the next that is undecided; for another value, into its box.
fn choose(which: &str) {
    let Some(field) = current() else { return };
    let Some(radio) = radio_of(&field, which) else { return };
    radio.set_checked(true);
    count();
    let next = match which {
        "other" => field.query_selector(".conflict-field__other :is(input, select, textarea)").ok().flatten(),
        _ => after(&field).and_then(|field| radio_of(&field, "theirs").map(Into::into)),
    };
    if let Some(next) = next {
        focus(&next);
    } else {
        let _ = radio.focus();
    }
}

/// The next undecided field after this one, or before it.
fn after(field: &Element) -> Option<Element> {
    let undecided = all(UNDECIDED);
    let follows = |other: &&Element| field.compare_document_position(other) & 4 != 0;
    undecided.iter().find(follows).or_else(|| undecided.first()).cloned()
}

fn step(by: i32) {
    let fields = all(".conflict-field");
    let here = current().and_then(|field| fields.iter().position(|other| *other == field)).unwrap_or(0);
    let there = i32::try_from(here).unwrap_or(0) + by;
    if let Some(field) = usize::try_from(there).ok().and_then(|there| fields.get(there))
        && let Some(radio) = radio_of(field, "theirs")
    {
        let _ = radio.focus();
    }
}

/// Enter outside every control: as in a radio, the first button of the form.
fn submit() {
    if is_outside_controls()
        && let Some(form) = first("#decide").and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        && let Some(button) = form.query_selector("button").ok().flatten()
        && let Ok(button) = button.dyn_into::<HtmlElement>()
    {
        button.click();
    }
}

fn is_outside_controls() -> bool {
    document().active_element().is_none_or(|element| element.matches("body, main").unwrap_or(false))
}

fn radio_of(field: &Element, which: &str) -> Option<HtmlInputElement> {
    let found = field.query_selector(&format!("input[type=radio][value={which}]")).ok().flatten();
    found.and_then(|radio| radio.dyn_into().ok())
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// "2 of 3 decided", counted anew.
fn count() {
    let (fields, undecided) = (all(".conflict-field").len(), all(UNDECIDED).len());
    if let Some(place) = first("[data-count]") {
        place.set_text_content(Some(&format!("{} of {fields} decided", fields - undecided)));
    }
}

/// Something was chosen or typed: the count, and for another value the sentence about what it changes.
fn followed(event: &Event, systems: &Systems) {
    count();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let field = target.and_then(|target| target.closest(".conflict-field").ok().flatten());
    let Some(field) = field else { return };
    let typed = field.query_selector(".conflict-field__other :is(input, select, textarea)").ok().flatten();
    let place = field.query_selector("[data-effect]").ok().flatten();
    if let (Some(typed), Some(place)) = (typed, place) {
        place.set_text_content(Some(&said(&field, &value_of(&typed), systems)));
    }
}

fn value_of(element: &Element) -> String {
    let value = js_sys::Reflect::get(element, &"value".into());
    value.ok().and_then(|value| value.as_string()).unwrap_or_default()
}

/// The same sentence as the server's, or what is wrong with what was typed.
fn said(field: &Element, typed: &str, systems: &Systems) -> String {
    let kind = field.get_attribute("data-kind").unwrap_or_default();
    let (ours, theirs) = (field.get_attribute("data-ours"), field.get_attribute("data-theirs"));
    match values::read(&kind, typed) {
        Ok(value) => {
            let value = value.map(|value| value.to_json());
            effect(systems, ours.as_deref(), theirs.as_deref(), value.as_deref())
        }
        Err(problem) => problem,
    }
}
