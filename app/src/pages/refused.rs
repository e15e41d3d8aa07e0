//! What stands in the place of a page that cannot be shown (UX 4, 6.12).

use leptos::prelude::*;

use super::desk::{Content, Cx, desk_page};
use crate::api::{Actor, ApiError, ApiResult, Role};
use crate::components::frame::Section;
use crate::components::notice::Notice;
use crate::components::response::Code;
use crate::visit::Visit;

/// The page for an error of the desk in a school; a refusal says who could (UX 4).
pub async fn content_in(visit: &Visit, actor: &Actor, school: &str, error: &ApiError) -> Content {
    let holders = match error {
        ApiError::Forbidden { needs } => {
            visit.api.list_holders(actor, school, *needs).await.unwrap_or_default()
        }
        _ => Vec::new(),
    };
    page(error, Some(school), &holders)
}

/// The page for an error of the desk where no school is open; `school` is the way back.
#[must_use]
pub fn content(error: &ApiError, school: Option<&str>) -> Content {
    page(error, school, &[])
}

fn page(error: &ApiError, school: Option<&str>, holders: &[String]) -> Content {
    let back = school.map_or_else(|| "/".to_owned(), |school| format!("/{school}/overview"));
    let (title, status, text) = match error {
        ApiError::NotFound { .. } => (
            "Page not found",
            Code::NotFound,
            "There is nothing at this address, or not for you. It may have been typed wrongly, or the link is out of date.".to_owned(),
        ),
        ApiError::Forbidden { needs } => ("Not for your role", Code::Forbidden, needed(*needs, holders)),
        ApiError::Internal { incident } => (
            "Something failed",
            Code::Failed,
            format!("The page could not be made. Nothing was saved or changed by opening it. Try again in a minute; if it stays, give this number to whoever runs Tiebreak: {incident}"),
        ),
        ApiError::Invalid { .. } => ("This link cannot be used", Code::Invalid, format!("{error}. Nothing was changed.")),
        ApiError::Stale { .. } | ApiError::NotNow { .. } => ("Not now", Code::Conflict, format!("{error}.")),
    };
    let view = view! {
        <h1>{title}</h1>
        <Notice>{text}</Notice>
        <p>
            <a href=back>"Go to the overview"</a>
        </p>
    };
    Content::new(title, view).with_status(status)
}

fn needed(needs: Role, holders: &[String]) -> String {
    let who = match needs {
        Role::Viewer => "Only people of this school can open this.",
        Role::Resolver => "Only resolvers, leads and admins can do this.",
        Role::Lead => "Only leads and admins can do this.",
        Role::Admin => "Only admins can do this.",
    };
    let ask = match holders {
        [] => "Ask an admin of your school if you need it.".to_owned(),
        [one] => format!("{one} can."),
        [most @ .., last] => format!("{} and {last} can.", most.join(", ")),
    };
    format!("{who} Nothing was changed. {ask}")
}

/// `/{school}/not-allowed`, `/{school}/failed` and every other address of a school that leads nowhere.
#[component]
pub fn RefusedPage() -> impl IntoView {
    desk_page(Section::Overview, |cx| async move { refused(&cx) })
}

fn refused(cx: &Cx) -> ApiResult<Content> {
    let path = cx.visit.path.split('?').next().unwrap_or_default();
    Err(match path.rsplit('/').next() {
        Some("not-allowed") => {
            let named = |role: &Role| cx.query.get("needs") == Some(role.as_str());
            ApiError::Forbidden { needs: Role::ALL.into_iter().find(named).unwrap_or(Role::Admin) }
        }
        Some("failed") => {
            let incident = cx.query.get("incident").unwrap_or_default();
            let number: String = incident.chars().filter(char::is_ascii_hexdigit).take(8).collect();
            ApiError::Internal { incident: number }
        }
        _ => ApiError::NotFound { what: "page".to_owned() },
    })
}
