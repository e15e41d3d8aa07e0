use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{
    components::{response, scripts::Scripts},
    routes::App,
    site::Site,
    visit::Visit,
};

/// The document around every page: head, style, script, and the page as the routes decide it.
pub fn shell() -> impl IntoView {
    response::set_policy();
    let site = use_context::<Site>().unwrap_or_default();
    let display = Visit::here().map(|visit| visit.display).unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-theme=display.theme
            data-density=display.density
            data-single-keys=display.no_single_keys.then_some("off")
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                {site.style.map(|href| view! { <link rel="stylesheet" href=href /> })}
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <Scripts code=site.code />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
