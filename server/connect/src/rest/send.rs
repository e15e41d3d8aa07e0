//! A write as a request, and its answer (CN C7-C9, C24, C40).

use chrono::{DateTime, Utc};
use merge::Object;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Connection;
use super::answer::Answer;
use super::body::BodyValues;
use super::call::{header_value, json_body};
use super::client::{Failure, Request};
use super::config::{CreateOnly, Method, Optimistic, TypeConfig, WriteKind, WriteOp};
use super::meaning::{Call, Verdict, judge};
use super::template::Values;
use crate::error::SystemError;
use crate::{Cx, IdempotencyKey, TypeName};

/// A write that was answered.
pub(super) struct Sent {
    pub(super) verdict: Verdict,
    pub(super) answer: Answer,
    pub(super) since: DateTime<Utc>,
}

/// What is put into the templates of a write.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) new_id: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) fields: Option<&'a Object>,
    pub(super) set: Option<&'a Object>,
    pub(super) cleared: &'a [String],
}

impl Connection {
    /// Sends one write, once. From its first byte on every failure is `Ambiguous` (CN C9).
    #[expect(
        clippy::too_many_arguments,
        reason = "these are the parts of a request, and they are all needed"
    )]
    pub(super) async fn send(
        &self,
        cx: &Cx,
        t: &TypeName,
        config: &TypeConfig,
        op: &WriteOp,
        kind: WriteKind,
        parts: &Parts<'_>,
        key: &IdempotencyKey,
    ) -> Result<Sent, SystemError> {
        let request = self.write_request(cx, t, config, op, kind, parts, key)?;
        let since = cx.clock.now();
        let answer = self.client.send(cx, &request).await.map_err(|failure| match failure {
            Failure::NotSent(error) => error,
            Failure::Redirected(message) => SystemError::Misconfigured { message },
            Failure::Late(message) | Failure::Broken(message) | Failure::Unreadable(message) => {
                SystemError::Ambiguous { since, message }
            }
        })?;
        let sent_version = parts.version.is_some();
        let verdict = judge(&self.config, Call { kind, status: &op.status, sent_version }, &answer);
        Ok(Sent { verdict, answer, since })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "these are the parts of a request, and they are all needed"
    )]
    fn write_request(
        &self,
        cx: &Cx,
        t: &TypeName,
        config: &TypeConfig,
        op: &WriteOp,
        kind: WriteKind,
        parts: &Parts<'_>,
        key: &IdempotencyKey,
    ) -> Result<Request, SystemError> {
        let written = parts.version.map(|version| config.record.version.write(version));
        let values =
            Values { id: parts.id, new_id: parts.new_id, version: written.as_deref(), ..Values::default() };
        let url = self.url(&op.path, &op.params, &values)?;
        let mut headers = self.read_headers(&std::collections::BTreeMap::new())?;
        for (name, text) in self.config.write_headers.iter().chain(&op.headers) {
            headers.insert(name.0.clone(), header_value(&name.0, text)?);
        }
        self.guard_headers(cx, op, kind, written.as_deref(), key, &mut headers)?;
        let body = match &op.body {
            None => None,
            Some(template) => {
                let values = BodyValues {
                    fields: parts.fields,
                    set: parts.set,
                    cleared: parts.cleared,
                    type_name: t.as_str(),
                    idempotency_key: key.as_str(),
                    id: parts.id.map(|id| config.record.id_value(id)),
                    new_id: parts.new_id.map(|id| config.record.id_value(id)),
                    version: parts.version.map(|version| config.record.version_value(version)),
                };
                let body = template.render(&values).ok_or_else(|| SystemError::Misconfigured {
                    message: "the body asks for a value that this operation does not have".to_owned(),
                })?;
                let kind = op.content_type.as_deref().unwrap_or(&self.config.content_type);
                headers.insert(
                    reqwest::header::CONTENT_TYPE,
                    header_value(&reqwest::header::CONTENT_TYPE, kind)?,
                );
                Some(json_body(&body))
            }
        };
        Ok(Request { kind, method: http_method(op.method), url, headers, body })
    }

    fn guard_headers(
        &self,
        cx: &Cx,
        op: &WriteOp,
        kind: WriteKind,
        version: Option<&str>,
        key: &IdempotencyKey,
        headers: &mut HeaderMap,
    ) -> Result<(), SystemError> {
        if let Some(name) = &self.config.idempotency_header {
            headers.insert(name.0.clone(), header_value(&name.0, key.as_str())?);
        }
        if let Some(fence) = cx.fence {
            headers.insert(HeaderName::from_static("x-run-fence"), HeaderValue::from(fence));
        }
        if kind == WriteKind::Create && op.create_only == Some(CreateOnly::Any) {
            headers.insert(reqwest::header::IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        if let Some(version) = version.filter(|_| op.optimistic == Optimistic::IfMatchHeader) {
            headers.insert(reqwest::header::IF_MATCH, header_value(&reqwest::header::IF_MATCH, version)?);
        }
        Ok(())
    }
}

fn http_method(method: Method) -> reqwest::Method {
    match method {
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}
