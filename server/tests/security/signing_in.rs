//! Passwords, how often they may be wrong, and how somebody gets back in.

use app::api::Role;
use axum::http::StatusCode;
use chrono::TimeDelta;

use crate::world::{PASSWORD, World};

/// UX 12.1.
#[tokio::test]
async fn a_wrong_password_leads_back_with_the_address_kept_and_the_focus_on_what_is_wrong() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let answer = world.sign_in("mara@one.test", "wrong", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/sign-in?return_to=%2Fone%2Faccount");
    let cookie = answer.cookie().expect("a session for the form");
    let page = world.get(answer.location(), &cookie).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("<title>Error: Sign in · Tiebreak</title>"), "{}", page.body);
    assert!(page.body.contains("value=\"mara@one.test\"") && !page.body.contains("wrong\""), "{}", page.body);
    assert!(page.body.contains("id=\"error-summary\" tabindex=\"-1\" autofocus"), "{}", page.body);
    assert!(page.body.contains("value=\"/one/account\""), "it still leads where the person wanted to go");
}

/// The same text for a wrong password, an unknown address and somebody who was removed.
#[tokio::test]
async fn s21_an_answer_does_not_say_who_has_an_account() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let gone = world.person("gone@one.test", Role::Viewer, Some("one")).await;
    let mut tx = world.installation.pipeline.store.begin().await.expect("begun");
    let now = Some(connect::Clock::now(world.clock.as_ref()));
    store::person::set_disabled(&mut tx, gone, now).await.expect("kept out");
    tx.commit().await.expect("committed");
    let mut pages = Vec::new();
    for (email, password) in
        [("mara@one.test", "wrong"), ("nobody@one.test", PASSWORD), ("gone@one.test", PASSWORD)]
    {
        let answer = world.sign_in(email, password, "").await;
        let page = world.get("/sign-in", &answer.cookie().expect("a session")).await.body;
        let summary = page.split("id=\"error-summary\"").nth(1).expect("a summary");
        pages.push(summary.split("</div>").next().expect("its end").to_owned());
    }
    assert!(pages[0].contains("do not belong together"), "{}", pages[0]);
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
}

#[tokio::test]
async fn s21_a_thousand_guesses_in_an_hour_are_judged_fewer_than_forty_times() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let mut judged = 0;
    let mut cookie = String::new();
    for _ in 0..1000 {
        let answer = world.sign_in("MARA@one.test", "a wrong guess", &cookie).await;
        cookie = answer.cookie().unwrap_or(cookie);
        let page = world.get("/sign-in", &cookie).await;
        match page.status {
            StatusCode::UNPROCESSABLE_ENTITY => judged += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
        world.pass(TimeDelta::milliseconds(3600));
    }
    assert!((5..40).contains(&judged), "{judged}");
    world.pass(TimeDelta::minutes(15));
    world.sign_in("mara@one.test", "a wrong guess", &cookie).await;
    let blocked = world.sign_in("mara@one.test", PASSWORD, &cookie).await;
    let page = world.get(blocked.location(), &blocked.cookie().unwrap_or(cookie)).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "the right one waits, too");
    assert!(page.body.contains("Too many tries. Try again after"), "{}", page.body);
    // With the counters forgotten, as the command line does it, the person is let in (S22).
    let mut tx = world.installation.pipeline.store.begin().await.expect("begun");
    store::sign_in_failure::remove_old(&mut tx, connect::Clock::now(world.clock.as_ref()))
        .await
        .expect("forgotten");
    tx.commit().await.expect("committed");
    assert_eq!(world.sign_in("mara@one.test", PASSWORD, "").await.location(), "/one/account");
}

#[tokio::test]
async fn s21_guesses_at_many_accounts_are_stopped_together() {
    let world = World::open().await;
    let mut statuses = Vec::new();
    for number in 0..103 {
        let answer = world.sign_in(&format!("p{number}@one.test"), "guess", "").await;
        let page = world.get("/sign-in", &answer.cookie().expect("a session")).await;
        statuses.push(page.status);
    }
    assert_eq!(statuses[99], StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(statuses[100], StatusCode::TOO_MANY_REQUESTS);
    world.pass(TimeDelta::minutes(1));
    let answer = world.sign_in("p200@one.test", "guess", "").await;
    let page = world.get("/sign-in", &answer.cookie().expect("a session")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a minute later");
}

#[tokio::test]
async fn s19_a_hash_made_with_less_effort_is_made_anew_when_its_person_signs_in() {
    let world = World::open().await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let weak = {
        use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
        let params = Params::new(1024, 1, 1, None).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"0123456789abcdef").expect("a hash").to_string()
    };
    let mut tx = world.installation.pipeline.store.begin().await.expect("begun");
    store::person::set_password(&mut tx, person, &weak).await.expect("set");
    tx.commit().await.expect("committed");
    assert!(world.sign_in("mara@one.test", PASSWORD, "").await.cookie().is_some());
    let mut reader = world.installation.pipeline.store.read().await.expect("a reader");
    let hash =
        store::person::get(&mut reader, person).await.expect("is there").password_hash.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{hash}");
}

#[tokio::test]
async fn s20_a_new_password_is_checked_and_the_present_one_is_asked_for() {
    let world = World::open().await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let cookie = world.session(person).await;
    let right = PASSWORD.replace(' ', "+");
    for (current, new, wanted) in [
        (right.as_str(), "short", "Use at least 12 characters"),
        (right.as_str(), "password1234567", "tried first"),
        ("wrong", "another+lamp+in+the+yard", "This is not your present password."),
    ] {
        let form = format!("school=one&current_password={current}&new_password={new}");
        let answer = world.post("password_change", &cookie, &form).await;
        assert_eq!(answer.location(), "/one/account");
        let page = world.get("/one/account", &cookie).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(wanted), "{wanted}: {}", page.body);
    }
    let form = format!("school=one&current_password={right}&new_password=another+lamp+in+the+yard");
    let changed = world.post("password_change", &cookie, &form).await;
    let fresh = changed.cookie().expect("a new id");
    assert!(world.get("/one/account", &cookie).await.wants_sign_in(), "S14: the old id is dead");
    assert_eq!(world.get("/one/account", &fresh).await.status, StatusCode::OK);
    assert!(world.sign_in("mara@one.test", "another lamp in the yard", "").await.cookie().is_some());
}

#[tokio::test]
async fn s21_a_new_password_that_is_not_taken_does_not_forgive_wrong_guesses_at_the_present_one() {
    let world = World::open().await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let cookie = world.session(person).await;
    for new in ["another+lamp+in+the+yard", "short"].into_iter().cycle().take(6) {
        let form = format!("school=one&current_password=guess&new_password={new}");
        world.post("password_change", &cookie, &form).await;
    }
    let page = world.get("/one/account", &cookie).await.body;
    assert!(page.contains("Too many tries. Try again after"), "{page}");
}

/// How many bytes the session of this cookie keeps.
async fn kept_bytes(world: &World, cookie: &str) -> usize {
    use sha2::{Digest as _, Sha256};
    let id = Sha256::digest(cookie.split_once('=').expect("a pair").1);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut reader = world.installation.pipeline.store.read().await.expect("a reader");
    let now = connect::Clock::now(world.clock.as_ref());
    let found = store::session::find(&mut reader, &id, now - TimeDelta::minutes(30), now).await;
    found.expect("asked").map_or(0, |row| row.data.len())
}

#[tokio::test]
async fn s06_who_is_not_signed_in_makes_the_server_keep_little() {
    let world = World::open().await;
    let long = format!("{}@one.test", "x".repeat(100_000));
    for _ in 0..7 {
        let answer = world.sign_in(&long, "guess", "").await;
        let kept = kept_bytes(&world, &answer.cookie().expect("a session for the form")).await;
        assert!((1..1_000).contains(&kept), "{kept}");
    }
    let form = format!("school=one&choice={}", "x".repeat(10_000));
    let answer = world.post("decide", "", &form).await;
    let kept = match answer.cookie() {
        Some(cookie) => kept_bytes(&world, &cookie).await,
        None => 0,
    };
    assert!(kept < 1_000, "{kept}");
}

#[tokio::test]
async fn s45_nobody_is_signed_in_whose_coming_cannot_be_noted() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let store = &world.installation.pipeline.store;
    store::testing::tamper(store, "alter table audit rename to gone").await.expect("renamed");
    let answer = world.sign_in("mara@one.test", PASSWORD, "").await;
    assert!(answer.location().starts_with("/sign-in"), "{}", answer.location());
    let cookie = answer.cookie().expect("a session for the form");
    assert!(world.get("/one/account", &cookie).await.wants_sign_in());
}

/// UX 6.5: what somebody chose when their sign-in had ended is not lost.
#[tokio::test]
async fn choices_that_came_too_late_are_kept_for_a_quarter_of_an_hour() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Resolver, Some("one")).await;
    if !crate::world::functions().iter().any(|name| name == "decide") {
        return;
    }
    let late = async || {
        let request = world
            .form("decide", "sid=AAAAAAAAAAAAAAAAAAAAAA")
            .header("referer", "http://127.0.0.1:7800/one/conflicts/1")
            .body(axum::body::Body::from("school=one&choice=%3Cb%3E"));
        world.ask(request.expect("a request")).await
    };
    let answer = late().await;
    assert_eq!(answer.location(), "/sign-in?return_to=%2Fone%2Fconflicts%2F1&ended=1");
    let cookie = answer.cookie().expect("a session that keeps them");
    let signed_in = world.sign_in("mara@one.test", PASSWORD, &cookie).await;
    assert_eq!(signed_in.location(), "/kept");
    let page = world.get("/kept", &signed_in.cookie().expect("a session")).await.body;
    assert!(page.contains("Your choices were kept. Save now?"), "{page}");
    assert!(page.contains("action=\"/act/decide\"") && page.contains("value=\"&lt;b&gt;\""), "{page}");
    let cookie = late().await.cookie().expect("a session that keeps them");
    world.pass(TimeDelta::minutes(15));
    assert_eq!(world.sign_in("mara@one.test", PASSWORD, &cookie).await.location(), "/one/account");
}
