//! The activity of a school as a file (UX 7.9.3).

use app::actions::Outcome;
use app::api::{Actor, ApiResult, AuditLine, PageRequest, Place};
use app::pages::activity::filter;
use app::query::Query;
use app::visit::Visit;
use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::SecondsFormat;

use super::csv::{Cell, row};

/// The columns. Other programs read them, so they keep their names and their order.
const COLUMNS: [&str; 6] = ["row", "at", "who", "what", "on_what", "particulars"];
/// Rows of one file; older ones are reached by the filter of days.
const ROWS: usize = 20_000;
/// Rows read at once.
const PART: u32 = 200;

/// `/{school}/activity.csv`: what the page with the same filter shows, newest first.
pub(super) async fn csv(Extension(visit): Extension<Visit>, Path(school): Path<String>) -> Response {
    let Some(actor) = visit.actor.clone() else {
        let to = Query::default().with("return_to", &visit.path).at("/sign-in");
        return Redirect::to(&to).into_response();
    };
    match read(&visit, &actor, &school).await {
        Ok(lines) => file(&school, &lines),
        Err(error) => Redirect::to(&Outcome::refused(&error, &school, format!("/{school}/activity")).next)
            .into_response(),
    }
}

async fn read(visit: &Visit, actor: &Actor, school: &str) -> ApiResult<Vec<AuditLine>> {
    let filter = filter(&Query::of(&visit.path));
    let mut lines = Vec::new();
    let mut place = Place::First;
    loop {
        let request = PageRequest { place, limit: PART };
        let part = visit.api.list_audit(actor, school, &filter, &request).await?;
        lines.extend(part.items);
        match part.next {
            Some(next) if lines.len() < ROWS => place = Place::After(next),
            _ => break,
        }
    }
    visit.api.note_audit_export(actor, school, lines.len() as u64).await?;
    Ok(lines)
}

fn file(school: &str, lines: &[AuditLine]) -> Response {
    let mut text = String::new();
    row(&mut text, COLUMNS.iter().map(|name| Cell::Text((*name).to_owned())));
    for line in lines {
        let cells = [
            Cell::Plain(line.row.to_string()),
            Cell::Plain(line.at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Cell::Text(line.actor.clone()),
            Cell::Text(line.action.clone()),
            Cell::Text(line.target.clone()),
            Cell::Text(line.detail.clone()),
        ];
        row(&mut text, cells.into_iter());
    }
    // The slug of a school that exists: nothing that could end the header (RL S42).
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{school}-activity.csv\""));
    let name = name.unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response()
}
