//! A school is set up.

use merge::Side;
use store::ids::{BootId, SchoolId};
use store::run::RunKind;
use store::schedule::SlotState;
use store::settings_revision::NewSettings;
use store::{StoreError, instance, schedule, school, settings_revision};

use super::tools::{Teller, minutes};

pub async fn a_school_is_set_up(teller: &mut Teller) -> SchoolId {
    the_process_says_that_it_lives(teller).await;
    let id = teller.id(SchoolId::new);
    let other = teller.id(SchoolId::new);
    let mut tx = teller.begin().await;
    assert!(school::add(&mut tx, id, "north", "North College", teller.now).await.expect("added"));
    assert!(!school::add(&mut tx, other, "north", "Another", teller.now).await.expect("asked"));
    assert!(school::add(&mut tx, other, "south", "South College", teller.now).await.expect("added"));
    school::rename(&mut tx, id, "Northern College").await.expect("renamed");
    school::set_paused(&mut tx, id, Side::Theirs, true).await.expect("paused");
    school::set_paused(&mut tx, id, Side::Ours, true).await.expect("paused");
    let found = school::get(&mut tx, id).await.expect("is there");
    assert_eq!(
        (found.name.as_str(), found.paused_ours, found.paused_theirs),
        ("Northern College", true, true)
    );
    assert_eq!(found.created_at, teller.now, "microseconds are kept");
    school::set_paused(&mut tx, id, Side::Theirs, false).await.expect("resumed");
    school::set_paused(&mut tx, id, Side::Ours, false).await.expect("resumed");
    school::stage_all(&mut tx).await.expect("staged");
    assert!(school::get(&mut tx, id).await.expect("is there").staging);
    school::end_staging(&mut tx, id).await.expect("approved");
    assert!(!school::get(&mut tx, id).await.expect("is there").staging);
    assert!(school::get(&mut tx, other).await.expect("is there").staging, "of this school alone");
    tx.commit().await.expect("committed");

    let mut reader = teller.read().await;
    assert_eq!(school::find_by_slug(&mut reader, "north").await.expect("asked").expect("is there").id, id);
    let slugs = school::list(&mut reader, "", 10).await.expect("listed");
    assert_eq!(slugs.iter().map(|school| school.slug.as_str()).collect::<Vec<_>>(), ["north", "south"]);
    assert_eq!(school::list(&mut reader, "north", 1).await.expect("listed")[0].slug, "south");
    let missing = school::get(&mut reader, teller.id(SchoolId::new)).await;
    assert!(matches!(missing, Err(StoreError::NotFound { table: "school", .. })));
    drop(reader);
    settings_have_revisions(teller, id).await;
    slots_are_due_once(teller, id).await;
    id
}

async fn the_process_says_that_it_lives(teller: &mut Teller) {
    let (boot, other) = (teller.id(BootId::new), teller.id(BootId::new));
    let mut tx = teller.begin().await;
    assert_eq!(instance::get(&mut tx).await.expect("is there").boot_id, None);
    instance::start(&mut tx, boot, teller.now).await.expect("started");
    teller.pass(5);
    assert!(instance::heartbeat(&mut tx, boot, teller.now).await.expect("beats"));
    assert!(!instance::heartbeat(&mut tx, other, teller.now).await.expect("asked"));
    let row = instance::get(&mut tx).await.expect("is there");
    assert_eq!((row.boot_id, row.heartbeat_at), (Some(boot), Some(teller.now)));
    tx.commit().await.expect("committed");
}

async fn settings_have_revisions(teller: &mut Teller, school: SchoolId) {
    let mut tx = teller.begin().await;
    assert_eq!(settings_revision::current(&mut tx, school).await.expect("asked"), None);
    let first = NewSettings { document: "a = 1\n", hash: "h1", author: "ada", reason: "begin" };
    let saved = settings_revision::save(&mut tx, school, &first, teller.now).await.expect("saved");
    assert_eq!(saved.number, 1);
    let again = NewSettings { author: "bob", ..first.clone() };
    let same = settings_revision::save(&mut tx, school, &again, teller.now).await.expect("saved");
    assert_eq!((same.number, same.author.as_str()), (1, "ada"), "an equal document is not saved again");
    let second = NewSettings { document: "a = 2\n", ..again };
    settings_revision::save(&mut tx, school, &second, teller.now).await.expect("saved");
    tx.commit().await.expect("committed");
    let mut reader = teller.read().await;
    let current = settings_revision::current(&mut reader, school).await.expect("asked").expect("is there");
    assert_eq!((current.number, current.document.as_str()), (2, "a = 2\n"));
    assert_eq!(settings_revision::get(&mut reader, school, 1).await.expect("is there").document, "a = 1\n");
    let numbers = settings_revision::list(&mut reader, school, None, 10).await.expect("listed");
    assert_eq!(numbers.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 1]);
    let below = settings_revision::list(&mut reader, school, Some(2), 10).await.expect("listed");
    assert_eq!(below.len(), 1);
    let (from, until) = (teller.now, teller.now + minutes(1));
    let heads = settings_revision::heads_between(&mut reader, school, from, until, 10).await.expect("listed");
    assert_eq!(heads.iter().map(|head| head.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(heads[1].author, "ada");
    assert_eq!(
        settings_revision::heads_between(&mut reader, school, until, until, 1).await.expect("listed"),
        []
    );
}

async fn slots_are_due_once(teller: &mut Teller, school: SchoolId) {
    let mut tx = teller.begin().await;
    let due_at = teller.now + minutes(1);
    let kind = RunKind::Nightly;
    assert!(schedule::add_slot(&mut tx, school, kind, "2025-10-09", due_at).await.expect("added"));
    assert!(!schedule::add_slot(&mut tx, school, kind, "2025-10-09", due_at).await.expect("asked"));
    assert_eq!(schedule::due(&mut tx, teller.now, 10).await.expect("listed"), []);
    let due = schedule::due(&mut tx, due_at, 10).await.expect("listed");
    assert_eq!((due.len(), due[0].slot.as_str()), (1, "2025-10-09"));
    let marked = schedule::mark(&mut tx, school, kind, "2025-10-09", SlotState::Missed, None).await;
    assert!(marked.expect("marked"));
    let twice = schedule::mark(&mut tx, school, kind, "2025-10-09", SlotState::Skipped, None).await;
    assert!(!twice.expect("asked"));
    assert_eq!(schedule::due(&mut tx, due_at, 10).await.expect("listed"), []);
    let all = schedule::list(&mut tx, school, due_at + minutes(1), 10).await.expect("listed");
    assert_eq!((all.len(), all[0].state), (1, SlotState::Missed));
    tx.commit().await.expect("committed");
}
