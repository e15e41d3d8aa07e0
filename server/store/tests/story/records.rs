//! What was read is staged, compared, set aside and forgotten.

use merge::Side;
use store::base::NewBase;
use store::ids::{LinkId, RunId, SchoolId};
use store::link::{LinkFilter, LinkState, NewLink};
use store::local_record::{LocalChange, LocalKey};
use store::quarantine::{Failure, PoisonFilter, QuarantineState};
use store::staged::{Origin, Staged, StagedState};
use store::{Tx, base, candidate, link, local_record, quarantine, read_request, staged};

use super::tools::{Night, Teller, hash, minutes};

/// Four rooms: A101 equal on both sides, B202 changed on theirs, C303 only on ours, D404 without a base.
pub async fn what_was_read_is_staged(teller: &mut Teller, night: &Night) -> Vec<LinkId> {
    let ids: Vec<LinkId> = (0..4).map(|_| teller.id(LinkId::new)).collect();
    let (school, now) = (night.school, teller.now);
    let keys = ["[\"A101\"]", "[\"B202\"]", "[\"C303\"]", "[\"D404\"]"];
    let new: Vec<NewLink> = ids
        .iter()
        .zip(keys)
        .map(|(id, key)| NewLink {
            id: *id,
            key: key.into(),
            label: format!("Room {}", &key[2..6]),
            ours_id: Some(format!("o-{}", &key[2..6])),
            theirs_id: None,
        })
        .collect();
    let mut tx = teller.begin().await;
    link::add_many(&mut tx, school, "rooms", &new, now).await.expect("added");
    link::set_remote_id(&mut tx, ids[0], Side::Theirs, Some("R1")).await.expect("set");
    let moves = [(ids[1], "R2".to_owned()), (ids[3], "R4".to_owned())];
    link::set_remote_ids(&mut tx, Side::Theirs, &moves).await.expect("set");
    let mut rows: Vec<Staged> =
        (0..4).map(|n| copy(ids[n], Side::Ours, &new[n].label, "same", night)).collect();
    rows.push(copy(ids[0], Side::Theirs, "R1", "same", night));
    rows.push(copy(ids[1], Side::Theirs, "R2", "other", night));
    rows.push(copy(ids[3], Side::Theirs, "R4", "same", night));
    staged::upsert_many(&mut tx, school, "rooms", &rows).await.expect("staged");
    staged::upsert_many(&mut tx, school, "rooms", &rows).await.expect("staged again");
    tx.commit().await.expect("committed");
    links_are_found(teller, night, &ids).await;
    ids
}

fn copy(link: LinkId, side: Side, remote_id: &str, content: &str, night: &Night) -> Staged {
    let body = format!("{{\"v\":\"{content}\"}}");
    Staged {
        link,
        side,
        remote_id: remote_id.into(),
        state: StagedState::Live,
        hash: Some(hash(&body)),
        raw_hash: Some("raw".into()),
        version: Some("v1".into()),
        modified: None,
        origin: Origin::Read,
        run: Some(night.run),
        missing_runs: 0,
        missing_since: None,
        body: Some(body),
    }
}

async fn links_are_found(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, mut tx) = (night.school, teller.begin().await);
    let found = link::find_by_remote_ids(&mut tx, school, "rooms", Side::Theirs, &["R2", "R9"]).await;
    assert_eq!(found.expect("asked").iter().map(|link| link.id).collect::<Vec<_>>(), [ids[1]]);
    let found = link::find_by_keys(&mut tx, school, "rooms", &["[\"C303\"]"]).await.expect("asked");
    assert_eq!((found.len(), found[0].remote_id(Side::Ours)), (1, Some("o-C303")));
    link::set_key(&mut tx, ids[2], "[\"C304\"]", "Room C304").await.expect("set");
    assert_eq!(link::get(&mut tx, ids[2]).await.expect("is there").key, "[\"C304\"]");
    let both = link::get_many(&mut tx, &[ids[3], ids[0]]).await.expect("asked");
    assert_eq!(both.iter().map(|link| link.id).collect::<Vec<_>>(), [ids[0], ids[3]]);
    let filter = LinkFilter { type_name: Some("rooms"), text: Some("room B2"), ..LinkFilter::default() };
    let listed = link::list(&mut tx, school, &filter, 10).await.expect("listed");
    assert_eq!(listed.iter().map(|link| link.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(link::count_listed(&mut tx, school, &filter).await.expect("counted"), 1);
    let wild = LinkFilter { text: Some("%"), ..LinkFilter::default() };
    assert_eq!(link::list(&mut tx, school, &wild, 10).await.expect("listed"), [], "% is a letter like any");
    let after = LinkFilter { after: Some(ids[2]), state: Some(LinkState::Live), ..LinkFilter::default() };
    assert_eq!(link::list(&mut tx, school, &after, 10).await.expect("listed").len(), 1);
    assert_eq!(link::count(&mut tx, school, "rooms").await.expect("counted"), 4);
    both_ways(&mut tx, school, ids).await;
    tx.rollback().await.expect("rolled back");
}

async fn both_ways(conn: &mut Tx, school: SchoolId, ids: &[LinkId]) {
    let all = LinkFilter { type_name: Some("rooms"), ..LinkFilter::default() };
    let before = LinkFilter { before: Some(ids[2]), ..all.clone() };
    let listed = link::list(conn, school, &before, 1).await.expect("listed");
    assert_eq!(listed.iter().map(|link| link.id).collect::<Vec<_>>(), [ids[1]], "the nearest first");
    let last = LinkFilter { from_end: true, ..all.clone() };
    let listed = link::list(conn, school, &last, 2).await.expect("listed");
    assert_eq!(listed.iter().map(|link| link.id).collect::<Vec<_>>(), [ids[3], ids[2]]);
    assert_eq!(link::count_before(conn, school, &all, ids[2]).await.expect("counted"), 2);
}

pub async fn only_what_differs_is_a_candidate(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, now) = (night.school, teller.now);
    let mut tx = teller.begin().await;
    let same = "{\"v\":\"same\"}";
    let bases: Vec<NewBase> = ids[..3]
        .iter()
        .map(|id| NewBase {
            link: *id,
            body: same.into(),
            hash: hash(same),
            fields_agreed: "{\"v\":1}".into(),
        })
        .collect();
    assert!(!base::is_any(&mut tx, school).await.expect("asked"));
    base::upsert_many(&mut tx, &bases, Some(night.run), now).await.expect("moved");
    base::upsert_many(&mut tx, &bases, None, now).await.expect("moved to the same");
    let found = base::get_many(&mut tx, ids).await.expect("asked");
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|base| base.generation == 1 && base.run == Some(night.run)), "left untouched");
    let moved = NewBase { body: "{}".into(), hash: hash("{}"), ..bases[2].clone() };
    base::upsert_many(&mut tx, &[moved], None, now).await.expect("moved");
    assert_eq!(base::get_many(&mut tx, &ids[2..3]).await.expect("asked")[0].generation, 2);
    assert!(base::is_any(&mut tx, school).await.expect("asked"));
    assert_eq!(candidate::count_unsynced(&mut tx, school, "rooms").await.expect("counted"), 3, "not A101");
    tx.commit().await.expect("committed");

    let mut reader = teller.read().await;
    let found = candidate::list(&mut reader, school, "rooms", None, 10).await.expect("listed");
    assert_eq!(found.iter().map(|row| row.link).collect::<Vec<_>>(), ids[1..4], "A101 is left alone");
    assert_eq!(found[0].base.as_ref().map(|base| base.body.as_str()), Some(same));
    assert_eq!(found[0].theirs.as_ref().and_then(|copy| copy.body.as_deref()), Some("{\"v\":\"other\"}"));
    assert_eq!((&found[1].theirs, found[2].base.is_none()), (&None, true));
    assert!(found.iter().all(|row| row.conflict.is_none() && !row.open_ours && !row.open_theirs));
    assert!(found.iter().all(|row| !row.held_by_conflict && !row.uncertain && row.type_name == "rooms"));
    let page = candidate::list(&mut reader, school, "rooms", Some(ids[1]), 1).await.expect("listed");
    assert_eq!(page[0].link, ids[2]);
    let chosen = candidate::get_many(&mut reader, &[ids[1], ids[0]]).await.expect("asked");
    assert_eq!(chosen.iter().map(|row| row.link).collect::<Vec<_>>(), ids[..2], "also what does not differ");
    let holding = staged::bodies_holding(&mut reader, school, "rooms", Side::Theirs, "\"other\"", 10).await;
    assert_eq!(holding.expect("asked"), ["{\"v\":\"other\"}"]);
    drop(reader);
    an_edit_taken_back_is_swept(teller, night, ids).await;
    absence_is_counted(teller, night, ids).await;
}

async fn an_edit_taken_back_is_swept(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, mut tx) = (night.school, teller.begin().await);
    let row = copy(ids[1], Side::Theirs, "R2", "same", night);
    staged::upsert_many(&mut tx, school, "rooms", &[row]).await.expect("staged");
    let found = candidate::list(&mut tx, school, "rooms", None, 10).await.expect("listed");
    assert_eq!(found.iter().map(|row| row.link).collect::<Vec<_>>(), ids[2..4], "B202 is left alone");
    assert_eq!(candidate::count_unsynced(&mut tx, school, "rooms").await.expect("counted"), 3);
    let last = candidate::sweep(&mut tx, school, "rooms", None).await.expect("swept");
    assert_eq!(last, Some(ids[3]));
    assert_eq!(candidate::count_unsynced(&mut tx, school, "rooms").await.expect("counted"), 2);
    assert_eq!(candidate::sweep(&mut tx, school, "rooms", last).await.expect("swept"), None);
    tx.rollback().await.expect("rolled back");
}

async fn absence_is_counted(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, now, run) = (night.school, teller.now, night.run);
    let next = teller.id(RunId::new);
    let mut tx = teller.begin().await;
    let marks = staged::marks(&mut tx, school, "rooms", Side::Theirs, &["R1", "R9"]).await.expect("asked");
    assert_eq!((marks.len(), marks[0].link, marks[0].version.as_deref()), (1, ids[0], Some("v1")));
    let listed = staged::list_remote_ids(&mut tx, school, "rooms", Side::Theirs, "R1", 10).await;
    let listed: Vec<String> = listed.expect("listed").into_iter().map(|row| row.remote_id).collect();
    assert_eq!(listed, ["R2", "R4"]);
    for seen_in in [run, run, next] {
        staged::set_missing_many(&mut tx, Side::Theirs, &ids[..1], seen_in, now).await.expect("counted");
    }
    // The copy was read in `run`, so only the state tells that a repeat within a run counts once.
    let row = found(&mut tx, ids[0]).await;
    assert_eq!((row.state, row.missing_runs, row.missing_since), (StagedState::Missing, 2, Some(now)));
    staged::set_present_many(&mut tx, Side::Theirs, &ids[..1], next).await.expect("back");
    assert_eq!(
        (found(&mut tx, ids[0]).await.state, found(&mut tx, ids[0]).await.missing_runs),
        (StagedState::Live, 0)
    );
    staged::set_deleted_many(&mut tx, Side::Theirs, &ids[..1], next).await.expect("proved");
    let counts = staged::counts(&mut tx, school).await.expect("counted");
    let deleted = counts.iter().find(|count| count.state == StagedState::Deleted).expect("one");
    assert_eq!((deleted.side, deleted.count), (Side::Theirs, 1));
    let kept = [(ids[0], None), (ids[1], Some("{}".to_owned()))];
    staged::set_aliases_many(&mut tx, Side::Theirs, &kept).await.expect("kept");
    let forms = staged::aliases(&mut tx, school, "rooms", Side::Theirs, &["R1", "R2"]).await.expect("asked");
    assert_eq!((forms.len(), forms[0].remote_id.as_str(), forms[0].aliases.as_str()), (1, "R2", "{}"));
    staged::remove_side_many(&mut tx, Side::Theirs, &ids[..1]).await.expect("removed");
    assert_eq!(staged::get_many(&mut tx, &ids[..1]).await.expect("asked").len(), 1);
    tx.rollback().await.expect("rolled back");
}

async fn found(tx: &mut Tx, link: LinkId) -> Staged {
    staged::find(tx, link, Side::Theirs).await.expect("asked").expect("is there")
}

pub async fn poison_is_set_aside(teller: &mut Teller, night: &Night) {
    let (school, now) = (night.school, teller.now);
    let runs: Vec<RunId> = (0..3).map(|_| teller.id(RunId::new)).collect();
    let failure = Failure {
        type_name: "rooms".into(),
        side: Side::Theirs,
        remote_id: "R2".into(),
        key: None,
        code: "not_a_number".into(),
        message: "seats is not a number".into(),
        field: Some("seats".into()),
        version: None,
        raw_hash: Some("raw".into()),
        raw: Some("{\"seats\":\"many\"}".into()),
    };
    let other = Failure { remote_id: "R7".into(), ..failure.clone() };
    let mut tx = teller.begin().await;
    for run in &runs[..2] {
        quarantine::record_many(&mut tx, school, *run, &[failure.clone(), other.clone()], 3, now)
            .await
            .expect("recorded");
    }
    quarantine::record_many(&mut tx, school, runs[1], std::slice::from_ref(&failure), 3, now)
        .await
        .expect("repeated");
    let rows = quarantine::find_many(&mut tx, school, "rooms", Side::Theirs, &["R2"]).await.expect("asked");
    assert_eq!((rows[0].runs_failed, rows[0].state), (2, QuarantineState::Open));
    quarantine::record_many(&mut tx, school, runs[2], std::slice::from_ref(&failure), 3, now)
        .await
        .expect("recorded");
    let filter = PoisonFilter {
        types: vec!["halls", "rooms"],
        side: Some(Side::Theirs),
        states: vec![QuarantineState::Quarantined],
        run: Some(runs[2]),
        after: None,
    };
    let rows = quarantine::list(&mut tx, school, &filter, 10).await.expect("listed");
    assert_eq!((rows.len(), rows[0].runs_failed, rows[0].first_run), (1, 3, Some(runs[0])));
    let after = PoisonFilter { after: Some(("rooms", Side::Theirs, "R2")), ..PoisonFilter::default() };
    assert_eq!(quarantine::list(&mut tx, school, &after, 10).await.expect("listed")[0].remote_id, "R7");
    let counts = quarantine::counts(&mut tx, runs[2]).await.expect("counted");
    assert_eq!((counts.len(), counts[0].count), (1, 1));
    let released = quarantine::release_many(&mut tx, school, "rooms", Side::Theirs, &["R2", "R9"]).await;
    assert_eq!(released.expect("released"), 1);
    quarantine::record_many(&mut tx, school, runs[2], &[failure], 3, now).await.expect("recorded");
    let rows = quarantine::find_many(&mut tx, school, "rooms", Side::Theirs, &["R2"]).await.expect("asked");
    assert_eq!((rows[0].runs_failed, rows[0].state), (1, QuarantineState::Open), "counted anew");
    quarantine::remove(&mut tx, school, "rooms", Side::Theirs, "R7").await.expect("removed");
    tx.commit().await.expect("committed");
}

pub async fn a_record_that_is_gone_is_forgotten(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let mut tx = teller.begin().await;
    staged::remove_many(&mut tx, &ids[..1]).await.expect("removed");
    base::drop_many(&mut tx, &ids[..1]).await.expect("dropped");
    link::end_many(&mut tx, &ids[..1], teller.now).await.expect("ended");
    tx.commit().await.expect("committed");
    let mut reader = teller.read().await;
    let gone = link::get(&mut reader, ids[0]).await.expect("kept");
    assert_eq!((gone.state, gone.ended_at), (LinkState::Tombstone, Some(teller.now)));
    let keys = link::find_by_keys(&mut reader, night.school, "rooms", &[&gone.key]).await.expect("asked");
    assert_eq!(keys, [], "its key is free again");
    let ended = link::find_ended(&mut reader, night.school, "rooms", &[&gone.key]).await.expect("asked");
    assert_eq!(ended.map(|link| link.id), Some(ids[0]), "and what became of it is still known");
    let mut tx = teller.begin().await;
    assert!(link::revive(&mut tx, ids[0]).await.expect("revived"));
    assert!(!link::revive(&mut tx, ids[0]).await.expect("asked"), "it lives");
    tx.rollback().await.expect("rolled back");
}

pub async fn a_record_is_read_again_on_request(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, link, asked) = (night.school, ids[1], teller.now);
    let mut tx = teller.begin().await;
    assert!(!read_request::has_open(&mut tx, school).await.expect("asked"));
    assert_eq!(read_request::find(&mut tx, link).await.expect("asked"), None);
    read_request::ask(&mut tx, school, link, asked).await.expect("asked for");
    read_request::ask(&mut tx, school, link, asked + minutes(1)).await.expect("asked for again");
    let open = read_request::list_open(&mut tx, school, 10).await.expect("listed");
    assert_eq!((open.len(), open[0].asked_at, open[0].is_open()), (1, asked, true), "asked for once");
    assert!(read_request::has_open(&mut tx, school).await.expect("asked"));
    let done = asked + minutes(2);
    assert!(read_request::finish(&mut tx, link, Some("no answer"), done).await.expect("finished"));
    assert_eq!(read_request::list_open(&mut tx, school, 10).await.expect("listed"), []);
    read_request::ask(&mut tx, school, link, asked + minutes(3)).await.expect("asked for");
    let row = read_request::find(&mut tx, link).await.expect("asked").expect("is there");
    assert!(row.is_open());
    assert_eq!((row.done_at, row.error.as_deref()), (Some(done), Some("no answer")), "of the last reading");
    tx.commit().await.expect("committed");
}

pub async fn our_own_records_are_kept(teller: &mut Teller, school: SchoolId) {
    let key = |id| LocalKey { school, type_name: "rooms", id };
    let change = |fields, natural_key| LocalChange { fields, natural_key, actor: "ada" };
    let mut tx = teller.begin().await;
    let first = local_record::insert_with_id(&mut tx, key("1"), &change("{}", "A101"), teller.now).await;
    assert!(first.expect("made").1);
    let twice = local_record::insert_with_id(&mut tx, key("1"), &change("{\"x\":1}", "A1"), teller.now).await;
    let (found, made) = twice.expect("asked");
    assert_eq!((found.fields.as_str(), found.version, made), ("{}", 1, false));
    local_record::insert_with_id(&mut tx, key("2"), &change("{}", "B202"), teller.now).await.expect("made");
    teller.pass(1);
    local_record::lock(&mut tx, school).await.expect("locked");
    let stale = local_record::update(&mut tx, key("1"), Some(7), &change("{}", "A101"), teller.now).await;
    assert_eq!(stale.expect("asked"), None);
    let new =
        local_record::update(&mut tx, key("1"), Some(1), &change("{\"x\":2}", "A102"), teller.now).await;
    let new = new.expect("asked").expect("changed");
    assert_eq!((new.version, new.seq, new.updated_at), (2, 3, teller.now));
    let gone = local_record::remove(&mut tx, key("2"), None, "bob", teller.now).await.expect("asked");
    assert!(gone.is_some_and(|record| record.removed && record.version == 2 && record.actor == "bob"));
    assert_eq!(local_record::remove(&mut tx, key("2"), None, "bob", teller.now).await.expect("asked"), None);
    tx.commit().await.expect("committed");

    let mut tx = teller.begin().await;
    let page = local_record::page(&mut tx, school, "rooms", "", 10).await.expect("listed");
    assert_eq!(page, std::slice::from_ref(&new));
    let gone = local_record::tombstones(&mut tx, school, "rooms", 0, 10).await.expect("listed");
    assert!(gone.iter().all(|record| record.removed));
    let changes = local_record::changes(&mut tx, school, "rooms", 2, 10).await.expect("listed");
    assert_eq!(changes.iter().map(|row| (row.seq, row.removed)).collect::<Vec<_>>(), [(3, false), (4, true)]);
    assert_eq!(local_record::last_seq(&mut tx, school).await.expect("asked"), 4);
    assert_eq!(local_record::find(&mut tx, key("1")).await.expect("asked"), Some(new));
    let named = local_record::find_by_natural_key(&mut tx, school, "rooms", "A102", 10).await;
    assert_eq!(named.expect("asked").len(), 1);
    let counts = local_record::counts(&mut tx, school).await.expect("counted");
    assert_eq!(
        counts.iter().map(|row| (row.removed, row.count)).collect::<Vec<_>>(),
        [(false, 1), (true, 1)]
    );
    let before = teller.now + chrono::TimeDelta::seconds(1);
    assert_eq!(local_record::purge_tombstones(&mut tx, school, before).await.expect("purged"), 1);
    tx.commit().await.expect("committed");
}
