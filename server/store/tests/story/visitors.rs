//! People come in: they are invited, sign in, fail to, and are kept out.

use chrono::{DateTime, TimeDelta, Utc};
use store::ids::{PersonId, SchoolId};
use store::invitation::Invitation;
use store::person::{NewPerson, PersonFilter};
use store::person_role::Role;
use store::session::Session;
use store::{StoreError, invitation, person, person_role, session, sign_in_failure};

use super::tools::{Teller, minutes};

pub async fn people_come_in(teller: &mut Teller, school: SchoolId) {
    let (mara, ruiz) = people_are_added(teller).await;
    roles_are_given_and_taken(teller, school, mara, ruiz).await;
    people_are_found(teller, school, mara).await;
    a_session_that_was_ended_stays_so(teller, mara, ruiz).await;
    sessions_run_out(teller, mara).await;
    failures_are_counted(teller).await;
    an_invitation_works_once(teller, school).await;
}

async fn people_are_added(teller: &mut Teller) -> (PersonId, PersonId) {
    let (mara, ruiz) = (teller.id(PersonId::new), teller.id(PersonId::new));
    let mut tx = teller.begin().await;
    assert!(!person::is_any(&mut tx).await.expect("asked"));
    let first = NewPerson { id: mara, email: " Mara@North.test", name: "Mara", password_hash: Some("h") };
    assert!(person::add(&mut tx, &first, teller.now).await.expect("added"));
    let again = NewPerson { id: ruiz, email: "mara@north.TEST ", name: "Another", password_hash: None };
    assert!(!person::add(&mut tx, &again, teller.now).await.expect("asked"), "the same address");
    let second = NewPerson { email: "ruiz@north.test", name: "T. Ruiz", ..again };
    assert!(person::add(&mut tx, &second, teller.now).await.expect("added"));
    assert!(person::is_any(&mut tx).await.expect("asked"));
    person::rename(&mut tx, mara, "Mara Lind").await.expect("renamed");
    person::set_password(&mut tx, mara, "h2").await.expect("set");
    person::touch(&mut tx, mara, teller.now).await.expect("seen");
    person::set_disabled(&mut tx, ruiz, Some(teller.now)).await.expect("kept out");
    tx.commit().await.expect("committed");
    (mara, ruiz)
}

async fn roles_are_given_and_taken(teller: &mut Teller, school: SchoolId, mara: PersonId, ruiz: PersonId) {
    let mut tx = teller.begin().await;
    person_role::set(&mut tx, mara, Some(school), Role::Lead).await.expect("given");
    person_role::set(&mut tx, mara, None, Role::Admin).await.expect("given");
    person_role::set(&mut tx, ruiz, Some(school), Role::Admin).await.expect("given");
    let roles = person_role::list(&mut tx, &[mara, ruiz]).await.expect("listed");
    let shown: Vec<_> = roles.iter().map(|role| (role.person, role.slug.as_deref(), role.role)).collect();
    assert_eq!(shown, [(mara, None, Role::Admin), (ruiz, Some("north"), Role::Admin)]);
    assert_eq!(person_role::count_admins(&mut tx, Some(school), mara).await.expect("counted"), 0, "kept out");
    assert_eq!(person_role::count_admins(&mut tx, Some(school), ruiz).await.expect("counted"), 1);
    assert_eq!(person_role::count_admins(&mut tx, None, ruiz).await.expect("counted"), 1);
    person_role::remove(&mut tx, mara, school).await.expect("taken");
    assert_eq!(person_role::list(&mut tx, &[mara]).await.expect("listed"), []);
    person_role::set(&mut tx, mara, Some(school), Role::Resolver).await.expect("given");
    person_role::remove_all(&mut tx, ruiz).await.expect("taken");
    tx.commit().await.expect("committed");
}

async fn people_are_found(teller: &mut Teller, school: SchoolId, mara: PersonId) {
    let mut reader = teller.read().await;
    let found =
        person::find_by_email(&mut reader, "MARA@north.test").await.expect("asked").expect("is there");
    assert_eq!((found.id, found.email.as_str(), found.name.as_str()), (mara, "Mara@North.test", "Mara Lind"));
    assert_eq!((found.password_hash.as_deref(), found.last_seen_at), (Some("h2"), Some(teller.now)));
    assert!(person::get(&mut reader, mara).await.expect("is there") == found);
    let nobody = teller.id(PersonId::new);
    assert!(person::find(&mut reader, nobody).await.expect("asked").is_none());
    let missing = person::get(&mut reader, nobody).await.err();
    assert!(matches!(missing, Some(StoreError::NotFound { table: "person", .. })));
    let of_school = PersonFilter { school: Some(school), ..PersonFilter::default() };
    assert_eq!(person::count(&mut reader, &of_school).await.expect("counted"), 1);
    assert_eq!(person::list(&mut reader, &of_school, 10).await.expect("listed").len(), 1);
    let leads = PersonFilter { role: Some(Role::Lead), ..of_school };
    assert_eq!(person::count(&mut reader, &leads).await.expect("counted"), 0);
    let all = PersonFilter { q: Some("NORTH"), ..PersonFilter::default() };
    let names: Vec<String> = list_names(&mut reader, &all, 10).await;
    assert_eq!(names, ["Mara Lind", "T. Ruiz"]);
    let later = PersonFilter { after: Some("mara@north.test"), ..all };
    assert_eq!(list_names(&mut reader, &later, 10).await, ["T. Ruiz"]);
    assert_eq!(person::count(&mut reader, &later).await.expect("counted"), 2, "of all pages");
    let escaped = PersonFilter { q: Some("%"), ..PersonFilter::default() };
    assert_eq!(person::count(&mut reader, &escaped).await.expect("counted"), 0);
}

async fn list_names(conn: &mut store::Conn, filter: &PersonFilter<'_>, limit: u32) -> Vec<String> {
    let people = person::list(conn, filter, limit).await.expect("listed");
    people.into_iter().map(|person| person.name).collect()
}

fn opened(id: &str, person: Option<PersonId>, now: DateTime<Utc>) -> Session {
    let expires_at = now + TimeDelta::hours(8);
    Session { id: id.into(), person, created_at: now, seen_at: now, expires_at, data: "{}".into() }
}

fn half_an_hour_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - minutes(30)
}

/// RL S15: saving a session that has ended does nothing, and an id is used once.
async fn a_session_that_was_ended_stays_so(teller: &mut Teller, mara: PersonId, ruiz: PersonId) {
    let now = teller.now;
    let mut tx = teller.begin().await;
    for (id, person) in [("a", Some(mara)), ("b", Some(mara)), ("c", Some(ruiz)), ("d", None)] {
        session::create(&mut tx, &opened(id, person, now)).await.expect("made");
    }
    assert!(session::save(&mut tx, "a", "{\"k\":1}").await.expect("saved"));
    let of_mara = session::list_of(&mut tx, mara, 10).await.expect("listed");
    assert_eq!(of_mara.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(session::end_all_of(&mut tx, mara, Some("a")).await.expect("ended"), 1);
    assert!(!session::save(&mut tx, "b", "{}").await.expect("asked"), "it has ended");
    assert!(session::end(&mut tx, "c").await.expect("ended"));
    assert!(!session::end(&mut tx, "c").await.expect("asked"));
    assert!(!session::touch(&mut tx, "c", now).await.expect("asked"));
    tx.commit().await.expect("committed");
    let mut tx = teller.begin().await;
    let taken = session::create(&mut tx, &opened("a", Some(ruiz), now)).await;
    assert!(matches!(taken, Err(StoreError::Duplicate(_))), "an id is used once");
    tx.rollback().await.expect("rolled back");
}

/// RL S16.
async fn sessions_run_out(teller: &mut Teller, mara: PersonId) {
    teller.pass(29 * 60);
    let mut tx = teller.begin().await;
    let idle = half_an_hour_before(teller.now);
    let found = session::find(&mut tx, "a", idle, teller.now).await.expect("asked").expect("is there");
    assert_eq!((found.person, found.data.as_str()), (Some(mara), "{\"k\":1}"));
    assert!(session::touch(&mut tx, "a", teller.now).await.expect("seen"));
    tx.commit().await.expect("committed");
    teller.pass(60);
    let mut tx = teller.begin().await;
    let idle = half_an_hour_before(teller.now);
    assert!(session::find(&mut tx, "a", idle, teller.now).await.expect("asked").is_some());
    assert_eq!(session::find(&mut tx, "d", idle, teller.now).await.expect("asked"), None, "idle");
    let end = teller.now + TimeDelta::hours(8);
    assert_eq!(session::find(&mut tx, "a", idle, end).await.expect("asked"), None, "over");
    assert_eq!(session::remove_expired(&mut tx, idle, teller.now).await.expect("removed"), 1);
    assert_eq!(session::remove_expired(&mut tx, idle, end).await.expect("removed"), 1);
    tx.commit().await.expect("committed");
}

/// RL S21.
async fn failures_are_counted(teller: &mut Teller) {
    let now = teller.now;
    let window = now - minutes(1);
    let mut tx = teller.begin().await;
    for wanted in 1..=3 {
        let failures = sign_in_failure::count(&mut tx, "address:a", window, now).await.expect("counted");
        assert_eq!((failures.count, failures.since, failures.blocked_until), (wanted, now, None));
    }
    sign_in_failure::take_back(&mut tx, "address:a").await.expect("taken back");
    sign_in_failure::block(&mut tx, "address:a", now + minutes(5)).await.expect("blocked");
    let found = sign_in_failure::find(&mut tx, "address:a").await.expect("asked").expect("is there");
    assert_eq!((found.count, found.blocked_until), (2, Some(now + minutes(5))));
    let anew = sign_in_failure::count(&mut tx, "address:a", now, now + minutes(1)).await.expect("counted");
    assert_eq!((anew.count, anew.blocked_until), (1, None), "the window has passed");
    sign_in_failure::count(&mut tx, "address:b", window, now).await.expect("counted");
    assert!(sign_in_failure::forget(&mut tx, "address:b").await.expect("forgotten"));
    assert!(!sign_in_failure::forget(&mut tx, "address:b").await.expect("asked"));
    assert_eq!(sign_in_failure::remove_old(&mut tx, now).await.expect("removed"), 0);
    assert_eq!(sign_in_failure::remove_old(&mut tx, now + minutes(1)).await.expect("removed"), 1);
    tx.commit().await.expect("committed");
}

async fn an_invitation_works_once(teller: &mut Teller, school: SchoolId) {
    let now = teller.now;
    let link = Invitation {
        token_hash: "t".into(),
        email: "new@north.test".into(),
        name: "New".into(),
        school: Some(school),
        role: Role::Viewer,
        invited_by: "Mara Lind".into(),
        created_at: now,
        expires_at: now + TimeDelta::days(7),
        used_at: None,
    };
    let mut tx = teller.begin().await;
    invitation::add(&mut tx, &link).await.expect("added");
    assert_eq!(
        invitation::list_open(&mut tx, school, now, 10).await.expect("listed"),
        std::slice::from_ref(&link)
    );
    let used = link.clone();
    assert_eq!(invitation::find(&mut tx, "t", now).await.expect("asked"), Some(link));
    assert_eq!(invitation::find(&mut tx, "t", now + TimeDelta::days(7)).await.expect("asked"), None);
    assert!(invitation::use_up(&mut tx, "t", now).await.expect("used"));
    assert!(!invitation::use_up(&mut tx, "t", now).await.expect("asked"), "once");
    assert_eq!(invitation::find(&mut tx, "t", now).await.expect("asked"), None);
    let two = ["u", "v"].map(|token| Invitation {
        token_hash: token.into(),
        email: format!("{token}@North.test"),
        used_at: None,
        ..used.clone()
    });
    for link in &two {
        invitation::add(&mut tx, link).await.expect("added");
    }
    assert_eq!(invitation::remove_open(&mut tx, " U@north.TEST").await.expect("ended"), 1);
    assert_eq!(
        invitation::remove_open(&mut tx, "u@north.test").await.expect("asked"),
        0,
        "it is gone already"
    );
    assert_eq!(invitation::find(&mut tx, "u", now).await.expect("asked"), None);
    assert_eq!(invitation::find(&mut tx, "v", now).await.expect("asked").as_ref(), Some(&two[1]));
    tx.commit().await.expect("committed");
}
