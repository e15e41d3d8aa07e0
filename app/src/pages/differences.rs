//! `/{school}/differences`: what differs on purpose, why, and until when (MS C10).

use leptos::prelude::*;
use merge::Side;

use super::conflicts::field_label;
use super::desk::{Content, Cx, desk_page};
use crate::api::{DifferenceLine, Page, Right};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::pager;
use crate::components::side::SideLabel;
use crate::components::value::ValueText;
use crate::query::segment;

/// The differences on purpose.
#[component]
pub fn DifferencesPage() -> impl IntoView {
    desk_page(Section::Conflicts, |cx| async move {
        let request = pager::request(&cx.query);
        let found = cx.api().list_differences(&cx.actor, &cx.school, &request).await?;
        Ok(Content::new("Differences on purpose", content(&cx, &found)))
    })
}

fn content(cx: &Cx, found: &Page<DifferenceLine>) -> AnyView {
    let list = if found.items.is_empty() {
        view! {
            <EmptyState why=Nothing::Yet title="Nothing differs on purpose">
                <p>"Where two systems may keep different values, a conflict page lets you say so."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        table(cx, found)
    };
    let next = found.next.clone().map(|place| {
        let address = cx.query.with("after", place).at(&cx.at("differences"));
        view! {
            <nav class="pager" aria-label="Pages">
                <a class="pager__link" href=address>
                    "Next"
                </a>
            </nav>
        }
    });
    view! {
        <div class="page-head">
            <h1>"Differences on purpose"</h1>
            <p class="page-head__meta">
                {counted(found.total, "field", "fields")} ". Both systems keep their values until one of them changes."
            </p>
        </div>
        {list}
        {next}
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
