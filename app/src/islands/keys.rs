use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{Element, HtmlElement, KeyboardEvent};

/// Keys of one letter press what carries them as `data-key`, on every page (UX 6.11). Each of these is a link or a button
/// that is there without them.
#[island]
pub fn Keys() -> impl IntoView {
    Effect::new(move |_| {
        let is_off = document().document_element().is_some_and(|root| root.has_attribute("data-single-keys"));
        let listening = window_event_listener(ev::keydown, move |event| {
            if !is_off && !is_typing(&event) && pressed(&event) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listening.remove());
    });
}

/// Whether a key is text, or meant for the browser (WCAG 2.1.4).
pub(super) fn is_typing(event: &KeyboardEvent) -> bool {
    let field = "input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]";
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    event.ctrl_key()
        || event.alt_key()
        || event.meta_key()
        || event.default_prevented()
        || target.is_some_and(|target| target.matches(field).unwrap_or(false))
        || first("dialog[open]").is_some()
}

fn pressed(event: &KeyboardEvent) -> bool {
    let key = event.key();
    if key.len() != 1 || !key.is_ascii() || matches!(key.as_str(), "\"" | "\\" | " ") {
        return false;
    }
    // What the page is about comes before what every page has.
    let carries = format!("[data-key=\"{key}\"]");
    let Some(found) = first(&format!("main {carries}")).or_else(|| first(&carries)) else { return false };
    let Ok(element) = found.dyn_into::<HtmlElement>() else { return false };
    if element.matches("input, select, textarea").unwrap_or(false) {
        let _ = element.focus();
    } else {
        element.click();
    }
    true
}

/// The first element that matches.
pub(super) fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Every element that matches, in the order of the page.
pub(super) fn all(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}
