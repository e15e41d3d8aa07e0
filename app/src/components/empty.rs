//! Nothing there yet, nothing that matches, nothing to be had: three different pictures (UX 6.3).

use leptos::prelude::*;

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing exists yet.
    Yet,
    /// The filters hide everything.
    Matches,
    /// It could not be read.
    Readable,
}

/// What stands in the place of a list without lines.
#[component]
pub fn EmptyState(
    /// Why.
    why: Nothing,
    /// In a few words.
    #[prop(into)]
    title: String,
    /// What can be done.
    children: Children,
) -> impl IntoView {
    let (class, mark) = match why {
        Nothing::Yet => ("empty-state empty-state--none", "◇"),
        Nothing::Matches => ("empty-state empty-state--no-results", "⊘"),
        Nothing::Readable => ("empty-state empty-state--error", "▲"),
    };
    view! {
        <section class=class>
            <p class="empty-state__title">
                <span class="mark" aria-hidden="true">
                    {mark}
                </span>
                " "
                {title}
            </p>
            <div class="empty-state__text">{children()}</div>
        </section>
    }
}
