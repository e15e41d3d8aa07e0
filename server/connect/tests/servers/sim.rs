//! The simulated SIS in its three classes.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use connect::contract::{Fixture, Shape, Trouble};
use connect::sim::client::SimClient;
use connect::sim::{By, Class, Counts, Edit, EditOp, Event, Sim, SimHandle, SimOptions, Size};
use connect::testing::Proxy;
use connect::{RemoteId, System, TypeName};
use merge::Object;
use serde_json::json;

use super::{open, ours, theirs};

const WRITTEN: &str = "127.0.0.1:7900";

/// A simulated SIS with one term and one course, and no section.
pub struct SimFixture {
    class: Class,
    text: String,
    handle: SimHandle,
    client: SimClient,
    term: String,
    course: String,
}

impl SimFixture {
    pub async fn start(class: Class) -> Result<Self, Trouble> {
        let counts = Counts { terms: 1, departments: 1, courses: 1, ..Counts::default() };
        let options = SimOptions::default().size(Size::Custom(counts)).class(class);
        let handle = Sim::start(options).await.map_err(|error| error.to_string())?;
        let client = handle.client();
        let state = client.state().await.map_err(|error| error.to_string())?;
        let first = |name: &str| {
            let id = state.live(name).next().and_then(|record| record["id"].as_str());
            id.map(str::to_owned).ok_or_else(|| format!("the simulated SIS made no {name}"))
        };
        let text = settings(class);
        Ok(Self { class, text, term: first("term")?, course: first("course")?, client, handle })
    }

    fn system_at(&self, address: std::net::SocketAddr, secret: &str) -> Arc<dyn System> {
        Arc::new(open(&self.text, WRITTEN, address, secret))
    }

    async fn edited(&self, op: EditOp, id: &RemoteId, fields: &Object) -> Result<(), Trouble> {
        let fields = theirs(fields).as_object().cloned().unwrap_or_default();
        let edit =
            Edit { op, type_name: "section".to_owned(), id: Some(id.0.clone()), fields, unchecked: false };
        self.client.edit(&edit).await.map(drop).map_err(|error| error.to_string())
    }
}

/// The settings of the strong class, without what the others lack.
fn settings(class: Class) -> String {
    let strong = include_str!("../systems/sim.toml");
    let medium = strong.replace("idempotency_header = \"Idempotency-Key\"\n", "");
    let weak = medium
        .replace(r#"version = { from = "body", at = "/etag" }"#, r#"version = { from = "none" }"#)
        .replace(r#"optimistic = "if_match_header""#, r#"optimistic = "compare_then_write""#);
    match class {
        Class::Strong => strong.to_owned(),
        Class::Medium => medium,
        Class::Weak => weak,
    }
}

#[async_trait]
impl Fixture for SimFixture {
    fn name(&self) -> String {
        format!("simulated SIS, {}", self.class)
    }

    fn system(&self) -> Arc<dyn System> {
        self.system_at(self.handle.addr, self.handle.token())
    }

    fn type_name(&self) -> TypeName {
        TypeName::from("section")
    }

    fn shape(&self) -> Shape {
        Shape { key: &["term_id", "course_id", "number"], text: "title", other: "delivery", clear: "notes" }
    }

    fn sample(&self, n: usize) -> Object {
        ours(&json!({
            "term_id": self.term, "course_id": self.course, "number": format!("{n:05}"), "title": format!("Section {n}"),
            "capacity": 30, "status": "open", "delivery": "room", "notes": format!("Notes {n}"),
        }))
    }

    fn page_limit(&self) -> usize {
        200
    }

    async fn empty(&self) -> Result<(), Trouble> {
        self.client.load("section", &[], true).await.map(drop).map_err(|error| error.to_string())
    }

    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble> {
        let records: Vec<_> = records.iter().map(theirs).collect();
        let ids = self.client.load("section", &records, false).await.map_err(|error| error.to_string())?;
        Ok(ids.into_iter().map(RemoteId).collect())
    }

    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble> {
        self.edited(EditOp::Update, id, changed).await
    }

    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble> {
        self.edited(EditOp::Delete, id, &Object::new()).await
    }

    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble> {
        let state = self.client.state().await.map_err(|error| error.to_string())?;
        let records = state.live("section");
        Ok(records
            .map(|record| (record["id"].as_str().unwrap_or_default().to_owned(), ours(record)))
            .collect())
    }

    async fn applied(&self) -> Result<Option<usize>, Trouble> {
        let log = self.client.log().await.map_err(|error| error.to_string())?;
        let by_api =
            |event: &Event| matches!(event, Event::Change(change) if matches!(change.by, By::Api | By::Late));
        Ok(Some(log.iter().filter(|entry| by_api(&entry.event)).count()))
    }

    async fn network(&self) -> Option<(Arc<dyn System>, Proxy)> {
        let proxy = Proxy::start(self.handle.addr).await.ok()?;
        Some((self.system_at(proxy.address(), self.handle.token()), proxy))
    }

    fn stranger(&self) -> Option<Arc<dyn System>> {
        Some(self.system_at(self.handle.addr, "not-the-token"))
    }

    fn refused_change(&self) -> Option<Object> {
        Some(ours(&json!({ "room_id": "ROM-999" })))
    }
}
