//! A small client of the control routes, and of the API for tests. Loopback only, one connection a request.

use std::net::SocketAddr;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use chrono::{DateTime, Utc};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use super::{Batch, Edit, Entry, Rule, Timed};

/// Why a control request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection failed or ended early.
    #[error("the simulated SIS did not answer: {0}")]
    Wire(String),
    /// It answered with an error.
    #[error("the simulated SIS answered {status}: {body}")]
    Refused {
        /// The status code.
        status: u16,
        /// The body of the answer.
        body: String,
    },
    /// The answer was not understood.
    #[error("the simulated SIS answered something else than expected: {0}")]
    Shape(#[from] serde_json::Error),
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Raw {
    /// The body as JSON; null when it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The canonical dump of everything the server holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct State {
    /// Records by type, in the order of their ids; removed ones carry `"removed": true`.
    pub types: Map<String, Value>,
    /// How many changes there were, loads included.
    pub sequence: u64,
    /// A hash over ids, versions and fields; times are left out.
    pub hash: String,
}

impl State {
    /// The live records of a type.
    pub fn live<'a>(&'a self, type_name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let records =
            self.types.get(type_name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        records.iter().filter(|record| record.get("removed") != Some(&Value::Bool(true)))
    }

    /// One live record.
    pub fn record(&self, type_name: &str, id: &str) -> Option<&Value> {
        self.live(type_name).find(|record| record.get("id").and_then(Value::as_str) == Some(id))
    }
}

/// Speaks to one simulated SIS.
#[derive(Debug, Clone)]
pub struct SimClient {
    addr: SocketAddr,
}

impl SimClient {
    /// A client of the server at this address.
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr }
    }

    /// One request to any route, with any headers; the answer as it comes, whatever its status.
    ///
    /// # Errors
    /// When the connection fails or ends before the answer is whole.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Raw, ClientError> {
        let wire = |error: &dyn std::fmt::Display| ClientError::Wire(error.to_string());
        let stream = TcpStream::connect(self.addr).await.map_err(|error| wire(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| wire(&error))?;
        let connection = tokio::spawn(connection);
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, self.addr.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = request.body(Body::from(body)).map_err(|error| wire(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| wire(&error))?;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(|error| wire(&error))?;
        connection.abort();
        Ok(Raw { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// A control request that must succeed.
    ///
    /// # Errors
    /// When it does not, with what the server said.
    pub async fn control<T: DeserializeOwned>(
        &self,
        method: &str,
        route: &str,
        body: Option<&Value>,
    ) -> Result<T, ClientError> {
        let raw = self.send(method, &format!("/__sim/{route}"), &[], body).await?;
        if raw.status != StatusCode::OK.as_u16() {
            let body = String::from_utf8_lossy(&raw.body).into_owned();
            return Err(ClientError::Refused { status: raw.status, body });
        }
        Ok(serde_json::from_slice(&raw.body)?)
    }

    async fn post(&self, route: &str, body: Value) -> Result<Value, ClientError> {
        self.control("POST", route, Some(&body)).await
    }

    /// One edit by a user; gives the record as it is now.
    ///
    /// # Errors
    /// When the SIS would not take it.
    pub async fn edit(&self, edit: &Edit) -> Result<Value, ClientError> {
        let mut answer = self.post("edit", serde_json::to_value(edit)?).await?;
        Ok(answer["changed"][0]["record"].take())
    }

    /// A user changes fields of one record.
    ///
    /// # Errors
    /// When the SIS would not take them.
    pub async fn update(&self, type_name: &str, id: &str, fields: Value) -> Result<Value, ClientError> {
        self.post("edit", json!({ "type": type_name, "id": id, "fields": fields }))
            .await
            .map(|mut answer| answer["changed"][0]["record"].take())
    }

    /// A seeded batch of edits; gives `{type, record}` for each record changed.
    ///
    /// # Errors
    /// When the batch names what is not there.
    pub async fn edit_batch(&self, batch: &Batch) -> Result<Vec<Value>, ClientError> {
        let answer = self.post("edit", json!({ "batch": batch })).await?;
        Ok(answer["changed"].as_array().cloned().unwrap_or_default())
    }

    /// Edits that are made when their time comes.
    ///
    /// # Errors
    /// When a line is malformed.
    pub async fn script(&self, script: &[Timed]) -> Result<(), ClientError> {
        self.post("edit", json!({ "script": script })).await.map(drop)
    }

    /// Sets the server's clock.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn set_clock(&self, at: DateTime<Utc>) -> Result<(), ClientError> {
        self.post("clock", json!({ "set": at })).await.map(drop)
    }

    /// Moves the server's clock; what falls due is done before this returns.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn advance(&self, seconds: f64) -> Result<(), ClientError> {
        self.post("clock", json!({ "advance_seconds": seconds })).await.map(drop)
    }

    /// The server as if it had just been started, log included.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn reset(&self) -> Result<(), ClientError> {
        self.post("reset", json!({})).await.map(drop)
    }

    /// Adds records in bulk, after removing all of the type if `replace`; gives their ids.
    ///
    /// # Errors
    /// When a record would not be taken.
    pub async fn load(
        &self,
        type_name: &str,
        records: &[Value],
        replace: bool,
    ) -> Result<Vec<String>, ClientError> {
        let mut answer =
            self.post("load", json!({ "type": type_name, "records": records, "replace": replace })).await?;
        Ok(serde_json::from_value(answer["ids"].take())?)
    }

    /// Adds rules of scripted faults after those that are there.
    ///
    /// # Errors
    /// When a rule is malformed.
    pub async fn faults(&self, rules: &[Rule]) -> Result<(), ClientError> {
        self.post("faults", json!({ "rules": rules })).await.map(drop)
    }

    /// Adds one rule, as JSON text such as `{"match":{"method":"POST"},"fault":{"kind":"lost_reply"}}`.
    ///
    /// # Errors
    /// When the rule is malformed.
    pub async fn fault(&self, rule: Value) -> Result<(), ClientError> {
        self.post("faults", rule).await.map(drop)
    }

    /// Takes all rules away.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn clear_faults(&self) -> Result<(), ClientError> {
        self.control::<Value>("DELETE", "faults", None).await.map(drop)
    }

    /// Changes the switches that are named, such as `{"strict": true}`.
    ///
    /// # Errors
    /// When a switch is not known.
    pub async fn switches(&self, switches: Value) -> Result<(), ClientError> {
        self.post("switches", switches).await.map(drop)
    }

    /// Keeps the present state under a name, for `restore` and `stale_read`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn snapshot(&self, name: &str) -> Result<(), ClientError> {
        self.post("snapshot", json!({ "name": name })).await.map(drop)
    }

    /// Puts a snapshot back.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn restore(&self, snapshot: &str) -> Result<(), ClientError> {
        self.post("restore", json!({ "snapshot": snapshot })).await.map(drop)
    }

    /// Applies every late request now; gives how many there were.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn release(&self) -> Result<u64, ClientError> {
        Ok(self.post("release", json!({})).await?["released"].as_u64().unwrap_or_default())
    }

    /// Makes every cursor given out so far answer 410.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn expire_cursors(&self) -> Result<(), ClientError> {
        self.post("expire_cursors", json!({})).await.map(drop)
    }

    /// The log after a position; 0 for all of it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn log_after(&self, n: u64) -> Result<Vec<Entry>, ClientError> {
        #[derive(Deserialize)]
        struct Page {
            entries: Vec<Entry>,
            next: Option<u64>,
        }
        let mut entries = Vec::new();
        let mut after = Some(n);
        while let Some(n) = after {
            let page: Page = self.control("GET", &format!("log?after={n}&limit=5000"), None).await?;
            entries.extend(page.entries);
            after = page.next;
        }
        Ok(entries)
    }

    /// The whole log.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn log(&self) -> Result<Vec<Entry>, ClientError> {
        self.log_after(0).await
    }

    /// Everything the server holds.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn state(&self) -> Result<State, ClientError> {
        self.control("GET", "state", None).await
    }
}
