//! People decide.

use merge::{ConflictKind, Side};
use store::conflict::{
    ConflictField, ConflictFilter, ConflictSort, ConflictStatus, Neighbours, NewConflict, OpenedHow,
    PathCount, Place,
};
use store::decision::{ChoiceKind, Decision, DecisionField, DecisionState};
use store::difference::{DifferenceEnd, DifferenceFilter, NewDifference};
use store::ids::{ConflictId, DecisionId, DifferenceId, LinkId, SchoolId, WriteId};
use store::plan_change::Operation;
use store::write::{NewWrite, Why, WriteState};
use store::{candidate, conflict, decision, difference, write};

use store::Tx;

use super::tools::{Night, Teller, minutes};

fn question(teller: &mut Teller, link: LinkId, revision: &str) -> NewConflict {
    NewConflict {
        id: teller.id(ConflictId::new),
        link,
        type_name: "rooms".into(),
        key: "[\"B202\"]".into(),
        label: "Room B202".into(),
        engine_id: "c-1".into(),
        kind: ConflictKind::Field,
        causes: "[\"field\"]".into(),
        duplicates: None,
        revision: revision.into(),
        hold: "record".into(),
        cautious: false,
        present_base: true,
        present_ours: true,
        present_theirs: true,
        fields: vec![ConflictField {
            path: "/seats".into(),
            position: 0,
            base: Some("10".into()),
            ours: Some("12".into()),
            theirs: None,
            question: "q-1".into(),
            reason: "both_changed".into(),
            with_keys: "[]".into(),
        }],
    }
}

pub async fn a_question_is_opened_and_refreshed(
    teller: &mut Teller,
    night: &Night,
    links: &[LinkId],
) -> ConflictId {
    let first = [question(teller, links[1], "r-1"), question(teller, links[3], "r-1")];
    let second = [question(teller, links[1], "r-1"), question(teller, links[3], "r-2")];
    let (school, run, now) = (night.school, Some(night.run), teller.now);
    let mut tx = teller.begin().await;
    let opened = conflict::open_or_refresh_many(&mut tx, school, run, &first, now).await.expect("opened");
    assert_eq!(
        opened.iter().map(|row| (row.number, row.how)).collect::<Vec<_>>(),
        [(1, OpenedHow::New), (2, OpenedHow::New)]
    );
    tx.commit().await.expect("committed");
    teller.pass(60);
    let mut tx = teller.begin().await;
    let again = conflict::open_or_refresh_many(&mut tx, school, run, &second, teller.now).await;
    assert_eq!(
        again.expect("refreshed").iter().map(|row| (row.id, row.number, row.how)).collect::<Vec<_>>(),
        [(opened[0].id, 1, OpenedHow::Same), (opened[1].id, 2, OpenedHow::Changed)]
    );
    tx.commit().await.expect("committed");

    let mut reader = teller.read().await;
    let row = conflict::find_by_number(&mut reader, school, 2).await.expect("asked").expect("is there");
    assert_eq!((row.revision.as_str(), row.opened_at, row.changed_at), ("r-2", now, teller.now));
    let fields = conflict::fields(&mut reader, row.id).await.expect("asked");
    assert_eq!(fields, second[1].fields);
    let of_both = conflict::fields_of_many(&mut reader, &[opened[0].id, row.id]).await.expect("asked");
    assert_eq!(of_both.len(), 2);
    let living = conflict::find_living_for_links(&mut reader, links).await.expect("asked");
    assert_eq!(living.len(), 2);
    let found = candidate::list(&mut reader, school, "rooms", None, 10).await.expect("listed");
    assert_eq!(found[0].conflict, Some(opened[0].id));
    let filter = ConflictFilter {
        types: vec!["rooms", "sections"],
        kinds: vec![ConflictKind::Field],
        statuses: vec![ConflictStatus::Open],
        paths: vec!["/seats", "/name"],
        text: Some("b202"),
        opened_run: row.opened_run,
        opened_before: Some(teller.now),
        changed_before: Some(teller.now + minutes(1)),
        sort: ConflictSort::Waiting,
        place: Place::After(1),
    };
    assert_eq!(conflict::list(&mut reader, school, &filter, 10).await.expect("listed"), [row]);
    assert_eq!(conflict::counts(&mut reader, school, &filter).await.expect("counted")[0].count, 2);
    let paths = conflict::path_counts(&mut reader, school, &filter, 10).await.expect("counted");
    assert_eq!(paths, [PathCount { path: "/seats".into(), count: 2 }]);
    assert_eq!(conflict::count(&mut reader, school, &filter).await.expect("counted"), 2);
    let paths = conflict::open_paths(&mut reader, school, 10).await.expect("counted");
    assert_eq!(paths.iter().map(|one| (one.path.as_str(), one.count)).collect::<Vec<_>>(), [("/seats", 2)]);
    assert_eq!(conflict::count_open(&mut reader, &[school]).await.expect("counted"), [(school, 2)]);
    let filter = ConflictFilter { changed_before: Some(teller.now), ..filter };
    assert_eq!(conflict::position(&mut reader, school, &filter, 2).await.expect("asked"), Some(1));
    assert_eq!(conflict::position(&mut reader, school, &filter, 7).await.expect("asked"), None);
    let beside = conflict::neighbours(&mut reader, school, &filter, 2).await.expect("asked");
    assert_eq!(beside, Neighbours { previous: Some(1), next: None });
    let outline = conflict::outlines_of_many(&mut reader, &[opened[0].id]).await.expect("asked");
    assert_eq!(outline, [(opened[0].id, second[0].fields[0].clone())]);
    assert_eq!(conflict::count_living(&mut reader, school).await.expect("counted"), 2);
    let since = teller.now - minutes(60 * 24);
    let waiting = conflict::waiting(&mut reader, school, since).await.expect("counted");
    assert_eq!((waiting[0].type_name.as_str(), waiting[0].open, waiting[0].fresh), ("rooms", 2, 2));
    assert!(waiting[0].oldest > since);
    let offset = minutes(120);
    let opened_days = conflict::opened_by_day(&mut reader, school, since, offset).await.expect("counted");
    assert_eq!(opened_days.iter().map(|day| day.count).sum::<i64>(), 2);
    let day = (waiting[0].oldest + offset).timestamp().div_euclid(86_400);
    assert_eq!(opened_days[0].day, day);
    assert_eq!(conflict::closed_by_day(&mut reader, school, since, offset).await.expect("counted"), []);
    opened[0].id
}

pub async fn a_decision_waits_out_its_undo_time(
    teller: &mut Teller,
    night: &Night,
    links: &[LinkId],
    conflict: ConflictId,
) {
    let (school, now) = (night.school, teller.now);
    let id = teller.id(DecisionId::new);
    let made = Decision {
        id,
        conflict,
        conflict_revision: "r-1".into(),
        person: "ada".into(),
        person_id: "1".into(),
        decided_at: now,
        force: false,
        reason: String::new(),
        state: DecisionState::Decided,
        overwrote: None,
        undoes: None,
    };
    let chosen = DecisionField {
        path: "/seats".into(),
        position: 0,
        choice: ChoiceKind::Ours,
        value: Some("12".into()),
    };
    let held = decided_write(teller, links[1], id, now + minutes(1));
    let rival = NewWrite { id: teller.id(WriteId::new), idempotency_key: "k-2".into(), ..held.clone() };
    let mut tx = teller.begin().await;
    let stale =
        conflict::set_status(&mut tx, conflict, "r-0", &[ConflictStatus::Open], ConflictStatus::Decided, now);
    assert!(!stale.await.expect("asked"), "another revision");
    decision::add(&mut tx, &made, std::slice::from_ref(&chosen), Some("{}")).await.expect("stored");
    assert_eq!(
        write::add_many(&mut tx, school, std::slice::from_ref(&held), now).await.expect("added"),
        [held.id]
    );
    assert_eq!(write::add_many(&mut tx, school, &[rival], now).await.expect("asked"), [], "one open write");
    let decided =
        conflict::set_status(&mut tx, conflict, "r-1", &[ConflictStatus::Open], ConflictStatus::Decided, now);
    assert!(decided.await.expect("decided"));
    tx.commit().await.expect("committed");

    let mut tx = teller.begin().await;
    assert_eq!(write::due_decided(&mut tx, school, now).await.expect("asked"), []);
    let found = candidate::list(&mut tx, school, "rooms", None, 10).await.expect("listed");
    assert!(found[0].open_theirs && !found[0].open_ours);
    assert_eq!(decision::list_ended(&mut tx, school, 10).await.expect("listed"), []);
    assert!(!decision::has_ended(&mut tx, school).await.expect("asked"), "its write waits");
    let written = write::list_for_decision(&mut tx, id).await.expect("listed");
    assert_eq!(written.iter().map(|write| write.id).collect::<Vec<_>>(), [held.id]);
    assert!(!write::has_decided(&mut tx, school, now).await.expect("asked"), "its undo time runs");
    assert!(write::has_decided(&mut tx, school, now + minutes(1)).await.expect("asked"));
    let due = write::due_decided(&mut tx, school, now + minutes(1)).await.expect("asked");
    assert_eq!(due, [held.id]);
    assert_eq!(write::drop_unsent(&mut tx, id, now).await.expect("asked"), 1, "it was not sent yet");
    assert_eq!(write::drop_unsent(&mut tx, id, now).await.expect("asked"), 0, "once");
    tx.rollback().await.expect("rolled back");
    let mut tx = teller.begin().await;
    assert_eq!(write::open_counts(&mut tx, school).await.expect("counted")[0].state, WriteState::Held);
    assert_eq!(write::due_at_merge(&mut tx, school, &["rooms"]).await.expect("asked"), 0, "it has an end");
    assert_eq!(write::drop_unsent(&mut tx, id, now).await.expect("undone"), 1);
    assert_eq!(decision::base_of(&mut tx, id).await.expect("asked").as_deref(), Some("{}"));
    assert_eq!(decision::find_undo(&mut tx, id).await.expect("asked"), None);
    assert!(decision::has_ended(&mut tx, school).await.expect("asked"), "its only write was dropped");
    let ended = decision::list_ended(&mut tx, school, 10).await.expect("listed");
    assert_eq!(ended, std::slice::from_ref(&made));
    an_undo_is_a_decision_of_its_own(teller, &mut tx, &made, links[1], school).await;
    decision::set_state(&mut tx, id, DecisionState::Undone, Some("{}")).await.expect("set");
    let row = decision::get(&mut tx, id).await.expect("is there");
    assert_eq!((row.state, row.overwrote.as_deref()), (DecisionState::Undone, Some("{}")));
    assert_eq!(decision::fields(&mut tx, id).await.expect("asked"), std::slice::from_ref(&chosen));
    assert_eq!(decision::fields_of_many(&mut tx, &[id]).await.expect("asked"), [(id, chosen)]);
    let written = write::list_for_decisions(&mut tx, &[id]).await.expect("listed");
    assert_eq!(written.iter().map(|write| write.id).collect::<Vec<_>>(), [held.id]);
    let all = decision::list_for_conflict(&mut tx, conflict, 10).await.expect("listed");
    assert_eq!((all.len(), all.last()), (2, Some(&row)), "the newest first");
    let of_link = decision::list_for_link(&mut tx, links[1], None, 10).await.expect("listed");
    assert_eq!(of_link, all);
    assert_eq!(decision::list_for_link(&mut tx, links[1], Some(id), 10).await.expect("listed"), []);
    assert_eq!(decision::count_for_link(&mut tx, links[1]).await.expect("counted"), 2);
    tx.commit().await.expect("committed");
}

async fn an_undo_is_a_decision_of_its_own(
    teller: &mut Teller,
    tx: &mut Tx,
    made: &Decision,
    link: LinkId,
    school: SchoolId,
) {
    let undo = Decision { id: teller.id(DecisionId::new), undoes: Some(made.id), ..made.clone() };
    decision::add(tx, &undo, &[], None).await.expect("stored");
    assert_eq!(decision::find_undo(tx, made.id).await.expect("asked").as_ref(), Some(&undo));
    assert_eq!(decision::base_of(tx, undo.id).await.expect("asked"), None);
    let at_merge = NewWrite {
        idempotency_key: "k-3".into(),
        why: Why::Undo,
        held_until: None,
        ..decided_write(teller, link, undo.id, teller.now)
    };
    write::add_many(tx, school, &[at_merge], teller.now).await.expect("added");
    assert_eq!(write::due_decided(tx, school, teller.now + minutes(9)).await.expect("asked"), []);
    assert_eq!(write::due_at_merge(tx, school, &["rooms"]).await.expect("asked"), 1);
    assert_eq!(write::drop_unsent(tx, undo.id, teller.now).await.expect("dropped"), 1);
    decision::set_state(tx, undo.id, DecisionState::Refused, None).await.expect("set");
    assert_eq!(decision::find_undo(tx, made.id).await.expect("asked"), None, "it may be tried again");
}

fn decided_write(
    teller: &mut Teller,
    link: LinkId,
    decision: DecisionId,
    held_until: chrono::DateTime<chrono::Utc>,
) -> NewWrite {
    NewWrite {
        id: teller.id(WriteId::new),
        run: None,
        link,
        type_name: "rooms".into(),
        side: Side::Theirs,
        position: 0,
        operation: Operation::Update,
        state: WriteState::Held,
        why: Why::Decision,
        remote_id: Some("R2".into()),
        idempotency_key: "k-1".into(),
        correlation: String::new(),
        refusals: 0,
        held_until: Some(held_until),
        decision: Some(decision),
        pre_hash: None,
        pre_version: Some("v1".into()),
        post_hash: None,
        changed: "[\"/seats\"]".into(),
        apart: Some("[]".into()),
        pre_body: Some("{}".into()),
        post_body: Some("{\"seats\":12}".into()),
    }
}

pub async fn a_question_is_closed_by_revision(teller: &mut Teller, night: &Night, id: ConflictId) {
    let (school, now) = (night.school, teller.now);
    let mut tx = teller.begin().await;
    let settled =
        conflict::set_status(&mut tx, id, "r-1", &[ConflictStatus::Decided], ConflictStatus::Settled, now);
    assert!(settled.await.expect("settled"));
    let row = conflict::get(&mut tx, id).await.expect("is there");
    assert_eq!(conflict::get_many(&mut tx, &[id]).await.expect("listed"), std::slice::from_ref(&row));
    assert_eq!((row.status, row.closed_at), (ConflictStatus::Settled, Some(now)));
    assert_eq!(conflict::count_living(&mut tx, school).await.expect("counted"), 1);
    what_was_decided_before_is_known(&mut tx, &row).await;
    let anew = question(teller, row.link, "r-1");
    let opened = conflict::open_or_refresh_many(&mut tx, school, None, &[anew], now).await.expect("opened");
    assert_eq!((opened[0].number, opened[0].how), (3, OpenedHow::New), "a closed one keeps its number");
    assert!(!conflict::reopen(&mut tx, id, now).await.expect("asked"), "another one lives");
    let healed = conflict::close_many(&mut tx, &[opened[0].id], ConflictStatus::Healed, now).await;
    assert_eq!(healed.expect("closed"), 1);
    assert!(conflict::reopen(&mut tx, id, now).await.expect("reopened"));
    tx.commit().await.expect("committed");
}

/// The decision of this conflict was taken back; had it arrived, it would be known when the same values come again.
async fn what_was_decided_before_is_known(tx: &mut Tx, closed: &conflict::Conflict) {
    let again = conflict::Conflict { revision: "r-1".into(), ..closed.clone() };
    assert_eq!(conflict::earlier_choices(tx, &again).await.expect("asked"), [], "it was undone");
    let all = decision::list_for_conflict(tx, closed.id, 10).await.expect("listed");
    let made = all.iter().find(|decision| decision.undoes.is_none()).expect("one");
    decision::set_state(tx, made.id, DecisionState::Applied, None).await.expect("set");
    let earlier = conflict::earlier_choices(tx, &again).await.expect("asked");
    assert_eq!((earlier.len(), earlier[0].path.as_str(), earlier[0].conflict), (1, "/seats", closed.number));
    assert_eq!((earlier[0].choice, earlier[0].person.as_str()), (ChoiceKind::Ours, "ada"));
    let other = conflict::Conflict { key: "[\"Z9\"]".into(), ..again };
    assert_eq!(conflict::earlier_choices(tx, &other).await.expect("asked"), [], "another record");
    decision::set_state(tx, made.id, DecisionState::Undone, None).await.expect("set back");
}

pub async fn a_field_may_differ_on_purpose(
    teller: &mut Teller,
    night: &Night,
    links: &[LinkId],
    conflict: ConflictId,
) {
    let (school, now) = (night.school, teller.now);
    let id = teller.id(DifferenceId::new);
    let new = NewDifference {
        id,
        school,
        link: links[1],
        path: "/seats",
        ours: Some("12"),
        theirs: None,
        conflict,
        person: "ada",
        person_id: "1",
        reason: "counted otherwise",
        until: Some(now + minutes(5)),
    };
    let mut tx = teller.begin().await;
    assert!(difference::add(&mut tx, &new, now).await.expect("added"));
    let twice = NewDifference { id: teller.id(DifferenceId::new), ..new.clone() };
    assert!(!difference::add(&mut tx, &twice, now).await.expect("asked"), "one stands for a path");
    let row = difference::find(&mut tx, school, id).await.expect("asked").expect("is there");
    assert_eq!(
        (row.label.as_str(), row.ours.as_deref(), row.theirs.as_deref()),
        ("Room B202", Some("12"), None)
    );
    let of_links = difference::standing_of_many(&mut tx, links).await.expect("listed");
    assert_eq!(of_links, std::slice::from_ref(&row));
    let found = candidate::get_many(&mut tx, links).await.expect("asked");
    let with: Vec<usize> = found.iter().map(|one| one.differences.len()).collect();
    assert_eq!(with.iter().sum::<usize>(), 1, "only that record carries it");
    for (filter, there) in [
        (DifferenceFilter::default(), true),
        (
            DifferenceFilter { type_name: Some(&row.type_name), newest_first: true, ..Default::default() },
            true,
        ),
        (DifferenceFilter { type_name: Some("nothing"), ..Default::default() }, false),
        (DifferenceFilter { after: Some(id), ..Default::default() }, false),
        (DifferenceFilter { before: Some(id), ..Default::default() }, false),
    ] {
        let listed = difference::list_standing(&mut tx, school, &filter, 10).await.expect("listed");
        assert_eq!(listed, if there { vec![row.clone()] } else { vec![] }, "{filter:?}");
        let count = difference::count_standing(&mut tx, school, &filter).await.expect("counted");
        assert_eq!(count, i64::from(there), "{filter:?}");
    }
    assert_eq!(difference::list_expired(&mut tx, school, now, 10).await.expect("listed"), []);
    let expired = difference::list_expired(&mut tx, school, now + minutes(5), 10).await.expect("listed");
    assert_eq!(expired.len(), 1);
    let end = DifferenceEnd::ByHand;
    assert_eq!(difference::find_many(&mut tx, school, &[id, twice.id]).await.expect("asked"), [row]);
    assert_eq!(difference::end_many(&mut tx, &[id], end, "bob", now).await.expect("ended"), [id]);
    assert_eq!(difference::end_many(&mut tx, &[id], end, "bob", now).await.expect("asked"), [], "once");
    let row = difference::find(&mut tx, school, id).await.expect("asked").expect("is kept");
    assert_eq!((row.ended_how, row.ended_by.as_deref(), row.ended_at), (Some(end), Some("bob"), Some(now)));
    assert!(difference::add(&mut tx, &twice, now).await.expect("added"), "and another may follow");
    tx.rollback().await.expect("rolled back");
}
