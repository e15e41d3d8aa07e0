use leptos::prelude::*;

use crate::components::{page::Page, response};

/// What an address gets that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    response::set_status(response::Code::NotFound);
    view! {
        <Page title="Page not found">
            <p>"There is no page at this address. It may have been typed wrongly, or the link is out of date."</p>
            <p>
                <a href="/">"Go to the status of this instance"</a>
            </p>
        </Page>
    }
}
