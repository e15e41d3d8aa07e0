//! From templates to requests, and reads with their retries (CN C8).

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::Connection;
use super::answer::{Answer, malformed};
use super::client::{Failure, Request};
use super::config::units::HeaderName as ConfiguredName;
use super::config::{StatusRules, WriteKind};
use super::meaning::{Call, Verdict, judge, read_error};
use super::template::{Name, Template, Values};
use crate::Cx;
use crate::error::SystemError;

const RETRIES_OF_A_READ: u32 = 4;
const FIRST_WAIT_MS: u64 = 500;
const LONGEST_WAIT_MS: u64 = 30_000;
/// A wait that the system asks for is honoured up to here; beyond it the caller decides.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(15 * 60);

impl Connection {
    /// Joins a path and parameters to the base URL. A parameter whose only value is not there is left out when its
    /// name may be absent (partition, cursor and the like); a missing id or key is refused.
    pub(super) fn url<'a>(
        &self,
        path: &Template,
        params: impl IntoIterator<Item = (&'a String, &'a Template)>,
        values: &Values<'_>,
    ) -> Result<Url, SystemError> {
        let path = self.path(path, values)?;
        let mut query = Vec::new();
        for (name, template) in params {
            match template.render(values) {
                Ok(value) => query.push(format!("{name}={value}")),
                Err(Name::Id | Name::NewId | Name::Key(_)) => return Err(lacks(template, values)),
                Err(_) => {}
            }
        }
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let mut url = Url::parse(&text).map_err(|error| SystemError::Misconfigured {
            message: format!("`{path}` makes no URL: {error}"),
        })?;
        if !query.is_empty() {
            let own = url.query().map(|own| format!("{own}&")).unwrap_or_default();
            url.set_query(Some(&format!("{own}{}", query.join("&"))));
        }
        Ok(url)
    }

    fn path(&self, template: &Template, values: &Values<'_>) -> Result<String, SystemError> {
        let path = template.render(values).map_err(|_| lacks(template, values))?;
        let put_in = [values.id, values.new_id, values.partition, values.version];
        let escapes = put_in.iter().flatten().any(|text| matches!(*text, "" | "." | ".."));
        if escapes {
            return Err(refused(
                None,
                "id",
                "an id that is empty or only dots cannot be put into a path".to_owned(),
            ));
        }
        Ok(if path.starts_with('/') { path } else { format!("/{path}") })
    }

    /// The headers of a read.
    pub(super) fn read_headers(
        &self,
        own: &BTreeMap<ConfiguredName, String>,
    ) -> Result<HeaderMap, SystemError> {
        let mut headers = HeaderMap::new();
        headers.insert(reqwest::header::ACCEPT, HeaderValue::from_static("application/json"));
        if self.config.no_cache {
            headers.insert(reqwest::header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        for (name, text) in self.config.headers.iter().chain(&self.config.read_headers).chain(own) {
            headers.insert(name.0.clone(), header_value(&name.0, text)?);
        }
        Ok(headers)
    }

    /// A read with its retries, judged: the answer when it means `ok`, else the verdict as an error with the answer.
    pub(super) async fn read(
        &self,
        cx: &Cx,
        kind: WriteKind,
        url: Url,
        headers: HeaderMap,
        status: &StatusRules,
    ) -> Result<Answer, ReadError> {
        let request = Request { kind, method: Method::GET, url, headers, body: None };
        self.read_with(cx, request, status).await
    }

    /// As `read`, with any method that only reads.
    pub(super) async fn read_with(
        &self,
        cx: &Cx,
        request: Request,
        status: &StatusRules,
    ) -> Result<Answer, ReadError> {
        let mut attempt = 0;
        loop {
            let error = match self.read_once(cx, &request, status).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = self.wait_before(cx, attempt, &error.error);
            match wait.filter(|_| attempt < RETRIES_OF_A_READ) {
                Some(wait) => cx.clock.sleep(wait).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn read_once(&self, cx: &Cx, request: &Request, status: &StatusRules) -> Result<Answer, ReadError> {
        let answer =
            self.client.send(cx, request).await.map_err(|failure| ReadError::from(read_failure(failure)))?;
        let verdict = judge(&self.config, Call { kind: request.kind, status, sent_version: false }, &answer);
        match verdict.meaning {
            Some(super::config::Meaning::Ok) => Ok(answer),
            _ => {
                let error = self.masked(read_error(&self.config, verdict.clone(), &answer));
                Err(ReadError { error, judged: Some((verdict, answer)) })
            }
        }
    }

    /// How long to wait before the next attempt: what the system asked for, else a random time below a doubling bound.
    fn wait_before(&self, cx: &Cx, attempt: u32, error: &SystemError) -> Option<Duration> {
        match error {
            SystemError::Throttled { after: Some(after) } => (*after <= LONGEST_ASKED_WAIT).then_some(*after),
            error if error.is_passing() => {
                let bound = (FIRST_WAIT_MS << attempt.min(16)).min(LONGEST_WAIT_MS);
                Some(Duration::from_millis(cx.clock.random() % (bound + 1)))
            }
            _ => None,
        }
    }

    /// Takes secrets out of the texts of an error.
    pub(super) fn masked(&self, error: SystemError) -> SystemError {
        let mask = |text: String| self.client.mask(&text);
        match error {
            SystemError::Auth { message } => SystemError::Auth { message: mask(message) },
            SystemError::Unreachable { message } => SystemError::Unreachable { message: mask(message) },
            SystemError::Malformed { at, message } => SystemError::Malformed { at, message: mask(message) },
            SystemError::Misconfigured { message } => SystemError::Misconfigured { message: mask(message) },
            SystemError::Ambiguous { since, message } => {
                SystemError::Ambiguous { since, message: mask(message) }
            }
            SystemError::Refused { field, code, message } => {
                SystemError::Refused { field, code, message: mask(message) }
            }
            other => other,
        }
    }
}

/// Why a read failed, and the answer that said so.
#[derive(Debug)]
pub(super) struct ReadError {
    pub(super) error: SystemError,
    pub(super) judged: Option<(Verdict, Answer)>,
}

impl From<SystemError> for ReadError {
    fn from(error: SystemError) -> Self {
        Self { error, judged: None }
    }
}

impl From<ReadError> for SystemError {
    fn from(error: ReadError) -> Self {
        error.error
    }
}

/// What a failed exchange means for a read: nothing was changed in any case.
fn read_failure(failure: Failure) -> SystemError {
    match failure {
        Failure::NotSent(error) => error,
        Failure::Late(message) => SystemError::Timeout { message },
        Failure::Broken(message) => SystemError::Unreachable { message },
        Failure::Unreadable(message) => malformed("body", message),
        Failure::Redirected(message) => SystemError::Misconfigured { message },
    }
}

/// A header value from configured or computed text.
pub(super) fn header_value(name: &HeaderName, text: &str) -> Result<HeaderValue, SystemError> {
    HeaderValue::from_str(text)
        .map_err(|_| SystemError::Misconfigured { message: format!("`{name}` cannot carry this value") })
}

/// A body of JSON text.
pub(super) fn json_body(value: &merge::Value) -> Bytes {
    Bytes::from(value.to_json())
}

/// A refusal by the connector itself.
pub(super) fn refused(field: Option<String>, code: &str, message: String) -> SystemError {
    SystemError::Refused { field, code: code.to_owned(), message }
}

fn lacks(template: &Template, values: &Values<'_>) -> SystemError {
    let name = template.render(values).err().map(|name| name.to_string()).unwrap_or_default();
    let field = name.strip_prefix("key.").map(str::to_owned);
    refused(field, "key", format!("`{name}` has no value, so the request cannot be made"))
}
