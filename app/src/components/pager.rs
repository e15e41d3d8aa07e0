//! First, Previous, Next, Last of a list (UX 6.3).

use leptos::prelude::*;

use crate::api::{Page, PageRequest, Place};
use crate::query::Query;

/// Page sizes a reader may choose.
pub const SIZES: [u32; 4] = [25, 50, 100, 200];
/// The parts of a query that say which part of a list is shown.
pub const PLACE: [&str; 3] = ["after", "before", "last"];

/// Which part of a list an address asks for.
#[must_use]
pub fn request(query: &Query) -> PageRequest {
    let place = match (query.get("after"), query.get("before"), query.get("last")) {
        (Some(after), ..) => Place::After(after.to_owned()),
        (None, Some(before), _) => Place::Before(before.to_owned()),
        (None, None, Some(_)) => Place::Last,
        (None, None, None) => Place::First,
    };
    let limit = query.get("per").and_then(|per| per.parse().ok()).filter(|per| SIZES.contains(per));
    PageRequest { place, limit: limit.unwrap_or(PageRequest::default().limit) }
}

/// Says once that a link had filters that do not exist any more (UX 5.2).
#[must_use]
pub fn unknown_filters(query: &Query, known: &[&str]) -> AnyView {
    let unknown = query.unknown(known);
    if unknown.is_empty() {
        return ().into_any();
    }
    let text = format!("This link had a filter that no longer exists: {}.", unknown.join(", "));
    view! { <p class="meta">{text}</p> }.into_any()
}

/// Where a part of a list stands, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    total: i64,
    page: i64,
    pages: i64,
    previous: Option<String>,
    next: Option<String>,
}

impl Position {
    /// The position of a part.
    #[must_use]
    pub fn of<T>(page: &Page<T>, limit: u32) -> Self {
        let limit = i64::from(limit.max(1));
        Self {
            total: page.total,
            page: page.before / limit + 1,
            pages: (page.total + limit - 1) / limit,
            previous: page.previous.clone(),
            next: page.next.clone(),
        }
    }
}

/// The links to the other parts. They keep filters, sort and page size.
#[component]
pub fn Pager(
    /// Path of the list.
    path: String,
    /// The query of this part.
    query: Query,
    /// Where it stands.
    position: Position,
) -> impl IntoView {
    if position.pages <= 1 {
        return ().into_any();
    }
    let bare = query.without(&PLACE);
    let link = |words: &'static str, there: Option<Query>| match there {
        Some(query) => view! { <a class="pager__link" href=query.at(&path)>{words}</a> }.into_any(),
        None => view! { <span class="pager__link" aria-disabled="true">{words}</span> }.into_any(),
    };
    let first = position.previous.is_some().then(|| bare.clone());
    let previous = position.previous.map(|place| bare.with("before", place));
    let last = position.next.is_some().then(|| bare.with("last", 1));
    let next = position.next.map(|place| bare.with("after", place));
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="pager__place">"Page " {position.page} " of " {position.pages}</span>
            {link("First", first)}
            {link("Previous", previous)}
            {link("Next", next)}
            {link("Last", last)}
        </nav>
    }
    .into_any()
}
