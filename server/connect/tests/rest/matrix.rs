//! Every fault of the network meets every operation (RL F6, P27, T30): each call ends within its limit, with the error of
//! its kind, and no claim about a write is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect::rest::{Config, RestSystem, SystemLookup};
use connect::sim::client::SimClient;
use connect::sim::{Counts, Sim, SimHandle, SimOptions, Size};
use connect::testing::{Fault, Only, Proxy};
use connect::{Create, Cx, Delete, Partition, Record, System, SystemError, TypeName, Update};
use futures::StreamExt;
use merge::Object;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::stub::{cx, ours, pages, short};

const OPERATIONS: [&str; 6] = ["list", "find", "get", "create", "update", "delete"];

/// Faults that a patient client survives get patient limits, the others end by theirs.
const PATIENT: Duration = Duration::from_secs(20);
const IMPATIENT: Duration = Duration::from_millis(250);

/// No call may take longer than five attempts with their limits, and a margin for a busy machine.
const LONGEST: Duration = Duration::from_secs(15);

fn person() -> TypeName {
    TypeName::from("person")
}

fn open(handle: &SimHandle, base: &str, limit: Duration) -> RestSystem {
    let text = include_str!("../systems/sim-people.toml")
        .replace("http://127.0.0.1:7900/sis/v1", &format!("{base}/sis/v1"));
    let limits = format!("limits = {{ {}, page_bytes = \"1MiB\", per_second = 1000 }}\n", short(limit));
    let text = text.replacen("[types.person]", &format!("{limits}[types.person]"), 1);
    let config = Config::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
    let token = handle.token().to_owned();
    let secrets = move |_: &str| Some(SecretString::from(token.clone()));
    RestSystem::with_lookup(config, &secrets, Arc::new(SystemLookup))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The base URL that a fault needs: that of the proxy, unless the connection itself is never to be made.
fn base(fault: Fault, proxy: &Proxy) -> String {
    match fault {
        Fault::Refuse => {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
            format!("http://{}", listener.local_addr().expect("an address"))
        }
        Fault::NoDns => "http://no-such-host.invalid".to_owned(),
        Fault::TlsFailure => format!("https://{}", proxy.address()),
        _ => format!("http://{}", proxy.address()),
    }
}

/// How an operation ended.
type Ended = Result<(), SystemError>;

async fn call(operation: &str, system: &RestSystem, cx: &Cx, seen: &Record, n: usize) -> Ended {
    let t = person();
    let key = format!("key-of-cell-{n:04}-abcdefghijklmnop");
    match operation {
        "list" => pages(system.list(cx, &t, &Partition::whole())).await.map(drop),
        "find" => system.find(cx, &t, &ours(&json!({ "number": number(n) }))).await.map(drop),
        "get" => system.get(cx, &t, &seen.id).await.map(drop),
        "create" => {
            let fields = ours(&fields(&format!("new-{n}")));
            let natural_key = ours(&json!({ "number": format!("new-{n}") }));
            let correlation = key[..22].to_owned();
            let w = Create { type_name: t, fields, natural_key, key: key.into(), correlation };
            system.create(cx, &w).await.map(drop)
        }
        "update" => {
            let changed = ours(&json!({ "given_name": "by us" }));
            let (id, seen) = (seen.id.clone(), seen.clone());
            let w = Update { type_name: t, id, seen, changed, cleared: Vec::new(), key: key.into() };
            system.update(cx, &w).await.map(drop)
        }
        _ => {
            let w = Delete { type_name: t, id: seen.id.clone(), seen: seen.clone(), key: key.into() };
            system.delete(cx, &w).await.map(drop)
        }
    }
}

fn number(n: usize) -> String {
    format!("N{n:04}")
}

fn fields(number: &str) -> Value {
    json!({ "number": number, "given_name": "Given", "family_name": "Family" })
}

/// What the call may say. The answer to a delete has no body that could be spoilt.
fn expected(fault: Fault, operation: &str) -> &'static [&'static str] {
    let is_write = matches!(operation, "create" | "update" | "delete");
    let in_body =
        matches!(fault, Fault::ResetInBody | Fault::HalfBodyRightLength | Fault::HalfBodyWrongLength);
    match (fault, is_write) {
        _ if in_body && operation == "delete" => &["ok", "ambiguous"],
        // The reset may come so early that the connection was never made.
        (Fault::ResetBeforeRequest, true) => &["unreachable", "ambiguous"],
        (fault, _) if fault.is_harmless() => &["ok"],
        (fault, _) if fault.is_before_connecting() => &["unreachable"],
        (Fault::TooManyRequests, _) | (Fault::Unavailable, false) => &["throttled"],
        (_, true) => &["ambiguous"],
        (Fault::Blackhole | Fault::ByteASecond, false) => &["timeout"],
        (Fault::HalfBodyWrongLength | Fault::EndlessBody | Fault::HtmlAsSuccess, false) => &["malformed"],
        (_, false) => &["unreachable"],
    }
}

/// Whether the server shows the write of a cell.
fn is_applied(operation: &str, n: usize, id: &str, state: &BTreeMap<String, Object>) -> bool {
    let text =
        |object: &Object, name: &str| object.get(name).and_then(merge::Value::as_text).map(str::to_owned);
    match operation {
        "create" => state.values().any(|record| text(record, "number") == Some(format!("new-{n}"))),
        "update" => state.get(id).and_then(|record| text(record, "given_name")).as_deref() == Some("by us"),
        "delete" => !state.contains_key(id),
        _ => false,
    }
}

async fn state(client: &SimClient) -> BTreeMap<String, Object> {
    let state = client.state().await.expect("the witness");
    state
        .live("person")
        .map(|record| (record["id"].as_str().unwrap_or_default().to_owned(), ours(record)))
        .collect()
}

/// One cell: gives what is wrong with it.
async fn cell(
    handle: &SimHandle,
    fault: Fault,
    operation: &'static str,
    n: usize,
    id: &str,
) -> Option<String> {
    let is_write = matches!(operation, "create" | "update" | "delete");
    let plain = open(handle, &format!("http://{}", handle.addr), PATIENT);
    let seen = plain.get(&cx(), &person(), &id.into()).await.expect("a record");
    let proxy = Proxy::start(handle.addr).await.expect("a proxy");
    // What strikes before the request is read cannot tell a read from a write.
    let only = match fault {
        Fault::ResetBeforeRequest | Fault::Blackhole => Only::Everything,
        _ if is_write => Only::Writes,
        _ => Only::Reads,
    };
    proxy.fail(fault, only, if is_write { 1 } else { u32::MAX });
    let limit = if fault.is_harmless() || fault.is_before_connecting() { PATIENT } else { IMPATIENT };
    let limit = if matches!(fault, Fault::Blackhole | Fault::ByteASecond) {
        limit
    } else {
        limit.max(Duration::from_secs(5))
    };
    let system = open(handle, &base(fault, &proxy), limit);
    let started = Instant::now();
    let result = call(operation, &system, &cx(), &seen, n).await;
    let took = started.elapsed();
    let kind = result.as_ref().err().map_or("ok", SystemError::kind);
    let applied = is_applied(operation, n, id, &state(&handle.client()).await);
    let claim_is_wrong =
        is_write && ((kind == "ok" && !applied) || (kind != "ok" && kind != "ambiguous" && applied));
    let late_lands = fault == Fault::HeldAndReleased && is_write;
    if late_lands {
        proxy.release();
        proxy.landed().await;
    }
    let landed = !late_lands || is_applied(operation, n, id, &state(&handle.client()).await);
    let fits = expected(fault, operation).contains(&kind) && took < LONGEST && !claim_is_wrong && landed;
    (!fits).then(|| {
        format!("{fault:?} × {operation}: {result:?} after {took:?}, applied: {applied}, landed: {landed}")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f6_each_of_24_faults_meets_each_of_6_operations() {
    let options = SimOptions::default().size(Size::Custom(Counts::default()));
    let handle = Sim::start(options).await.expect("the simulated SIS");
    let cells: Vec<(Fault, &'static str)> =
        Fault::ALL.iter().flat_map(|fault| OPERATIONS.map(|operation| (*fault, operation))).collect();
    let records: Vec<Value> = (0..cells.len()).map(|n| fields(&number(n))).collect();
    let ids = handle.client().load("person", &records, true).await.expect("records");
    let wrong: Vec<String> = futures::stream::iter(cells.iter().zip(&ids).enumerate())
        .map(|(n, ((fault, operation), id))| cell(&handle, *fault, operation, n, id))
        .buffer_unordered(24)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert_eq!(cells.len(), 144);
    assert!(wrong.is_empty(), "{} of 144 cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// A read meets each passing fault once or twice and then succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p27_a_read_survives_what_passes() {
    let options = SimOptions::default().size(Size::Custom(Counts::default()));
    let handle = Sim::start(options).await.expect("the simulated SIS");
    let ids = handle.client().load("person", &[fields("N1")], true).await.expect("a record");
    for fault in [
        Fault::ResetBeforeRequest,
        Fault::ResetAfterRequest,
        Fault::ResetInHeaders,
        Fault::ResetInBody,
        Fault::HalfBodyRightLength,
        Fault::TooManyRequests,
        Fault::Unavailable,
        Fault::ErrorBeforeApplying,
    ] {
        let proxy = Proxy::start(handle.addr).await.expect("a proxy");
        proxy.fail(fault, Only::Everything, 2);
        let system = open(&handle, &format!("http://{}", proxy.address()), PATIENT);
        let record = system.get(&cx(), &person(), &ids[0].as_str().into()).await;
        record.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(proxy.requests(), 3, "{fault:?}");
    }
}
