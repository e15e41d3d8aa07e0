//! `/__sim`: what a test or the demo does to the server, beside its API (CN C103, C104).

use axum::http::Request;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    answer::{Refusal, Reply},
    api, check,
    core::{Core, Job, Task},
    edit::{self, Batch, Edit, Timed},
    fault::Rule,
    log::{Control, Event},
    options::Switches,
    serve::{older, restore, seconds_delta},
    table::Fields,
    world::Cause,
};

/// Answers one control request.
pub(super) fn answer(core: &mut Core, head: &Request<()>, body: &Bytes) -> Reply {
    core.tick();
    let path = head.uri().path();
    let query = head.uri().query().unwrap_or_default();
    let reply = match (head.method().as_str(), path.trim_start_matches("/__sim/")) {
        ("GET", "log") => log(core, query),
        ("GET", "state") => Ok(state(core, query)),
        ("GET", "faults") => Ok(Reply::json(200, &json!({ "rules": core.faults.rules() }))),
        ("GET", "switches") => Ok(Reply::json(200, &core.switches)),
        ("DELETE", "faults") => {
            core.faults.clear();
            note(core, path, Value::Null);
            Ok(done())
        }
        ("POST", route) => parse::<Value>(body).and_then(|asked| change(core, path, route, asked)),
        _ => Err(Refusal::new(404, "no_such_route", "there is no such control route")),
    };
    reply.unwrap_or_else(Reply::from)
}

fn change(core: &mut Core, path: &str, route: &str, asked: Value) -> Result<Reply, Refusal> {
    if route != "load" {
        note(core, path, asked.clone());
    }
    match route {
        "edit" => edits(core, asked),
        "clock" => clock(core, asked),
        "reset" => reset(core, asked),
        "load" => load(core, path, asked),
        "faults" => faults(core, asked),
        "switches" => switches(core, asked),
        "snapshot" => {
            let named: Named = from(asked)?;
            core.snapshots.insert(named.name, core.world.clone());
            Ok(done())
        }
        "restore" => {
            let back: Back = from(asked)?;
            let older = older(core, back.seconds, back.snapshot.as_deref())?;
            restore(core, older);
            Ok(done())
        }
        "release" => Ok(Reply::json(200, &json!({ "released": core.release() }))),
        "expire_cursors" => {
            core.world.seq += 1;
            core.world.horizon = core.world.seq;
            Ok(done())
        }
        _ => Err(Refusal::new(404, "no_such_route", "there is no such control route")),
    }
}

fn note(core: &mut Core, path: &str, body: Value) {
    core.note(Event::Control(Control { path: path.to_owned(), body }));
}

fn done() -> Reply {
    Reply::json(200, &json!({ "done": true }))
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| Refusal::new(400, "invalid_body", error.to_string()))
}

fn from<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::new(400, "invalid_body", error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Back {
    seconds: f64,
    snapshot: Option<String>,
}

/// One edit, `{"edits":[…]}`, `{"batch":{…}}` or `{"script":[…]}`.
fn edits(core: &mut Core, mut asked: Value) -> Result<Reply, Refusal> {
    let cause = Cause::user(None);
    if let Some(batch) = asked.get_mut("batch") {
        let batch: Batch = from(batch.take())?;
        let changed = edit::batch(core, &batch, &cause)?;
        return Ok(Reply::json(200, &json!({ "changed": changed })));
    }
    if let Some(script) = asked.get_mut("script") {
        let script: Vec<Timed> = from(script.take())?;
        let now = core.clock.now();
        let count = script.len();
        for line in script {
            let due = line.at.unwrap_or_else(|| now + seconds_delta(line.after_seconds));
            core.jobs.push(Job { due, task: Task::Edit(line.edit) });
        }
        core.tick();
        return Ok(Reply::json(200, &json!({ "scheduled": count })));
    }
    let edits: Vec<Edit> = match asked.get_mut("edits") {
        Some(edits) => from(edits.take())?,
        None => vec![from(asked)?],
    };
    let mut changed = Vec::new();
    for edit in &edits {
        changed.push(edit::apply(core, edit, &cause)?);
    }
    Ok(Reply::json(200, &json!({ "changed": changed })))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Move {
    set: Option<DateTime<Utc>>,
    advance_seconds: f64,
    freeze: Option<bool>,
}

fn clock(core: &mut Core, asked: Value) -> Result<Reply, Refusal> {
    let asked: Move = from(asked)?;
    if let Some(freeze) = asked.freeze {
        core.clock.freeze(freeze);
    }
    if let Some(at) = asked.set {
        core.clock.set(at);
    }
    let by = seconds_delta(asked.advance_seconds);
    if by != TimeDelta::zero() {
        core.clock.advance(by);
    }
    core.tick();
    Ok(Reply::json(200, &json!({ "now": core.clock.now() })))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Again {
    seed: Option<u64>,
    size: Option<String>,
}

/// The server as if it had just been started: data, log, faults, clock and switches.
fn reset(core: &mut Core, asked: Value) -> Result<Reply, Refusal> {
    let asked: Again = from(asked)?;
    let mut options = core.options.clone();
    options.seed = asked.seed.unwrap_or(options.seed);
    if let Some(size) = asked.size {
        options.size = size.parse().map_err(|message: String| Refusal::new(400, "invalid_body", message))?;
    }
    *core = Core::new(options);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    #[serde(rename = "type")]
    type_name: String,
    records: Vec<Map<String, Value>>,
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    unchecked: bool,
}

/// Records in bulk, as set-up: one line in the log, no line for each record. An `id` is kept.
fn load(core: &mut Core, path: &str, asked: Value) -> Result<Reply, Refusal> {
    let load: Load = from(asked)?;
    let kind = api::kind_named(&load.type_name)?;
    let line = json!({ "type": load.type_name, "count": load.records.len(), "replace": load.replace });
    note(core, path, line);
    if load.replace {
        core.world.tables[kind].clear();
    }
    let now = core.clock.now();
    let mut ids = Vec::with_capacity(load.records.len());
    for mut given in load.records {
        let id = given.remove("id").and_then(|id| id.as_str().map(str::to_owned));
        let mut fields = check::blank(kind, &core.switches);
        if load.unchecked {
            fields.extend(given);
        } else {
            check::overlay(kind, &mut fields, &given, (&core.switches, false))?;
        }
        let fields = Fields::from(fields);
        if !load.unchecked {
            let own = id.as_deref().and_then(|id| core.world.tables[kind].get_live(id)).cloned();
            check::accept(&core.world, &core.switches, kind, &fields, own.as_deref())?;
        }
        ids.push(core.world.seed(kind, id, fields, now).id.clone());
    }
    Ok(Reply::json(200, &json!({ "ids": ids })))
}

/// One rule, or `{"rules":[…],"replace":true}`.
fn faults(core: &mut Core, mut asked: Value) -> Result<Reply, Refusal> {
    if asked.get("replace").and_then(Value::as_bool) == Some(true) {
        core.faults.clear();
    }
    let rules: Vec<Rule> = match asked.get_mut("rules") {
        Some(rules) => from(rules.take())?,
        None => vec![from(asked)?],
    };
    core.faults.add(rules);
    Ok(Reply::json(200, &json!({ "rules": core.faults.rules() })))
}

/// Changes the switches that are named.
fn switches(core: &mut Core, asked: Value) -> Result<Reply, Refusal> {
    let mut all = serde_json::to_value(&core.switches).unwrap_or_default();
    if let (Value::Object(all), Value::Object(asked)) = (&mut all, asked) {
        all.extend(asked);
    }
    let switches: Switches = from(all)?;
    core.switches = switches;
    Ok(Reply::json(200, &core.switches))
}

fn param<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// `?after=` a position, at most `limit` lines (1 000).
fn log(core: &Core, query: &str) -> Result<Reply, Refusal> {
    let number = |name: &str, default: u64| match param(query, name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Refusal::new(400, "invalid_parameter", format!("{name} must be a whole number")).on(name)
        }),
    };
    let after = number("after", 0)?;
    let limit = usize::try_from(number("limit", 1_000)?).unwrap_or(usize::MAX);
    let entries = core.log.after(after);
    let page = &entries[..entries.len().min(limit)];
    let next = (page.len() < entries.len()).then(|| page.last().map(|entry| entry.n)).flatten();
    Ok(Reply::json(200, &json!({ "entries": page, "next": next, "last": core.log.len() })))
}

/// Everything, or one `?type=`.
fn state(core: &Core, query: &str) -> Reply {
    let mut dump = core.world.dump();
    if let (Some(name), Some(types)) =
        (param(query, "type"), dump.get_mut("types").and_then(Value::as_object_mut))
    {
        types.retain(|known, _| known == name);
    }
    Reply::json(200, &dump)
}
