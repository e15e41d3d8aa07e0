//! A plan becomes writes; they are sent, settled, recovered and confirmed.

use chrono::TimeDelta;
use merge::{Outcome, Side};
use store::attempt::Attempt;
use store::ids::{LinkId, PlanChangeId, RunId, WriteId};
use store::plan_change::{
    BoundRows, ChangeFilter, ChangeTally, Operation, PlanChange, PlanFilter, PlanVerdict,
};
use store::run::RunState;
use store::staged::Staged;
use store::write::{Lookahead, Settlement, WriteState};
use store::{Reader, attempt, candidate, plan_change, run, staged, write};

use super::tools::{Night, Teller, hash, hash_text, minutes};

pub async fn a_plan_becomes_writes(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let mut rows: Vec<PlanChange> = (0..4).map(|n| row(teller, night, ids[n], n)).collect();
    let (run, now, guard) = (night.run, teller.now, &night.guard);
    let mut tx = teller.begin().await;
    for row in &mut rows {
        let staged = staged::find(&mut tx, row.link, row.side).await.expect("asked");
        row.pre_hash = staged.and_then(|staged| staged.hash).map(|hash| hash.to_string());
    }
    let merging = run::set_state(&mut tx, guard, run, &[RunState::Downloading], RunState::Merging).await;
    assert!(merging.expect("moved"));
    plan_change::add_many(&mut tx, night.school, rows.clone()).await.expect("added");
    assert_eq!(plan_change::delete_unsent(&mut tx, run, 1_000, 999).await.expect("deleted"), 0);
    assert_eq!(plan_change::delete_for_run(&mut tx, run).await.expect("deleted"), 4);
    let bound = BoundRows::batches(&teller.store, night.school, rows.clone(), 3);
    let mut counts = Vec::new();
    for rows in bound {
        plan_change::add_bound(&mut tx, rows).await.expect("added anew");
        let filter = PlanFilter::default();
        counts.push(plan_change::list(&mut tx, run, &filter, 10).await.expect("listed").len());
    }
    assert_eq!(counts, [3, 4], "three of them in one statement, the fourth in another");
    let held = plan_change::set_verdict(
        &mut tx,
        run,
        Some(("rooms", Side::Ours)),
        PlanVerdict::Planned,
        PlanVerdict::HeldByLimit,
    );
    assert_eq!(held.await.expect("held"), 1);
    plan_change::set_verdict_many(&mut tx, &[rows[0].id, rows[1].id], PlanVerdict::Held).await.expect("held");
    let held = plan_change::get(&mut tx, rows[0].id).await.expect("is there");
    assert_eq!(held.verdict, PlanVerdict::HeldByLimit, "only what is planned");
    let back = plan_change::set_verdict(&mut tx, run, None, PlanVerdict::Held, PlanVerdict::Planned).await;
    assert_eq!(back.expect("planned again"), 1);
    tx.commit().await.expect("committed");
    what_moved_since_is_not_written(teller, night, &rows[1]).await;
    let mut tx = teller.begin().await;
    assert!(run::settle_plan(&mut tx, guard, run, "plan-1").await.expect("planned"));
    assert_eq!(plan_change::close_plan(&mut tx, night.school, run, now).await.expect("closed"), 3);
    tx.commit().await.expect("committed");

    let mut reader = teller.read().await;
    assert_eq!(
        plan_change::get(&mut reader, rows[0].id).await.expect("is there").verdict,
        PlanVerdict::HeldByLimit
    );
    let made = write::get(&mut reader, WriteId(rows[1].id.0)).await.expect("is there");
    assert_eq!(made.pre_body.as_deref(), Some("{\"v\":\"other\"}"), "all that the side holds");
    let filter = PlanFilter {
        type_name: Some("rooms"),
        side: Some(Side::Theirs),
        verdicts: vec![PlanVerdict::Pending],
        after: Some(1),
    };
    let listed = plan_change::list(&mut reader, run, &filter, 10).await.expect("listed");
    assert_eq!(listed.iter().map(|row| row.position).collect::<Vec<_>>(), [2, 3]);
    let history = plan_change::list_for_link(&mut reader, ids[1], None, 10).await.expect("listed");
    assert_eq!(history[0].id, rows[1].id);
    let older = plan_change::list_for_link(&mut reader, ids[1], Some(rows[1].id), 10).await;
    assert_eq!(older.expect("listed"), []);
    assert_eq!(plan_change::count_for_link(&mut reader, ids[1]).await.expect("counted"), 1);
    let counts = plan_change::counts(&mut reader, run).await.expect("counted");
    assert_eq!(counts.iter().map(|count| count.count).sum::<i64>(), 4);
    the_history_is_read_both_ways(&mut reader, run).await;
    drop(reader);
    a_held_plan_is_approved(teller, night).await;
}

async fn what_moved_since_is_not_written(teller: &mut Teller, night: &Night, row: &PlanChange) {
    let mut tx = teller.begin().await;
    let staged = staged::find(&mut tx, row.link, row.side).await.expect("asked").expect("is there");
    let moved = Staged { hash: Some(hash("{}")), body: Some("{}".into()), ..staged };
    staged::upsert_many(&mut tx, night.school, "rooms", &[moved]).await.expect("staged");
    assert_eq!(
        plan_change::close_plan(&mut tx, night.school, night.run, teller.now).await.expect("closed"),
        2
    );
    let row = plan_change::get(&mut tx, row.id).await.expect("is there");
    assert_eq!(row.verdict, PlanVerdict::Superseded);
    tx.rollback().await.expect("rolled back");
}

fn row(teller: &mut Teller, night: &Night, link: LinkId, position: usize) -> PlanChange {
    let after = format!("{{\"v\":{position}}}");
    PlanChange {
        id: teller.id(PlanChangeId::new),
        run: night.run,
        type_name: "rooms".into(),
        link,
        position: i64::try_from(position).expect("small"),
        key: "[\"A101\"]".into(),
        label: "Room A101".into(),
        side: if position == 0 { Side::Ours } else { Side::Theirs },
        operation: Operation::Update,
        outcome: Outcome::TakenOurs,
        verdict: PlanVerdict::Planned,
        remote_id: Some(format!("R{position}")),
        changed: "[\"v\"]".into(),
        decisions: "[]".into(),
        pre_hash: None,
        pre_version: Some("v1".into()),
        post_hash: hash_text(&after),
        idempotency_key: Some(format!("key-{position}")),
        correlation: Some("ref".into()),
        refusals: 0,
        conflict: None,
        apart: Some("[\"w\"]".into()),
        before: Some("{}".into()),
        after: Some(after),
    }
}

async fn the_history_is_read_both_ways(reader: &mut Reader, run: RunId) {
    let theirs = ChangeFilter {
        types: vec!["rooms"],
        side: Some(Side::Theirs),
        operations: vec![Operation::Update],
        verdicts: vec![PlanVerdict::Pending],
        field: Some("v"),
        ..ChangeFilter::default()
    };
    let places = |rows: Vec<plan_change::Change>| rows.iter().map(|row| row.position).collect::<Vec<_>>();
    let first = plan_change::changes(reader, run, &theirs, false, 2).await.expect("listed");
    assert_eq!((first[0].changed.as_str(), first[0].error_code.as_deref()), ("[\"v\"]", None));
    assert_eq!(places(first), [1, 2]);
    let last = plan_change::changes(reader, run, &theirs, true, 2).await.expect("listed");
    assert_eq!(places(last), [3, 2]);
    let between = ChangeFilter { after: Some(1), before: Some(3), ..theirs.clone() };
    assert_eq!(places(plan_change::changes(reader, run, &between, false, 9).await.expect("listed")), [2]);
    let all = ChangeTally { records: 3, fields: 3 };
    assert_eq!(plan_change::change_tally(reader, run, &theirs).await.expect("counted"), all);
    for nothing in [
        ChangeFilter { field: Some("w"), ..theirs.clone() },
        ChangeFilter { text: Some("nowhere"), ..theirs.clone() },
    ] {
        let tally = plan_change::change_tally(reader, run, &nothing).await.expect("counted");
        assert_eq!(tally, ChangeTally::default());
    }
    let totals = plan_change::totals(reader, run).await.expect("counted");
    assert_eq!(
        totals.iter().map(|total| (total.records, total.fields)).collect::<Vec<_>>(),
        [(1, 1), (3, 3)]
    );
    let states = write::state_counts(reader, run).await.expect("counted");
    assert_eq!(
        states.iter().map(|one| (one.state, one.count)).collect::<Vec<_>>(),
        [(WriteState::Pending, 3)]
    );
}

async fn a_held_plan_is_approved(teller: &mut Teller, night: &Night) {
    let (run, now, guard) = (night.run, teller.now, &night.guard);
    let mut tx = teller.begin().await;
    assert!(run::hold(&mut tx, guard, run, "plan-1", "[\"G17\"]").await.expect("held"));
    assert!(!run::approve(&mut tx, run, "plan-2", "ada", now).await.expect("asked"), "another plan");
    assert!(run::approve(&mut tx, run, "plan-1", "ada", now).await.expect("approved"));
    assert!(!run::approve(&mut tx, run, "plan-1", "ada", now).await.expect("asked"), "used once");
    let pushing = run::set_state(&mut tx, guard, run, &[RunState::Held], RunState::Pushing).await;
    assert!(pushing.expect("moved"));
    tx.commit().await.expect("committed");
    let mut tx = teller.begin().await;
    assert!(run::ask_stop(&mut tx, run, "bob", now).await.expect("asked"));
    assert!(!run::ask_stop(&mut tx, run, "eve", now).await.expect("asked"), "once is enough");
    tx.rollback().await.expect("rolled back");
}

pub async fn writes_are_sent_and_settled(teller: &mut Teller, night: &Night) {
    let (now, guard) = (teller.now, &night.guard);
    let ahead = Lookahead { remaining: TimeDelta::seconds(40), settle_until: now + minutes(1) };
    let mut tx = teller.begin().await;
    let pending = write::list_for_run(&mut tx, night.run, &[WriteState::Pending], None, 10).await;
    let ids: Vec<WriteId> = pending.expect("listed").into_iter().map(|write| write.id).collect();
    let later = write::list_for_run(&mut tx, night.run, &[], Some(1), 10).await.expect("listed");
    assert_eq!((ids.len(), later.len()), (3, 2));
    for id in &ids {
        assert_eq!(write::begin_send(&mut tx, guard, *id, now, ahead).await.expect("begun"), Some(1));
    }
    let spans = write::spans(&mut tx, night.run).await.expect("read");
    assert_eq!(
        spans.iter().map(|span| (span.side, span.first, span.last)).collect::<Vec<_>>(),
        [(Side::Theirs, now, now)]
    );
    assert_eq!(write::begin_send(&mut tx, guard, ids[0], now, ahead).await.expect("asked"), None, "sending");
    tx.commit().await.expect("committed");

    let mut tx = teller.begin().await;
    let acked = Settlement {
        answer_version: Some("v2"),
        answer_body: Some("{\"v\":1}"),
        answer_hash: Some("h"),
        ..Settlement::of(WriteState::Acked)
    };
    assert!(write::settle(&mut tx, guard, ids[0], &acked, now).await.expect("settled"));
    assert!(!write::settle(&mut tx, guard, ids[0], &acked, now).await.expect("asked"), "only once");
    let rejected = Settlement {
        error_code: Some("422"),
        error_message: Some("no"),
        error_field: Some("v"),
        ..Settlement::of(WriteState::Rejected)
    };
    assert!(write::settle(&mut tx, guard, ids[1], &rejected, now).await.expect("settled"));
    assert!(
        write::settle(&mut tx, guard, ids[2], &Settlement::of(WriteState::Retry), now)
            .await
            .expect("settled")
    );
    assert!(
        write::refresh_guard(&mut tx, guard, ids[2], Some("v5"), None, Some("{}")).await.expect("refreshed")
    );
    assert_eq!(write::begin_send(&mut tx, guard, ids[2], now, ahead).await.expect("begun"), Some(2));
    assert!(
        write::settle(&mut tx, guard, ids[2], &Settlement::of(WriteState::Unknown), now)
            .await
            .expect("settled")
    );
    let request = Attempt {
        write: ids[0],
        number: 1,
        outcome: "written".into(),
        detail: Some("200".into()),
        answer_hash: Some("h".into()),
        started_at: now,
        ended_at: now,
    };
    assert!(attempt::add(&mut tx, &request).await.expect("added"));
    assert!(!attempt::add(&mut tx, &request).await.expect("asked"), "once per number");
    assert_eq!(attempt::list(&mut tx, ids[0], 0, 10).await.expect("listed"), [request]);
    tx.commit().await.expect("committed");
    let mut reader = teller.read().await;
    let row = write::get(&mut reader, ids[0]).await.expect("is there");
    assert_eq!((row.state, row.answer_version.as_deref(), row.attempts), (WriteState::Acked, Some("v2"), 1));
    assert_eq!((row.settle_until, row.last_sent_at), (Some(now + minutes(1)), Some(now)));
    assert_eq!(write::get(&mut reader, ids[1]).await.expect("is there").ended_at, Some(now));
    assert_eq!(write::get(&mut reader, ids[2]).await.expect("is there").pre_version.as_deref(), Some("v5"));
}

pub async fn what_is_left_is_recovered(teller: &mut Teller, night: &Night, links: &[LinkId]) {
    let (now, guard) = (teller.now, &night.guard);
    let mut tx = teller.begin().await;
    let open = write::open_for_school(&mut tx, night.school, &[WriteState::Unknown], None, 10).await;
    let unknown = open.expect("listed")[0].id;
    let after = write::open_for_school(&mut tx, night.school, &[], Some(unknown), 10).await.expect("listed");
    assert_eq!(after, []);
    let parked = Settlement::of(WriteState::Parked);
    let from = [WriteState::Sending, WriteState::Unknown];
    let done = write::set_state_recovered(&mut tx, guard, unknown, &from, &parked, now).await;
    assert!(done.expect("parked"));
    let row = write::get(&mut tx, unknown).await.expect("is there");
    assert_eq!((row.state, row.runs_parked, row.ended_at), (WriteState::Parked, 1, None));
    assert_eq!(write::unpark_many(&mut tx, guard, &[unknown]).await.expect("unparked"), 1);
    let acked = Settlement::of(WriteState::Acked);
    let done = write::set_state_recovered(&mut tx, guard, unknown, &from, &acked, now).await;
    assert!(done.expect("settled"));
    let acked = write::open_for_links(&mut tx, links).await.expect("listed");
    let ids: Vec<WriteId> = acked.iter().map(|write| write.id).collect();
    assert_eq!(write::confirm_many(&mut tx, guard, &ids, now).await.expect("confirmed"), 2);
    assert_eq!(write::open_for_links(&mut tx, links).await.expect("listed"), []);
    let refusals = write::refusals_for(&mut tx, links).await.expect("asked");
    assert_eq!((refusals.len(), refusals[0].count, refusals[0].operation), (1, 1, Operation::Update));
    let found = candidate::get_many(&mut tx, links).await.expect("asked");
    let refused = found.iter().filter(|one| one.was_refused).map(|one| one.link).collect::<Vec<_>>();
    assert_eq!(refused, [refusals[0].link], "only its refusals need be asked for");
    let counts = write::counts(&mut tx, night.run).await.expect("counted");
    assert_eq!(
        counts.iter().map(|count| (count.state, count.count)).collect::<Vec<_>>(),
        [(WriteState::Confirmed, 2), (WriteState::Rejected, 1)]
    );
    plan_change::follow_writes(&mut tx, night.run).await.expect("followed");
    let confirmed = PlanFilter { verdicts: vec![PlanVerdict::Confirmed], ..PlanFilter::default() };
    assert_eq!(plan_change::list(&mut tx, night.run, &confirmed, 10).await.expect("listed").len(), 2);
    assert_eq!(write::drop_pending(&mut tx, guard, night.run, now).await.expect("dropped"), 0);
    assert_eq!(write::forget_dropped(&mut tx, guard, night.run).await.expect("forgotten"), 0);
    let moved = run::set_state(&mut tx, guard, night.run, &[RunState::Pushing], RunState::Confirming).await;
    assert!(moved.expect("moved"));
    tx.commit().await.expect("committed");
}
