use leptos::prelude::*;

use super::refused;
use crate::api::ApiError;
use crate::components::page::Page;
use crate::components::response;

/// What an address outside every school gets that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    response::set_status(response::Code::NotFound);
    let content = refused::content(&ApiError::NotFound { what: "page".to_owned() }, None);
    view! { <Page title=content.title>{content.view}</Page> }
}
