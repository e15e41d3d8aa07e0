//! A server with little data and a client that holds the token.

use chrono::{DateTime, Utc};
use connect::sim::{
    Counts, Sim, SimHandle, SimOptions, Size,
    client::{ClientError, Raw, SimClient},
};
use serde_json::{Value, json};

pub struct Bench {
    pub sim: SimHandle,
    pub client: SimClient,
}

pub fn morning() -> DateTime<Utc> {
    "2026-03-02T06:00:00Z".parse().expect("a time")
}

/// Strong, small, with a clock that stands still.
pub fn options() -> SimOptions {
    SimOptions::default().fixed_at(morning())
}

pub fn people(count: usize) -> SimOptions {
    options().size(Size::Custom(Counts { people: count, ..Counts::default() }))
}

pub async fn start(options: SimOptions) -> Bench {
    let sim = Sim::start(options).await.expect("a free port");
    let client = sim.client();
    Bench { sim, client }
}

impl Bench {
    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        data: Option<Value>,
    ) -> Result<Raw, ClientError> {
        let bearer = format!("Bearer {}", self.sim.token());
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        let body = data.map(|data| json!({ "data": data }));
        self.client.send(method, &format!("/sis/v1{path}"), &all, body.as_ref()).await
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], data: Option<Value>) -> Raw {
        self.try_call(method, path, headers, data).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Raw {
        self.call("GET", path, &[], None).await
    }

    /// Reads every page of a listing: all records and the cursor of the last page.
    pub async fn all(&self, path: &str) -> (Vec<Value>, Option<String>) {
        let (mut records, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{after}")).await;
            assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
            let page = page.json();
            records.extend(page["data"].as_array().expect("rows").iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("{}after={next}", if path.contains('?') { "&" } else { "?" }),
                None => return (records, page["cursor"].as_str().map(str::to_owned)),
            }
        }
    }
}

pub fn ids(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(|record| record["id"].as_str()).collect()
}

pub fn person(number: &str) -> Value {
    json!({ "number": number, "given_name": "Zoë", "family_name": "O'Connor", "credits": 3 })
}
