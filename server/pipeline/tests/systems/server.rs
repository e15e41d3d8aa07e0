//! A third-party server as its own users see it, past the pipeline.

use base64::Engine as _;
use connect::sim::client::SimClient;
use connect::testing::{Server, scratch};
use serde_json::{Value, json};

/// What the servers differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Kinto,
    JsonServer,
}

/// A running server with the collections `rooms` and `people`.
pub struct Sis {
    kind: Kind,
    client: SimClient,
    pub server: Server,
}

impl Sis {
    pub async fn start(kind: Kind) -> Self {
        let server = match kind {
            Kind::Kinto => Server::kinto().expect("a Kinto server"),
            Kind::JsonServer => {
                let empty = r#"{"rooms":[],"people":[]}"#;
                Server::json_server(None, scratch().expect("a folder"), empty).expect("a json-server")
            }
        };
        let sis = Self { kind, client: SimClient::new(server.address), server };
        if kind == Kind::Kinto {
            sis.ask("PUT", "/v1/buckets/sis", None).await;
            sis.ask("PUT", "/v1/buckets/sis/collections/rooms", None).await;
            sis.ask("PUT", "/v1/buckets/sis/collections/people", None).await;
        }
        sis
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let pair = base64::prelude::BASE64_STANDARD.encode("sync:secret");
        let basic = format!("Basic {pair}");
        let headers: &[(&str, &str)] =
            if self.kind == Kind::Kinto { &[("authorization", basic.as_str())] } else { &[] };
        let raw = self.client.send(method, path, headers, body.as_ref()).await.expect("an answer");
        assert!(raw.status < 300, "{} to {method} {path}: {}", raw.status, raw.json());
        raw.json()
    }

    fn path(&self, collection: &str, id: Option<&Value>) -> String {
        let id = id.map(|id| format!("/{}", id.as_str().map_or_else(|| id.to_string(), str::to_owned)));
        let id = id.unwrap_or_default();
        match self.kind {
            Kind::Kinto => format!("/v1/buckets/sis/collections/{collection}/records{id}"),
            Kind::JsonServer => format!("/{collection}{id}"),
        }
    }

    fn wrapped(&self, fields: Value) -> Option<Value> {
        Some(if self.kind == Kind::Kinto { json!({ "data": fields }) } else { fields })
    }

    fn unwrapped(&self, mut answer: Value) -> Value {
        if self.kind == Kind::Kinto { answer["data"].take() } else { answer }
    }

    /// All records of a collection, as they are, with whatever the server keeps of its own.
    pub async fn list(&self, collection: &str) -> Vec<Value> {
        let answer = self.ask("GET", &self.path(collection, None), None).await;
        self.unwrapped(answer).as_array().cloned().unwrap_or_default()
    }

    /// A user adds a record; answers its id.
    pub async fn add(&self, collection: &str, fields: Value) -> Value {
        let answer = self.ask("POST", &self.path(collection, None), self.wrapped(fields)).await;
        self.unwrapped(answer)["id"].clone()
    }

    /// A user changes some fields.
    pub async fn edit(&self, collection: &str, id: &Value, fields: Value) {
        self.ask("PATCH", &self.path(collection, Some(id)), self.wrapped(fields)).await;
    }

    /// A user removes a record.
    pub async fn remove(&self, collection: &str, id: &Value) {
        self.ask("DELETE", &self.path(collection, Some(id)), None).await;
    }
}
