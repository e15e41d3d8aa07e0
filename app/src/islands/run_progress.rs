use js_sys::{JSON, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{DomParser, EventSource, MessageEvent, SupportedType, window};

use super::local_times::turn_over_all;

/// Milliseconds between two looks where no stream of events comes through.
const POLL: i32 = 15_000;

/// Keeps the banner row, and the steps of the merge where the page shows them, as they are now (UX 6.10). It listens while
/// the page is in sight, and asks every 15 s where it cannot listen. What it shows is what the server renders anyway.
#[island]
pub fn RunProgress(
    /// The school, for addresses.
    school: String,
) -> impl IntoView {
    Effect::new(move |_| start(&school));
    view! { <span class="vh" role="status" id="run-progress"></span> }
}

fn start(school: &str) {
    let Some(page) = window().and_then(|window| window.document()) else { return };
    let events = format!("/{school}/merges/current/events");
    let status = format!("/{school}/merges/current/status");
    let (opened, watched) = (page.clone(), events.clone());
    let source = StoredValue::new_local(None::<EventSource>);
    let hear = move || {
        if !opened.hidden() {
            source.set_value(listen(&watched, &status));
        }
    };
    hear();
    let look = Closure::<dyn Fn()>::new(move || {
        source.update_value(|source| {
            if let Some(source) = source.take() {
                source.close();
            }
        });
        hear();
    });
    let _ = page.add_event_listener_with_callback("visibilitychange", look.as_ref().unchecked_ref());
    look.forget();
}

/// Opens the stream. Where it does not come through, the status is asked for instead.
fn listen(events: &str, status: &str) -> Option<EventSource> {
    let source = EventSource::new(events).ok()?;
    let shown = StoredValue::new_local(String::new());
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(text) = event.data().as_string() else { return };
        show(&text, &event.type_(), shown);
    });
    for name in ["phase", "count", "heartbeat", "done"] {
        let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    }
    heard.forget();
    let (closed, status) = (source.clone(), status.to_owned());
    let failed = Closure::<dyn Fn()>::new(move || {
        if closed.ready_state() == EventSource::CLOSED {
            poll(status.clone(), shown);
        }
    });
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
    Some(source)
}

fn poll(status: String, shown: StoredValue<String, LocalStorage>) {
    let Some(window) = window() else { return };
    let again = Closure::once_into_js(move || {
        leptos::task::spawn_local(async move {
            let Some(text) = fetch(&status).await else { return };
            let idle = member(&text, "state").is_some_and(|state| state == "idle");
            show(&text, if idle { "done" } else { "phase" }, shown);
            if !idle {
                poll(status, shown);
            }
        });
    });
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(again.unchecked_ref(), POLL);
}

/// Shows what an event says: the sentence in the banner, and the steps as the server renders them now.
fn show(text: &str, event: &str, shown: StoredValue<String, LocalStorage>) {
    let Some(page) = window().and_then(|window| window.document()) else { return };
    let banner = page.query_selector("[data-banner]").ok().flatten();
    if event == "done" {
        if let Some(banner) = banner {
            banner.remove();
        }
    } else if let Some(banner) = banner {
        for (part, name) in [("[data-text]", "text"), ("[data-detail]", "detail")] {
            let place = banner.query_selector(part).ok().flatten();
            if let (Some(place), Some(words)) = (place, member(text, name)) {
                place.set_text_content(Some(&words));
            }
        }
    }
    let sentence = member(text, "text").unwrap_or_default();
    let moved = shown.with_value(|before| *before != sentence);
    if moved && let Some(place) = page.get_element_by_id("run-progress") {
        place.set_text_content(Some(&sentence));
    }
    shown.set_value(sentence);
    if event != "heartbeat" && page.query_selector("#live[data-live]").ok().flatten().is_some() {
        leptos::task::spawn_local(refresh(event == "done"));
    }
}

fn member(text: &str, name: &str) -> Option<String> {
    let object = JSON::parse(text).ok()?;
    Reflect::get(&object, &JsValue::from_str(name)).ok()?.as_string()
}

/// Puts the page as it is now in the place of the one that is shown: its main part when the merge has ended, and what is
/// marked as live while it is at work, so that a button under the reader's hands stays the same one.
async fn refresh(whole: bool) {
    let Some(page) = window().and_then(|window| window.document()) else { return };
    let Some(address) = window().and_then(|window| window.location().href().ok()) else { return };
    let Some(text) = fetch(&address).await else { return };
    let Ok(fresh) =
        DomParser::new().and_then(|parser| parser.parse_from_string(&text, SupportedType::TextHtml))
    else {
        return;
    };
    let part = if whole { "main" } else { "live" };
    let (old, new) = (page.get_element_by_id(part), fresh.get_element_by_id(part));
    if let (Some(old), Some(new)) = (old, new) {
        old.set_inner_html(&new.inner_html());
        turn_over_all();
    }
}

async fn fetch(address: &str) -> Option<String> {
    let promise = window()?.fetch_with_str(address);
    let response = wasm_bindgen_futures::JsFuture::from(promise).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    wasm_bindgen_futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
