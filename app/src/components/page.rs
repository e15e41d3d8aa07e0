//! The frame of pages outside a school: signing in, setting up, what leads nowhere (UX 6.1).

use leptos::prelude::*;
use leptos_meta::Title;

/// Skip link, header and main part; the page brings its own heading.
#[component]
pub fn Page(
    /// First words of the window's title (UX 5.3).
    #[prop(into)]
    title: String,
    /// What stands under the heading.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=format!("{title} · Tiebreak") />
        <a class="skip" href="#main">
            "Skip to the main part"
        </a>
        <header class="header">
            <a class="header__name" href="/">
                "Tiebreak"
            </a>
        </header>
        <main id="main" class="main main--narrow" tabindex="-1">
            {children()}
        </main>
        <footer class="footer">"Tiebreak keeps two systems of record in step."</footer>
    }
}
