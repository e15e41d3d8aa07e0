//! What a row of filters above a list is made of (UX 6.4).

use chrono::NaiveDate;
use leptos::prelude::*;

/// A select; `any` is the words of its first, empty option, where it has one. A link may choose several words, with commas
/// between them: they are one option more, so that Apply keeps them.
#[must_use]
pub fn select(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> AnyView {
    let first = (!any.is_empty()).then(|| view! { <option value="">{any}</option> });
    let unlisted = (!chosen.is_empty() && options.iter().all(|(word, _)| word != chosen)).then(|| {
        let label = |word: &str| {
            options
                .iter()
                .find(|(known, _)| known == word)
                .map_or(word.to_owned(), |(_, label)| label.clone())
        };
        (chosen.to_owned(), chosen.split(',').map(label).collect::<Vec<_>>().join(", "))
    });
    let options = options.into_iter().chain(unlisted).map(|(word, words)| {
        let is_chosen = word == chosen;
        view! {
            <option value=word selected=is_chosen>
                {words}
            </option>
        }
    });
    let id = id_of(name);
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            <select class="field__input" id=id name=name>
                {first}
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// A day.
#[must_use]
pub fn day(name: &'static str, label: &'static str, value: Option<NaiveDate>) -> AnyView {
    let value = value.map(|day| day.to_string()).unwrap_or_default();
    input(name, label, "date", "field field--short", value)
}

/// A few words.
#[must_use]
pub fn words(name: &'static str, label: &'static str, kind: &'static str, value: Option<&str>) -> AnyView {
    input(name, label, kind, "field", value.unwrap_or_default().to_owned())
}

fn input(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    class: &'static str,
    value: String,
) -> AnyView {
    let id = id_of(name);
    view! {
        <div class=class>
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            <input class="field__input" id=id type=kind name=name value=value />
        </div>
    }
    .into_any()
}

fn id_of(name: &str) -> String {
    format!("filter-{name}")
}
