//! F6, P27: 24 faults of the network × 6 operations, at the first call of each.
//!
//! A fault strikes the first request of the call, or every request that the call makes however often it tries. A run of the
//! tests takes one of the two for each cell, by turns and by days; `TIEBREAK_EVERY_FAULT=1` takes both.
//!
//! The call that is to fail goes through a proxy, with limits as short as the fault asks for; all others go straight to
//! the server, so that a slow machine cannot be taken for a fault. The nights read full listings, so that `find` stands
//! where the table of T30 has `changes`: it settles a create whose answer was lost.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connect::System;
use connect::rest::RestSystem;
use connect::sim::Class;
use connect::testing::{Fault, Only, Proxy};
use merge::Side;
use pipeline::settings::Settings;
use pipeline::{Executed, RunOptions};
use store::run::{RunKind, RunState};

use crate::around::{Around, Op, Watched};
use crate::bench::{self, Bench, edit_for_five_writes};
use crate::school::School;
use crate::world;

/// Faults that a patient client survives get patient limits, the others end by theirs.
const PATIENT: Duration = Duration::from_secs(20);
const IMPATIENT: Duration = Duration::from_millis(150);

/// No run may take longer, on a busy machine either: five attempts with their limits, and what is around them.
const LONGEST: Duration = Duration::from_secs(20);

/// Writes of each cell: five, and the removal of a room that is gone from theirs, which must be asked for first.
const WRITES: usize = 6;

/// Sends the next call of an operation elsewhere.
#[derive(Default)]
struct Detours(Mutex<VecDeque<(Op, Arc<dyn System>)>>);

impl Around for Detours {
    fn before(&self, op: Op) -> Option<Arc<dyn System>> {
        let mut detours = self.0.lock().expect("not poisoned");
        detours.pop_front_if(|(next, _)| *next == op).map(|(_, system)| system)
    }
}

/// The base URL that a fault needs: that of the proxy, unless the connection itself is never to be made.
fn base(fault: Fault, proxy: &Proxy) -> String {
    match fault {
        Fault::Refuse => {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
            format!("http://{}/sis/v1", listener.local_addr().expect("an address"))
        }
        Fault::NoDns => "http://no-such-host.invalid/sis/v1".to_owned(),
        Fault::TlsFailure => format!("https://{}/sis/v1", proxy.address()),
        _ => format!("http://{}/sis/v1", proxy.address()),
    }
}

/// The other side's system, reached over the faulty network.
fn faulty(school: &School, fault: Fault, proxy: &Proxy) -> Arc<dyn System> {
    let document = world::settings(&school.servers.urls());
    let settings = Settings::parse(&document).expect("settings");
    let mut config = settings.systems[Side::Theirs].connector.clone();
    let limit = if fault.is_harmless() { PATIENT } else { IMPATIENT };
    let mut limits = toml::Table::new();
    for name in ["connect", "idle", "total"] {
        limits.insert(name.to_owned(), format!("{}ms", limit.as_millis()).into());
    }
    limits.insert("page_bytes".to_owned(), "1MiB".into());
    config.insert("limits".to_owned(), limits.into());
    config.insert("base_url".to_owned(), base(fault, proxy).into());
    let secret = |_: &str| Some("sim-token".into());
    Arc::new(RestSystem::open(&config, &secret).expect("a system"))
}

/// One cell in one round of a school; what was wrong.
async fn cell(
    school: &School,
    detours: &Detours,
    op: Op,
    fault: Fault,
    times: u32,
    round: usize,
) -> Vec<String> {
    edit_for_five_writes(&school.servers, round).await;
    let gone = round.checked_sub(1).map_or_else(|| "R5".to_owned(), |before| format!("T{before}"));
    school.remove(Side::Theirs, &gone).await;

    let proxy = Proxy::start(school.servers.handles[Side::Theirs].addr).await.expect("a proxy");
    let lossy = Proxy::start(school.servers.handles[Side::Theirs].addr).await.expect("a proxy");
    proxy.fail(fault, Only::Everything, times);
    lossy.fail(Fault::ErrorBeforeApplying, Only::Everything, 1);
    let mut planned = VecDeque::from([(op, faulty(school, fault, &proxy))]);
    if op == Op::Find {
        planned.push_front((Op::Create, faulty(school, Fault::ErrorBeforeApplying, &lossy)));
    }
    *detours.0.lock().expect("not poisoned") = planned;

    let mut problems = ends_in_time(&school.bench()).await;
    if !detours.0.lock().expect("not poisoned").is_empty() {
        problems.push("the call was never made".to_owned());
    }
    if fault == Fault::HeldAndReleased {
        proxy.release();
        if matches!(op, Op::Create | Op::Update | Op::Delete) {
            proxy.landed().await;
        }
    }
    let (writes, found) = school.bench().settles_within(2, &["R4"]).await;
    problems.extend(found);
    problems.extend(school.bench().is_at_rest().await);
    let wanted = WRITES * (round + 1);
    if writes != wanted {
        problems.push(format!("{writes} writes took effect instead of {wanted}"));
    }
    problems
}

/// P27: the run comes to an end, with a report, within its time.
async fn ends_in_time(bench: &Bench<'_>) -> Vec<String> {
    let id =
        world::request_run(&bench.pipeline.store, bench.school, RunKind::Nightly, &RunOptions::default())
            .await;
    let began = Instant::now();
    let executed = bench.pipeline.execute(id).await;
    let took = began.elapsed();
    let mut problems = Vec::new();
    if !matches!(executed, Ok(Executed::Through)) {
        problems.push(format!("the run ended with {executed:?}"));
    }
    let run = world::get_run(&bench.pipeline.store, id).await;
    if run.state != RunState::Reported || run.ended.is_none() {
        problems.push(format!("the run is left {:?}", run.state));
    }
    if took > LONGEST {
        problems.push(format!("the run took {took:?}"));
    }
    problems.extend(bench.servers.look().await.unsound_bases(&bench.pipeline.store, bench.school).await);
    problems
}

/// The faults of an operation with how often each strikes.
fn cells_of(op: Op) -> Vec<(Fault, u32)> {
    let all = Fault::ALL.iter().enumerate().flat_map(|(n, fault)| {
        let turn = (n + op as usize + bench::sample()) % 2;
        let strikes = [1, u32::MAX].into_iter().enumerate();
        strikes
            .filter(move |(m, _)| bench::takes_every_fault() || *m == turn)
            .map(|(_, times)| (*fault, times))
    });
    all.collect()
}

/// Every fault in one operation, a round each. A school in which something went wrong is left as it is.
async fn every_fault_in(op: Op) {
    let detours = Arc::new(Detours::default());
    let mut failed = Vec::new();
    let began = Instant::now();
    let cells = cells_of(op);
    let mut left = cells.iter().peekable();
    while left.peek().is_some() {
        let around = Arc::clone(&detours);
        let school = School::new(Class::Strong, 12, move |side, inner| match side {
            Side::Theirs => Arc::new(Watched { inner, around: Arc::clone(&around) }),
            Side::Ours => inner,
        })
        .await;
        school.bench().agree().await;
        for (round, (fault, times)) in left.by_ref().enumerate() {
            let problems = cell(&school, &detours, op, *fault, *times, round).await;
            if !problems.is_empty() {
                failed.push(format!("{fault:?} in {op:?}, {times} times: {}", problems.join("; ")));
                break;
            }
        }
    }
    println!("{} cells of {op:?} in {:?}", cells.len(), began.elapsed());
    assert!(failed.is_empty(), "{} cells failed:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test]
async fn p27_every_network_fault_in_a_listing_is_survived() {
    every_fault_in(Op::List).await;
}

#[tokio::test]
async fn p27_every_network_fault_in_a_look_by_key_is_survived() {
    every_fault_in(Op::Find).await;
}

#[tokio::test]
async fn p27_every_network_fault_in_a_single_read_is_survived() {
    every_fault_in(Op::Get).await;
}

#[tokio::test]
async fn p27_every_network_fault_in_a_create_is_survived() {
    every_fault_in(Op::Create).await;
}

#[tokio::test]
async fn p27_every_network_fault_in_an_update_is_survived() {
    every_fault_in(Op::Update).await;
}

#[tokio::test]
async fn p27_every_network_fault_in_a_delete_is_survived() {
    every_fault_in(Op::Delete).await;
}
