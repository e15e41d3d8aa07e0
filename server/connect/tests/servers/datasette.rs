//! datasette with its write API: POST verbs, wrapped bodies, 400 for a taken value, next links in the body.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connect::contract::{Fixture, Shape, Trouble};
use connect::testing::{Proxy, Server, installed, scratch};
use connect::{RemoteId, System, TypeName};
use merge::Object;
use serde_json::{Value, json};

use super::{PERSON, open, ours, person, theirs};

const WRITTEN: &str = "127.0.0.1:8001";
const PERMISSIONS: &str = r#"{"permissions": {"insert-row": {"id": "root"}, "update-row": {"id": "root"}, "delete-row": {"id": "root"}}}"#;

pub struct Datasette {
    server: Server,
    token: String,
    witness: Mutex<Witness>,
}

/// The process that looks into the database file.
struct Witness {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Datasette {
    pub async fn start() -> Result<Self, Trouble> {
        let home = installed()?;
        let folder = scratch()?;
        let mut witness = Witness::start(&home, &folder.path().join("sis.db"))?;
        witness.ask(&json!({ "script": include_str!("people.sql") }))?;
        let settings = folder.path().join("datasette.json");
        std::fs::write(settings, PERMISSIONS).map_err(|error| error.to_string())?;
        let program = home.join("python/bin/datasette");
        let token = token(&program)?;
        let server = Server::start(folder, |_, address| {
            let mut command = Command::new(&program);
            command.args([
                "serve",
                "sis.db",
                "-c",
                "datasette.json",
                "--secret",
                "test",
                "-h",
                "127.0.0.1",
                "-p",
            ]);
            command.arg(address.port().to_string());
            Ok(command)
        })?;
        Ok(Self { server, token, witness: Mutex::new(witness) })
    }

    fn ask(&self, command: &Value) -> Result<Value, Trouble> {
        self.witness.lock().expect("nobody panics with it").ask(command)
    }

    fn system_at(&self, address: std::net::SocketAddr, secret: &str) -> Arc<dyn System> {
        Arc::new(open(include_str!("../systems/datasette.toml"), WRITTEN, address, secret))
    }
}

fn token(program: &Path) -> Result<String, Trouble> {
    let output = Command::new(program)
        .args(["create-token", "root", "--secret", "test"])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if text.is_empty() { Err(String::from_utf8_lossy(&output.stderr).into_owned()) } else { Ok(text) }
}

impl Witness {
    fn start(home: &Path, database: &Path) -> Result<Self, Trouble> {
        let mut child = Command::new(home.join("python/bin/python"))
            .args(["-c", include_str!("witness.py")])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    fn ask(&mut self, command: &Value) -> Result<Value, Trouble> {
        writeln!(self.input, "{command}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(answer.to_string()),
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[async_trait]
impl Fixture for Datasette {
    fn name(&self) -> String {
        "datasette".to_owned()
    }

    fn system(&self) -> Arc<dyn System> {
        self.system_at(self.server.address, &self.token)
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
        self.ask(&json!({ "script": "delete from people" })).map(drop)
    }

    async fn add(&self, records: &[Object]) -> Result<Vec<RemoteId>, Trouble> {
        let names = ["email", "given_name", "family_name", "credits"];
        let rows: Vec<Vec<Value>> = records
            .iter()
            .map(|record| {
                let record = theirs(record);
                names.iter().map(|name| record[*name].clone()).collect()
            })
            .collect();
        let sql = "insert into people(email, given_name, family_name, credits) values (?, ?, ?, ?)";
        let ids = self.ask(&json!({ "sql": sql, "rows": rows }))?;
        Ok(ids.as_array().into_iter().flatten().map(|id| RemoteId(id.to_string())).collect())
    }

    async fn edit(&self, id: &RemoteId, changed: &Object) -> Result<(), Trouble> {
        for (name, value) in theirs(changed).as_object().into_iter().flatten() {
            let sql = format!("update people set {name} = ? where id = ?");
            self.ask(&json!({ "sql": sql, "values": [value, id.0] }))?;
        }
        Ok(())
    }

    async fn remove(&self, id: &RemoteId) -> Result<(), Trouble> {
        self.ask(&json!({ "sql": "delete from people where id = ?", "values": [id.0] })).map(drop)
    }

    async fn state(&self) -> Result<BTreeMap<String, Object>, Trouble> {
        let rows = self.ask(&json!({ "sql": "select * from people order by id" }))?;
        Ok(rows.as_array().into_iter().flatten().map(|row| (row["id"].to_string(), ours(row))).collect())
    }

    async fn network(&self) -> Option<(Arc<dyn System>, Proxy)> {
        let proxy = Proxy::start(self.server.address).await.ok()?;
        Some((self.system_at(proxy.address(), &self.token), proxy))
    }

    fn stranger(&self) -> Option<Arc<dyn System>> {
        Some(self.system_at(self.server.address, "not-the-token"))
    }

    fn refused_change(&self) -> Option<Object> {
        Some(ours(&json!({ "email": null })))
    }
}
