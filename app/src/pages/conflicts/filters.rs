//! The filters of the queue, and the chips that take them away (UX 6.4).

use leptos::prelude::*;

use super::{FILTERS, field_label};
use crate::api::{ConflictFilter, Facet, Queue};
use crate::components::filter::select;
use crate::components::kind;
use crate::components::number::grouped;
use crate::components::pager::SIZES;
use crate::pages::desk::Cx;

const STATUSES: [(&str, &str); 7] = [
    ("open", "Open"),
    ("decided", "Decided, being written"),
    ("settled", "Settled"),
    ("left", "Left as they are"),
    ("snoozed", "Snoozed"),
    ("healed", "Agreed by themselves"),
    ("gone", "Record is gone"),
];
const AGES: [(&str, &str); 4] =
    [("1", "over 1 day"), ("7", "over 7 days"), ("14", "over 14 days"), ("30", "over 30 days")];

/// The form above the list.
pub(super) fn filters(cx: &Cx, filter: &ConflictFilter, queue: &Queue) -> AnyView {
    let kinds = kinds(cx, queue);
    let fields: Vec<Facet> =
        queue.fields.iter().map(|facet| Facet { label: field_label(&facet.word), ..facet.clone() }).collect();
    let plain = |options: &[(&str, &str)]| -> Vec<(String, String)> {
        options.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect()
    };
    let counted = |facets: &[Facet]| -> Vec<(String, String)> {
        facets
            .iter()
            .map(|one| (one.word.clone(), format!("{} ({})", one.label, grouped(one.count))))
            .collect()
    };
    let chosen = |name: &str| cx.query.list(name).join(",");
    let merge = cx.query.get("merge").map(|number| {
        view! { <input type="hidden" name="merge" value=number.to_owned() /> }
    });
    let sorts = plain(&[("", "longest waiting"), ("newest", "newest first"), ("record", "record name")]);
    let sizes: Vec<(String, String)> =
        SIZES.into_iter().map(|size| (size.to_string(), format!("{size} per page"))).collect();
    let per = cx.query.get("per").unwrap_or("50").to_owned();
    view! {
        <form class="filters" method="get" action=cx.at("conflicts") role="search" aria-label="Conflicts">
            {merge}
            <div class="filters__row">
                <div class="field">
                    <label class="field__label" for="q">
                        "Record"
                    </label>
                    <input
                        class="field__input"
                        id="q"
                        name="q"
                        type="search"
                        value=filter.q.clone()
                        data-key="/"
                    />
                </div>
                <button class="button" type="submit">
                    "Apply"
                </button>
            </div>
            <details class="filters__more">
                <summary>"Filters"</summary>
                <div class="filters__row">
                    {select("type", "Record type", "all", counted(&queue.types), &chosen("type"))}
                    {select("field", "Field", "all", counted(&fields), &chosen("field"))}
                    {select("kind", "What happened", "anything", counted(&kinds), &chosen("kind"))}
                    {select("age", "Waiting", "any time", plain(&AGES), chosen("age").trim_end_matches('d'))}
                    {select("status", "Status", "open", plain(&STATUSES[1..]), &chosen("status"))}
                    {select("sort", "Sort", "", sorts, &chosen("sort"))}
                    {select("per", "Lines", "", sizes, &per)}
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// What happened, in the words of the filter: those that are there, and those that were asked for.
fn kinds(cx: &Cx, queue: &Queue) -> Vec<Facet> {
    kind::KINDS
        .into_iter()
        .map(|one| Facet {
            word: one.code.to_owned(),
            label: one.words.to_owned(),
            count: queue
                .kinds
                .iter()
                .filter(|facet| one.engine.contains(&facet.word.as_str()))
                .map(|facet| facet.count)
                .sum(),
        })
        .filter(|facet| facet.count > 0 || cx.query.list("kind").contains(&facet.word))
        .collect()
}

/// The filters that hold, each a link that takes it away.
pub(super) fn chips(cx: &Cx, queue: &Queue) -> AnyView {
    let label = |name: &str, value: &str| match name {
        "type" => {
            let known = queue.types.iter().find(|one| one.word == value);
            format!("Record type: {}", known.map_or(value, |one| one.label.as_str()))
        }
        "field" => format!("Field: {}", field_label(value)),
        "kind" => {
            let known = kind::KINDS.into_iter().find(|one| one.code == value);
            format!("What happened: {}", known.map_or(value, |one| one.words))
        }
        "age" => format!("Waiting: over {} days", value.trim_end_matches('d')),
        "status" => {
            let known = STATUSES.into_iter().find(|(word, _)| *word == value);
            format!("Status: {}", known.map_or(value, |(_, words)| words))
        }
        "merge" => format!("Found by merge #{value}"),
        _ => format!("Record: {value}"),
    };
    let bare = cx.query.without(&["after", "before", "last"]);
    let path = cx.at("conflicts");
    let active = FILTERS.iter().filter_map(|name| {
        let values = cx.query.list(name);
        (!values.is_empty()).then(|| {
            let words: Vec<String> = values.iter().map(|value| label(name, value)).collect();
            (words.join(", "), bare.without(&[name]).at(&path))
        })
    });
    let active: Vec<(String, String)> = active.collect();
    if active.is_empty() {
        return ().into_any();
    }
    let chips = active.into_iter().map(|(words, href)| {
        view! {
            <li>
                <a class="chip" href=href>
                    {words}
                    <span aria-hidden="true">" ✕"</span>
                    <span class="vh">", take this filter away"</span>
                </a>
            </li>
        }
    });
    view! {
        <ul class="chips" aria-label="Active filters">
            {chips.collect_view()}
            <li>
                <a href=bare.without(&FILTERS).at(&path)>"Clear all"</a>
            </li>
        </ul>
    }
    .into_any()
}
