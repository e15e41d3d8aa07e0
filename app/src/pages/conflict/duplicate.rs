//! What a record shares with others that must be unique: which value, which records, what a person can do (UX 7.4.4).

use leptos::prelude::*;

use super::{Sheet, field};
use crate::api::{DuplicateView, Right};
use crate::pages::conflicts::field_label;
use crate::query::segment;

/// A panel for each set of fields; nothing where none is shared.
pub(super) fn shared(sheet: &Sheet) -> Option<AnyView> {
    let view = &sheet.open.view;
    if view.duplicates.is_empty() {
        return None;
    }
    let sets = view.duplicates.iter().map(|one| set(sheet, one));
    let help = sheet.is_open().then(|| help(sheet));
    Some(
        view! {
            <section class="stack" aria-labelledby="shared">
                <h2 id="shared">"Same value on two records"</h2>
                {sets.collect_view()}
                {help}
            </section>
        }
        .into_any(),
    )
}

fn set(sheet: &Sheet, one: &DuplicateView) -> AnyView {
    let values = one.fields.iter().map(|(path, value)| {
        view! {
            <li>
                <strong>{field_label(path)}</strong>
                ": "
                {field::value(value.as_deref())}
            </li>
        }
    });
    let merge_type = sheet.open.view.line.merge_type.clone();
    let others = one.others.iter().map(|other| {
        let href = sheet.cx.at(&format!("records/{merge_type}/{}", segment(&other.key)));
        view! {
            <li>
                <a href=href dir="auto">
                    {other.label.clone()}
                </a>
            </li>
        }
    });
    let more = (one.more > 0).then(|| view! { <li class="meta">{format!("and {} more", one.more)}</li> });
    view! {
        <p>
            "Each record needs a value of its own here (" <code>{one.code.clone()}</code> "). This record would have:"
        </p>
        <ul>{values.collect_view()}</ul>
        <p>"These records have the same value:"</p>
        <ul>{others.collect_view()} {more}</ul>
    }
    .into_any()
}

/// What helps. A side is no answer where its value is the one that is there twice.
fn help(sheet: &Sheet) -> AnyView {
    let systems = &sheet.cx.frame.systems;
    let (ours, theirs) = (systems.ours.clone(), systems.theirs.clone());
    let whole = sheet.open.view.is_about_existence();
    let here = (!whole && sheet.may(Right::Decide))
        .then(|| view! { <li>"Choose another value below: it is written to both systems."</li> });
    view! {
        <p>"Nothing is written for this record until one of them has another value:"</p>
        <ul>
            <li>
                {format!("Correct the value in {ours} or {theirs}: the question goes away at the next merge.")}
            </li>
            {here}
            <li>"Or keep it here and give the other record another value."</li>
        </ul>
    }
    .into_any()
}
