//! The changes of a merge as a file: CSV with one row for each value, or JSON with one line for each (UX 7.7.2). Both are
//! made while they are sent, so that their length costs no memory.

use app::api::{Actor, ApiError, ChangeFilter, ChangeLine, ExportPart, ValueChange};
use app::query::Query;
use app::visit::Visit;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use futures::stream::unfold;
use serde_json::json;

use super::csv::{Cell, row};

/// The columns. Other programs read them, so they keep their names and their order.
const COLUMNS: [&str; 13] = [
    "merge",
    "settings_revision",
    "record_type",
    "key",
    "label",
    "written_to",
    "operation",
    "field",
    "before",
    "after",
    "because",
    "state",
    "written_at",
];

/// How a row is written.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
}

/// `/{school}/merges/{number}/changes.csv`.
pub(super) async fn csv(visit: Extension<Visit>, path: Path<(String, i64)>) -> Response {
    export(visit, path, Form::Csv).await
}

/// `/{school}/merges/{number}/changes.json`.
pub(super) async fn json(visit: Extension<Visit>, path: Path<(String, i64)>) -> Response {
    export(visit, path, Form::Json).await
}

async fn export(
    Extension(visit): Extension<Visit>,
    Path((school, number)): Path<(String, i64)>,
    form: Form,
) -> Response {
    let Some(actor) = visit.actor.clone() else {
        let to = Query::default().with("return_to", &visit.path).at("/sign-in");
        return Redirect::to(&to).into_response();
    };
    let filter = ChangeFilter::of(&Query::of(&visit.path));
    let first = match visit.api.export_merge_changes(&actor, &school, number, &filter, None).await {
        Ok(first) => first,
        Err(error) => return refused(&error, &school),
    };
    let file = match form {
        Form::Csv => (format!("{school}-merge-{number}-changes.csv"), "text/csv; charset=utf-8"),
        Form::Json => (format!("{school}-merge-{number}-changes.jsonl"), "application/x-ndjson"),
    };
    let export = Export { visit, actor, school, number, filter, form, part: Some(first), begun: false };
    // The slug of a school and a number: nothing that could end the header (RL S42).
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.0));
    let mut response = Body::from_stream(unfold(export, Export::next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.1));
    headers.insert(header::CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment")));
    response
}

/// The page that says why, in the same school.
fn refused(error: &ApiError, school: &str) -> Response {
    let to = match error {
        ApiError::Forbidden { needs } => format!("/{school}/not-allowed?needs={}", needs.as_str()),
        ApiError::NotFound { .. } => return StatusCode::NOT_FOUND.into_response(),
        ApiError::Internal { incident } => format!("/{school}/failed?incident={incident}"),
        _ => return (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    };
    Redirect::to(&to).into_response()
}

/// A file that is being sent.
struct Export {
    visit: Visit,
    actor: Actor,
    school: String,
    number: i64,
    filter: ChangeFilter,
    form: Form,
    /// The part to send next.
    part: Option<ExportPart>,
    begun: bool,
}

impl Export {
    /// The next piece. An error in the middle breaks the connection off: a file that ends early must not look whole.
    async fn next(mut self) -> Option<(Result<Bytes, ApiError>, Self)> {
        let part = self.part.take()?;
        let mut text = String::new();
        if !self.begun && matches!(self.form, Form::Csv) {
            row(&mut text, COLUMNS.iter().map(|name| Cell::Text((*name).to_owned())));
        }
        self.begun = true;
        for line in &part.lines {
            for value in &line.values {
                match self.form {
                    Form::Csv => row(&mut text, self.cells(&part, line, value)),
                    Form::Json => text.push_str(&self.object(&part, line, value)),
                }
            }
        }
        if let Some(after) = part.next {
            let api = &self.visit.api;
            match api
                .export_merge_changes(&self.actor, &self.school, self.number, &self.filter, Some(after))
                .await
            {
                Ok(next) => self.part = Some(next),
                Err(error) => return Some((Err(error), self)),
            }
        }
        Some((Ok(Bytes::from(text)), self))
    }

    fn cells(&self, part: &ExportPart, line: &ChangeLine, value: &ValueChange) -> impl Iterator<Item = Cell> {
        let written_at = line.at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        [
            Cell::Plain(self.number.to_string()),
            Cell::Plain(part.settings_revision.to_string()),
            Cell::Text(line.merge_type.clone()),
            Cell::Text(line.key.clone()),
            Cell::Text(line.label.clone()),
            Cell::Text(part.system(&line.side).to_owned()),
            Cell::Text(line.operation.clone()),
            Cell::Text(value.field.clone()),
            Cell::of_json(value.before.as_deref()),
            Cell::of_json(value.after.as_deref()),
            Cell::Text(value.because.clone()),
            Cell::Text(line.state.clone()),
            written_at.map_or(Cell::Nothing, Cell::Plain),
        ]
        .into_iter()
    }

    fn object(&self, part: &ExportPart, line: &ChangeLine, value: &ValueChange) -> String {
        let about = json!({
            "merge": self.number, "settings_revision": part.settings_revision, "record_type": line.merge_type,
            "key": line.key, "label": line.label, "written_to": part.system(&line.side),
            "operation": line.operation, "field": value.field, "because": value.because, "state": line.state,
            "written_at": line.at,
        });
        object_line(&about, value.before.as_deref(), value.after.as_deref())
    }
}

/// A line of JSON: what a value is about, and the value before and after, digit by digit as it was read. A parser that
/// makes floating-point numbers of them would tell of values that nobody has.
fn object_line(about: &serde_json::Value, before: Option<&str>, after: Option<&str>) -> String {
    let as_read = |text: Option<&str>| {
        let value = text.and_then(|text| merge::json::parse(text.as_bytes()).ok());
        value.map_or_else(|| "null".to_owned(), |value| value.to_json())
    };
    let about = about.to_string();
    let open = about.strip_suffix('}').unwrap_or(&about);
    format!("{open},\"before\":{},\"after\":{}}}\n", as_read(before), as_read(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exported_digit_by_digit() {
        let line = object_line(&json!({ "field": "fee" }), Some("12345678901234567890.10"), Some("1e400"));
        assert_eq!(line, "{\"field\":\"fee\",\"before\":12345678901234567890.10,\"after\":1e400}\n");
        let line = object_line(&json!({ "field": "fee" }), None, Some("\"a\\nb\""));
        assert_eq!(line, "{\"field\":\"fee\",\"before\":null,\"after\":\"a\\nb\"}\n");
    }
}
