use leptos::prelude::*;
use merge::Side;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ChangeFilter, Fault, Faults, MergeView};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::merge::changes::ChangeTable;
use crate::components::merge::head::{MergeHead, Tab};
use crate::components::number::counted;
use crate::components::pager::{self, Pager, Position};
use crate::components::side::SideLabel;

/// `/{school}/merges/{number}/errors`: what went wrong in a merge, and what that means for the data (UX 7.7.2).
#[component]
pub fn MergeErrorsPage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move {
        let number = cx.param("number")?;
        let filter = ChangeFilter::of(&cx.query);
        let request = pager::request(&cx.query);
        let merge = cx.api().get_merge(&cx.actor, &cx.school, number).await?;
        let faults = cx.api().list_merge_faults(&cx.actor, &cx.school, number, &filter, &request).await?;
        Ok(content(&cx, merge, faults, request.limit))
    })
}

fn content(cx: &Cx, merge: MergeView, faults: Faults, limit: u32) -> Content {
    let here = cx.at(&format!("merges/{}/errors", merge.line.number));
    let position = Position::of(&faults.writes, limit);
    let title = format!("Errors of merge #{}", merge.line.number);
    let shown = faults.listings.len() as u64
        + faults.records.len() as u64
        + u64::try_from(faults.writes.total).unwrap_or(0);
    let failed = merge.line.outcome.code == "failed";
    let reason = merge.line.reason.clone().filter(|_| failed).map(|reason| {
        view! {
            <details class="panel" open="">
                <summary class="panel__summary">"Why the merge failed"</summary>
                <div class="panel__body">
                    <p class="mono" dir="auto">
                        {reason}
                    </p>
                </div>
            </details>
        }
    });
    let filtered = ["type", "q"].iter().any(|name| cx.query.get(name).is_some());
    let none = (shown == 0 && !failed && (filtered || faults.total == 0)).then(|| nothing(&here, filtered));
    let gone = faults.total.saturating_sub(shown);
    let gone = (gone > 0 && !filtered).then(|| {
        let text = format!("{} not listed: those records failed again in a later merge, and are listed there, or are well again.", counted(gone, "error is", "errors are"));
        view! { <p class="meta">{text}</p> }
    });
    let writes = (faults.writes.total > 0).then(|| {
        view! {
            <section class="stack">
                <h2>"Changes that were refused or are not certain"</h2>
                <ChangeTable
                    school=cx.school.clone()
                    systems=cx.frame.systems.clone()
                    caption=counted(faults.writes.total, "record", "records")
                    lines=faults.writes.items.clone()
                    with_state=true
                />
                <Pager path=here query=cx.query.clone() position />
            </section>
        }
    });
    let notes = (!faults.notes.is_empty()).then(|| {
        let lines =
            faults.notes.iter().map(|note| view! { <li dir="auto">{note.clone()}</li> }).collect_view();
        view! {
            <section class="stack">
                <h2>"Worth a look"</h2>
                <p>"These stopped nothing."</p>
                <ul>{lines}</ul>
            </section>
        }
    });
    let view = view! {
        <MergeHead school=cx.school.clone() merge=merge tab=Tab::Errors />
        {reason}
        {none}
        {list(cx, "Listings that were stopped", "Nothing of these record types was merged.", &faults.listings)}
        {list(cx, "Records that could not be used", "The other records went on.", &faults.records)}
        {writes}
        {notes}
        {gone}
    };
    Content::new(title, view)
}

/// Why no error is listed: there was none, or none of those that were asked for.
fn nothing(here: &str, filtered: bool) -> AnyView {
    if filtered {
        let here = here.to_owned();
        return view! {
            <EmptyState why=Nothing::Matches title="No error matches">
                <p>
                    <a href=here>"Show all errors of this merge"</a>
                </p>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState why=Nothing::Yet title="Nothing went wrong">
            <p>"Every listing was whole, every record could be used, and every write was taken."</p>
        </EmptyState>
    }
    .into_any()
}

fn list(cx: &Cx, title: &'static str, meaning: &'static str, faults: &[Fault]) -> Option<AnyView> {
    if faults.is_empty() {
        return None;
    }
    let rows = faults.iter().map(|fault| {
        let side = if fault.side == "ours" { Side::Ours } else { Side::Theirs };
        let record =
            if fault.record.is_empty() { "(the whole listing)".to_owned() } else { fault.record.clone() };
        let raw = fault.raw.clone().map(|raw| {
            view! {
                <details>
                    <summary>"What was read"</summary>
                    <p class="mono" dir="auto">
                        {raw}
                    </p>
                </details>
            }
        });
        view! {
            <tr>
                <th scope="row" dir="auto">
                    {record}
                </th>
                <td data-l="Record type">{fault.type_label.clone()}</td>
                <td data-l="System">
                    <SideLabel side systems=cx.frame.systems.clone() />
                </td>
                <td class="table__wide" data-l="What happened">
                    {fault.text.clone()}
                    {raw}
                </td>
            </tr>
        }
    });
    Some(
        view! {
            <section class="stack">
                <h2>{title}</h2>
                <p>{meaning}</p>
                <div class="table-frame" role="region" aria-label=title tabindex="0">
                    <table class="table">
                        <caption>{counted(faults.len(), "line", "lines")}</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Record"</th>
                                <th scope="col">"Record type"</th>
                                <th scope="col">"System"</th>
                                <th scope="col">"What happened"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}
