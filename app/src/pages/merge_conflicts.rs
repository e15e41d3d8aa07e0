use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{FoundConflict, MergeView, Page};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::merge::head::{MergeHead, Tab};
use crate::components::number::counted;
use crate::components::pager::{self, Pager, Position};

/// `/{school}/merges/{number}/conflicts`: the conflicts a merge found, as they stand now (UX 7.7.2).
#[component]
pub fn MergeConflictsPage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move {
        let number = cx.param("number")?;
        let request = pager::request(&cx.query);
        let merge = cx.api().get_merge(&cx.actor, &cx.school, number).await?;
        let types = cx.query.list("type");
        let found = cx.api().list_merge_conflicts(&cx.actor, &cx.school, number, &types, &request).await?;
        Ok(content(&cx, merge, found, request.limit))
    })
}

fn content(cx: &Cx, merge: MergeView, found: Page<FoundConflict>, limit: u32) -> Content {
    let here = cx.at(&format!("merges/{}/conflicts", merge.line.number));
    let position = Position::of(&found, limit);
    let title = format!("Conflicts of merge #{}", merge.line.number);
    let all = cx.at("conflicts");
    let list = if found.items.is_empty() && !cx.query.list("type").is_empty() {
        let here = here.clone();
        view! {
            <EmptyState why=Nothing::Matches title="It found no conflict of these record types">
                <p>
                    <a href=here>"Show all it found"</a>
                </p>
            </EmptyState>
        }
        .into_any()
    } else if found.items.is_empty() {
        view! {
            <EmptyState why=Nothing::Yet title="This merge found no new conflict">
                <p>
                    <a href=all>"See all open conflicts"</a>
                </p>
            </EmptyState>
        }
        .into_any()
    } else {
        table(cx, &found)
    };
    let view = view! {
        <MergeHead school=cx.school.clone() merge=merge tab=Tab::Conflicts />
        <h2>"Conflicts it found"</h2>
        {chosen(cx, &here)}
        {list}
        <Pager path=here query=cx.query.clone() position />
    };
    Content::new(title, view)
}

/// The record types that are shown, where they are not all.
fn chosen(cx: &Cx, here: &str) -> Option<AnyView> {
    let types = cx.query.list("type");
    let labels: Vec<&str> = types.iter().map(|name| cx.frame.type_label(name)).collect();
    (!types.is_empty()).then(|| {
        let (words, here) = (labels.join(", "), here.to_owned());
        view! {
            <ul class="chips">
                <li>
                    <a class="chip" href=here>
                        <span class="vh">"Without "</span>
                        {words}
                        <span aria-hidden="true">" ✕"</span>
                    </a>
                </li>
            </ul>
        }
        .into_any()
    })
}

fn table(cx: &Cx, found: &Page<FoundConflict>) -> AnyView {
    let rows = found.items.iter().map(|one| {
        let fields = if one.fields.iter().all(String::is_empty) {
            "the whole record".to_owned()
        } else {
            one.fields.join(", ")
        };
        view! {
            <tr>
                <th scope="row">
                    <a href=cx.at(&format!("conflicts/{}", one.number)) dir="auto">
                        {one.label.clone()}
                    </a>
                </th>
                <td data-l="Record type">{one.type_label.clone()}</td>
                <td data-l="Kind">{one.kind.clone()}</td>
                <td data-l="Fields">{fields}</td>
                <td data-l="Now">{now(&one.status)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="Conflicts" tabindex="0">
            <table class="table">
                <caption>{counted(found.total, "conflict", "conflicts")} ", with where each stands now"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col">"Record type"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Fields"</th>
                        <th scope="col">"Now"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn now(status: &str) -> &'static str {
    match status {
        "open" => "open",
        "decided" => "decided, not yet on both sides",
        "snoozed" => "snoozed",
        "left" => "left as it is",
        "settled" => "settled",
        "healed" => "gone by itself: both sides agree",
        _ => "the record is gone",
    }
}
