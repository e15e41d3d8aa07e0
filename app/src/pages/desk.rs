//! How a page of a school is made: who asks, what is around it, what it shows, and what it says when it cannot.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::{Actor, Api, ApiError, ApiResult, Frame};
use crate::components::frame::{SchoolFrame, Section};
use crate::components::page::Page;
use crate::components::response::{self, Code};
use crate::pages::refused;
use crate::query::Query;
use crate::visit::Visit;

/// What a page is made from.
#[derive(Clone)]
pub struct Cx {
    /// The request.
    pub visit: Visit,
    /// Who asks.
    pub actor: Actor,
    /// The school, by its name in links.
    pub school: String,
    /// What stands around the page.
    pub frame: Frame,
    /// The query of the address.
    pub query: Query,
    params: leptos_router::params::ParamsMap,
}

impl Cx {
    /// Everything that may be asked.
    #[must_use]
    pub fn api(&self) -> &dyn Api {
        self.visit.api.as_ref()
    }

    /// A part of the path, such as `number` in `/:school/conflicts/:number`.
    ///
    /// # Errors
    /// When it is missing or not of this type: there is no such page.
    pub fn param<T: std::str::FromStr>(&self, name: &str) -> ApiResult<T> {
        let text = self.params.get_str(name).unwrap_or_default();
        text.parse().map_err(|_| ApiError::NotFound { what: format!("{name} {text}") })
    }

    /// An address in this school.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("/{}/{path}", self.school)
    }
}

/// A page that has been made.
pub struct Content {
    /// First words of the window's title.
    pub title: String,
    /// What it shows, beginning with its `<h1>`.
    pub view: AnyView,
    /// Its status line, where it is not 200.
    pub status: Option<Code>,
    /// Whether the browser is sent on, and nobody sees this one.
    leads_on: bool,
}

impl Content {
    /// A page that shows this.
    pub fn new(title: impl Into<String>, view: impl IntoView + 'static) -> Self {
        Self { title: title.into(), view: view.into_any(), status: None, leads_on: false }
    }

    /// No page, but the way to another one. What the last action has to say waits for that one.
    #[must_use]
    pub fn elsewhere(address: &str) -> Self {
        response::see_other(address);
        Self { leads_on: true, ..Self::new("Elsewhere", ()) }
    }

    /// With this status line. What is wrong is said first in the title (UX 5.3).
    #[must_use]
    pub fn with_status(self, status: Code) -> Self {
        Self { title: format!("Error: {}", self.title), status: Some(status), ..self }
    }
}

/// Loads what a page shows and puts the frame of its school around it. What the desk refuses becomes the page that says why.
pub fn desk_page<Load, Loading>(section: Section, load: Load) -> impl IntoView
where
    Load: FnOnce(Cx) -> Loading + Send + 'static,
    Loading: Future<Output = ApiResult<Content>> + Send + 'static,
{
    let params = use_params_map().get_untracked();
    let visit = Visit::here();
    Suspend::new(async move {
        match visit {
            Some(visit) => made(visit, params, section, load).await,
            None => bare(refused::content(&ApiError::Internal { incident: "no visit".to_owned() }, None)),
        }
    })
}

async fn made<Load, Loading>(
    visit: Visit,
    params: leptos_router::params::ParamsMap,
    section: Section,
    load: Load,
) -> AnyView
where
    Load: FnOnce(Cx) -> Loading,
    Loading: Future<Output = ApiResult<Content>>,
{
    let school = params.get_str("school").unwrap_or_default().to_owned();
    let Some(actor) = visit.actor.clone() else {
        response::see_other(&Query::default().with("return_to", &visit.path).at("/sign-in"));
        return ().into_any();
    };
    // A number, a key or a person is of this school alone.
    let names_nothing = params.latest_values().count() == 1;
    let frame = match visit.api.get_frame(&actor, &school).await {
        Ok(frame) => frame,
        Err(error) => return bare(refused::content(&error, None)),
    };
    if visit.display.school.as_ref() != Some(&school) {
        response::set_choice("school", &school);
    }
    let query = Query::of(&visit.path);
    let cx = Cx {
        actor: actor.clone(),
        school: school.clone(),
        frame: frame.clone(),
        query,
        params,
        visit: visit.clone(),
    };
    let content = match load(cx).await {
        Ok(content) => content,
        Err(error) => refused::content_in(&visit, &actor, &school, &error).await,
    };
    if let Some(status) = content.status {
        response::set_status(status);
    }
    if content.leads_on {
        return ().into_any();
    }
    let flash = visit.door.flash().await;
    let page = everywhere(&visit.path, &school).filter(|_| names_nothing && content.status.is_none());
    view! {
        <SchoolFrame frame section title=content.title page flash>
            {content.view}
        </SchoolFrame>
    }
    .into_any()
}

/// The page after the school in an address, without its filters.
fn everywhere(path: &str, school: &str) -> Option<String> {
    let path = path.split('?').next()?.strip_prefix('/')?.strip_prefix(school)?;
    path.strip_prefix('/').map(str::to_owned)
}

/// A page without a school around it.
fn bare(content: Content) -> AnyView {
    if let Some(status) = content.status {
        response::set_status(status);
    }
    view! { <Page title=content.title>{content.view}</Page> }.into_any()
}
