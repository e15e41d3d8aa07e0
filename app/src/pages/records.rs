use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, Frame, Page, RecordFilter, RecordLine};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::filter::{select, words};
use crate::components::frame::Section;
use crate::components::number::counted;
use crate::components::pager::{self, Pager, Position};

/// The parts of the query this page knows.
const KNOWN: [&str; 6] = ["q", "type", "per", "after", "before", "last"];

/// `/{school}/records`: every record that a merge has seen on either side, found by key, name or either id (UX 7.8).
#[component]
pub fn RecordsPage() -> impl IntoView {
    desk_page(Section::Records, |cx| async move {
        let filter = RecordFilter {
            merge_type: cx.query.get("type").map(str::to_owned),
            q: cx.query.get("q").map(|text| text.trim().to_owned()),
            own: false,
        };
        let request = pager::request(&cx.query);
        let records = cx.api().list_records(&cx.actor, &cx.school, &filter, &request).await?;
        content(&cx, &filter, records, request.limit)
    })
}

/// The address of a record: its plain key where it has one part, else the JSON list.
#[must_use]
pub fn address(school: &str, line: &RecordLine) -> String {
    let parts = merge::json::parse(line.key.as_bytes());
    let plain = match parts {
        Ok(merge::Value::List(parts)) => match parts.as_slice() {
            [merge::Value::Text(text)] if !text.starts_with('[') => Some(text.clone()),
            [merge::Value::Number(number)] => Some(number.as_str().to_owned()),
            _ => None,
        },
        _ => None,
    };
    let key = crate::query::segment(plain.as_ref().unwrap_or(&line.key));
    format!("/{school}/records/{}/{key}", line.merge_type)
}

fn content(cx: &Cx, filter: &RecordFilter, records: Page<RecordLine>, limit: u32) -> ApiResult<Content> {
    let position = Position::of(&records, limit);
    let total = records.total;
    let list =
        if records.items.is_empty() { nothing(cx, filter) } else { table(cx, filter, records.items, total) };
    let path = cx.at("records");
    let view = view! {
        <div class="page-head">
            <h1>"Records"</h1>
        </div>
        {search(cx, filter)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {list}
        <Pager path query=cx.query.clone() position />
    };
    Ok(Content::new("Records", view))
}

fn search(cx: &Cx, filter: &RecordFilter) -> AnyView {
    let types = cx.frame.types.iter().map(|one| (one.name.clone(), one.label.clone())).collect();
    let chosen = filter.merge_type.as_deref().unwrap_or_default();
    view! {
        <form class="filters" method="get" action=cx.at("records") role="search" aria-label="Records">
            <div class="filters__row">
                {select("type", "Type", "All types", types, chosen)}
                {words("q", "Key, or its number in either system", "search", filter.q.as_deref())}
                <button class="button button--primary" type="submit">
                    "Find"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn table(cx: &Cx, filter: &RecordFilter, lines: Vec<RecordLine>, total: i64) -> AnyView {
    let what = match &filter.q {
        Some(text) => format!("{} with “{text}”", counted(total, "record", "records")),
        None => counted(total, "record", "records"),
    };
    let (ours, theirs) = (cx.frame.systems.ours.clone(), cx.frame.systems.theirs.clone());
    let rows = lines.into_iter().map(|line| row(cx, line)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption>{what} ", in the order in which they were first seen"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">
                            <span aria-hidden="true">"■ "</span>
                            "Id in "
                            {theirs}
                        </th>
                        <th scope="col">
                            <span aria-hidden="true">"● "</span>
                            "Id in "
                            {ours}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &Cx, line: RecordLine) -> AnyView {
    let id = |id: Option<String>| match id {
        Some(id) => view! {
            <span class="value value--mono" dir="auto">
                {id}
            </span>
        }
        .into_any(),
        None => view! { <span class="value value--empty">"(not there)"</span> }.into_any(),
    };
    let Frame { systems, .. } = &cx.frame;
    view! {
        <tr>
            <th scope="row">
                <a href=address(&cx.school, &line) dir="auto">
                    {line.label.clone()}
                </a>
            </th>
            <td data-l="Type">{cx.frame.type_label(&line.merge_type).to_owned()}</td>
            <td data-l=format!("■ {}", systems.theirs)>{id(line.theirs_id)}</td>
            <td data-l=format!("● {}", systems.ours)>{id(line.ours_id)}</td>
        </tr>
    }
    .into_any()
}

fn nothing(cx: &Cx, filter: &RecordFilter) -> AnyView {
    let path = cx.at("records");
    if filter.q.is_none() && filter.merge_type.is_none() {
        return view! {
            <EmptyState why=Nothing::Yet title="No records yet">
                <p>"The first merge reads both systems. Then every record of either is here."</p>
            </EmptyState>
        }
        .into_any();
    }
    let wider = filter.merge_type.is_some() && filter.q.is_some();
    let all_types = cx.query.without(&["type", "after", "before", "last"]).at(&path);
    view! {
        <EmptyState why=Nothing::Matches title="No record is called that">
            <p>"Records are found by a part of their key, or by their number in either system."</p>
            {wider
                .then(|| {
                    view! {
                        <p>
                            <a href=all_types>"Search all types"</a>
                        </p>
                    }
                })}
            <p>
                <a href=path>"Clear filters"</a>
            </p>
        </EmptyState>
    }
    .into_any()
}
