//! `/{school}/differences`: what differs on purpose, why, and until when (MS C10).

use leptos::prelude::*;
use merge::Side;

use super::conflicts::field_label;
use super::desk::{Content, Cx, desk_page};
use crate::api::{DifferenceFilter, DifferenceLine, Page, Right};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::filter::select;
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::pager::{self, PLACE, Pager, Position};
use crate::components::side::SideLabel;
use crate::components::value::ValueText;
use crate::query::segment;

/// The parts of the query this page knows.
const KNOWN: [&str; 5] = ["type", "per", "after", "before", "last"];

/// The differences on purpose.
#[component]
pub fn DifferencesPage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let filter = DifferenceFilter { merge_type: cx.query.get("type").map(str::to_owned) };
        let request = pager::request(&cx.query);
        let found = cx.api().list_differences(&cx.actor, &cx.school, &filter, &request).await?;
        Ok(Content::new("Differences on purpose", content(&cx, &filter, &found, request.limit)))
    })
}

fn content(cx: &Cx, filter: &DifferenceFilter, found: &Page<DifferenceLine>, limit: u32) -> AnyView {
    let list = if found.items.is_empty() {
        nothing(cx, filter, found.total)
    } else {
        let position = Position::of(found, limit);
        view! {
            {table(cx, found)}
            <Pager path=cx.at("differences") query=cx.query.clone() position />
        }
        .into_any()
    };
    view! {
        <div class="page-head">
            <h1>"Differences on purpose"</h1>
            <p class="page-head__meta">
                {counted(found.total, "field", "fields")} ". Both systems keep their values until one of them changes."
            </p>
        </div>
        {search(cx, filter)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {list}
    }
    .into_any()
}

fn search(cx: &Cx, filter: &DifferenceFilter) -> AnyView {
    let types = cx.frame.types.iter().map(|one| (one.name.clone(), one.label.clone())).collect();
    let chosen = filter.merge_type.as_deref().unwrap_or_default();
    view! {
        <form class="filters" method="get" action=cx.at("differences") role="search" aria-label="Differences">
            <div class="filters__row">
                {select("type", "Record type", "All types", types, chosen)}
                <button class="button" type="submit">
                    "Apply"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn nothing(cx: &Cx, filter: &DifferenceFilter, total: i64) -> AnyView {
    let path = cx.at("differences");
    if total > 0 {
        let first = cx.query.without(&PLACE).at(&path);
        return view! {
            <EmptyState why=Nothing::Matches title="Nothing is left on this page">
                <p>"What stood here has ended. " <a href=first>"Go to the first page"</a></p>
            </EmptyState>
        }
        .into_any();
    }
    if filter.merge_type.is_some() {
        return view! {
            <EmptyState why=Nothing::Matches title="No record of this type differs on purpose">
                <p>
                    <a href=path>"Clear filters"</a>
                </p>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState why=Nothing::Yet title="Nothing differs on purpose">
            <p>"Where two systems may keep different values, a conflict page lets you say so."</p>
        </EmptyState>
    }
    .into_any()
}

fn table(cx: &Cx, found: &Page<DifferenceLine>) -> AnyView {
    let systems = cx.frame.systems.clone();
    let rows = found.items.iter().map(|one| row(cx, one));
    view! {
        <div class="table-frame" role="region" aria-label="Differences" tabindex="0">
            <table class="table">
                <caption>"The oldest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col">"Field"</th>
                        <th scope="col">
                            <SideLabel side=Side::Theirs systems=systems.clone() />
                        </th>
                        <th scope="col">
                            <SideLabel side=Side::Ours systems />
                        </th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"Until"</th>
                        {cx.frame.role.may(Right::Decide).then(|| view! { <th scope="col">"End"</th> })}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &Cx, one: &DifferenceLine) -> AnyView {
    let systems = &cx.frame.systems;
    let href = cx.at(&format!("records/{}/{}", one.merge_type, segment(&one.key)));
    let until = match one.until {
        Some(at) => view! { <Instant at /> }.into_any(),
        None => view! { "a value changes" }.into_any(),
    };
    let end = cx.frame.role.may(Right::Decide).then(|| {
        let label = format!("End the difference of {} of {}", field_label(&one.path), one.label);
        view! {
            <td class="table__whole" data-l="End">
                <form method="post" action="/act/difference_end">
                    <input type="hidden" name="school" value=cx.school.clone() />
                    <input type="hidden" name="difference" value=one.id.clone() />
                    <button class="button" type="submit" aria-label=label>
                        "End"
                    </button>
                </form>
            </td>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=href dir="auto">
                    {one.label.clone()}
                </a>
                <span class="meta">" " {one.type_label.clone()}</span>
            </th>
            <td data-l="Field">{field_label(&one.path)}</td>
            <td data-l=systems.theirs.clone()>
                <ValueText json=one.theirs.clone() />
            </td>
            <td data-l=systems.ours.clone()>
                <ValueText json=one.ours.clone() />
            </td>
            <td data-l="Why" dir="auto">
                {one.reason.clone()}
                <span class="meta">" " {one.person.clone()} ", " <Instant at=one.at /></span>
            </td>
            <td data-l="Until">{until}</td>
            {end}
        </tr>
    }
    .into_any()
}
