//! A choice for a contested field: in words, and as the inputs of a form that sends it along.

use leptos::prelude::*;
use merge::Side;

use super::winner::marked;
use crate::api::{FieldForm, FieldView, Systems};
use crate::values::seen;

/// What was chosen, as people read it; `other` says the value that was typed.
#[must_use]
pub fn words(choose: &str, systems: &Systems, other: impl FnOnce() -> String) -> String {
    match choose {
        "theirs" => marked(Side::Theirs, systems),
        "ours" => marked(Side::Ours, systems),
        "base" => "◇ Last agreed".to_owned(),
        "clear" => "(empty)".to_owned(),
        "leave" => "Keep the difference".to_owned(),
        _ => other(),
    }
}

fn hidden(index: usize, name: &str, value: String) -> AnyView {
    view! { <input type="hidden" name=format!("decision[choices][{index}][{name}]") value=value /> }
        .into_any()
}

/// Which field is decided, and what its page shows of both sides.
#[must_use]
pub fn seen_inputs(index: usize, field: &FieldView) -> AnyView {
    view! {
        {hidden(index, "path", field.path.clone())}
        {hidden(index, "saw_ours", seen(field.ours.as_deref()))}
        {hidden(index, "saw_theirs", seen(field.theirs.as_deref()))}
    }
    .into_any()
}

/// The same with the choice.
#[must_use]
pub fn inputs(index: usize, field: &FieldView, choice: Option<&FieldForm>) -> AnyView {
    let FieldForm { choose, value, .. } = choice.cloned().unwrap_or_default();
    view! {
        {seen_inputs(index, field)}
        {choose.map(|choose| hidden(index, "choose", choose))}
        {hidden(index, "value", value)}
    }
    .into_any()
}
