//! The selects of a row of the matrix: what is chosen for a field, with the inherited value spelled out first (UX 7.5.2).

use leptos::prelude::*;

use super::setting_words as words;
use super::winner;
use crate::api::{Systems, TypeView};

const COMPARE: [&str; 7] = ["bytes", "text", "trim", "trim,space", "case", "trim,space,case", "decimal"];
const BLANK: [&str; 3] = ["propagate,propagate", "never_clear,never_clear", "ask,ask"];

/// The options of who wins. `inherited` are the words of the empty value, left out when there are none; `apart` adds the
/// one that does not merge the field at all.
#[must_use]
pub fn mode_options(chosen: &str, inherited: &str, apart: bool, systems: &Systems) -> AnyView {
    let first =
        (!inherited.is_empty()).then(|| option(String::new(), inherited.to_owned(), chosen.is_empty()));
    let modes = winner::MODES
        .into_iter()
        .map(|mode| option(mode.to_string(), winner::words(mode, systems), chosen == mode.as_str()));
    let apart =
        apart.then(|| option("apart".to_owned(), "Do not merge: kept apart".to_owned(), chosen == "apart"));
    view! {
        {first}
        {modes.collect_view()}
        {apart}
    }
    .into_any()
}

fn option(value: String, words: String, chosen: bool) -> AnyView {
    view! {
        <option value=value selected=chosen>
            {words}
        </option>
    }
    .into_any()
}

/// What is done with empty values.
#[must_use]
pub fn blank_select(name: &str, label: &str, chosen: &str, one: &TypeView, systems: &Systems) -> AnyView {
    let (ours, theirs) = &one.blank;
    let inherited = format!("same as {}: {}", one.label, words::blanks(&format!("{ours},{theirs}"), systems));
    let known = BLANK
        .iter()
        .map(|rules| option((*rules).to_owned(), words::blanks(rules, systems), chosen == *rules));
    let other = (!chosen.is_empty() && !BLANK.contains(&chosen))
        .then(|| option(chosen.to_owned(), words::blanks(chosen, systems), true));
    select(
        name,
        label,
        option(String::new(), inherited, chosen.is_empty()),
        known.collect_view().into_any(),
        other,
    )
}

/// How text compares.
#[must_use]
pub fn compare_select(name: &str, label: &str, chosen: &str, one: &TypeView) -> AnyView {
    let inherited = format!("same as {}: {}", one.label, words::compare(&one.compare));
    let known =
        COMPARE.iter().map(|names| option((*names).to_owned(), words::compare(names), chosen == *names));
    let other = (!chosen.is_empty() && !COMPARE.contains(&chosen))
        .then(|| option(chosen.to_owned(), words::compare(chosen), true));
    select(
        name,
        label,
        option(String::new(), inherited, chosen.is_empty()),
        known.collect_view().into_any(),
        other,
    )
}

fn select(name: &str, label: &str, first: AnyView, known: AnyView, other: Option<AnyView>) -> AnyView {
    view! {
        <select class="field__input" name=name.to_owned() aria-label=label.to_owned()>
            {first}
            {known}
            {other}
        </select>
    }
    .into_any()
}
