//! A point in time.

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

/// A time as people read it, in UTC, with the exact instant beside it for the browser (UX 6.9).
#[component]
pub fn Instant(
    /// The instant shown.
    at: DateTime<Utc>,
) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true)>
            {at.format("%-d %b %Y, %H:%M").to_string()}
        </time>
    }
}
