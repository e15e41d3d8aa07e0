//! A small HTTP server that answers as a test says and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use connect::rest::{Config, ConfigError, Lookup, RestSystem, SystemLookup};
use connect::testing::QuickClock;
use connect::{Cx, Item, Page, PageStream, Partition, System, SystemError, TypeName};
use futures::StreamExt;
use merge::Object;
use secrecy::SecretString;
use serde_json::Value;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub raw_query: String,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Asked {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.param(name)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into(),
        }
    }

    pub fn text(status: u16, kind: &str, body: &str) -> Self {
        Self { status, headers: vec![("content-type", kind.to_owned())], body: body.as_bytes().to_vec() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub struct Stub {
    pub addr: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Stub {
    pub async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&log), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let asked = read(request).await;
                seen.lock().expect("the log").push(asked.clone());
                write(answer(&asked))
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
        Self { addr, log, task }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("the log").clone()
    }

    pub fn count(&self) -> usize {
        self.asked().len()
    }

    /// Opens a system at this server: common keys, then the test's own.
    pub fn system(&self, own: &str) -> RestSystem {
        self.try_system(own).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn try_system(&self, own: &str) -> Result<RestSystem, ConfigError> {
        open(&format!("http://{}/api", self.addr), own)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(request: Request<Body>) -> Asked {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let query = url::form_urlencoded::parse(raw_query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query,
        raw_query,
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

fn write(answer: Answer) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).expect("an answer")
}

pub fn secret(name: &str) -> Option<SecretString> {
    (name != "unknown").then(|| SecretString::from(format!("secret-of-{name}")))
}

pub fn open(base: &str, own: &str) -> Result<RestSystem, ConfigError> {
    open_with(base, own, Arc::new(SystemLookup))
}

pub fn open_with(base: &str, own: &str, lookup: Arc<dyn Lookup>) -> Result<RestSystem, ConfigError> {
    let common = "allow_http = true\nallowed_networks = [\"127.0.0.1/32\"]\n";
    let common = if own.contains("allowed_networks") { "allow_http = true\n" } else { common };
    let text = format!("kind = \"rest\"\nbase_url = \"{base}\"\n{common}{own}");
    RestSystem::with_lookup(Config::from_toml(&text)?, &secret, lookup)
}

/// A type with nothing but a listing, whose keys the test gives.
pub fn listing(list: &str, more: &str) -> String {
    format!(
        "[types.room]\nlist = {{ path = \"/rooms\", items = \"/data\", {list} }}\nrecord = {{ id = \"/id\" }}\n{more}\n"
    )
}

/// A type with everything, without versions.
pub const ROOMS: &str = r#"
[types.room]
list = { path = "/rooms", items = "/data" }
record = { id = "/id" }
get = { path = "/rooms/{id}", record = "/data" }
find = { path = "/rooms", params = { code = "{key.code}" }, items = "/data" }
create = { method = "POST", path = "/rooms", body = '{"data":"{{fields}}"}', reply = { shape = "record", record = "/data" }, verify = "never" }
update = { method = "PATCH", path = "/rooms/{id}", body_mode = "changed", body = '{"data":"{{fields}}"}', reply = { shape = "record", record = "/data" }, verify = "never" }
delete = { method = "DELETE", path = "/rooms/{id}", verify = "never" }
"#;

pub fn t() -> TypeName {
    TypeName::from("room")
}

pub fn cx() -> Cx {
    Cx::new(Arc::new(QuickClock::default()))
}

pub fn clocked() -> (Cx, Arc<QuickClock>) {
    let clock = Arc::new(QuickClock::default());
    (Cx::new(Arc::<QuickClock>::clone(&clock)), clock)
}

pub fn ours(value: &Value) -> Object {
    merge::json::parse_object(value.to_string().as_bytes()).expect("an object")
}

pub async fn pages(mut stream: PageStream) -> Result<Vec<Page>, SystemError> {
    let mut pages = Vec::new();
    while let Some(page) = stream.next().await {
        pages.push(page?);
    }
    Ok(pages)
}

/// The ids of a full listing, in order, and why it is incomplete.
pub async fn list(system: &RestSystem) -> Result<(Vec<String>, Option<String>), SystemError> {
    let pages = pages(system.list(&cx(), &t(), &Partition::whole())).await?;
    let last = pages.last().expect("a page");
    assert!(last.last, "the stream ends with its last page");
    let incomplete = last.incomplete.clone();
    let mut ids = Vec::new();
    for item in pages.into_iter().flat_map(|page| page.items) {
        match item {
            Item::Live(record) => ids.push(record.id.0),
            Item::Tombstone { id, .. } => ids.push(format!("-{id}")),
            Item::Bad { id, .. } => ids.push(format!("?{}", id.map(|id| id.0).unwrap_or_default())),
        }
    }
    Ok((ids, incomplete))
}

pub fn short(limit: Duration) -> String {
    let ms = limit.as_millis();
    format!("connect = \"{ms}ms\", idle = \"{ms}ms\", total = \"{ms}ms\"")
}
