use chrono::NaiveDate;
use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{ApiResult, Facts, History, HistoryLine, MergeFilter, MergeLine, Right};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::filter::{day, select};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::merge::status::MergeStatus;
use crate::components::merge::timeline::Timeline;
use crate::components::merge::words::{kind, took};
use crate::components::number::{counted, grouped};
use crate::components::pager::{self, Pager, Position};

/// The parts of the query this page knows.
const KNOWN: [&str; 8] = ["kind", "outcome", "from", "to", "per", "after", "before", "last"];
/// Kinds and outcomes of the filter, with their words.
const KINDS: [(&str, &str); 3] = [("nightly", "By schedule"), ("manual", "By a person"), ("trial", "Trial")];
const OUTCOMES: [(&str, &str); 9] = [
    ("finished", "Finished"),
    ("conflicts", "Finished, conflicts to decide"),
    ("errors", "Finished with errors"),
    ("part-held", "Finished, part held by a safety limit"),
    ("limit", "Stopped by a safety limit"),
    ("stopped", "Stopped by a person"),
    ("failed", "Failed"),
    ("nothing-read", "Ran, read nothing"),
    ("trial", "Trial"),
];

/// `/{school}/merges`: every merge with what it came to, and the changes of settings between them (UX 7.7.1).
#[component]
pub fn MergesPage() -> impl IntoView {
    desk_page(Section::Merges, |cx| async move {
        let day = |name: &str| cx.query.get(name).and_then(|day| day.parse::<NaiveDate>().ok());
        let filter = MergeFilter {
            kinds: cx.query.list("kind"),
            outcomes: cx.query.list("outcome"),
            from: day("from"),
            to: day("to"),
        };
        let request = pager::request(&cx.query);
        let history = cx.api().list_merges(&cx.actor, &cx.school, &filter, &request).await?;
        content(&cx, &filter, history, request.limit)
    })
}

fn content(cx: &Cx, filter: &MergeFilter, history: History, limit: u32) -> ApiResult<Content> {
    let position = Position::of(&history.page, limit);
    let total = history.page.total;
    let mut bars: Vec<MergeLine> = history.page.items.iter().filter_map(merge).cloned().collect();
    bars.reverse();
    let list = if total == 0 { nothing(cx, filter) } else { table(cx, history.page.items, total) };
    let chart = (bars.len() > 1).then(|| view! { <Timeline school=cx.school.clone() merges=bars /> });
    let start = cx.frame.role.may(Right::RunTrial).then(|| {
        view! {
            <div class="page-head__actions">
                <a class="button" href=cx.at("merges/new")>
                    "Run a merge"
                </a>
            </div>
        }
    });
    let view = view! {
        <div class="page-head">
            <h1>"Merge history"</h1>
            {start}
            <p class="page-head__meta">
                {counted(total, "merge", "merges")} ". Days of the filter are those of " {history.zone} "."
            </p>
        </div>
        {filters(cx, filter)}
        {pager::unknown_filters(&cx.query, &KNOWN)}
        {chart}
        {list}
        <Pager path=cx.at("merges") query=cx.query.clone() position />
    };
    Ok(Content::new("Merge history", view))
}

fn merge(line: &HistoryLine) -> Option<&MergeLine> {
    match line {
        HistoryLine::Merge(line) => Some(line),
        HistoryLine::Settings { .. } => None,
    }
}

fn filters(cx: &Cx, filter: &MergeFilter) -> AnyView {
    let words = |table: &[(&str, &str)]| -> Vec<(String, String)> {
        table.iter().map(|(word, words)| ((*word).to_owned(), (*words).to_owned())).collect()
    };
    view! {
        <form class="filters" method="get" action=cx.at("merges") role="search" aria-label="Merges">
            <div class="filters__row">
                {select("kind", "Kind", "All kinds", words(&KINDS), &filter.kinds.join(","))}
                {select("outcome", "Outcome", "All outcomes", words(&OUTCOMES), &filter.outcomes.join(","))}
                {day("from", "From", filter.from)} {day("to", "To", filter.to)}
                <button class="button button--primary" type="submit">
                    "Apply"
                </button>
            </div>
            {chips(cx, filter)}
        </form>
    }
    .into_any()
}

/// Every active filter as a link that takes it away.
fn chips(cx: &Cx, filter: &MergeFilter) -> Option<AnyView> {
    let words = |table: &[(&'static str, &'static str)], value: &str| {
        table
            .iter()
            .find(|(known, _)| *known == value)
            .map_or_else(|| value.to_owned(), |(_, words)| (*words).to_owned())
    };
    let mut active = Vec::new();
    active.extend(filter.kinds.iter().map(|value| ("kind", words(&KINDS, value))));
    active.extend(filter.outcomes.iter().map(|value| ("outcome", words(&OUTCOMES, value))));
    active.extend(filter.from.map(|day| ("from", format!("From {}", day.format("%-d %b %Y")))));
    active.extend(filter.to.map(|day| ("to", format!("To {}", day.format("%-d %b %Y")))));
    if active.is_empty() {
        return None;
    }
    let path = cx.at("merges");
    let chips = active.into_iter().map(|(name, words)| {
        let href = cx.query.without(&[name, "after", "before", "last"]).at(&path);
        view! {
            <li>
                <a class="chip" href=href>
                    <span class="vh">"Without "</span>
                    {words}
                    <span aria-hidden="true">" ✕"</span>
                </a>
            </li>
        }
    });
    Some(view! { <ul class="chips">{chips.collect_view()}</ul> }.into_any())
}

fn table(cx: &Cx, lines: Vec<HistoryLine>, total: i64) -> AnyView {
    let rows = lines.into_iter().map(|line| match line {
        HistoryLine::Merge(line) => row(cx, &line),
        HistoryLine::Settings { revision, at, by, reason } => {
            let link = cx.frame.role.may(Right::ReadSettings).then(|| {
                view! { <a href=cx.at(&format!("settings/changes/{revision}"))>"See the change"</a> }
            });
            let why = if reason.is_empty() { "No reason was given.".to_owned() } else { reason };
            view! {
                <tr class="table__aside">
                    <th scope="row">
                        <span aria-hidden="true">"⚙ "</span>
                        "Settings "
                        {revision}
                    </th>
                    <td data-l="Started">
                        <Instant at />
                    </td>
                    <td data-l="Took"></td>
                    <td data-l="Kind">"settings"</td>
                    <td data-l="By">{by}</td>
                    <td data-l="Outcome" colspan="4">
                        {why}
                        " "
                        {link}
                    </td>
                </tr>
            }
            .into_any()
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="Merges" tabindex="0">
            <table class="table">
                <caption>{counted(total, "merge", "merges")} ", newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Merge"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Took"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"By"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="num">
                            "Changed"
                        </th>
                        <th scope="col" class="num">
                            "New conflicts"
                        </th>
                        <th scope="col" class="num">
                            "Errors"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &Cx, line: &MergeLine) -> AnyView {
    let here = cx.at(&format!("merges/{}", line.number));
    let trial = line.kind == "trial";
    let count = |count: Option<u64>| match count {
        Some(count) if trial && count > 0 => format!("({})", grouped(count)),
        Some(count) => grouped(count),
        None => "–".to_owned(),
    };
    let facts = line.facts.as_ref();
    let reason = line.reason.clone().map(|reason| view! { <p class="meta table__clamp">{reason}</p> });
    view! {
        <tr>
            <th scope="row">
                <a href=here>"#" {line.number}</a>
            </th>
            <td data-l="Started">
                <Instant at=line.started_at.unwrap_or(line.requested_at) />
            </td>
            <td data-l="Took">{took(line).unwrap_or_else(|| "–".to_owned())}</td>
            <td class="table__whole" data-l="Kind">
                {kind(line)}
            </td>
            <td data-l="By">{line.by.clone()}</td>
            <td data-l="Outcome">
                <MergeStatus outcome=line.outcome.clone() />
                {reason}
            </td>
            <td class="num" data-l="Changed">
                {count(facts.map(Facts::all_changed))}
            </td>
            <td class="num" data-l="New conflicts">
                {count(facts.map(|facts| facts.new_conflicts))}
            </td>
            <td class="num" data-l="Errors">
                {count(facts.map(|facts| facts.errors))}
            </td>
        </tr>
    }
    .into_any()
}

fn nothing(cx: &Cx, filter: &MergeFilter) -> AnyView {
    if *filter == MergeFilter::default() {
        let trial = cx.frame.role.may(Right::RunTrial).then(|| cx.at("merges/new"));
        return view! {
            <EmptyState why=Nothing::Yet title="No merges yet">
                <p>"A trial merge reads and compares both systems, and writes nothing."</p>
                {trial.map(|href| view! { <p><a href=href>"Run a trial"</a></p> })}
            </EmptyState>
        }
        .into_any();
    }
    let all = cx.at("merges");
    view! {
        <EmptyState why=Nothing::Matches title="No merge is like that">
            <p>
                <a href=all>"Clear filters"</a>
            </p>
        </EmptyState>
    }
    .into_any()
}
