//! P1, P2, P3, P5, P16: the process is killed with abort() at every kill point of RL 3.3, then started again.
//!
//! The test starts itself as a child (T25): the child carries one run out against real servers over TCP and dies at the
//! point it is told. A second child goes on. Then the servers' own logs judge (T2), and one more run must find nothing
//! to do. The list of points is the enum itself, so that a new point is tested from the day it is written (T26).

#[path = "../world/mod.rs"]
mod world;

use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use connect::sim::{Class, EditOp};
use connect::{
    Capabilities, CheckReport, Create, Cx, Delete, Deleted, Mark, NaturalKey, PageStream, Partition, Record,
    RemoteId, System, SystemError, TypeName, Update, Written,
};
use merge::Side;
use pipeline::kill::{self, KillPoint};
use pipeline::mail::Mailer;
use pipeline::mail::sink::Sink;
use pipeline::{Executed, RunOptions};
use serde_json::json;
use store::Store;
use store::ids::RunId;
use store::run::{RunEnding, RunKind, RunState};
use store::testing::{TestEngine, TestStore};
use world::Servers;

/// Writes of the standard plan (RL 3.3).
const WRITES: u32 = 20;

/// What a child is told, by environment.
const CHILD: &str = "TIEBREAK_CRASH_CHILD";

/// Dies after the server has applied a write, before its answer is read (w3).
struct Dying(Arc<dyn System>);

#[async_trait]
impl System for Dying {
    fn capabilities(&self, t: &TypeName) -> Capabilities {
        self.0.capabilities(t)
    }

    async fn check(&self, cx: &Cx) -> Result<CheckReport, SystemError> {
        self.0.check(cx).await
    }

    fn list(&self, cx: &Cx, t: &TypeName, part: &Partition) -> PageStream {
        self.0.list(cx, t, part)
    }

    fn changes(&self, cx: &Cx, t: &TypeName, part: &Partition, since: &Mark) -> PageStream {
        self.0.changes(cx, t, part, since)
    }

    async fn get(&self, cx: &Cx, t: &TypeName, id: &RemoteId) -> Result<Record, SystemError> {
        self.0.get(cx, t, id).await
    }

    async fn find(&self, cx: &Cx, t: &TypeName, key: &NaturalKey) -> Result<Vec<Record>, SystemError> {
        self.0.find(cx, t, key).await
    }

    async fn find_by_correlation(
        &self,
        cx: &Cx,
        t: &TypeName,
        text: &str,
    ) -> Result<Vec<Record>, SystemError> {
        self.0.find_by_correlation(cx, t, text).await
    }

    async fn create(&self, cx: &Cx, w: &Create) -> Result<Written, SystemError> {
        let answer = self.0.create(cx, w).await;
        kill::reach(KillPoint::W3);
        answer
    }

    async fn update(&self, cx: &Cx, w: &Update) -> Result<Written, SystemError> {
        let answer = self.0.update(cx, w).await;
        kill::reach(KillPoint::W3);
        answer
    }

    async fn delete(&self, cx: &Cx, w: &Delete) -> Result<Deleted, SystemError> {
        let answer = self.0.delete(cx, w).await;
        kill::reach(KillPoint::W3);
        answer
    }
}

/// The child: does nothing in the normal test run.
#[test]
fn child_carries_one_run_out() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let mut told = told.split('|');
    let mut next = || told.next().expect("what to do").to_owned();
    let (url, run, point, nth, ahead, mail) = (next(), next(), next(), next(), next(), next());
    let point = KillPoint::ALL.into_iter().find(|one| format!("{one:?}") == point);
    if let Some(point) = point {
        kill::arm(point, nth.parse().expect("a count"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let executed = runtime.block_on(async {
        let store = Store::open(&url).await.expect("the database");
        let ahead = TimeDelta::seconds(ahead.parse().expect("seconds"));
        let holder = format!("child {ahead}");
        let mut pipeline = world::pipeline(store, ahead, &holder, |_, system| Arc::new(Dying(system)));
        pipeline.mailer = Some(Arc::new(Mailer::new(&mail, "tiebreak@example.edu").expect("a mailer")));
        pipeline.execute(run.parse::<RunId>().expect("a run")).await.expect("a run that goes through")
    });
    assert_eq!(executed, Executed::Through);
}

/// Starts a child; whether it ended well.
fn start_child(
    test: &TestStore,
    sink: &Sink,
    run: RunId,
    point: Option<KillPoint>,
    nth: u32,
    ahead: i64,
) -> bool {
    let point = point.map_or_else(|| "none".to_owned(), |point| format!("{point:?}"));
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_carries_one_run_out", "--nocapture"])
        .env("RUST_BACKTRACE", "0")
        .env(CHILD, format!("{}|{run}|{point}|{nth}|{ahead}|{}", test.url, sink.url()))
        .output()
        .expect("a child");
    if !output.status.success() && point == "none" {
        eprintln!("a second start failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

/// One record in conflict and twenty writes to both sides: creates with a new parent, updates, deletes.
async fn edit_both_sides(servers: &Servers) {
    let (ours, theirs) = (servers.rooms(Side::Ours).await, servers.rooms(Side::Theirs).await);
    for n in 0..7 {
        let id = Some(ours[&format!("R{n}")].as_str());
        servers.edit(Side::Ours, EditOp::Update, "room", id, json!({ "capacity": 100 + n })).await;
    }
    for n in 10..15 {
        let id = Some(theirs[&format!("R{n}")].as_str());
        servers.edit(Side::Theirs, EditOp::Update, "room", id, json!({ "name": format!("Hall {n}") })).await;
    }
    for n in 20..23 {
        servers.edit(Side::Ours, EditOp::Delete, "room", Some(&ours[&format!("R{n}")]), json!({})).await;
    }
    let fields = json!({ "code": "NEW", "name": "New building" });
    let building = servers.edit(Side::Ours, EditOp::Create, "building", None, fields).await;
    for n in 0..2 {
        let fields =
            json!({ "code": format!("N{n}"), "name": "New", "capacity": n, "building_id": building });
        servers.edit(Side::Ours, EditOp::Create, "room", None, fields).await;
        let fields = json!({ "code": format!("T{n}"), "name": "Theirs", "capacity": n });
        servers.edit(Side::Theirs, EditOp::Create, "room", None, fields).await;
    }
    servers.edit(Side::Ours, EditOp::Update, "room", Some(&ours["R30"]), json!({ "name": "ours" })).await;
    servers
        .edit(Side::Theirs, EditOp::Update, "room", Some(&theirs["R30"]), json!({ "name": "theirs" }))
        .await;
}

/// Kills a run at one point, starts it again, and lets the servers judge.
async fn survives(
    servers: &Servers,
    sink: &Sink,
    engine: TestEngine,
    point: KillPoint,
    nth: u32,
) -> Vec<String> {
    servers.fill(60).await;
    let test = store::testing::fresh(engine).await.expect("a database");
    let school = world::make_school(&test.store, "north", &world::settings(&servers.urls())).await;
    let pipeline = world::pipeline(test.store.clone(), TimeDelta::zero(), "test", |_, system| system);
    let first = world::request_run(&test.store, school, RunKind::Nightly, &RunOptions::default()).await;
    pipeline.execute(first).await.expect("a first run");
    edit_both_sides(servers).await;

    let run = world::request_run(&test.store, school, RunKind::Nightly, &RunOptions::default()).await;
    let mut problems = Vec::new();
    if start_child(&test, sink, run, Some(point), nth, 0) {
        problems.push("was never reached".to_owned());
    }
    problems.extend(servers.look().await.unsound_bases(&test.store, school).await);
    if !start_child(&test, sink, run, None, 0, 120) {
        return vec!["the second start failed".to_owned()];
    }
    let ended = world::get_run(&test.store, run).await;
    if ended.state != RunState::Reported || ended.ended.is_none_or(|how| how == RunEnding::Failed) {
        problems.push(format!("ended as {:?} {:?}", ended.state, ended.ended));
    }
    let look = servers.look().await;
    problems.extend(look.complaints());
    problems.extend(look.lost_edits(&["R30"]));
    problems.extend(look.unsound_bases(&test.store, school).await);
    if look.writes() != WRITES as usize {
        problems.push(format!("{} writes took effect instead of {WRITES}", look.writes()));
    }
    if look.differences() != ["R30"] {
        problems.push(format!("the sides differ in {:?}", look.differences()));
    }
    let mut reader = test.store.read().await.expect("a reader");
    let conflicts = store::conflict::count_living(&mut reader, school).await.expect("a count");
    drop(reader);
    if conflicts != 1 {
        problems.push(format!("{conflicts} conflicts"));
    }
    // P32: the report went out at least once, always under the run's own Message-ID; twice only where the process died
    // between the mail server's word and our note of it.
    let reports = sink.mails().iter().filter(|mail| mail.contains(&format!("<{run}@"))).count();
    if reports == 0 || reports > 1 + usize::from(point == KillPoint::K13) {
        problems.push(format!("{reports} reports were mailed"));
    }
    let later = world::pipeline(test.store.clone(), TimeDelta::seconds(240), "later", |_, system| system);
    let again = world::request_run(&test.store, school, RunKind::Nightly, &RunOptions::default()).await;
    later.execute(again).await.expect("one more run");
    if servers.look().await.writes() != look.writes() {
        problems.push("one more run wrote something".to_owned());
    }
    problems
}

/// Every point, each write's points for every write.
fn all_points() -> Vec<(KillPoint, u32)> {
    KillPoint::ALL
        .into_iter()
        .flat_map(|point| (1..=if point.is_per_write() { WRITES } else { 1 }).map(move |nth| (point, nth)))
        .collect()
}

async fn walk(engine: TestEngine, points: Vec<(KillPoint, u32)>) {
    let (servers, sink) = (Servers::start(Class::Strong).await, Sink::start().await.expect("a sink"));
    let mut failed = Vec::new();
    for (point, nth) in points {
        let problems = survives(&servers, &sink, engine, point, nth).await;
        if !problems.is_empty() {
            failed.push(format!("{point:?} number {nth} on {engine:?}: {}", problems.join("; ")));
        }
    }
    assert!(failed.is_empty(), "{} points failed:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_run_killed_at_any_point_ends_as_if_it_had_not_been_on_sqlite() {
    walk(TestEngine::Sqlite, all_points()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_run_killed_at_any_point_ends_as_if_it_had_not_been_on_postgres() {
    let mut points: Vec<(KillPoint, u32)> = all_points().into_iter().filter(|(_, nth)| *nth == 1).collect();
    points.extend([
        (KillPoint::W1, 4),
        (KillPoint::W2, 9),
        (KillPoint::W3, 12),
        (KillPoint::W3, 17),
        (KillPoint::W4, 6),
        (KillPoint::W4, 20),
    ]);
    walk(TestEngine::Postgres, points).await;
}
