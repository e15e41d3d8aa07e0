//! How a merge ended: mark and words, never colour alone (UX 3, 8.4).

use leptos::prelude::*;

use crate::api::Outcome;

/// The outcome as part of a line, or as the band that leads a page.
#[component]
pub fn MergeStatus(
    /// The outcome.
    outcome: Outcome,
    /// What follows in the band.
    #[prop(optional, into)]
    more: Option<String>,
    /// As the band of a page.
    #[prop(optional)]
    band: bool,
) -> impl IntoView {
    let tone = outcome.tone();
    let class = match band {
        true => format!("status status--band status--{tone}"),
        false => format!("status status--{tone}"),
    };
    let more = more.map(|more| view! { <span class="status__more">{more}</span> });
    let words = if band { format!("{}.", outcome.words) } else { outcome.words.clone() };
    view! {
        <span class=class>
            <span class="mark" aria-hidden="true">
                {outcome.mark()}
            </span>
            " "
            <span>{words}</span>
            " "
            {more}
        </span>
    }
    .into_any()
}
