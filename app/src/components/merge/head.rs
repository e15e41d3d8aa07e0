//! The head that every page of a merge has: what it was, how it ended, and the other pages (UX 7.7.2).

use leptos::prelude::*;

use super::status::MergeStatus;
use super::words::{kind, took};
use crate::api::{MergeView, Right};
use crate::components::instant::Instant;
use crate::components::number::{counted, grouped};
use crate::query::Query;
use crate::visit::Visit;

/// The pages of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Steps and counts.
    Summary,
    /// What was changed.
    Changes,
    /// What it found to decide.
    Conflicts,
    /// What went wrong.
    Errors,
    /// What was not sent.
    Held,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Summary, Self::Changes, Self::Conflicts, Self::Errors, Self::Held];

    /// Part of the address after the number, and words.
    #[must_use]
    pub fn address(self) -> (&'static str, &'static str) {
        match self {
            Self::Summary => ("", "Summary"),
            Self::Changes => ("/changes", "Changes"),
            Self::Conflicts => ("/conflicts", "Conflicts"),
            Self::Errors => ("/errors", "Errors"),
            Self::Held => ("/held", "Held"),
        }
    }

    fn count(self, merge: &MergeView) -> Option<u64> {
        match self {
            Self::Summary => None,
            Self::Changes => Some(merge.totals.changes()),
            Self::Conflicts => Some(merge.totals.conflicts),
            Self::Errors => Some(merge.totals.errors),
            Self::Held => Some(merge.totals.held),
        }
    }
}

/// The part of a merge's changes that a page shows, and its files with it (UX 7.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its filters.
    pub query: Query,
    /// How many values they leave.
    pub values: u64,
}

/// What a merge was and how it ended, in one sentence, with links to its pages and files.
#[component]
pub fn MergeHead(
    /// The school, for links.
    school: String,
    /// The merge.
    merge: MergeView,
    /// The page.
    tab: Tab,
    /// What the files hold, where it is not everything that was written.
    #[prop(optional)]
    part: Option<Part>,
) -> impl IntoView {
    let here = format!("/{school}/merges/{}", merge.line.number);
    let line = merge.line.clone();
    let more = match (line.ended_at.is_some(), &line.reason) {
        (true, Some(reason)) => format!("{reason}. {}", merge.sentence),
        (true, None) => merge.sentence.clone(),
        (false, _) if merge.hold.is_some() => "Nothing was written to either system.".to_owned(),
        (false, Some(reason)) => format!("{reason}."),
        (false, None) => String::new(),
    };
    let revision = merge.settings_revision;
    let settings = (revision > 0).then(|| {
        let words = format!("settings revision {revision}");
        let link = format!("/{school}/settings/changes/{revision}");
        // Whoever may not read the settings is not sent to a page that refuses them (UX 4).
        let link = reads_settings(&school).then(|| view! { <a href=link>{words.clone()}</a> }.into_any());
        view! {
            " · "
            {link.unwrap_or_else(|| words.into_any())}
        }
    });
    view! {
        <nav class="breadcrumbs" aria-label="Breadcrumbs">
            <a href=format!("/{school}/merges")>"Merge history"</a>
        </nav>
        <div class="page-head">
            <h1>"Merge #" {line.number}</h1>
            <p class="page-head__meta">
                {kind(&line)} " · by " {line.by.clone()} " · " {times(&merge)} {settings}
            </p>
        </div>
        <div role="status">
            <MergeStatus outcome=line.outcome more band=true />
        </div>
        {merge.reason.clone().map(|reason| view! { <p>"Reason given: " {reason}</p> })}
        {tabs(&here, &merge, tab)}
        {files(&here, part.unwrap_or_else(|| Part { query: Query::default(), values: merge.values }))}
    }
    .into_any()
}

fn times(merge: &MergeView) -> AnyView {
    let line = &merge.line;
    match (line.started_at, line.ended_at) {
        (Some(from), Some(to)) => {
            let took = took(line).unwrap_or_default();
            view! {
                <Instant at=from />
                " to "
                <Instant at=to />
                ", "
                {took}
            }
            .into_any()
        }
        (Some(from), None) => view! {
            "since "
            <Instant at=from />
        }
        .into_any(),
        _ => view! {
            "asked for "
            <Instant at=line.requested_at />
        }
        .into_any(),
    }
}

fn tabs(here: &str, merge: &MergeView, current: Tab) -> AnyView {
    let items = Tab::ALL.map(|tab| {
        let (path, words) = tab.address();
        let count = tab.count(merge).map(|count| {
            view! {
                " "
                <span class="count-badge count-badge--quiet">{grouped(count)}</span>
            }
        });
        view! {
            <a class="tabs__item" href=format!("{here}{path}") aria-current=(tab == current).then_some("page")>
                {words}
                {count}
            </a>
        }
    });
    view! {
        <nav class="tabs" aria-label="Pages of this merge">
            {items.collect_view()}
        </nav>
    }
    .into_any()
}

/// Whether who asks may read the settings of the school.
fn reads_settings(school: &str) -> bool {
    let actor = Visit::here().and_then(|visit| visit.actor);
    actor.and_then(|actor| actor.role_in(school)).is_some_and(|role| role.may(Right::ReadSettings))
}

/// The values of the page as files.
fn files(here: &str, part: Part) -> AnyView {
    let values = counted(part.values, "value", "values");
    let file = |name: &str| part.query.at(&format!("{here}/{name}"));
    view! {
        <p class="row meta">
            "Download " {values} ": " <a href=file("changes.csv") download="">
                "CSV"
            </a> <a href=file("changes.json") download="">
                "JSON"
            </a>
        </p>
    }
    .into_any()
}
