use js_sys::{Date, Intl, Reflect};
use leptos::{prelude::*, wasm_bindgen::JsValue, web_sys::Element};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Says once which zone the times of the page are in: UTC as rendered, the reader's own once script has turned every
/// `<time>` of the page over.
#[island]
pub fn LocalTimes() -> impl IntoView {
    let zone = RwSignal::new("UTC".to_owned());
    Effect::new(move |_| {
        turn_over_all();
        zone.set(readers_zone());
    });
    view! { <p class="meta">"Times are in the zone " {zone} "."</p> }
}

/// Turns over every `<time>` that still stands as the server wrote it.
pub(super) fn turn_over_all() {
    let Ok(times) = document().query_selector_all("time[datetime]:not([title])") else { return };
    for index in 0..times.length() {
        if let Some(time) = times.item(index) {
            turn_over(&wasm_bindgen::JsCast::unchecked_into(time));
        }
    }
}

/// Shows one `<time>` in the reader's zone and keeps what the server wrote as its title.
fn turn_over(time: &Element) {
    let Some(instant) = time.get_attribute("datetime") else { return };
    let date = Date::new(&JsValue::from_str(&instant));
    if date.get_time().is_nan() {
        return;
    }
    let rendered = time.text_content().unwrap_or_default();
    let titled = time.set_attribute("title", &format!("{} UTC", rendered.trim()));
    if titled.is_ok() {
        time.set_text_content(Some(&local_text(&date)));
    }
}

/// The same form as the server's: "2 Mar 2026, 21:14".
fn local_text(date: &Date) -> String {
    let month = MONTHS.get(date.get_month() as usize).copied().unwrap_or_default();
    let (day, year) = (date.get_date(), date.get_full_year());
    format!("{day} {month} {year}, {:02}:{:02}", date.get_hours(), date.get_minutes())
}

fn readers_zone() -> String {
    let options = Intl::DateTimeFormat::default().resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "of this computer".to_owned())
}
