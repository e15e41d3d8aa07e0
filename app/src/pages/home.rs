use leptos::prelude::*;

use super::refused;
use crate::api::{ApiError, Role, SchoolLine};
use crate::components::page::Page;
use crate::components::response;
use crate::visit::Visit;

/// `/`: to the overview of a school, or to where one can sign in.
#[component]
pub fn HomePage() -> impl IntoView {
    let visit = Visit::here();
    Suspend::new(async move {
        let Some((visit, actor)) = visit.and_then(|visit| visit.actor.clone().map(|actor| (visit, actor)))
        else {
            response::see_other("/sign-in");
            return ().into_any();
        };
        match visit.api.list_schools(&actor).await {
            Ok(schools) => match last_used(&visit, &schools) {
                Some(school) => {
                    response::see_other(&format!("/{}/overview", school.slug));
                    ().into_any()
                }
                None if actor.roles.iter().any(|(slug, role)| slug == "*" && *role == Role::Admin) => {
                    response::see_other("/setup");
                    ().into_any()
                }
                None => view! { <NoSchool /> }.into_any(),
            },
            Err(error) => failed(&error),
        }
    })
}

/// The school this person was in last, or the first one (UX 5.2).
fn last_used<'a>(visit: &Visit, schools: &'a [SchoolLine]) -> Option<&'a SchoolLine> {
    let last = visit.display.school.as_ref();
    schools.iter().find(|school| Some(&school.slug) == last).or_else(|| schools.first())
}

fn failed(error: &ApiError) -> AnyView {
    let content = refused::content(error, None);
    if let Some(status) = content.status {
        response::set_status(status);
    }
    view! { <Page title=content.title>{content.view}</Page> }.into_any()
}

#[component]
fn NoSchool() -> impl IntoView {
    view! {
        <Page title="No school yet">
            <h1>"No school yet"</h1>
            <p>
                "No school is set up, or you have no part in one. An admin can set one up from a file with "
                <code>"tiebreak settings import FILE.toml"</code> "."
            </p>
        </Page>
    }
}
