use chrono::TimeDelta;
use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{MergeLine, MergeView, Overview, Right, WaitingLine};
use crate::components::empty::{EmptyState, Nothing};
use crate::components::frame::Section;
use crate::components::instant::Instant;
use crate::components::merge::phases::PhaseList;
use crate::components::merge::status::MergeStatus;
use crate::components::merge::trend::Trend;
use crate::components::merge::words::{duration, kind, roughly, took};
use crate::components::number::grouped;

/// `/{school}/overview`: is it running, did last night go well, is anything waiting, when is the next one (UX 7.2).
#[component]
pub fn OverviewPage() -> impl IntoView {
    desk_page(Section::Overview, |cx| async move {
        let overview = cx.api().get_overview(&cx.actor, &cx.school).await?;
        Ok(content(&cx, &overview))
    })
}

fn content(cx: &Cx, overview: &Overview) -> Content {
    let view = view! {
        <div class="page-head">
            <h1>"Overview"</h1>
            <p class="page-head__meta">
                {cx.frame.school.name.clone()} " · as of " <Instant at=overview.at /> " · "
                <a href=cx.at("overview")>"Refresh"</a>
            </p>
        </div>
        <section class="card">{now(cx, overview)}</section>
        <div class="cards">{last(cx, overview)} {attention(cx, overview)}</div>
        <section class="stack">
            <h2>"Open conflicts by record type"</h2>
            {waiting(cx, overview)}
        </section>
        {trend(overview)}
    };
    Content::new("Overview", view)
}

/// The last 30 days, once there was a conflict in them.
fn trend(overview: &Overview) -> Option<AnyView> {
    let some = overview.trend.iter().any(|day| day.open > 0 || day.new > 0 || day.closed > 0);
    some.then(|| {
        view! {
            <section class="stack">
                <h2>"Open at the end of each day, last 30 days"</h2>
                <Trend days=overview.trend.clone() />
            </section>
        }
        .into_any()
    })
}

fn now(cx: &Cx, overview: &Overview) -> AnyView {
    match &overview.current {
        Some(merge) => current(cx, overview, merge),
        None => idle(cx, overview),
    }
}

fn usually(overview: &Overview) -> Option<String> {
    overview.usual.map(|minutes| match minutes {
        0 => "under a minute".to_owned(),
        minutes => format!("{minutes} min"),
    })
}

fn current(cx: &Cx, overview: &Overview, merge: &MergeView) -> AnyView {
    let line = &merge.line;
    let here = cx.at(&format!("merges/{}", line.number));
    let so_far = line.started_at.map(|at| (overview.at - at).num_seconds());
    let usual = usually(overview).map(|usual| format!(" (usually {usual})")).unwrap_or_default();
    let so_far = so_far.map(|seconds| format!(" · {} so far{usual}", duration(seconds)));
    let sign = merge.silent.map(|silent| match silent {
        0..=60 => format!("Last sign of life {silent} s ago."),
        61..=600 => format!("No sign of life for {}. It may be stuck.", duration(silent)),
        _ => format!("No sign of life for {}. It counts as failed until it goes on.", duration(silent)),
    });
    let failed = merge.silent.is_some_and(|silent| silent > 600);
    let held = merge.hold.is_some();
    let words = match (held, failed) {
        (true, _) => "⏸ Waits for an approval",
        (false, true) => "✗ Failed",
        (false, false) => "⟳ A merge is running",
    };
    let reasons = merge.hold.as_ref().map(|hold| {
        let reasons = hold.reasons.iter().map(|reason| view! { <li>{reason.clone()}</li> }).collect_view();
        view! { <ul>{reasons}</ul> }
    });
    view! {
        <div class="stack" id="live" data-live=merge.is_running().then_some("yes")>
            <h2 class="card__title">{words}</h2>
            <p>
                "Merge #" {line.number} " · " {kind(line)} " · by " {line.by.clone()} {so_far}
            </p>
            {reasons}
            {(!held).then(|| view! { <PhaseList steps=merge.steps.clone() /> })}
            {sign.map(|sign| view! { <p class="meta">{sign}</p> })}
        </div>
        <div class="card__actions">
            <a class="button button--primary" href=here>
                "Open merge #" {line.number}
            </a>
        </div>
    }
    .into_any()
}

fn idle(cx: &Cx, overview: &Overview) -> AnyView {
    let usual = usually(overview).map(|usual| format!(" Usually {usual}."));
    let next = overview.next.as_ref().map(|next| {
        let left = roughly(next.at - overview.at);
        format!("Next: {} ({}), in {left}.", next.words, overview.zone)
    });
    let none = "No merge starts by itself: the schedule is off.".to_owned();
    let run = cx.frame.role.may(Right::RunTrial).then(|| {
        view! {
            <div class="card__actions">
                <a class="button" href=cx.at("merges/new")>
                    "Run a merge"
                </a>
            </div>
        }
    });
    view! {
        <h2 class="card__title">"Now"</h2>
        <p>"No merge is running. " {next.unwrap_or(none)} {usual}</p>
        {run}
    }
    .into_any()
}

fn last(cx: &Cx, overview: &Overview) -> AnyView {
    let Some((line, sentence)) = &overview.last else { return first_steps(cx) };
    let here = cx.at(&format!("merges/{}", line.number));
    let class = match line.outcome.tone() {
        "danger" => "card card--danger",
        "warn" => "card card--warn",
        _ => "card",
    };
    view! {
        <section class=class>
            <h2 class="card__title">{title(line)}</h2>
            <p>
                <MergeStatus outcome=line.outcome.clone() />
            </p>
            <p class="meta">
                "#" {line.number} " · " <Instant at=line.started_at.unwrap_or(line.requested_at) /> " · "
                {took(line).unwrap_or_else(|| "–".to_owned())} " · " {kind(line)} " · by " {line.by.clone()}
            </p>
            {line.reason.clone().map(|reason| view! { <p class="table__clamp">{reason} "."</p> })}
            {figures(line)}
            <p>{sentence.clone()}</p>
            <div class="card__actions">
                <a class="button" href=here>
                    "See the merge"
                </a>
            </div>
        </section>
    }
    .into_any()
}

fn title(line: &MergeLine) -> &'static str {
    if line.kind == "nightly" { "Last night" } else { "Last merge" }
}

fn figures(line: &MergeLine) -> Option<AnyView> {
    let facts = line.facts.as_ref()?;
    let figure = |number: u64, words: &'static str| {
        view! {
            <div>
                <dt>{words}</dt>
                <dd>{grouped(number)}</dd>
            </div>
        }
    };
    Some(
        view! {
            <dl class="figure-block">
                {figure(facts.all_changed(), "records changed")} {figure(facts.new_conflicts, "new conflicts")}
                {figure(facts.errors, "errors")} {figure(facts.deleted, "deletes")}
            </dl>
        }
        .into_any(),
    )
}

/// What is left to do before the first merge (UX 7.2, empty).
fn first_steps(cx: &Cx) -> AnyView {
    let link = |may: bool, path: &str, words: &'static str| match may {
        true => view! { <a href=cx.at(path)>{words}</a> }.into_any(),
        false => view! { {words} }.into_any(),
    };
    let role = cx.frame.role;
    view! {
        <section class="card">
            <h2 class="card__title">"No merge has run yet"</h2>
            <ol class="stack">
                <li>{link(role.may(Right::ReadSettings), "settings/types", "Look at which record types and fields are merged")}</li>
                <li>{link(role.may(Right::RunTrial), "merges/new", "Run a trial: it reads and compares, and writes nothing")}</li>
                <li>{link(role.may(Right::ReadSettings), "settings/schedule", "Set when merges start by themselves")}</li>
            </ol>
        </section>
    }
    .into_any()
}

fn attention(cx: &Cx, overview: &Overview) -> AnyView {
    if overview.attention.is_empty() {
        return view! {
            <section class="card">
                <h2 class="card__title">"Needs attention"</h2>
                <p>
                    <span class="status status--ok">
                        <span class="mark" aria-hidden="true">
                            "✓"
                        </span>
                        " Nothing"
                    </span>
                </p>
            </section>
        }
        .into_any();
    }
    let items = overview.attention.iter().map(|one| {
        view! {
            <li>
                <span aria-hidden="true">"▲ "</span>
                {one.text.clone()}
                " "
                <a href=cx.at(&one.path)>{one.link.clone()}</a>
            </li>
        }
    });
    view! {
        <section class="card card--warn">
            <h2 class="card__title">"Needs attention (" {overview.attention.len()} ")"</h2>
            <ul class="stack">{items.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn waiting(cx: &Cx, overview: &Overview) -> AnyView {
    if overview.waiting.is_empty() {
        return view! {
            <EmptyState why=Nothing::Yet title="Nothing to decide">
                <p>"No conflict is open."</p>
            </EmptyState>
        }
        .into_any();
    }
    let open: i64 = overview.waiting.iter().map(|line| line.open).sum();
    let new: i64 = overview.waiting.iter().map(|line| line.new).sum();
    let rows = overview.waiting.iter().map(|line| waiting_row(cx, overview, line)).collect_view();
    let decide = cx.frame.role.may(Right::Decide).then(|| {
        view! {
            <p>
                <a class="button" href=cx.at("conflicts/next")>
                    "Decide the oldest"
                </a>
            </p>
        }
    });
    view! {
        <div class="table-frame" role="region" aria-label="Open conflicts" tabindex="0">
            <table class="table">
                <caption>"Nothing of these is written until somebody has decided."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Record type"</th>
                        <th scope="col" class="num">
                            "Open"
                        </th>
                        <th scope="col" class="num">
                            "New since yesterday"
                        </th>
                        <th scope="col">"Oldest"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"Total"</th>
                        <td class="num" data-l="Open">
                            {grouped(open)}
                        </td>
                        <td class="num" data-l="New since yesterday">
                            {fresh(new)}
                        </td>
                        <td data-l="Oldest"></td>
                    </tr>
                </tfoot>
            </table>
        </div>
        {decide}
    }
    .into_any()
}

fn fresh(count: i64) -> String {
    if count == 0 { "–".to_owned() } else { format!("▲ {}", grouped(count)) }
}

fn waiting_row(cx: &Cx, overview: &Overview, line: &WaitingLine) -> AnyView {
    let href = cx.at(&format!("conflicts?type={}", line.name));
    let age: TimeDelta = overview.at - line.oldest;
    view! {
        <tr>
            <th scope="row">
                <a href=href>{line.label.clone()}</a>
            </th>
            <td class="num" data-l="Open">
                {grouped(line.open)}
            </td>
            <td class="num" data-l="New since yesterday">
                {fresh(line.new)}
            </td>
            <td data-l="Oldest">{roughly(age)}</td>
        </tr>
    }
    .into_any()
}
