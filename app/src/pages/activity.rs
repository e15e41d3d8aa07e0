//! Who did what: the audit log as people read it.

use chrono::NaiveDate;
use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, AuditFilter, AuditKind, AuditLine, Page};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::filter::{day, select};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::number::counted;
use crate::components::pager::{self, PLACE, Pager, Position};
use crate::query::Query;

/// The parts of the query this page knows.
const KNOWN: [&str; 8] = ["who", "kind", "from", "to", "per", "after", "before", "last"];

/// `/{school}/activity`: who did what, when (UX 7.9.3).
#[component]
pub fn ActivityPage() -> impl IntoView {
    desk_page(Section::Activity, load)
}

async fn load(cx: Cx) -> ApiResult<Content> {
    let filter = filter(&cx.query);
    let request = pager::request(&cx.query);
    let rows = cx.api().list_audit(&cx.actor, &cx.school, &filter, &request).await?;
    let actors = cx.api().list_audit_actors(&cx.actor, &cx.school).await?;
    let position = Position::of(&rows, request.limit);
    let file = cx.query.without(&PLACE).without(&["per"]).at(&cx.at("activity.csv"));
    let view = view! {
        <div class="page-head">
            <h1>"Activity"</h1>
            <p class="page-head__meta">{counted(rows.total, "entry", "entries")} ". Nothing here is ever changed or removed."</p>
            <p class="page-head__actions">
                <a href=file download>
                    "Download CSV"
                </a>
            </p>
        </div>
        {filters(&cx, &filter, actors)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {list(&cx, rows)}
        <Pager path=cx.at("activity") query=cx.query.clone() position />
    };
    Ok(Content::new("Activity", view))
}

/// What a query asks for. A value that is none is no filter.
#[must_use]
pub fn filter(query: &Query) -> AuditFilter {
    let day = |name: &str| query.get(name).and_then(|text| text.parse::<NaiveDate>().ok());
    AuditFilter {
        actor: query.get("who").map(str::to_owned),
        kind: AuditKind::ALL.into_iter().find(|kind| query.get("kind") == Some(kind.as_str())),
        from: day("from"),
        to: day("to"),
    }
}

fn filters(cx: &Cx, filter: &AuditFilter, actors: Vec<String>) -> AnyView {
    let people = actors.into_iter().map(|name| (name.clone(), name)).collect();
    let kinds = AuditKind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), kind.as_str().to_owned()));
    let kind = filter.kind.map(AuditKind::as_str).unwrap_or_default();
    view! {
        <form class="filters" method="get" action=cx.at("activity") role="search">
            <div class="filters__row">
                {select("who", "Person", "Anybody", people, filter.actor.as_deref().unwrap_or_default())}
                {select("kind", "Kind", "Any kind", kinds.collect(), kind)} {day("from", "From", filter.from)}
                {day("to", "To", filter.to)}
                <button class="button" type="submit">
                    "Search"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn list(cx: &Cx, rows: Page<AuditLine>) -> AnyView {
    if rows.items.is_empty() {
        let all = cx.at("activity");
        return view! {
            <EmptyState why=Nothing::Matches title="Nothing matches">
                <p>
                    <a href=all>"Clear filters"</a>
                </p>
            </EmptyState>
        }
        .into_any();
    }
    let rows = rows.items.into_iter().map(|line| {
        view! {
            <tr>
                <th scope="row">
                    <Instant at=line.at />
                </th>
                <td data-l="Who">{line.actor}</td>
                <td data-l="What">{what(&line.action)}</td>
                <td data-l="On what">{line.target}</td>
                <td data-l="Particulars" class="table__wide">
                    {particulars(&line.detail)}
                </td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="Activity" tabindex="0">
            <table class="table">
                <caption>"Newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"On what"</th>
                        <th scope="col">"Particulars"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// An action in words; one that has none here is shown as it is.
fn what(action: &str) -> String {
    let words = match action {
        "conflict.decide" => "decision",
        "conflict.force" => "force apply",
        "force.end" => "force apply carried out",
        "conflict.leave" => "conflict left as it is",
        "decision.end" => "decision carried out",
        "decision.undo" => "decision taken back",
        "settings.import" | "settings.save" => "settings saved",
        "run.start" => "merge started",
        "run.approve" => "merge approved",
        "run.stop" => "merge stopped",
        "run.end" => "merge ended",
        "records.put" => "records edited",
        "records.remove" => "record removed",
        "session.begin" => "signed in",
        "session.end_others" => "other sessions ended",
        "person.invite" => "invited",
        "person.join" => "joined",
        "person.add" => "added",
        "person.admit" => "let in again",
        "person.role" => "role changed",
        "person.remove" => "removed",
        "person.password" => "password changed",
        "person.unlock" => "unlocked",
        "person.setup" => "first admin",
        "export.activity" => "activity downloaded",
        "database.restored" => "database restored from a copy",
        other => other,
    };
    words.to_owned()
}

/// The particulars folded away: they are for whoever looks for one.
fn particulars(detail: &str) -> AnyView {
    if detail.is_empty() || detail == "{}" {
        return ().into_any();
    }
    view! {
        <details>
            <summary>"Show"</summary>
            <code class="mono">{detail.to_owned()}</code>
        </details>
    }
    .into_any()
}
