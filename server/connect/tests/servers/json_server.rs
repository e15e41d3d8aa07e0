//! json-server 0.17: bare arrays, page numbers, no versions, no unique values.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use connect::contract::{Fixture, Shape, Trouble};
use connect::sim::client::SimClient;
use connect::testing::{Proxy, Server, scratch};
use connect::{RemoteId, System, TypeName};
use merge::Object;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{PERSON, open, ours, person, theirs};

const WRITTEN: &str = "127.0.0.1:3000";

/// Beyond so many records the server is started anew with its file, since it takes them only one by one.
const ONE_BY_ONE: usize = 20;

pub struct JsonServer {
    server: Mutex<Option<Server>>,
    address: SocketAddr,
}

impl JsonServer {
    pub async fn start() -> Result<Self, Trouble> {
        let server = start(None, scratch()?, &[])?;
        let address = server.address;
        Ok(Self { server: Mutex::new(Some(server)), address })
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let client = SimClient::new(self.address);
        let raw = client.send(method, path, &[], body).await.map_err(|error| error.to_string())?;
        if raw.status >= 300 {
            return Err(format!("json-server answered {} to {method} {path}", raw.status));
        }
        Ok(raw.json())
    }

    async fn restart(&self, people: &[Value]) -> Result<(), Trouble> {
        let mut server = self.server.lock().await;
        let scratch = server.take().ok_or("the server is not running")?.stop()?;
        *server = Some(start(Some(self.address), scratch, people)?);
        Ok(())
    }

    async fn people(&self) -> Result<Vec<Value>, Trouble> {
        Ok(self.ask("GET", "/people", None).await?.as_array().cloned().unwrap_or_default())
    }

    fn system_at(&self, address: SocketAddr) -> Arc<dyn System> {
        Arc::new(open(include_str!("../systems/json-server.toml"), WRITTEN, address, ""))
    }
}

fn start(
    address: Option<SocketAddr>,
    scratch: tempfile::TempDir,
    people: &[Value],
) -> Result<Server, Trouble> {
    Server::json_server(address, scratch, &json!({ "people": people }).to_string())
}

fn id_of(record: &Value) -> String {
    record["id"].to_string()
}

#[async_trait]
impl Fixture for JsonServer {
    fn name(&self) -> String {
        "json-server".to_owned()
    }

    fn system(&self) -> Arc<dyn System> {
        self.system_at(self.address)
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
        500
    }

    async fn empty(&self) -> Result<(), Trouble> {
        let people = self.people().await?;
        if people.len() > ONE_BY_ONE {
            return self.restart(&[]).await;
        }
        for record in people {
            self.ask("DELETE", &format!("/people/{}", id_of(&record)), None).await?;
        }
        Ok(())
    }

    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble> {
        let mut ids = Vec::new();
        if records.len() <= ONE_BY_ONE {
            for record in records {
                ids.push(RemoteId(id_of(&self.ask("POST", "/people", Some(&theirs(record))).await?)));
            }
            return Ok(ids);
        }
        let mut people = self.people().await?;
        let first = people.iter().filter_map(|record| record["id"].as_u64()).max().unwrap_or(0) + 1;
        for (id, record) in (first..).zip(records) {
            let mut record = theirs(record);
            record["id"] = id.into();
            people.push(record);
            ids.push(RemoteId(id.to_string()));
        }
        self.restart(&people).await?;
        Ok(ids)
    }

    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble> {
        self.ask("PATCH", &format!("/people/{id}"), Some(&theirs(changed))).await.map(drop)
    }

    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble> {
        self.ask("DELETE", &format!("/people/{id}"), None).await.map(drop)
    }

    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble> {
        Ok(self.people().await?.iter().map(|record| (id_of(record), ours(record))).collect())
    }

    async fn network(&self) -> Option<(Arc<dyn System>, Proxy)> {
        let proxy = Proxy::start(self.address).await.ok()?;
        Some((self.system_at(proxy.address()), proxy))
    }
}
