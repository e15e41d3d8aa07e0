//! A message that stands apart from the text.

use leptos::prelude::*;

/// Something the reader has to know before anything else on the page.
#[component]
pub fn Notice(
    /// The message.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            <span class="notice__mark" aria-hidden="true">
                "▲"
            </span>
            <p class="notice__text">{children()}</p>
        </div>
    }
}
