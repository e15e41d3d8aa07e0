//! A report is assembled from the rows of its run (RL G3, G14, I18, R33), on both databases.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use merge::{ConflictKind, Outcome, Side};
use pipeline::report::{LimitLine, Report, assemble};
use store::conflict::{ConflictField, NewConflict};
use store::ids::{ConflictId, LinkId, PlanChangeId, RunId, SchoolId};
use store::lease::Phase;
use store::link::NewLink;
use store::plan_change::{Operation, PlanChange, PlanVerdict};
use store::quarantine::Failure;
use store::run::{NewRun, RunKind};
use store::run_step::{Progress, StepKey};
use store::schedule::SlotState;
use store::settings_revision::NewSettings;
use store::testing::{TestEngine, fresh};
use store::{Conn, Store};

const SETTINGS: &str = r#"
version = 1
[school]
slug = "north"
name = "North"
zone = "UTC"
[systems.ours]
name = "Scheduler"
kind = "local"
[systems.theirs]
name = "Banner"
kind = "rest"
[systems.theirs.types]
room = {}
section = {}
[limits]
changes_theirs = 100
[type.room]
label = "Rooms"
key = ["code"]
[type.room.fields]
code = { kind = "text" }
[type.section]
label = "Sections"
key = ["code"]
[type.section.fields]
code = { kind = "text" }
room = { kind = "reference(room)" }
"#;

/// Ids that follow one another.
struct Ids(u64);

impl Ids {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn now() -> DateTime<Utc> {
    "2026-03-04T02:00:00Z".parse().expect("an instant")
}

/// A school with settings.
async fn school(store: &Store) -> SchoolId {
    let school = SchoolId::new(now(), 1);
    let mut tx = store.begin().await.expect("a transaction");
    store::school::add(&mut tx, school, "north", "North", now()).await.expect("a school");
    let settings = NewSettings { document: SETTINGS, hash: "h", author: "ann", reason: "set up" };
    store::settings_revision::save(&mut tx, school, &settings, now()).await.expect("settings");
    tx.commit().await.expect("a commit");
    school
}

async fn run(conn: &mut Conn, ids: &mut Ids, school: SchoolId, slot: &str) -> RunId {
    let id = RunId::new(now(), ids.next());
    let new = NewRun { id, school, kind: RunKind::Nightly, slot, options: "{}", requested_by: "test" };
    store::run::request(conn, &new, now()).await.expect("a run");
    id
}

async fn links(
    conn: &mut Conn,
    ids: &mut Ids,
    school: SchoolId,
    type_name: &str,
    count: usize,
) -> Vec<LinkId> {
    let new: Vec<NewLink> = (0..count)
        .map(|number| NewLink {
            id: LinkId::new(now(), ids.next()),
            key: format!("[\"{type_name} {number}\"]"),
            label: format!("{type_name} {number}"),
            ours_id: None,
            theirs_id: None,
        })
        .collect();
    store::link::add_many(conn, school, type_name, &new, now()).await.expect("links");
    new.into_iter().map(|link| link.id).collect()
}

fn row(
    ids: &mut Ids,
    run: RunId,
    link: LinkId,
    type_name: &str,
    done: (Operation, PlanVerdict),
) -> PlanChange {
    let id = ids.next();
    PlanChange {
        id: PlanChangeId::new(now(), id),
        run,
        type_name: type_name.to_owned(),
        link,
        position: i64::try_from(id).expect("small"),
        key: String::new(),
        label: String::new(),
        side: Side::Theirs,
        operation: done.0,
        outcome: Outcome::TakenOurs,
        verdict: done.1,
        remote_id: None,
        changed: "[]".to_owned(),
        decisions: "[]".to_owned(),
        pre_hash: None,
        pre_version: None,
        post_hash: None,
        idempotency_key: Some(format!("key {id}")),
        correlation: None,
        refusals: 0,
        conflict: None,
        apart: None,
        before: None,
        after: None,
    }
}

fn conflict(ids: &mut Ids, link: LinkId, label: &str) -> NewConflict {
    let id = ids.next();
    let field = ConflictField {
        path: "room".to_owned(),
        position: 0,
        base: None,
        ours: Some("\"A\"".to_owned()),
        theirs: Some("\"B\"".to_owned()),
        question: String::new(),
        reason: "both_changed".to_owned(),
        with_keys: "[]".to_owned(),
    };
    NewConflict {
        id: ConflictId::new(now(), id),
        link,
        type_name: "section".to_owned(),
        key: format!("[\"{label}\"]"),
        label: label.to_owned(),
        engine_id: format!("c-{id}"),
        kind: ConflictKind::Field,
        causes: "[\"field\"]".to_owned(),
        duplicates: None,
        revision: "r-1".to_owned(),
        hold: "record".to_owned(),
        cautious: false,
        present_base: true,
        present_ours: true,
        present_theirs: true,
        fields: vec![field],
    }
}

fn failure(remote_id: &str) -> Failure {
    Failure {
        type_name: "section".to_owned(),
        side: Side::Theirs,
        remote_id: remote_id.to_owned(),
        key: None,
        code: "kind".to_owned(),
        message: "is no integer: \"<many>\"".to_owned(),
        field: Some("capacity".to_owned()),
        version: None,
        raw_hash: None,
        raw: None,
    }
}

/// Two nights: the first left a conflict and 600 records behind, the second has more of everything.
async fn two_nights(store: &Store) -> Report {
    let school = school(store).await;
    let ids = &mut Ids(10);
    let mut tx = store.begin().await.expect("a transaction");
    let first = run(&mut tx, ids, school, "2026-03-01").await;
    let second = run(&mut tx, ids, school, "2026-03-04").await;
    for (day, state, run) in [
        (1, SlotState::Started, Some(first)),
        (2, SlotState::Missed, None),
        (3, SlotState::Missed, None),
        (4, SlotState::Started, Some(second)),
    ] {
        let date = NaiveDate::from_ymd_opt(2026, 3, day).expect("a date");
        let due = date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(2);
        let slot = date.to_string();
        store::schedule::add_slot(&mut tx, school, RunKind::Nightly, &slot, due).await.expect("a slot");
        store::schedule::mark(&mut tx, school, RunKind::Nightly, &slot, state, run).await.expect("marked");
    }
    for type_name in ["room", "section"] {
        let step = StepKey { run: second, phase: Phase::Download, type_name, side: Side::Theirs };
        store::run_step::start(&mut tx, step, now()).await.expect("a step");
        let progress = Progress { pages: 1, items_seen: 300, ..Progress::default() };
        store::run_step::progress(&mut tx, step, &progress).await.expect("progress");
    }
    let rooms = links(&mut tx, ids, school, "room", 101).await;
    let sections = links(&mut tx, ids, school, "section", 8).await;
    let limited = (Operation::Create, PlanVerdict::HeldByLimit);
    let deletes = (Operation::Delete, PlanVerdict::Confirmed);
    let mut plan: Vec<PlanChange> =
        rooms.iter().map(|link| row(ids, second, *link, "room", limited)).collect();
    plan.push(row(ids, second, sections[0], "section", limited));
    plan.extend(sections[1..7].iter().map(|link| row(ids, second, *link, "section", deletes)));
    store::plan_change::add_many(&mut tx, school, plan).await.expect("a plan");
    for (run, link) in [(first, 6), (second, 7)] {
        let new = [conflict(ids, sections[link], &format!("section {link}"))];
        store::conflict::open_or_refresh_many(&mut tx, school, Some(run), &new, now())
            .await
            .expect("conflicts");
    }
    let old: Vec<Failure> = (0..600).map(|number| failure(&format!("A{number:03}"))).collect();
    store::quarantine::record_many(&mut tx, school, first, &old, 3, now()).await.expect("failures");
    store::quarantine::record_many(&mut tx, school, second, &[failure("Z1")], 3, now())
        .await
        .expect("one more");
    let report = assemble(&mut tx, second).await.expect("a report");
    tx.commit().await.expect("a commit");
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_g14_r33_a_report_leads_with_what_waits_and_what_did_not_run() {
    for engine in TestEngine::ALL {
        let test = fresh(engine).await.expect("a database");
        let report = two_nights(&test.store).await;
        let limits: Vec<String> = report.limits.iter().map(LimitLine::text).collect();
        let wanted = [
            "Rooms: 101 changes for Banner were not sent; at most 100 go without a person (settings 0)",
            "Sections: 1 change for Banner was not sent, because it needs records that wait",
        ];
        assert_eq!(limits, wanted);
        assert_eq!(report.notes, ["Sections: 6 deletes in Banner, which holds 300"]);
        assert_eq!(report.missed, ["2026-03-02", "2026-03-03"]);
        assert_eq!((report.conflict_count, report.new_conflict_count), (2, 1));
        let conflicts: Vec<(i64, bool)> = report.conflicts.iter().map(|one| (one.number, one.new)).collect();
        assert_eq!(conflicts, [(2, true), (1, false)], "new ones first");
        assert_eq!(report.issue_count, 1);
        assert_eq!(report.issues[0].record, "Z1", "found behind 600 that failed before");
        assert!(
            report.text().contains("the field waits, the rest of the record goes on"),
            "{}",
            report.text()
        );
        assert!(!report.html().contains("<many>"));
        assert!(report.html().len() < 60_000);
        let json = report.json();
        assert_eq!(json["limits"][0]["changes"], 101);
        assert_eq!(json["systems"], serde_json::json!(["Scheduler", "Banner"]));
    }
}
