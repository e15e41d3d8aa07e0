//! What happened to a record, newest first (UX 7.8: lineage).

use leptos::prelude::*;
use merge::{Level, Mode};

use super::choice;
use super::instant::Instant;
use super::made_of::MadeOf;
use super::number::counted;
use super::value::in_short;
use super::winner;
use crate::api::{ChangedField, DecisionView, FieldChoice, Page, RecordChange, RecordEvent, Systems};
use crate::query::Query;

/// The history, with the way to what is older.
#[component]
pub fn RecordHistory(
    /// The lines.
    history: Page<RecordEvent>,
    /// Path of the record.
    path: String,
    /// The rest of its address: what else the page shows.
    query: Query,
    /// The school in links.
    school: String,
    /// The names of the systems.
    systems: Systems,
    /// Whether these are the newest ones.
    first: bool,
) -> impl IntoView {
    let Page { items, total, next, .. } = history;
    let lines = items.into_iter().map(|event| line(event, &school, &systems)).collect_view();
    let older = next.map(|place| {
        let address = query.with("after", place).at(&path);
        view! { <a class="pager__link" href=format!("{address}#history")>"Older"</a> }
    });
    let newest = (!first).then(|| {
        let address = query.without(&["after"]).at(&path);
        view! { <a class="pager__link" href=format!("{address}#history")>"Newest"</a> }
    });
    let pages = older.is_some() || newest.is_some();
    view! {
        <section class="stack" id="history" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            {if total == 0 {
                view! { <p>"Nothing yet: no merge has changed this record, and nobody has decided anything on it."</p> }
                    .into_any()
            } else {
                view! {
                    <p class="meta">{counted(total, "entry", "entries")} ", newest first"</p>
                    <ol class="history">{lines}</ol>
                }
                    .into_any()
            }}
            {pages
                .then(|| {
                    view! {
                        <nav class="pager" aria-label="Pages of the history">
                            {newest}
                            {older}
                        </nav>
                    }
                })}
        </section>
    }
    .into_any()
}

fn line(event: RecordEvent, school: &str, systems: &Systems) -> AnyView {
    match event {
        RecordEvent::Change(change) => planned(change, school, systems),
        RecordEvent::Decision { conflict, decision } => decided(conflict, decision, school, systems),
    }
}

fn planned(change: RecordChange, school: &str, systems: &Systems) -> AnyView {
    let what = match (change.operation.as_str(), change.outcome.as_str()) {
        ("create", _) => format!("{} was to get this record", change.system),
        ("update", _) => format!("Change in {}", change.system),
        ("delete", _) => format!("{} was to lose this record", change.system),
        (_, "conflict") => "Found a conflict".to_owned(),
        _ => "Looked at it, with nothing to send".to_owned(),
    };
    let became = became(&change);
    let fields = change.fields.into_iter().map(|field| changed(&field, systems)).collect_view();
    view! {
        <li class="history__item">
            <Instant at=change.at />
            <div class="history__what">
                <p>
                    <strong>{what}</strong>
                    {became.map(|words| format!(": {words}"))}
                </p>
                {fields}
            </div>
            <span class="history__who">
                <a href=format!("/{school}/merges/{}", change.merge)>{format!("merge #{}", change.merge)}</a>
                {(change.kind == "trial").then_some(" (trial)")}
            </span>
        </li>
    }
    .into_any()
}

/// What became of a planned change, in words; nothing where there was nothing to send.
fn became(change: &RecordChange) -> Option<&'static str> {
    if change.operation == "none" {
        return None;
    }
    Some(match change.verdict.as_str() {
        "planned" if change.kind == "trial" => "only planned, nothing is saved by a trial",
        "planned" => "planned",
        "held_by_limit" => "held by a safety limit",
        "held" => "held",
        "blocked" => "not allowed by the settings, or what it refers to is missing",
        "pending" => "queued",
        "sent" => "sent, not yet confirmed",
        "confirmed" => "done",
        "rejected" => "refused",
        "parked" => "not known to have arrived, looked at again in the next merge",
        "superseded" => "dropped, because somebody edited the record meanwhile",
        "skipped" => "dropped before it was sent",
        _ => "ended otherwise",
    })
}

fn changed(field: &ChangedField, systems: &Systems) -> AnyView {
    let mode = field.mode.as_deref().and_then(|mode| mode.parse::<Mode>().ok());
    let level = field.level.as_deref().and_then(|level| level.parse::<Level>().ok());
    let why = mode.zip(level).map(|(mode, level)| {
        format!(" ({}, {})", winner::short(mode, systems), winner::origin(level, "this type"))
    });
    view! {
        <p>
            {field.name.clone()} ": " <bdi>{in_short(field.before.as_deref())}</bdi> <span aria-hidden="true">" → "</span>
            <span class="vh">" to "</span> <bdi>{in_short(field.after.as_deref())}</bdi>
            <span class="meta">{why}</span>
        </p>
        <MadeOf inputs=field.made_of.clone() systems=systems.clone() />
    }
    .into_any()
}

fn decided(conflict: i64, decision: DecisionView, school: &str, systems: &Systems) -> AnyView {
    let choices = decision.choices.iter().map(|choice| chosen(choice, systems)).collect_view();
    let state = match decision.state.as_str() {
        "decided" => "Queued, or on its way.",
        "applied" => "Done on both sides.",
        "partly" => "Done in part.",
        "refused" => "Refused by the other system.",
        "undone" => "Undone.",
        _ => "",
    };
    let title = if decision.force { "Forced decision" } else { "Decision" };
    view! {
        <li class="history__item">
            <Instant at=decision.at />
            <div class="history__what">
                <p>
                    <strong>{title}</strong>
                    " by "
                    {decision.person.clone()}
                    ". "
                    {state}
                </p>
                {choices}
                {decision.reason.clone().map(|reason| view! { <p class="meta">"“" {reason} "”"</p> })}
            </div>
            <span class="history__who">
                <a href=format!("/{school}/conflicts/{conflict}")>{format!("conflict {conflict}")}</a>
            </span>
        </li>
    }
    .into_any()
}

fn chosen(choice: &FieldChoice, systems: &Systems) -> AnyView {
    let what = choice::words(&choice.choose, systems, || in_short(choice.value.as_deref()));
    let path = if choice.path.is_empty() { "Whole record".to_owned() } else { choice.path.clone() };
    view! {
        <p>
            {path} ": " <bdi>{what}</bdi>
        </p>
    }
    .into_any()
}
