//! Kinto: enforced versions, ids chosen by the client, an opaque cursor, tombstones.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use connect::contract::{Fixture, Shape, Trouble};
use connect::sim::client::SimClient;
use connect::testing::{Proxy, Server};
use connect::{RemoteId, System, TypeName};
use merge::Object;
use serde_json::{Value, json};

use super::{PERSON, open, ours, person, theirs};

const WRITTEN: &str = "127.0.0.1:8888";
const RECORDS: &str = "/v1/buckets/sis/collections/people/records";
const PASSWORD: &str = "pw";
const BATCH: usize = 250;

pub struct Kinto {
    server: Server,
    client: SimClient,
}

impl Kinto {
    pub async fn start() -> Result<Self, Trouble> {
        let server = Server::kinto()?;
        let client = SimClient::new(server.address);
        let kinto = Self { server, client };
        kinto.ask("PUT", "/v1/buckets/sis", None).await?;
        kinto.ask("PUT", "/v1/buckets/sis/collections/people", None).await?;
        Ok(kinto)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("sync:{PASSWORD}"));
        let headers = [("authorization", format!("Basic {pair}"))];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let raw = self.client.send(method, path, &headers, body).await.map_err(|error| error.to_string())?;
        if raw.status >= 300 {
            return Err(format!("kinto answered {} to {method} {path}: {}", raw.status, raw.json()));
        }
        Ok(raw.json())
    }

    fn system_at(&self, address: std::net::SocketAddr, secret: &str) -> Arc<dyn System> {
        Arc::new(open(include_str!("../systems/kinto.toml"), WRITTEN, address, secret))
    }
}

#[async_trait]
impl Fixture for Kinto {
    fn name(&self) -> String {
        "Kinto".to_owned()
    }

    fn system(&self) -> Arc<dyn System> {
        self.system_at(self.server.address, PASSWORD)
    }

    fn type_name(&self) -> TypeName {
        TypeName::from("person")
    }

    fn shape(&self) -> Shape {
        PERSON
    }

    fn sample(&self, n: usize) -> Object {
        person(n)
    }

    fn page_limit(&self) -> usize {
        1_000
    }

    async fn empty(&self) -> Result<(), Trouble> {
        self.ask("DELETE", RECORDS, None).await.map(drop)
    }

    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble> {
        let mut ids = Vec::new();
        for batch in records.chunks(BATCH) {
            let requests: Vec<Value> = batch
                .iter()
                .map(|record| {
                    let path = RECORDS.trim_start_matches("/v1");
                    json!({ "method": "POST", "path": path, "body": { "data": theirs(record) } })
                })
                .collect();
            let answer = self.ask("POST", "/v1/batch", Some(&json!({ "requests": requests }))).await?;
            for response in answer["responses"].as_array().into_iter().flatten() {
                let id = response["body"]["data"]["id"].as_str().ok_or_else(|| response.to_string())?;
                ids.push(RemoteId(id.to_owned()));
            }
        }
        Ok(ids)
    }

    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble> {
        let body = json!({ "data": theirs(changed) });
        self.ask("PATCH", &format!("{RECORDS}/{id}"), Some(&body)).await.map(drop)
    }

    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble> {
        self.ask("DELETE", &format!("{RECORDS}/{id}"), None).await.map(drop)
    }

    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble> {
        let answer = self.ask("GET", RECORDS, None).await?;
        let records = answer["data"].as_array().cloned().unwrap_or_default();
        Ok(records
            .iter()
            .map(|record| (record["id"].as_str().unwrap_or_default().to_owned(), ours(record)))
            .collect())
    }

    async fn network(&self) -> Option<(Arc<dyn System>, Proxy)> {
        let proxy = Proxy::start(self.server.address).await.ok()?;
        Some((self.system_at(proxy.address(), PASSWORD), proxy))
    }

    fn stranger(&self) -> Option<Arc<dyn System>> {
        Some(self.system_at(self.server.address, "another"))
    }
}
