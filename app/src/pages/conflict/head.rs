//! The top of a conflict: which record, what happened, where in the list.

use leptos::prelude::*;

use super::Sheet;
use crate::components::instant::Instant;
use crate::components::kind;
use crate::components::number::{counted, grouped};
use crate::pages::conflicts::waiting;

/// Breadcrumbs, heading, what happened, and the way to the neighbours.
pub(super) fn head(sheet: &Sheet) -> AnyView {
    let line = sheet.open.view.line.clone();
    let kind = kind::of(&line.kind);
    let further = sheet.open.view.causes.iter().filter(|cause| **cause != line.kind);
    let what: Vec<String> = std::iter::once(kind::sentence(&line, &sheet.cx.frame.systems))
        .chain(further.map(|cause| kind::of(cause).words.to_owned()))
        .collect();
    let what = what.join(" · ");
    let waited = waiting(sheet.cx.visit.now - line.opened_at);
    let open = sheet.is_open();
    let wait = open.then(|| view! { " · waiting " {waited} ", since " <Instant at=line.opened_at /> });
    view! {
        <header class="page-head">
            {breadcrumbs(sheet)}
            <h1>{line.label}</h1>
            <p class="page-head__meta">
                <span class="mark" aria-hidden="true">
                    {kind.mark}
                </span>
                " "
                {what}
                {wait}
            </p>
            <p class="page-head__meta">{status(sheet)}</p>
            <div class="page-head__actions">{neighbours(sheet)}</div>
        </header>
    }
    .into_any()
}

fn breadcrumbs(sheet: &Sheet) -> AnyView {
    let place = &sheet.open.place;
    let list = sheet.list.at(&sheet.cx.at("conflicts"));
    let position = (sheet.is_open() && place.total > 0)
        .then(|| format!("{} of {}", grouped(place.before + 1), grouped(place.total)));
    let label = sheet.open.type_label.clone();
    view! {
        <nav class="breadcrumbs" aria-label="Breadcrumbs">
            <a href=list data-key="u">
                "Conflicts"
            </a>
            <span>{label}</span>
            <span aria-current="page">{position.unwrap_or_else(|| format!("Conflict {}", sheet.open.view.line.number))}</span>
        </nav>
    }
    .into_any()
}

/// How much is open, whether anything was written, who else has begun.
fn status(sheet: &Sheet) -> AnyView {
    let view = &sheet.open.view;
    let fields = view.fields.len();
    let all = fields + view.settled.len();
    let asks = match (sheet.is_open(), view.is_about_existence()) {
        (false, _) => String::new(),
        (true, true) => "The whole record needs a decision. Nothing has been written.".to_owned(),
        (true, false) => {
            let noun = if all == 1 { "field" } else { "fields" };
            let needs = if fields == 1 { "needs" } else { "need" };
            let rest = if view.holds_record {
                "The whole record waits."
            } else {
                "The other fields merge as usual."
            };
            format!("{fields} of {all} {noun} {needs} a decision. Nothing of it has been written. {rest}")
        }
    };
    let others: Vec<_> = sheet
        .open
        .others
        .iter()
        .map(|(name, at, chosen)| {
            let (words, at) = (format!(" {name} has decided {}, ", counted(*chosen, "field", "fields")), *at);
            view! { {words} <Instant at /> "." }
        })
        .collect();
    view! {
        {asks}
        {others}
    }
    .into_any()
}

fn neighbours(sheet: &Sheet) -> AnyView {
    let link = |number: Option<i64>, key: &'static str, words: &'static str| {
        number.map(|number| {
            view! {
                <a class="button button--quiet" href=sheet.address(number) data-key=key>
                    {words}
                </a>
            }
        })
    };
    let back = sheet.list.at(&sheet.cx.at("conflicts"));
    view! {
        {link(sheet.open.place.previous, "k", "Previous")}
        {link(sheet.open.place.next, "j", "Next")}
        <a class="button button--quiet" href=back>
            "Back to the list"
        </a>
    }
    .into_any()
}
