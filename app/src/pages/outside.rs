//! How a page outside every school is made: signing in, setting up, accepting an invitation.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::desk::Content;
use super::refused;
use crate::api::ApiError;
use crate::components::page::Page;
use crate::components::response;
use crate::door::DoorError;
use crate::query::Query;
use crate::visit::Visit;

/// What such a page is made from.
pub struct Outside {
    /// The request.
    pub visit: Visit,
    /// The query of the address.
    pub query: Query,
    /// The last part of the path, where it is one of many.
    pub token: String,
}

/// Loads what a page shows and puts the frame of such pages around it; none leads to the page that says that there is
/// nothing here.
pub fn outside_page<Load, Loading>(load: Load) -> impl IntoView
where
    Load: FnOnce(Outside) -> Loading + Send + 'static,
    Loading: Future<Output = Result<Option<Content>, DoorError>> + Send + 'static,
{
    let token = use_params_map().get_untracked().get_str("token").unwrap_or_default().to_owned();
    let visit = Visit::here();
    Suspend::new(async move {
        let content = match visit {
            Some(visit) => {
                let query = Query::of(&visit.path);
                made(load(Outside { visit, query, token }).await)
            }
            None => refused::content(&ApiError::Internal { incident: "no visit".to_owned() }, None),
        };
        if let Some(status) = content.status {
            response::set_status(status);
        }
        view! { <Page title=content.title>{content.view}</Page> }.into_any()
    })
}

fn made(loaded: Result<Option<Content>, DoorError>) -> Content {
    let error = match loaded {
        Ok(Some(content)) => return content,
        Ok(None) => ApiError::NotFound { what: "page".to_owned() },
        Err(DoorError::Internal(incident)) => ApiError::Internal { incident },
        Err(other) => ApiError::NotNow { message: other.to_string().trim_end_matches('.').to_owned() },
    };
    refused::content(&error, None)
}

/// A page that leads elsewhere at once.
pub fn elsewhere(address: &str) -> Content {
    response::see_other(address);
    Content::new("", ())
}

/// The content with the status that its form asks for: 429 while tries have to wait, 422 with problems (UX 6.5).
#[must_use]
pub fn judged(content: Content, typed: &crate::door::Typed) -> Content {
    if typed.wait.is_some() {
        content.with_status(response::Code::TooMany)
    } else if typed.problems.is_empty() {
        content
    } else {
        content.with_status(response::Code::Invalid)
    }
}
