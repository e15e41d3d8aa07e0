//! Sessions: their cookie, their life, their end.

use app::api::Role;
use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use server::http::Public;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn s13_every_cookie_has_all_its_attributes_also_the_one_that_removes() {
    let secure = World::known_as(Public::at("https://t.example.edu").expect("an address")).await;
    let plain = World::open().await;
    for (world, name, is_secure) in [(&secure, "__Host-sid", true), (&plain, "sid", false)] {
        world.person("mara@one.test", Role::Viewer, Some("one")).await;
        let signed_in = world.sign_in("mara@one.test", PASSWORD, "").await;
        let cookie = signed_in.cookie().expect("a session");
        let saved = world.post("account_save", &cookie, "school=one&theme=dark&density=compact&keys=").await;
        let failed = world.sign_in("mara@one.test", "wrong", "").await;
        let signed_out = world.post("sign_out", &cookie, "").await;
        let stale = world.get("/one/account", &cookie).await;
        let mut seen = 0;
        for answer in [signed_in, saved, failed, signed_out, stale] {
            for value in answer.headers.get_all(header::SET_COOKIE) {
                seen += 1;
                let value = value.to_str().expect("text");
                let parts: Vec<&str> = value.split("; ").collect();
                for wanted in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                    assert!(parts.contains(&wanted), "{value}");
                }
                assert_eq!(parts.contains(&"Secure"), is_secure, "{value}");
                assert!(!value.contains("Domain"), "{value}");
                let is_choice =
                    ["theme=", "density=", "keys="].iter().any(|choice| value.starts_with(choice));
                assert!(is_choice || value.starts_with(&format!("{name}=")), "{value}");
            }
        }
        assert!(seen >= 7, "{seen} cookies");
    }
}

#[tokio::test]
async fn s14_signing_in_makes_a_new_id_and_the_old_one_is_dead() {
    let world = World::open().await;
    world.person("mara@one.test", Role::Viewer, Some("one")).await;
    world.person("ruiz@one.test", Role::Lead, Some("one")).await;
    let before = world.sign_in("mara@one.test", "wrong", "").await.cookie().expect("a session for the form");
    let first = world.sign_in("mara@one.test", PASSWORD, &before).await.cookie().expect("a session");
    assert_ne!(before, first);
    assert_eq!(world.get("/one/account", &first).await.status, StatusCode::OK);
    assert!(world.get("/one/account", &before).await.wants_sign_in(), "the id from before is nobody's");
    let second = world.sign_in("ruiz@one.test", PASSWORD, &first).await.cookie().expect("a session");
    assert_ne!(first, second);
    assert!(world.get("/one/account", &first).await.wants_sign_in(), "the first person's id is dead");
    assert!(world.get("/one/account", &second).await.body.contains("ruiz@one.test"));
}

#[tokio::test]
async fn s15_the_database_holds_no_id_that_can_be_used_and_what_ended_stays_so() {
    let world = World::open().await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let cookie = world.session(person).await;
    let id = cookie.split_once('=').expect("a pair").1;
    let mut reader = world.installation.pipeline.store.read().await.expect("a reader");
    let rows = store::session::list_of(&mut reader, person, 10).await.expect("listed");
    drop(reader);
    assert!(rows.iter().all(|row| !format!("{row:?}").contains(id)));
    let by_hash = format!("sid={}", rows[0].id);
    assert!(world.get("/one/account", &by_hash).await.wants_sign_in(), "the name of the row is no id");
    // Two requests of one session: one signs out while the other is under way and saves something afterwards.
    let (out, saved) = tokio::join!(
        world.post("sign_out", &cookie, ""),
        world.post("account_save", &cookie, "school=one&theme=&density=&keys=")
    );
    assert_eq!((out.status, saved.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert!(world.get("/one/account", &cookie).await.wants_sign_in());
    for cookie in out.cookie().into_iter().chain(saved.cookie()) {
        assert!(world.get("/one/account", &cookie).await.wants_sign_in(), "brought back");
    }
}

#[tokio::test]
async fn s16_a_session_ends_after_half_an_hour_without_use_and_after_eight_hours_in_any_case() {
    let world = World::open().await;
    let cookie = world.signed_in(Role::Viewer, "one").await;
    let is_open = async || world.get("/one/account", &cookie).await.status == StatusCode::OK;
    for _ in 0..16 {
        world.pass(TimeDelta::minutes(29));
        assert!(is_open().await);
    }
    world.pass(TimeDelta::minutes(16) - TimeDelta::seconds(1));
    assert!(is_open().await, "7 hours and 59 minutes");
    world.pass(TimeDelta::seconds(1));
    assert!(!is_open().await, "eight hours");
    let idle = world.signed_in(Role::Viewer, "one").await;
    world.pass(TimeDelta::minutes(30));
    assert!(world.get("/one/account", &idle).await.wants_sign_in(), "half an hour");
}

/// What a page asks for by itself is no use of the session.
#[tokio::test]
async fn s16_a_page_that_is_left_open_does_not_keep_its_person_signed_in() {
    let world = World::open().await;
    let cookie = world.signed_in(Role::Viewer, "one").await;
    for _ in 0..4 {
        world.pass(TimeDelta::minutes(9));
        world.get("/one/merges/current/status", &cookie).await;
    }
    assert!(world.get("/one/account", &cookie).await.wants_sign_in());
}

#[tokio::test]
async fn s17_whatever_is_taken_from_a_person_holds_from_the_next_request_on() {
    let world = World::open().await;
    let admin = world.signed_in(Role::Admin, "one").await;
    for (place, event) in ["role", "remove", "password", "end", "out", "disable"].into_iter().enumerate() {
        let person = world.person(&format!("p{place}@one.test"), Role::Lead, Some("one")).await;
        let (cookie, other) = (world.session(person).await, world.session(person).await);
        assert_eq!(world.get("/one/people", &cookie).await.status, StatusCode::OK);
        let answer = match event {
            "role" => {
                let form = format!("school=one&change[person]={person}&change[role]=viewer");
                world.post("role_set", &admin, &form).await
            }
            "remove" => {
                let form = format!("school=one&person={person}&sure=yes");
                world.post("person_remove", &admin, &form).await
            }
            "password" => {
                let form = format!(
                    "school=one&current_password={}&new_password=another+lamp+in+the+yard",
                    PASSWORD.replace(' ', "+")
                );
                world.post("password_change", &other, &form).await
            }
            "end" => world.post("sessions_end", &other, "school=one").await,
            "out" => world.post("sign_out", &cookie, "").await,
            _ => {
                let mut tx = world.installation.pipeline.store.begin().await.expect("begun");
                let now = Some(connect::Clock::now(world.clock.as_ref()));
                store::person::set_disabled(&mut tx, person, now).await.expect("kept out");
                tx.commit().await.expect("committed");
                world.get("/sign-in", "").await
            }
        };
        assert!(matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::OK), "{event}: {}", answer.body);
        assert!(world.get("/one/people", &cookie).await.wants_sign_in(), "{event}");
    }
}

#[tokio::test]
async fn s17_people_see_their_sessions_and_keep_the_one_they_use() {
    let world = World::open().await;
    let person = world.person("mara@one.test", Role::Viewer, Some("one")).await;
    let (here, there) = (world.session(person).await, world.session(person).await);
    let page = world.get("/one/account", &here).await.body;
    assert!(page.contains("(this one)") && page.contains("End my other sessions"), "{page}");
    world.post("sessions_end", &here, "school=one").await;
    assert_eq!(world.get("/one/account", &here).await.status, StatusCode::OK);
    assert!(world.get("/one/account", &there).await.wants_sign_in());
}

#[tokio::test]
async fn s18_nothing_of_a_signed_in_person_is_kept_by_the_browser() {
    let world = World::open().await;
    let cookie = world.signed_in(Role::Admin, "one").await;
    for path in ["/", "/one/people", "/one/account", "/one/activity", "/one/nothing", "/sign-in", "/setup"] {
        assert_eq!(world.get(path, &cookie).await.text("cache-control"), "no-store", "{path}");
    }
    let out = world.post("sign_out", &cookie, "").await;
    assert_eq!(out.text("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!((out.location(), out.text("cache-control").as_str()), ("/sign-in?signed_out=1", "no-store"));
}

#[tokio::test]
async fn s15_who_only_looks_has_no_session() {
    let world = World::open().await;
    for path in ["/sign-in", "/setup", "/one/account", "/nothing/here", "/"] {
        let answer = world.get(path, "").await;
        assert!(answer.headers.get(header::SET_COOKIE).is_none(), "{path}");
    }
}

#[tokio::test]
async fn s15_a_database_that_does_not_answer_signs_nobody_out() {
    let world = World::open().await;
    let cookie = world.signed_in(Role::Resolver, "one").await;
    world.installation.pipeline.store.close().await;
    let page = world.get("/one/account", &cookie).await;
    let form = world.post("account_save", &cookie, "school=one&theme=dark&density=&keys=").await;
    for answer in [page, form] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.location());
        assert!(answer.body.contains("Nothing was saved, and you are still signed in"), "{}", answer.body);
        assert!(answer.headers.get(header::SET_COOKIE).is_none(), "the session stays");
    }
}
