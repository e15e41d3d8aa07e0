//! The list of the pages. All of them are rendered whole before the first byte is sent, so that they need no script.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode, StaticSegment,
    components::{Route, Router, Routes},
};

use crate::pages::{NotFound, StatusPage};

/// The page that the address asks for.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=StaticSegment("") view=StatusPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
