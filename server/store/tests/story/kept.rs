//! Everything is written down, and what people type is kept.

use chrono::TimeDelta;
use store::audit::{AuditFilter, NewAudit, Verification};
use store::draft::NewDraft;
use store::ids::{AuditId, DraftId, SchoolId};
use store::{audit, draft};

use super::tools::{Teller, minutes};

pub async fn everything_was_written_down(teller: &mut Teller, school: SchoolId) {
    let mut tx = teller.begin().await;
    assert_eq!(audit::head(&mut tx).await.expect("asked").count, 0);
    let mut previous = audit::GENESIS.to_owned();
    let mut new = |action| NewAudit {
        id: teller.id(AuditId::new),
        school: Some(school),
        actor: "ada",
        action,
        target: "conflict 1",
        detail: "{\"choice\":\"ours\"}",
    };
    let (two, one) = ([new("decide"), new("approve")], new("decide"));
    let at = teller.now + TimeDelta::nanoseconds(1);
    assert_eq!(audit::append_many(&mut tx, &[], at).await.expect("nothing to append"), []);
    let mut rows = audit::append_many(&mut tx, &two, at).await.expect("appended");
    rows.push(audit::append(&mut tx, &one, at).await.expect("appended"));
    for row in rows {
        assert_eq!(row.previous_hash, previous);
        previous = row.hash;
    }
    tx.commit().await.expect("committed");
    let mut reader = teller.read().await;
    let head = audit::head(&mut reader).await.expect("asked");
    assert_eq!((head.count, head.hash.as_str()), (3, previous.as_str()));
    assert_eq!(audit::list_actors(&mut reader, school, 10).await.expect("listed"), ["ada"]);
    assert_eq!(audit::verify(&mut reader).await.expect("verified"), Verification::Intact(head));
    let filter = AuditFilter {
        school: Some(school),
        target: Some("conflict 1"),
        action: Some("decide"),
        before: Some(3),
        ..AuditFilter::default()
    };
    let rows = audit::list(&mut reader, &filter, 10).await.expect("listed");
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1]);
    assert_eq!(audit::count(&mut reader, &filter).await.expect("counted"), 1);
    drop(reader);
    what_was_written_down_is_found(teller, school).await;
}

async fn what_was_written_down_is_found(teller: &mut Teller, school: SchoolId) {
    let mut tx = teller.begin().await;
    let (id, now) = (teller.id(AuditId::new), teller.now + minutes(1));
    let (action, target, detail) = ("session.begin", "mara", "{}");
    let new = NewAudit { id, school: None, actor: "mara", action, target, detail };
    audit::append(&mut tx, &new, now).await.expect("appended");
    let places = async |conn: &mut store::Conn, filter: AuditFilter<'static>| {
        let rows =
            audit::list(conn, &AuditFilter { school: Some(school), ..filter }, 10).await.expect("listed");
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    let any = AuditFilter::default;
    assert_eq!(places(&mut tx, any()).await, [3, 2, 1]);
    assert_eq!(places(&mut tx, AuditFilter { installation: true, ..any() }).await, [4, 3, 2, 1]);
    let kinds = AuditFilter { installation: true, kinds: &["session.", "app"], ..any() };
    assert_eq!(places(&mut tx, kinds).await, [4, 2]);
    assert_eq!(places(&mut tx, AuditFilter { kinds: &["a_p"], ..any() }).await, [0i64; 0], "no wildcard");
    assert_eq!(places(&mut tx, AuditFilter { actor: Some("bob"), ..any() }).await, [0i64; 0]);
    let up = AuditFilter { after: Some(1), oldest_first: true, ..any() };
    assert_eq!(places(&mut tx, up).await, [2, 3]);
    let since = AuditFilter { installation: true, from: Some(now), ..any() };
    assert_eq!(places(&mut tx, since).await, [4]);
    let until = AuditFilter { installation: true, to: Some(now), ..any() };
    assert_eq!(places(&mut tx, until).await, [3, 2, 1]);
    tx.rollback().await.expect("rolled back");
}

pub async fn what_was_typed_is_kept(teller: &mut Teller, school: SchoolId) {
    let (first, second, house) = (teller.id(DraftId::new), teller.id(DraftId::new), teller.id(DraftId::new));
    let new = NewDraft {
        id: first,
        school: Some(school),
        person: "p-ada",
        subject: "conflict 1",
        status: 422,
        problems: "{\"/seats\":\"choose\"}",
        body: "{}",
    };
    let again = NewDraft { id: second, status: 200, problems: "{}", body: "{\"/seats\":\"ours\"}", ..new };
    let start = teller.now;
    let mut tx = teller.begin().await;
    assert_eq!(draft::put(&mut tx, &new, start).await.expect("stored"), first);
    teller.pass(60);
    assert_eq!(draft::put(&mut tx, &again, teller.now).await.expect("stored"), first, "it keeps its id");
    let of_house = NewDraft { id: house, school: None, subject: "house", ..new };
    assert_eq!(draft::put(&mut tx, &of_house, teller.now).await.expect("stored"), house);
    let once_more = NewDraft { id: second, ..of_house };
    assert_eq!(draft::put(&mut tx, &once_more, teller.now).await.expect("stored"), house);
    let of_ben = NewDraft { id: second, person: "p-ben", ..new };
    assert_eq!(draft::put(&mut tx, &of_ben, start).await.expect("stored"), second);
    tx.commit().await.expect("committed");

    let mut tx = teller.begin().await;
    let found = draft::find(&mut tx, Some(school), "p-ada", "conflict 1").await.expect("asked");
    let found = found.expect("is there");
    assert_eq!((found.id, found.status, found.updated_at), (first, 200, teller.now));
    assert_eq!(draft::get(&mut tx, first).await.expect("asked").as_ref(), Some(&found));
    assert!(draft::find(&mut tx, None, "p-ada", "house").await.expect("asked").is_some());
    assert_eq!(draft::find(&mut tx, None, "p-ada", "conflict 1").await.expect("asked"), None);
    let all = draft::list_for_subject(&mut tx, school, "conflict 1", 10).await.expect("listed");
    assert_eq!(all.iter().map(|draft| draft.person.as_str()).collect::<Vec<_>>(), ["p-ada", "p-ben"]);
    assert_eq!(draft::remove_older_than(&mut tx, teller.now, 10).await.expect("removed"), 1);
    assert!(draft::remove(&mut tx, first).await.expect("removed"));
    assert!(!draft::remove(&mut tx, first).await.expect("asked"));
    assert_eq!(draft::get(&mut tx, second).await.expect("asked"), None);
    tx.commit().await.expect("committed");
}
