//! `/sis/v1`: what the SIS answers to one request (CN C102).

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::{Call, Refusal, Reply},
    check,
    core::Core,
    list::{self, Tweak},
    log::{By, Read},
    options::{Deletes, Versions},
    schema::{KINDS, KindNumber, SECTION, find},
    table::{Fields, Row, Shown},
    world::{Cause, Kept, Next},
};

/// Answers one request and applies what it asks for. `tweak` is a scripted paging fault.
pub(super) fn answer(core: &mut Core, call: &Call, by: By, tweak: Option<&Tweak>) -> Reply {
    if core.switches.auth && !call.authorized {
        return Refusal::new(401, "unauthorized", "a bearer token is needed").into();
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let Some(kind) = path.first().and_then(|name| KINDS.iter().position(|kind| kind.collection == *name))
    else {
        return Refusal::new(404, "no_such_route", "there is no such collection").into();
    };
    let result = match (call.method.as_str(), &path[1..]) {
        ("GET", []) => list::list(core, kind, call, tweak),
        ("GET", ["changes"]) => list::changes(core, kind, call, tweak),
        ("GET", [id]) => get(core, kind, id),
        ("POST", []) | ("PATCH" | "DELETE", [_]) => return write(core, kind, call, by),
        (_, [] | [_]) => {
            Err(Refusal::new(405, "method_not_allowed", format!("{} is not known here", call.method)))
        }
        _ => Err(Refusal::new(404, "no_such_route", "there is no such route")),
    };
    result.unwrap_or_else(Reply::from)
}

/// The record as it is shown, with the versions the server admits to.
pub(super) fn shown(core: &Core, row: &Row) -> Value {
    let etag = core.switches.versions != Versions::None;
    serde_json::to_value(Shown { row, etag }).unwrap_or_default()
}

fn read_of(kind: KindNumber, row: &Row) -> Read {
    Read { type_name: KINDS[kind].name.into(), items: vec![(row.id.clone(), row.revision)] }
}

fn record(core: &Core, kind: KindNumber, status: u16, row: &Row) -> Reply {
    let reply = Reply::json(status, &json!({ "data": shown(core, row) })).showing(read_of(kind, row));
    if core.switches.versions == Versions::None { reply } else { reply.header("ETag", row.etag.clone()) }
}

fn present(core: &Core, kind: KindNumber, id: &str) -> Result<Arc<Row>, Refusal> {
    match core.world.tables[kind].get(id) {
        Some(row) if !row.removed => Ok(row.clone()),
        Some(row) => {
            let gone = Refusal::new(410, "removed", format!("{} {id} was removed", KINDS[kind].name));
            Err(gone.with("data", shown(core, row)))
        }
        None => Err(Refusal::new(404, "not_found", format!("there is no {} {id}", KINDS[kind].name))),
    }
}

fn get(core: &Core, kind: KindNumber, id: &str) -> Result<Reply, Refusal> {
    Ok(record(core, kind, 200, &*present(core, kind, id)?))
}

/// A write with its idempotency key: an answer that was kept is given again, before anything else is looked at.
fn write(core: &mut Core, kind: KindNumber, call: &Call, by: By) -> Reply {
    let key = call.key.clone().filter(|_| core.switches.idempotency);
    let fingerprint = fingerprint(call);
    let now = core.clock.now();
    if let Some(key) = &key {
        let oldest = now - TimeDelta::hours(24);
        match core.world.kept.get(key).filter(|kept| kept.at >= oldest) {
            Some(kept) if kept.fingerprint == fingerprint => {
                let reply = kept.reply.clone().header("Idempotent-Replay", "true");
                return Reply { replayed: true, ..reply };
            }
            Some(_) => {
                let message = "this idempotency key was used for another request";
                return Refusal::new(422, "key_reused", message).into();
            }
            None => {}
        }
    }
    let cause = Cause { by, request: Some(call.n), key: call.key.clone(), fence: call.fence };
    let result = match call.method.as_str() {
        "POST" => create(core, kind, call, &cause),
        "PATCH" => update(core, kind, call, &cause),
        _ => delete(core, kind, call, &cause),
    };
    let keep = result.is_ok() || core.switches.stored_refusals;
    let reply = result.unwrap_or_else(Reply::from);
    if let Some(key) = key.filter(|_| keep) {
        core.world.kept.insert(key, Kept { fingerprint, at: now, reply: reply.clone() });
    }
    reply
}

/// What makes two requests the same. `If-Match` is left out: a resend may carry a fresher version.
fn fingerprint(call: &Call) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(format!("{} {}\n", call.method, call.path.join("/")));
    digest.update(&call.body);
    digest.finalize().into()
}

fn body(call: &Call) -> Result<Map<String, Value>, Refusal> {
    if !call.json {
        return Err(Refusal::new(415, "unsupported_media_type", "the body must be JSON"));
    }
    let wrong = || Refusal::new(400, "invalid_body", "the body must be {\"data\": {…}}");
    match serde_json::from_slice(&call.body).map_err(|_| wrong())? {
        Value::Object(mut members) => match members.remove("data") {
            Some(Value::Object(data)) => Ok(data),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// The version check: 428 without one where the server is strict, 412 with the current record when it moved on.
fn matching(core: &Core, kind: KindNumber, call: &Call, row: &Row) -> Result<(), Refusal> {
    if core.switches.versions != Versions::Enforced {
        return Ok(());
    }
    let Some(wanted) = &call.if_match else {
        let message = "send If-Match with the version you have seen";
        return if core.switches.strict {
            Err(Refusal::new(428, "version_required", message))
        } else {
            Ok(())
        };
    };
    if wanted.split(',').map(str::trim).any(|tag| tag == row.etag || tag == "*") {
        return Ok(());
    }
    let mut stale =
        Refusal::new(412, "stale", format!("{} was changed since", row.id)).with("current", shown(core, row));
    stale.read = Some(Box::new(read_of(kind, row)));
    Err(stale)
}

fn create(core: &mut Core, kind: KindNumber, call: &Call, cause: &Cause) -> Result<Reply, Refusal> {
    let given = body(call)?;
    let row = add(core, kind, &given, cause, true)?;
    let location = format!("/sis/v1/{}/{}", KINDS[kind].collection, row.id);
    Ok(record(core, kind, 201, &row).header("Location", location))
}

/// Makes a record, with the values the SIS adds by itself.
pub(super) fn add(
    core: &mut Core,
    kind: KindNumber,
    given: &Map<String, Value>,
    cause: &Cause,
    by_api: bool,
) -> Result<Arc<Row>, Refusal> {
    let mut fields = check::blank(kind, &core.switches);
    if kind == SECTION {
        let crn = 50_000 + core.world.tables[kind].next_number;
        fields.insert("seats_taken".into(), 0.into());
        fields.insert("crn".into(), format!("{crn:05}").into());
    }
    check::overlay(kind, &mut fields, given, (&core.switches, by_api))?;
    let fields = Fields::from(fields);
    check::accept(&core.world, &core.switches, kind, &fields, None)?;
    let now = core.clock.now();
    Ok(core.world.commit(&mut core.log, now, kind, (None, Next::Live(fields)), cause))
}

fn update(core: &mut Core, kind: KindNumber, call: &Call, cause: &Cause) -> Result<Reply, Refusal> {
    let row = present(core, kind, &call.path[1])?;
    matching(core, kind, call, &row)?;
    let given = body(call)?;
    let row = change(core, kind, &row, &given, (cause, true, false))?;
    Ok(record(core, kind, 200, &row))
}

/// Changes fields of a record. Equal values change nothing: no new version, no line in the log.
pub(super) fn change(
    core: &mut Core,
    kind: KindNumber,
    row: &Arc<Row>,
    given: &Map<String, Value>,
    (cause, by_api, unchecked): (&Cause, bool, bool),
) -> Result<Arc<Row>, Refusal> {
    let mut fields = (*row.fields).clone();
    check::overlay(kind, &mut fields, given, (&core.switches, by_api))?;
    if fields == *row.fields {
        return Ok(row.clone());
    }
    let fields = Fields::from(fields);
    if !unchecked {
        check::accept(&core.world, &core.switches, kind, &fields, Some(row))?;
    }
    let now = core.clock.now();
    Ok(core.world.commit(&mut core.log, now, kind, (Some(row), Next::Live(fields)), cause))
}

fn delete(core: &mut Core, kind: KindNumber, call: &Call, cause: &Cause) -> Result<Reply, Refusal> {
    if core.switches.deletes == Deletes::Off {
        return Err(Refusal::new(405, "method_not_allowed", "records cannot be deleted"));
    }
    let row = present(core, kind, &call.path[1])?;
    matching(core, kind, call, &row)?;
    remove(core, kind, &row, cause)?;
    Ok(Reply::bytes(204, bytes::Bytes::new()))
}

/// Removes a record that nothing points at.
pub(super) fn remove(
    core: &mut Core,
    kind: KindNumber,
    row: &Arc<Row>,
    cause: &Cause,
) -> Result<(), Refusal> {
    if core.switches.foreign_keys {
        check::unreferenced(&core.world, &KINDS[kind], row)?;
    }
    let now = core.clock.now();
    let tombstone = core.switches.deletes != Deletes::Hard;
    core.world.commit(&mut core.log, now, kind, (Some(row), Next::Removed { tombstone }), cause);
    Ok(())
}

/// The kind a control route names, by type or by collection.
pub(super) fn kind_named(name: &str) -> Result<KindNumber, Refusal> {
    find(name).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        Refusal::new(400, "unknown_type", format!("type `{name}`: expected one of {}", known.join(", ")))
    })
}
