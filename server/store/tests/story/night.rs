//! A night is asked for, reads, and ends.

use chrono::TimeDelta;
use merge::Side;
use store::ids::{MessageId, RunId, SchoolId};
use store::inbox::{Item, ItemKind, Listing, PageIds};
use store::lease::Phase;
use store::message::{MessageState, NewMessage};
use store::run::{Finish, NewRun, RunEnding, RunFilter, RunKind, RunState};
use store::run_step::{Progress, StepKey, StepState};
use store::{inbox, lease, message, run, run_step};

use super::tools::{Night, Teller, minutes};

pub async fn a_night_is_asked_for_and_claimed(teller: &mut Teller, school: SchoolId) -> Night {
    let id = teller.id(RunId::new);
    let again = teller.id(RunId::new);
    let mut tx = teller.begin().await;
    let new = NewRun {
        id,
        school,
        kind: RunKind::Nightly,
        slot: "2025-10-10",
        options: "{}",
        requested_by: "schedule",
    };
    let (asked, created) = run::request(&mut tx, &new, teller.now).await.expect("asked for");
    assert!(created && asked.number == 1 && asked.state == RunState::Requested);
    let twice = NewRun { id: again, ..new };
    let (found, created) = run::request(&mut tx, &twice, teller.now).await.expect("asked for");
    assert_eq!((found.id, created), (id, false), "one run per slot");
    let same = run::find_same(&mut tx, &twice, teller.now).await.expect("asked");
    assert_eq!(same.map(|run| run.id), Some(id), "it has not begun");
    let other = NewRun { requested_by: "ada", ..twice };
    assert_eq!(run::find_same(&mut tx, &other, teller.now).await.expect("asked"), None);
    tx.commit().await.expect("committed");

    let guard = leases_are_exclusive(teller, school).await;
    let mut tx = teller.begin().await;
    assert_eq!(run::requested(&mut tx, 10).await.expect("listed").len(), 1);
    assert!(run::claim(&mut tx, &guard, id, 2, "h2", teller.now).await.expect("claimed"));
    assert!(!run::claim(&mut tx, &guard, id, 2, "h2", teller.now).await.expect("asked"), "only once");
    assert!(run::adopt(&mut tx, &guard, id).await.expect("adopted"));
    let moved = run::set_state(&mut tx, &guard, id, &[RunState::Claimed], RunState::Downloading).await;
    assert!(moved.expect("moved"));
    let wrong = run::set_state(&mut tx, &guard, id, &[RunState::Claimed], RunState::Merging).await;
    assert!(!wrong.expect("asked"), "not from another state");
    let young = run::find_same(&mut tx, &twice, teller.now - minutes(1)).await.expect("asked");
    assert_eq!(young.map(|run| run.id), Some(id), "it has no plan yet");
    assert_eq!(
        run::find_same(&mut tx, &twice, teller.now).await.expect("asked"),
        None,
        "it has begun long ago"
    );
    assert!(run::set_options(&mut tx, &guard, id, "{\"types\":[\"rooms\"]}").await.expect("set"));
    assert_eq!(run::requested(&mut tx, 10).await.expect("listed"), []);
    assert_eq!(run::unfinished(&mut tx, school, 10).await.expect("listed").len(), 1);
    assert_eq!(run::open(&mut tx, school, 10).await.expect("listed").len(), 1);
    assert_eq!(run::find_by_number(&mut tx, school, 1).await.expect("asked").expect("is there").id, id);
    let by_slot = run::find_by_slot(&mut tx, school, RunKind::Nightly, "2025-10-10").await.expect("asked");
    assert_eq!(by_slot.expect("is there").fence, guard.fence);
    tx.commit().await.expect("committed");
    Night { school, run: id, number: 1, guard }
}

async fn leases_are_exclusive(teller: &mut Teller, school: SchoolId) -> lease::Guard {
    let (now, ttl) = (teller.now, minutes(60));
    let mut tx = teller.begin().await;
    assert_eq!(lease::find(&mut tx, school, Phase::Push).await.expect("asked"), None);
    let first = lease::claim(&mut tx, school, Phase::Push, "node-a", now, ttl).await.expect("asked");
    let first = first.expect("free");
    assert_eq!((first.guard.fence, first.previous_holder), (1, None));
    let other = lease::claim(&mut tx, school, Phase::Push, "node-b", now, ttl).await.expect("asked");
    assert_eq!(other, None);
    assert!(lease::renew(&mut tx, &first.guard, now, ttl).await.expect("renewed"));
    assert!(lease::hold(&mut tx, &first.guard).await.expect("asked"));
    assert!(lease::check(&mut tx, &first.guard, now, minutes(59)).await.expect("asked"));
    assert!(!lease::check(&mut tx, &first.guard, now, minutes(61)).await.expect("asked"));
    lease::release(&mut tx, &first.guard).await.expect("released");
    assert!(!lease::renew(&mut tx, &first.guard, now, ttl).await.expect("asked"));
    let second = lease::claim(&mut tx, school, Phase::Push, "node-b", now, ttl).await.expect("asked");
    let second = second.expect("released");
    assert_eq!((second.guard.fence, second.previous_holder.as_deref()), (2, Some("node-a")));
    assert!(second.previous_expires_at.is_some_and(|at| at < now), "a released lease asks for no wait");
    assert!(!lease::hold(&mut tx, &first.guard).await.expect("asked"), "somebody else has it");
    let found = lease::find(&mut tx, school, Phase::Push).await.expect("asked").expect("is there");
    assert_eq!((found.holder.as_str(), found.fence), ("node-b", 2));
    tx.commit().await.expect("committed");
    second.guard
}

pub async fn both_sides_are_read(teller: &mut Teller, night: &Night) {
    let listing = Listing { run: night.run, type_name: "rooms", side: Side::Theirs };
    let step = StepKey { run: night.run, phase: Phase::Download, type_name: "rooms", side: Side::Theirs };
    let mut tx = teller.begin().await;
    run_step::start(&mut tx, step, teller.now).await.expect("started");
    let page = PageIds { page_no: 0, cursor: Some("c1".into()), remote_ids: "[\"R1\",\"R2\"]".into() };
    let items = [item(0, 0, "R1", ItemKind::Live), item(0, 1, "R2", ItemKind::Bad)];
    inbox::add_page(&mut tx, listing, &page, &items).await.expect("stored");
    inbox::add_page(&mut tx, listing, &page, &items).await.expect("stored again");
    let last = PageIds { page_no: 1, cursor: None, remote_ids: "[\"R3\"]".into() };
    inbox::add_page(&mut tx, listing, &last, &[item(1, 0, "R3", ItemKind::Tombstone)]).await.expect("stored");
    let progress = Progress {
        pages: 2,
        items_seen: 3,
        declared_total: Some(3),
        last_cursor: Some("c1"),
        server_time: Some(teller.now),
        ..Progress::default()
    };
    run_step::progress(&mut tx, step, &progress).await.expect("counted");
    run_step::complete(&mut tx, step, true, Some("{\"bad\":1}"), teller.now).await.expect("completed");
    let ours = StepKey { side: Side::Ours, ..step };
    run_step::start(&mut tx, ours, teller.now).await.expect("started");
    run_step::fail(&mut tx, ours, "timeout", None, teller.now).await.expect("failed");
    tx.commit().await.expect("committed");

    let mut reader = teller.read().await;
    let first = inbox::list_items(&mut reader, listing, (-1, -1), 2).await.expect("listed");
    assert_eq!(first, items);
    let rest = inbox::list_items(&mut reader, listing, (0, 1), 2).await.expect("listed");
    assert_eq!((rest.len(), rest[0].kind), (1, ItemKind::Tombstone));
    assert_eq!(inbox::list_bad_ids(&mut reader, listing).await.expect("listed"), ["R2"]);
    let pages = inbox::list_page_ids(&mut reader, listing, -1, 10).await.expect("listed");
    assert_eq!(pages, [page, last]);
    let steps = run_step::list(&mut reader, night.run).await.expect("listed");
    assert_eq!(
        (steps.len(), steps[0].state, steps[0].issue.as_deref()),
        (2, StepState::Failed, Some("timeout"))
    );
    assert_eq!((steps[1].items_seen, steps[1].complete, steps[1].server_time), (3, true, Some(teller.now)));
    let school = night.school;
    let before = run_step::last_complete(&mut reader, school, "rooms", Side::Theirs, 1).await.expect("asked");
    assert_eq!(before, None, "only runs before this one");
    let seen = run_step::last_complete(&mut reader, school, "rooms", Side::Theirs, 2).await.expect("asked");
    assert_eq!(seen.expect("is there").items_seen, 3);
    drop(reader);

    let mut tx = teller.begin().await;
    run_step::clear(&mut tx, night.run).await.expect("cleared");
    assert_eq!(run_step::list(&mut tx, night.run).await.expect("listed"), []);
    inbox::clear(&mut tx, listing).await.expect("cleared");
    assert_eq!(inbox::list_items(&mut tx, listing, (-1, -1), 10).await.expect("listed"), []);
    tx.rollback().await.expect("rolled back");
}

fn item(page_no: i64, position: i64, remote_id: &str, kind: ItemKind) -> Item {
    Item {
        page_no,
        position,
        kind,
        remote_id: remote_id.into(),
        version: Some("v1".into()),
        modified: None,
        raw_hash: Some("raw".into()),
        why: (kind == ItemKind::Bad).then(|| "not JSON".into()),
        body: Some("{}".into()),
    }
}

pub async fn the_run_ends_and_is_reported(teller: &mut Teller, night: &Night) {
    let (id, guard) = (night.run, &night.guard);
    let mut tx = teller.begin().await;
    let finish =
        Finish { state: RunState::Committed, ended: RunEnding::Finished, error: None, summary: Some("{}") };
    let from = [RunState::Confirming, RunState::Held];
    let ended = run::finish(&mut tx, guard, id, &[RunState::Merging], &finish, teller.now).await;
    assert!(!ended.expect("asked"), "not from another state");
    assert!(run::finish(&mut tx, guard, id, &from, &finish, teller.now).await.expect("ended"));
    assert!(
        !run::finish(&mut tx, guard, id, &[RunState::Committed], &finish, teller.now).await.expect("asked")
    );
    assert!(run::set_summary(&mut tx, guard, id, "{\"rooms\":1}").await.expect("set"));
    a_mail_is_sent(teller, &mut tx, night).await;
    let reported = run::set_state(&mut tx, guard, id, &[RunState::Committed], RunState::Reported).await;
    assert!(reported.expect("moved"));
    inbox::clear_run(&mut tx, id).await.expect("cleared");
    tx.commit().await.expect("committed");

    it_is_known_how_and_when_it_ended(teller, night).await;
    let mut reader = teller.read().await;
    let row = run::get(&mut reader, id).await.expect("is there");
    assert_eq!((row.ended, row.ended_at), (Some(RunEnding::Finished), Some(teller.now)));
    assert_eq!(run::unfinished(&mut reader, night.school, 10).await.expect("listed"), []);
    let filter = RunFilter {
        kinds: vec![RunKind::Nightly, RunKind::Manual],
        states: vec![RunState::Reported],
        outcomes: vec!["finished"],
        from: Some(row.requested_at),
        until: Some(row.requested_at + TimeDelta::seconds(1)),
        before: Some(night.number + 1),
        above: Some(night.number - 1),
    };
    assert_eq!(
        run::list(&mut reader, night.school, &filter, 10).await.expect("listed"),
        std::slice::from_ref(&row)
    );
    assert_eq!(run::list_rising(&mut reader, night.school, &filter, 10).await.expect("listed"), [row]);
    assert_eq!(run::count(&mut reader, night.school, &filter).await.expect("counted"), 1);
    let before = RunFilter { before: Some(night.number), ..RunFilter::default() };
    assert_eq!(run::list(&mut reader, night.school, &before, 10).await.expect("listed"), []);
}

async fn it_is_known_how_and_when_it_ended(teller: &mut Teller, night: &Night) {
    let mut tx = teller.begin().await;
    run::note_state(&mut tx, night.run, RunState::Merging, teller.now).await.expect("noted");
    let later = teller.now + TimeDelta::seconds(5);
    run::note_state(&mut tx, night.run, RunState::Downloading, teller.now).await.expect("noted");
    run::note_state(&mut tx, night.run, RunState::Merging, later).await.expect("noted again");
    let marks: Vec<_> = run::marks(&mut tx, night.run).await.expect("listed");
    let marks: Vec<_> = marks.into_iter().map(|mark| (mark.state, mark.began_at)).collect();
    assert_eq!(marks, [(RunState::Downloading, teller.now), (RunState::Merging, later)]);
    run::note_outcome(&mut tx, night.run, "finished", "{\"rooms\":2}").await.expect("noted");
    let row = run::get(&mut tx, night.run).await.expect("is there");
    assert_eq!((row.outcome.as_deref(), row.summary.as_deref()), (Some("finished"), Some("{\"rooms\":2}")));
    tx.commit().await.expect("committed");
}

async fn a_mail_is_sent(teller: &mut Teller, tx: &mut store::Tx, night: &Night) {
    let id = teller.id(MessageId::new);
    let mail = NewMessage {
        id,
        school: Some(night.school),
        run: Some(night.run),
        message_id: "<night@host>",
        recipients: "[\"a@example.org\"]",
        subject: "Night",
        text_body: "text",
        html_body: "<p>text</p>",
    };
    assert!(message::add(tx, &mail, teller.now).await.expect("queued"));
    let twice = NewMessage { id: teller.id(MessageId::new), ..mail };
    assert!(!message::add(tx, &twice, teller.now).await.expect("asked"), "one mail per Message-ID");
    assert_eq!(message::due(tx, teller.now, 10).await.expect("listed").len(), 1);
    let later = teller.now + TimeDelta::minutes(5);
    assert!(message::mark_failed(tx, id, "451 later", Some(later)).await.expect("marked"));
    assert_eq!(message::due(tx, teller.now, 10).await.expect("listed"), []);
    assert!(message::mark_sent(tx, id, later).await.expect("marked"));
    assert!(!message::mark_failed(tx, id, "too late", None).await.expect("asked"));
    let sent = message::get(tx, id).await.expect("is there");
    assert_eq!((sent.state, sent.attempts, sent.sent_at), (MessageState::Sent, 2, Some(later)));
    assert_eq!(message::list_for_run(tx, night.run, 10).await.expect("listed"), [sent]);
}
