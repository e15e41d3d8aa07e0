//! Speaks to the simulated SIS as its users would, over its control routes.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// The simulated SIS at a port of this machine.
pub struct Sis {
    port: u16,
}

impl Sis {
    /// Waits until it answers.
    pub fn wait_for(port: u16) -> Result<Self> {
        wait(port, "/__sim/switches", "the simulated SIS")?;
        Ok(Self { port })
    }

    /// The live records of a type.
    pub fn records(&self, type_name: &str) -> Result<Vec<Value>> {
        let mut state = ask(self.port, "GET", &format!("/__sim/state?type={type_name}"), None)?;
        let found = state["types"][type_name].take();
        let records: Vec<Value> = serde_json::from_value(found).context("the dump of the simulated SIS")?;
        Ok(records.into_iter().filter(|record| record["removed"] != Value::Bool(true)).collect())
    }

    /// An edit as a user makes it.
    pub fn edit(&self, op: &str, type_name: &str, id: Option<&str>, fields: &Value) -> Result<()> {
        let edit = json!({ "op": op, "type": type_name, "id": id, "fields": fields });
        ask(self.port, "POST", "/__sim/edit", Some(&edit)).map(drop)
    }
}

/// Waits until the server says that it is up.
pub fn wait_for_server(port: u16) -> Result<()> {
    wait(port, "/healthz", "the server")
}

fn wait(port: u16, path: &str, what: &str) -> Result<()> {
    let started = Instant::now();
    while request(port, "GET", path, None).is_err() {
        ensure!(
            started.elapsed() < PATIENCE,
            "{what} does not answer on port {port}; its log is in the data folder"
        );
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn ask(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    Ok(serde_json::from_str(&request(port, method, path, body)?)?)
}

/// One request on one connection, which is all that loopback needs.
fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    if !head.starts_with("HTTP/1.0 2") && !head.starts_with("HTTP/1.1 2") {
        bail!("{method} {path}: {} {body}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}
